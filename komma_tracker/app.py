"""create_app(): the only place where the parts are wired together."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from flask import Flask
from flask_babel import Babel
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect

from config import ROOT, Settings
from komma_tracker.access import guards
from komma_tracker.accounts.views import bp as accounts
from komma_tracker.alliances.views import bp as alliances
from komma_tracker.alliances.working_views import bp as alliance_work
from komma_tracker.budget import ledger
from komma_tracker.budget.views import bp as budget
from komma_tracker.contracts.amendment_views import bp as amendments
from komma_tracker.contracts.plan_views import bp as packages
from komma_tracker.contracts.pool_views import bp as pool
from komma_tracker.contracts.views import bp as contracts
from komma_tracker.db import db, engine_options, prepare_engine
from komma_tracker.deliverables.views import bp as deliverables
from komma_tracker.events.queries.meetings import alliance_meetings
from komma_tracker.events.views import bp as events
from komma_tracker.events.views.joining import bp as joining
from komma_tracker.exchange.appointment_views import bp as appointments
from komma_tracker.exchange.appointments.fetching import fetch
from komma_tracker.exchange.views import bp as exchange
from komma_tracker.feeds.alliance_views import bp as guests
from komma_tracker.feeds.desk import Desk
from komma_tracker.feeds.file_views import bp as downloads
from komma_tracker.feeds.lookup import lookup_for
from komma_tracker.feeds.service import close_named, close_unreadable
from komma_tracker.feeds.views import SHELF
from komma_tracker.feeds.views import bp as feeds
from komma_tracker.kit.context import Context, FetchCalendar, Mailer
from komma_tracker.kit.locale import DEFAULT_LOCALE, current_locale
from komma_tracker.municipalities.queries import municipality_choices
from komma_tracker.municipalities.views import bp as municipalities
from komma_tracker.notify import wiring as invitations
from komma_tracker.notify.mail import mailer_for
from komma_tracker.notify.queries import answers_to
from komma_tracker.overview.views import bp as overview
from komma_tracker.reports.timesheet_views import bp as timesheets
from komma_tracker.reports.views import bp as reports
from komma_tracker.statements.views import bp as statements
from komma_tracker.tables import ROOMS
from komma_tracker.web import errors, headers, signin, templating
from komma_tracker.web.views import bp as web

BLUEPRINTS = (
    web,
    accounts,
    municipalities,
    contracts,
    amendments,
    packages,
    pool,
    budget,
    statements,
    events,
    joining,
    alliances,
    alliance_work,
    deliverables,
    overview,
    reports,
    timesheets,
    feeds,
    downloads,
    guests,
    exchange,
    appointments,
)
YEAR = 365 * 24 * 60 * 60


def _utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = _utc_now,
    send_mail: Mailer | None = None,
    fetch_calendar: FetchCalendar = fetch,
) -> Flask:
    """One application for these settings; tests give it their own clock, mail and internet."""
    app = Flask(__name__, template_folder=str(ROOT / "templates"))
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url),
        TRUSTED_HOSTS=list(settings.trusted_hosts),
        MAX_CONTENT_LENGTH=settings.max_upload_bytes + 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        MAX_FORM_PARTS=500,
        SESSION_COOKIE_NAME="komma",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure,
        SEND_FILE_MAX_AGE_DEFAULT=YEAR,  # static addresses carry the hash of their file
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: nothing typed is lost over lunch
        WTF_CSRF_SSL_STRICT=False,  # wants a Referer, which our own policy forbids
        BABEL_DEFAULT_LOCALE=DEFAULT_LOCALE,
        BABEL_TRANSLATION_DIRECTORIES=str(Path(__file__).parent / "translations"),
    )
    app.extensions["komma"] = Context(
        settings=settings,
        clock=clock,
        send_mail=send_mail or mailer_for(settings),
        municipalities=municipality_choices,
        close_feeds=close_unreadable,
        answers=answers_to,
        retire_feeds=close_named,
        ledger=ledger,
        fetch_calendar=fetch_calendar,
        meetings=alliance_meetings,
    )
    app.logger.setLevel(logging.INFO)
    db.init_app(app)
    app.logger.debug("tables of %s rooms are known", len(ROOMS))
    with app.app_context():
        prepare_engine(db.engine)
    Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True, compare_type=True)
    Babel(app, locale_selector=current_locale)
    templating.init_app(app)
    signin.init_app(app)
    guards.init_app(app)
    CSRFProtect(app)
    headers.init_app(app)
    invitations.init_app(app)
    errors.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    with app.app_context():
        app.wsgi_app = Desk(
            app.wsgi_app,
            admit=lookup_for(db.engine),
            shelf=app.extensions[SHELF],
            clock=clock,
            trusted_hosts=settings.trusted_hosts,
            complete=partial(headers.complete, secure=settings.secure),
        )
    return app
