"""Replica guard: of a copy's pages those that read are answered; for all others it is said where they are.

A replica answers under a name of its own, or stands in for the original under its name, behind a balancer. Under its
own it leads whoever opens a page that writes to the original. Standing in it cannot: that would lead back here. A
form is never led on, since the original takes none from another site. To unsubscribe is never lost: it is passed on.
"""

from urllib.parse import urlsplit

from flask import Flask, Response, redirect, render_template, request
from werkzeug.wrappers import Response as Answer

from app.web.context import WebContext, context
from app.web.page_cache import COPY_AGE, TEXT_TYPE
from app.web.replica.forwarding import forward_leaving
from app.web.replica.steady_reads import COPY_ERROR
from app.web.security import ONE_CLICK_ENDPOINTS, PROBE_ENDPOINTS, SAFE_METHODS, WEBHOOK_ENDPOINT
from core.errors import HouseError

READING_BLUEPRINTS = {
    *("front", "files_of_site", "site", "health", "issues", "reviews", "record", "topics", "learning", "trends"),
    *("compare", "files", "feeds", "briefings"),
}
OTHER_READING = {"lists.show"}
WRITING = {"record.mistaken", "record.told"}  # in these rooms, and the forms of it
FOR_MACHINES = {WEBHOOK_ENDPOINT, "metrics.metrics"}
LEAVING_PAGES = {"subscribe.leaving", "stop_alerts.stopping"}
RETRY_AFTER = "300"  # seconds
TITLE = "This is a copy, in which nothing can be changed"
STANDS_IN = "The site itself cannot be reached just now. Nothing was changed. Try again in a few minutes."


def register(app: Flask) -> None:
    """Guard every request where the pages are of a copy, and let every template say how old it is."""
    web: WebContext = app.extensions["casereviews"]
    if web.is_copy:
        app.before_request(_guard)

    @app.context_processor
    def _shared() -> dict[str, object]:
        return {"copy_words": request.environ.get(COPY_AGE, ""), "original": web.settings.base_url}


def is_reading(endpoint: str) -> bool:
    """Whether a page only shows what everybody may read."""
    blueprint = endpoint.partition(".")[0]
    return endpoint in OTHER_READING or (blueprint in READING_BLUEPRINTS and endpoint not in WRITING)


def _guard() -> Response | Answer | None:
    error: HouseError | None = request.environ.get(COPY_ERROR)
    endpoint = request.endpoint or ""
    if error and endpoint not in PROBE_ENDPOINTS:
        raise error
    if not endpoint or (request.method in SAFE_METHODS and is_reading(endpoint)):
        return None
    if endpoint in ONE_CLICK_ENDPOINTS and request.method == "POST":
        return forward_leaving()
    if endpoint in FOR_MACHINES:
        return Response("this is a copy: ask the original\n", 503, {"Retry-After": RETRY_AFTER}, content_type=TEXT_TYPE)
    if _stands_in():
        return _page(503, STANDS_IN, one_click=endpoint in LEAVING_PAGES)
    if request.method in SAFE_METHODS:
        answer = redirect(context().settings.base_url + request.full_path.removesuffix("?"), 302)
        answer.headers["Cache-Control"] = "no-store"
        return answer
    answer = _page(405, f"Nothing was changed. The site itself is at {context().settings.base_url}: do it there.")
    answer.headers["Allow"] = "GET, HEAD"
    return answer


def _page(status: int, fix: str, one_click: bool = False) -> Response:
    answer = Response(render_template("error.html", title=TITLE, fix=fix, one_click=one_click), status)
    answer.headers["Cache-Control"] = "no-store"
    if status == 503:
        answer.headers["Retry-After"] = RETRY_AFTER
    return answer


def _stands_in() -> bool:
    """Whether we were asked by the original's own name."""
    return request.host.lower() == urlsplit(context().settings.base_url).netloc.lower()
