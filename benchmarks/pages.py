"""Milliseconds and statements of each main page, at ten municipalities and at more.

Run it as `python -m benchmarks.pages 10 1000`.
"""

from __future__ import annotations

import sys

from benchmarks.world import client_of, counted_statements, loaded_app, median_ms

PAGES = (
    ("portfolio", "lead@example.org", "/portfolio"),
    ("municipality (lead)", "lead@example.org", "/municipalities/K01"),
    ("municipality (coordinator)", "koordination-k01@example.org", "/municipalities/K01"),
    ("today", "beratung-a@example.org", "/today"),
    ("log a day", "beratung-a@example.org", "/entries/new"),
    ("entries", "beratung-a@example.org", "/entries"),
    ("my month", "beratung-a@example.org", "/entries/month/2026-11"),
    ("statements", "lead@example.org", "/statements"),
    ("statements of one", "koordination-k01@example.org", "/municipalities/K01/statements"),
    ("calendar", "beratung-a@example.org", "/calendar"),
    ("municipalities", "lead@example.org", "/municipalities"),
    ("people", "lead@example.org", "/people"),
    ("programme", "lesen@example.org", "/programme"),
)


def main(sizes: list[int]) -> None:
    """Print a table: one line a page, two columns a size."""
    results: dict[str, list[str]] = {name: [] for name, _, _ in PAGES}
    for size in sizes:
        with loaded_app(size) as app:
            for name, email, path in PAGES:
                client = client_of(app, email)
                with counted_statements(app) as statements:
                    response = client.get(path)
                assert response.status_code == 200, (path, response.status)
                counted = len(statements)
                milliseconds = median_ms(lambda client=client, path=path: client.get(path))
                results[name].append(f"{milliseconds:8.1f} ms {counted:3d} q {len(response.data) / 1024:6.1f} kB")
    print(f"{'page':28}" + "".join(f"{f'{size} municipalities':>28}" for size in sizes))
    for name, columns in results.items():
        print(f"{name:28}" + "".join(f"{column:>28}" for column in columns))


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [10, 1000])
