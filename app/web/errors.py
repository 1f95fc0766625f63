"""Pages for what goes wrong: they say what to do, and leak nothing."""

import logging
from contextlib import AbstractContextManager

from flask import Flask, Response, render_template, request
from flask_wtf.csrf import CSRFError  # type: ignore[import-untyped]  # it has no types
from werkzeug.exceptions import HTTPException

from app import logs
from app.web.house import house
from core.errors import HouseError, Locked, NotFound, StoreError, TooMany
from db.connect import trouble

log = logging.getLogger("casereviews")
HOUR, SOON = "3600", "300"  # seconds
WORDS = {
    400: ("We could not read that", "Go back, reload the page and try again."),
    401: ("Log in first", "Go to the log-in page, then try again."),
    403: ("That is not open to you", "Log in first, or go back to the front page."),
    404: ("There is no such page", "The address may be mistyped or out of date. The archive and the search may help."),
    405: ("That is not how this page works", "Go back, and use the button on the page."),
    413: ("That is too much at once", "Go back, and send less."),
    421: ("This is another site’s name", "Use the address that you were given."),
    429: ("Too many tries", "Wait an hour, then try again. Nothing was changed."),
    503: ("This takes longer than it should", "Nothing was changed. Try again in a few minutes."),
}
READ = ("We could not read that", "Go back, and try again.")
OURS = ("Something went wrong here", "It is not your doing. Try again in a few minutes.")
FORM = (
    "We could not tell that this came from our page",
    "Nothing was changed. Go back, reload the page and press the button again. "
    "If this comes again, let your browser keep cookies for this site: the form needs one. It holds nothing about you.",
)


def join(app: Flask) -> None:
    """Answer errors with pages of our own."""
    app.register_error_handler(CSRFError, _no_form)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(NotFound, lambda e: _page(404))
    app.register_error_handler(TooMany, lambda e: _later(_page(429)))
    app.register_error_handler(StoreError, _busy)
    app.register_error_handler(Locked, _busy)
    app.register_error_handler(HouseError, _ours)
    app.register_error_handler(Exception, _ours)


def _http(error: HTTPException) -> Response | HTTPException:
    """The page, with the headers that belong to the error: which methods are allowed, say."""
    if error.code is None or error.code < 400:
        return error
    answer = _page(error.code)
    for name, value in error.get_headers(request.environ):
        if name.lower() not in {"content-type", "content-length"}:
            answer.headers[name] = value
    return _later(answer) if error.code == 429 else answer


def _no_form(error: CSRFError) -> Response:
    """No cookie, most likely. Whoever wants to leave can all the same: what a mail provider may send, they may."""
    return _page(400, FORM, one_click=request.endpoint == "subscribe.leave")


def _busy(error: HouseError) -> Response:
    """The disk is full, say: in a line, not a page of the log for every visitor."""
    with _run():
        log.error("a page failed: %s %s: %s", request.method, request.url_rule, error.what)
        log.debug("where it failed", exc_info=error)
    return _later(_page(503), SOON)


def _ours(error: Exception) -> Response:
    if ours := trouble(error):
        return _busy(ours)
    _note(error)
    return _page(500)


def _note(error: Exception) -> None:
    """For the operator; the page's rule only, since an address may hold a reader's token."""
    with _run():
        log.error("a page failed: %s %s", request.method, request.url_rule, exc_info=error)


def _run() -> AbstractContextManager[None]:
    return logs.bound(run=house().world.token()[:8])


def _later(answer: Response, seconds: str = HOUR) -> Response:
    answer.headers.setdefault("Retry-After", seconds)
    return answer


def _page(code: int, words: tuple[str, str] | None = None, one_click: bool = False) -> Response:
    title, fix = words or WORDS.get(code) or (READ if code < 500 else OURS)
    try:
        body = render_template("error.html", title=title, fix=fix, one_click=one_click)
    except Exception as e:  # an error about an error: say it plainly
        if code != 421:  # of a host's name that is none no address can be made: anybody may ask for one
            _note(e)
        return Response(f"{title}. {fix}\n", code, content_type="text/plain; charset=utf-8")
    return Response(body, code)
