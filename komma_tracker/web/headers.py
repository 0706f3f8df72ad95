"""Headers that every answer carries (trust 9)."""

from __future__ import annotations

from flask import Flask, Response, request

POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",  # KERN's icons are masks from data addresses
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def complete(response: Response, *, secure: bool) -> Response:
    """Add the headers of every answer; what it has already stays."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    return response


def init_app(app: Flask) -> None:
    """Add the headers to every answer; what a view has set itself stays."""

    @app.after_request
    def add(response: Response) -> Response:
        complete(response, secure=app.config["SESSION_COOKIE_SECURE"])
        if request.endpoint != "static":
            # Pages hold what only their reader may see: no cache, no back button on a shared computer.
            response.headers.setdefault("Cache-Control", "no-store")
        return response
