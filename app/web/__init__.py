"""WSGI application factory of the website: public pages, operations pages, feeds, probes."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from jinja2 import StrictUndefined

from app.web import error_pages, hooks, ops, page_cache, security, write_slots
from app.web.api import feeds, health_probes, prometheus
from app.web.cluster_watch import ClusterWatch
from app.web.context import WebContext
from app.web.public import (
    about_pages,
    address_pages,
    briefing_pages,
    collection_search,
    compare_page,
    facet_links,
    front_page,
    issue_archive,
    personal_data_pages,
    preference_pages,
    reading_list_pages,
    result_files,
    result_rows,
    review_record,
    saved_search_pages,
    search_page,
    stop_alert_pages,
    subscribe_pages,
    topic_learning,
    topic_pages,
    trend_pages,
)
from app.web.replica import replica_guard, steady_reads
from app.web.site import templates, well_known
from app.web.site.look import LOOK, load_look
from core.config.schema import Settings
from core.side_effects import SideEffects

MODULES = (  # in the order in which their guards are asked
    replica_guard,
    page_cache,
    prometheus,
    security,
    error_pages,
    write_slots,
    front_page,
    well_known,
    health_probes,
    stop_alert_pages,
    subscribe_pages,
    preference_pages,
    personal_data_pages,
    address_pages,
    saved_search_pages,
    hooks,
    about_pages,
    ops,
    collection_search,
    issue_archive,
    facet_links,
    result_rows,
    search_page,
    review_record,
    topic_pages,
    topic_learning,
    trend_pages,
    compare_page,
    reading_list_pages,
    briefing_pages,
    result_files,
    feeds,
    steady_reads,
)


class FewSessions(SecureCookieSessionInterface):
    """Sessions of those who have one: for whoever only reads, and has no cookie, nothing is signed or looked for."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of a request; an empty one where it has none."""
        known = self.get_cookie_name(app) in request.cookies
        return super().open_session(app, request) if known else self.session_class()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Give it to the browser where it was looked at, or holds anything."""
        if session or session.accessed or session.modified:
            super().save_session(app, session, response)


class Website(Flask):
    """The application. None of its functions is a coroutine: Flask asks each of them, for every request."""

    session_interface = FewSessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself."""
        return func


def create_app(
    effects: SideEffects, settings: Settings, reading: bool = False, web_context: WebContext | None = None
) -> Flask:
    """The WSGI application; `reading`: for a short look. Raises DatabaseMissing when there is no database yet."""
    web_context = web_context or WebContext(effects, settings, reading)
    app = Website("app.web", static_folder=None)
    app.jinja_loader = templates.loader(settings, "web")
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.globals["root"] = settings.root
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["casereviews"] = web_context
    app.extensions["casereviews.cluster"] = ClusterWatch(settings, effects.clock)
    app.extensions[LOOK] = load_look(settings)
    app.config.update(
        SECRET_KEY=web_context.key("session"),
        MAX_CONTENT_LENGTH=security.MAX_FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=security.MAX_FORM_BYTES,
        SESSION_COOKIE_NAME="casereviews",
        SESSION_COOKIE_PATH=settings.root or "/",
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https:"),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    for module in MODULES:
        module.register(app)
    return app
