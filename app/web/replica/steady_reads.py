"""Steady reads: each answer made from one state of a copy; where that changes meanwhile, the answer is made again."""

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.test import run_wsgi_app

from app.web.page_cache import COPY_AGE, COPY_KEY, ENVIRON_PAGE
from app.web.replica.followed_context import UNKNOWN_AGE, FollowedContext
from core.errors import DatabaseMissing, HouseError, StoreError
from db.files.followed_copy import FileStamp

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

COPY_ERROR = "casereviews.copy_error"  # in a request's environment: why the copy cannot be read
ATTEMPTS = 3
READ_METHODS = ("GET", "HEAD")
log = logging.getLogger("casereviews")


class SteadyReads:
    """A WSGI application in front of all others, which has this thread follow the copy."""

    def __init__(self, application: "WSGIApplication", web: FollowedContext) -> None:
        self._application, self._web = application, web

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request."""
        attempts = ATTEMPTS if environ["REQUEST_METHOD"] in READ_METHODS else 1  # a form is read, and passed on, once
        for _ in range(attempts):
            asked = dict(environ)  # what stands before the pages changes it
            stamp = self._follow(asked)
            body, status, headers = run_wsgi_app(self._application, asked, buffered=True)
            if stamp is None or attempts == 1 or self._is_whole(stamp):
                break
            log.debug("the copy changed while a page of it was made: it is made again")
        else:
            asked = dict(environ) | {COPY_ERROR: StoreError("the copy is being written"), COPY_AGE: UNKNOWN_AGE}
            body, status, headers = run_wsgi_app(self._application, asked, buffered=True)
        if ENVIRON_PAGE in asked:
            environ[ENVIRON_PAGE] = asked[ENVIRON_PAGE]
        start_response(status, list(headers))
        return body

    def _follow(self, environ: "WSGIEnvironment") -> FileStamp | None:
        """Have this thread read the copy as it is now, and the request know of it; None where it cannot be read."""
        try:
            stamp = self._web.follow()
            environ[COPY_KEY], environ[COPY_AGE] = str(stamp), self._web.describe_age()
        except HouseError as e:
            environ[COPY_ERROR], environ[COPY_AGE] = e, UNKNOWN_AGE
            return None
        return stamp

    def _is_whole(self, stamp: FileStamp) -> bool:
        """Whether what was read is of one state. A file that was replaced meanwhile is as it was, if anybody has it."""
        try:
            now = self._web.copy.stamp()
        except StoreError:
            return False
        except DatabaseMissing:
            return True
        return now == stamp or now.lineage != stamp.lineage


def register(app: Flask) -> None:
    """Put it in front of the pages where these are of a copy. Nothing else comes before it."""
    web = app.extensions["casereviews"]
    if isinstance(web, FollowedContext):
        app.wsgi_app = SteadyReads(app.wsgi_app, web)  # type: ignore[method-assign]  # as Flask's manual does
