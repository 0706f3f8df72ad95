"""Pages for joining by code: on the wall for the team, on the telephone for those in the room."""

from __future__ import annotations

import segno
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from komma_tracker.access import scope
from komma_tracker.access.guards import current_viewer, guard, public
from komma_tracker.access.rules import N_, Invalid, NotFound, Permission
from komma_tracker.accounts.rules import TooManyAttempts
from komma_tracker.db import Session, db
from komma_tracker.events import join_mark, join_service, queries
from komma_tracker.events.join_forms import AnswerForm, CodeForm, HeadForm, form_for
from komma_tracker.events.join_service import Joined
from komma_tracker.events.permissions import check_hold
from komma_tracker.events.rules import FunctionGroup, joining
from komma_tracker.events.rules.joining import Phase
from komma_tracker.kit.clock import now
from komma_tracker.kit.context import context
from komma_tracker.kit.messages import message_of

bp = Blueprint("joining", __name__)

UNKNOWN = Invalid("code", N_("Dieser Code gilt nicht oder nicht mehr. Bitte prüfen Sie ihn."))
Answer = str | AnyResponse | tuple[str, int]


@bp.get("/sessions/<public_id>/join")
@guard(Permission.SESSION_EDIT)
def board(public_id: str) -> str:
    """The page for the wall: code, QR code and address; it names nobody, for all in the room read it."""
    session, viewer = db.session(), current_viewer()
    shown = queries.session_by_public_id(session, viewer, public_id)
    check_hold(viewer, shown)
    found = queries.joining_of(session, viewer, shown, now=now())
    code = joining.code_of(found.seed, _key()) if found and found.seed and found.is_open else ""
    address = f"{context().settings.base_url}{url_for('joining.enter')}"
    return render_template(
        "joining/board.html",
        shown=shown,
        joining=found,
        code=code,
        address=address,
        qr=_qr(f"{address}/{code}") if code else "",
    )


@bp.post("/sessions/<public_id>/join/open")
@guard(Permission.SESSION_EDIT)
def open_(public_id: str) -> AnyResponse:
    """Let people join."""
    try:
        join_service.open_joining(db.session(), current_viewer(), public_id=public_id, key=_key(), now=now())
    except Invalid as error:
        flash(message_of(error), "warning")
    return redirect(url_for("joining.board", public_id=public_id))


@bp.post("/sessions/<public_id>/join/close")
@guard(Permission.SESSION_EDIT)
def close(public_id: str) -> AnyResponse:
    """Let nobody join any more."""
    join_service.close_joining(db.session(), current_viewer(), public_id=public_id, now=now())
    flash(gettext("Der Code gilt nicht mehr."), "success")
    return redirect(url_for("events.show", public_id=public_id))


@bp.route("/join", methods=["GET", "POST"])
@public
def enter() -> Answer:
    """Type the code that is shown in the room."""
    form = CodeForm()
    if not form.validate_on_submit():
        return _enter(form, 422 if form.is_submitted() else 200)
    code = joining.read_code(form.code.data or "")
    return redirect(url_for("joining.page", code=code)) if code else _unknown(form)


@bp.route("/join/<code>", methods=["GET", "POST"])
@public
def page(code: str) -> Answer:
    """Count oneself in, and say in the end how it was: without an account, without a name."""
    # A session of its own: whoever may be signed in here, it is the code that asks.
    with scope.system_session(db.engine, "join by code") as session:
        read = joining.read_code(code)
        try:
            found = join_service.find(session, code=read, key=_key(), address=request.remote_addr, now=now())
            return _asked(session, read, found)
        except NotFound:
            return _unknown(CodeForm(None, code=code[:40]))
        except TooManyAttempts:
            abort(429)


def _asked(session: Session, code: str, found: Joined) -> Answer:
    if found.phase is Phase.EARLY:
        return render_template("joining/early.html", found=found)
    form, mark = form_for(found.phase), join_mark.mark_of(found.public_id, found.phase)
    done = join_mark.has(request, mark)
    if not done and form.validate_on_submit():
        try:
            _count(session, code, form)
            answer = redirect(url_for("joining.page", code=code))
            join_mark.remember(answer, request, mark)
            return answer
        except Invalid as error:
            form.refuse(error)
    page = render_template("joining/page.html", found=found, form=form, done=done)
    return page, 422 if form.all_errors() else 200


def _count(session: Session, code: str, form: HeadForm | AnswerForm) -> None:
    if isinstance(form, HeadForm):
        group = FunctionGroup(form.group.data)
        join_service.count_head(session, code=code, key=_key(), group=group, now=now())
    else:
        join_service.give_feedback(session, code=code, key=_key(), value=int(form.value.data), now=now())


def _unknown(form: CodeForm) -> Answer:
    """One page for every code that leads nowhere, whatever the reason."""
    form.refuse(UNKNOWN)
    return _enter(form, 404)


def _enter(form: CodeForm, status: int) -> Answer:
    return render_template("joining/enter.html", form=form), status


def _qr(address: str) -> str:
    """The address to photograph, as SVG without style attributes, which our policy forbids."""
    return segno.make_qr(address, error="m").svg_inline(
        border=4, light="#fff", svgclass="qr", lineclass=None, omitsize=True
    )


def _key() -> str:
    return context().settings.secret_key
