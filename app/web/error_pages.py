"""Error pages: Flask error handlers that say what to do next, leaking nothing."""

import logging
from contextlib import AbstractContextManager

from flask import Flask, Response, render_template, request, session
from flask_wtf.csrf import CSRFError  # type: ignore[import-untyped]  # it has no types
from werkzeug.exceptions import HTTPException

from app.web.context import context
from app.web.form_origin import ForeignForm
from app.web.security import UPLOAD_ENDPOINT, is_operations
from core.errors import HouseError, LimitExceeded, LockHeld, NotFound, StoreError
from core.log_fields import bind_log_fields
from db.schema.connect import as_store_error
from services.readers.list_uploads import MAX_UPLOAD_BYTES

log = logging.getLogger("casereviews")
RETRY_AFTER_LIMIT, RETRY_AFTER_BUSY = "3600", "300"  # seconds
STATUS_MESSAGES = {
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
CLIENT_MESSAGE = ("We could not read that", "Go back, and try again.")
SERVER_MESSAGE = ("Something went wrong here", "It is not your doing. Try again in a few minutes.")
UPLOAD_MESSAGE = (
    f"The file is larger than {MAX_UPLOAD_BYTES // 1_000_000} MB",
    "Nothing was kept of it. Go back, and upload it in parts, each with its header.",
)
CSRF_MESSAGE = (
    "We could not tell that this came from our page",
    "Nothing was changed. Go back, reload the page and press the button again. "
    "If this comes again, let your browser keep cookies for this site: the form needs one. It holds nothing about you.",
)
FOREIGN_MESSAGE = (
    "This form was sent from another site",
    "Nothing was changed. If you want to do this, open our own page and use the form there.",
)
HIDDEN_FIELDS = {"csrf_token", "consent", "offered"}  # of a form that is shown again: nothing that anybody typed


def register(app: Flask) -> None:
    """Answer errors with pages of our own."""
    app.register_error_handler(CSRFError, _handle_csrf_error)
    app.register_error_handler(ForeignForm, _handle_foreign_form)
    app.register_error_handler(HTTPException, _handle_http_error)
    app.register_error_handler(NotFound, lambda e: _render_error(404))
    app.register_error_handler(LimitExceeded, lambda e: _add_retry_after(_render_error(429)))
    app.register_error_handler(StoreError, _handle_unavailable)
    app.register_error_handler(LockHeld, _handle_unavailable)
    app.register_error_handler(HouseError, _handle_unexpected)
    app.register_error_handler(Exception, _handle_unexpected)


def _handle_http_error(error: HTTPException) -> Response | HTTPException:
    """The page, with the headers that belong to the error: which methods are allowed, say."""
    if error.code is None or error.code < 400:
        return error
    too_large = error.code == 413 and request.endpoint == UPLOAD_ENDPOINT
    words = UPLOAD_MESSAGE if "ops" in session else STATUS_MESSAGES[401]
    answer = _render_error(error.code, words if too_large else None)
    for name, value in error.get_headers(request.environ):
        if name.lower() not in {"content-type", "content-length"}:
            answer.headers[name] = value
    return _add_retry_after(answer) if error.code == 429 else answer


def _handle_csrf_error(error: CSRFError) -> Response:
    """On the desk: no cookie, most likely. Elsewhere a browser that does not say whose form it sends: we ask."""
    if is_operations():
        return _render_error(400, CSRF_MESSAGE)
    fields = [(name, _without_controls(value)) for name, value in request.form.items(multi=True)]
    typed = [value for name, value in fields if value.strip() and name not in HIDDEN_FIELDS]
    sent = [(name, value) for name, value in fields if name.isidentifier() and name != "csrf_token"]
    return Response(render_template("send_again.html", fields=sent, typed=typed, one_click=_is_leaving()), 400)


def _is_leaving() -> bool:
    """Whether somebody wants to unsubscribe: that takes no cookie, as what a mail provider sends does not."""
    return request.endpoint == "subscribe.leave"


def _without_controls(text: str) -> str:
    return "".join(char for char in text if char.isprintable() or char == "\n")


def _handle_foreign_form(error: ForeignForm) -> Response:
    return _render_error(403, FOREIGN_MESSAGE, one_click=_is_leaving())


def _handle_unavailable(error: HouseError) -> Response:
    """The disk is full, say: in a line, not a page of the log for every visitor."""
    with _log_context():
        log.error("a page failed: %s %s: %s", request.method, request.url_rule, error.what)
        log.debug("where it failed", exc_info=error)
    return _add_retry_after(_render_error(503), RETRY_AFTER_BUSY)


def _handle_unexpected(error: Exception) -> Response:
    if ours := as_store_error(error):
        return _handle_unavailable(ours)
    _log_failure(error)
    return _render_error(500)


def _log_failure(error: Exception) -> None:
    """For the operator; the page's rule only, since an address may hold a reader's token."""
    with _log_context():
        log.error("a page failed: %s %s", request.method, request.url_rule, exc_info=error)


def _log_context() -> AbstractContextManager[None]:
    return bind_log_fields(run=context().effects.token()[:8])


def _add_retry_after(answer: Response, seconds: str = RETRY_AFTER_LIMIT) -> Response:
    answer.headers.setdefault("Retry-After", seconds)
    return answer


def _render_error(code: int, words: tuple[str, str] | None = None, one_click: bool = False) -> Response:
    title, fix = words or STATUS_MESSAGES.get(code) or (CLIENT_MESSAGE if code < 500 else SERVER_MESSAGE)
    try:
        body = render_template("error.html", title=title, fix=fix, one_click=one_click)
    except Exception as e:  # an error about an error: say it plainly
        if code != 421:  # of a host's name that is none no address can be made: anybody may ask for one
            _log_failure(e)
        return Response(f"{title}. {fix}\n", code, content_type="text/plain; charset=utf-8")
    return Response(body, code)
