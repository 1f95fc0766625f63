"""Page cache: rendered answers kept as bytes until the fingerprint of what they show changes.

They are given before Flask is asked: a question to the database, by which a page knows whether it still holds, takes a
tenth of the time that Flask and its guards take. What they guard was settled when the page was first asked for: the
host's name is part of what a page is kept under, and its headers are kept with it.
"""

import hashlib
import json
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from importlib.resources import files
from threading import Lock
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, current_app, request
from werkzeug.http import parse_date, parse_etags, unquote_etag

from app.web.context import WebContext, context
from app.web.site.facts import list_facts
from app.web.site.look import LOOK, SiteLook
from app.web.site.templates import list_overrides
from core.topics import topics_by_slug
from db.schema.connect import as_store_error

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger("casereviews")
CACHE_BYTES = 4 * 1024 * 1024  # bytes of pages that are kept
PAGE_OVERHEAD = 4 * 1024  # bytes that a page takes beside its body, about
HTML_TYPE, TEXT_TYPE, JSON_TYPE = "text/html; charset=utf-8", "text/plain; charset=utf-8", "application/json"
CSV_TYPE = "text/csv; charset=utf-8"
TEMPLATE_PACKAGES = ("templates.web", "templates.email")  # the files that decide how a page looks
ENVIRON_KEY = (
    "casereviews.page"  # in a request's environment: that its answer may be kept, and how to tell whether it holds
)
ENVIRON_PAGE = "casereviews.kept"  # likewise: the page that it was answered with, if that is kept
COPY_KEY, COPY_AGE = "casereviews.copy", "casereviews.copy_age"  # likewise: which state of a copy, and how old it is
BODY_HEADERS = {"content-length", "content-type"}
CONDITIONS = {"HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_MATCH"}  # of which a request has any, or none
PageFingerprint = Callable[
    [], tuple[str, datetime | None] | None
]  # what differs whenever the page does; its last change, UTC
CacheKey = tuple[str, ...]


@dataclass(eq=False)
class CachedPage:
    """An answer as it was given."""

    key: CacheKey
    tag: str
    fingerprint: PageFingerprint
    etag: str
    modified: datetime | None  # UTC
    lasting: bool  # whether it changes with the database and the day alone
    headers: tuple[tuple[str, str], ...]
    body: bytes
    stamp: object = None  # of the front cache, when the page was last known to be current
    starts: tuple[Any, Any] = (None, None)  # likewise: how its answers begin, with the page and without

    def is_current(self) -> bool:
        """Whether what it shows has not changed."""
        try:
            now = self.fingerprint()
        except Exception as e:  # whatever is wrong, the page itself is asked, and says it
            known = as_store_error(e)
            log.error("a kept page could not be looked after: %s", known or e, exc_info=known is None)
            return False
        return now is not None and now[0] == self.tag

    def unchanged_since(self, etags: str | None, since: str | None) -> bool:
        """Whether whoever asks with If-None-Match and If-Modified-Since has it already (RFC 9110 §13.2.2)."""
        if etags:
            return etags == f'"{self.etag}"' or parse_etags(etags).contains_weak(self.etag)
        asked = parse_modified_since(since)
        return asked is not None and self.modified is not None and self.modified.replace(microsecond=0) <= asked

    def respond(self, environ: "WSGIEnvironment", start: "StartResponse") -> list[bytes]:
        """Answer with it."""
        if self.unchanged_since(environ.get("HTTP_IF_NONE_MATCH"), environ.get("HTTP_IF_MODIFIED_SINCE")):
            start("304 NOT MODIFIED", self.headers_unchanged)
            return []
        start("200 OK", list(self.headers))
        return [self.body] if environ["REQUEST_METHOD"] == "GET" else []

    @property
    def headers_unchanged(self) -> list[tuple[str, str]]:
        """Of an answer without the page."""
        return [pair for pair in self.headers if pair[0].lower() not in BODY_HEADERS]


class PageCache:
    """A WSGI application in front of another; of its pages, the least lately asked for are forgotten first."""

    def __init__(self, application: "WSGIApplication", build: str, room: int = CACHE_BYTES) -> None:
        self._application, self._room = application, room
        self.build = build  # differs whenever the same data would be shown differently
        self._pages: OrderedDict[CacheKey, CachedPage] = OrderedDict()
        self._lock, self._size = Lock(), 0
        self.hits = 0  # how often a kept page was given

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request."""
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self._application(environ, start_response)
        if parse_modified_since(environ.get("HTTP_IF_MODIFIED_SINCE")) is None:
            environ.pop("HTTP_IF_MODIFIED_SINCE", None)  # what is no date is ignored (RFC 9110 §13.1.3)
        key = _cache_key(environ)
        page = self._pages.get(key)
        if page is not None and page.is_current():
            self.touch(page)
            environ[ENVIRON_PAGE] = page
            return page.respond(environ, start_response)
        return self._ask_application(key, environ, start_response)

    def _ask_application(
        self, key: CacheKey, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Ask the application, and keep its answer where that may be."""
        answer: list[Any] = []

        def start_recording(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None
        ) -> Callable[[bytes], object]:
            answer[:] = status, tuple(headers)
            return start_response(status, headers, exc_info)

        body = self._application(environ, start_recording)
        entry = environ.get(ENVIRON_KEY)
        cookie = answer and any(name.lower() == "set-cookie" for name, _ in answer[1])
        if not entry or cookie or not answer or answer[0][:3] != "200" or environ["REQUEST_METHOD"] != "GET":
            return body
        try:
            content = b"".join(body)
        finally:
            getattr(body, "close", lambda: None)()
        tag, fingerprint, etag, modified, lasting = entry
        page = CachedPage(key, tag, fingerprint, etag, modified, lasting, answer[1], content)
        environ[ENVIRON_PAGE] = page
        self._put(page)
        return [content]

    def touch(self, page: CachedPage) -> None:
        """Count that a page was given, and forget it later than others."""
        with self._lock:
            self.hits += 1
            if self._pages.get(page.key) is page:
                self._pages.move_to_end(page.key)

    def _put(self, page: CachedPage) -> None:
        with self._lock:
            if before := self._pages.pop(page.key, None):
                self._size -= len(before.body) + PAGE_OVERHEAD
            self._pages[page.key] = page
            self._size += len(page.body) + PAGE_OVERHEAD
            while self._size > self._room:
                self._size -= len(self._pages.popitem(last=False)[1].body) + PAGE_OVERHEAD


def parse_modified_since(text: str | None) -> datetime | None:
    """The date of If-Modified-Since; None where it is none."""
    try:
        return parse_date(text)
    except OverflowError:  # of a year or day with too many digits, which werkzeug lets through
        return None


def _cache_key(environ: "WSGIEnvironment") -> CacheKey:
    """All of a request that its answer may differ by."""
    names = ("wsgi.url_scheme", "HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING")
    return tuple(str(environ.get(name, "")) for name in (*names, COPY_KEY, COPY_AGE))


def register(app: Flask) -> None:
    """Put the kept pages before the others. Whatever else stands before Flask comes after this: it is asked first."""
    web: WebContext = app.extensions["casereviews"]
    app.extensions["casereviews.stored"] = cache = PageCache(app.wsgi_app, _build_digest(web, app.extensions[LOOK]))
    app.wsgi_app = cache  # type: ignore[method-assign]  # as Flask's manual does
    app.config.setdefault("EXPORTED", False)  # whether the pages become files: then nothing in them asks a server

    @app.context_processor
    def _shared() -> dict[str, object]:
        return {"exported": app.config["EXPORTED"]}


def _build_digest(web: WebContext, site_look: SiteLook) -> str:
    """A hash of the templates, the version and what of the configuration is shown."""
    settings = web.settings
    visible = (settings.newsletter, settings.support, settings.sources, settings.base_url, settings.mail.sender)
    logo = site_look.logo.digest if site_look.logo else ""
    shown = (*visible, settings.site, list_facts(settings), site_look.tag, logo)
    digest = hashlib.sha256(repr((version("casereviews"), shown, settings.timezone, sorted(topics_by_slug()))).encode())
    for package in TEMPLATE_PACKAGES:
        for file in sorted(files(package).iterdir(), key=lambda file: file.name):
            if file.is_file() and not file.name.endswith(".pyc"):
                digest.update(file.read_bytes())
    for _, _, file in list_overrides(settings):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def cached_response(
    fingerprint: PageFingerprint, make: Callable[[], str], kind: str = HTML_TYPE, lasting: bool = True
) -> Response:
    """A page that is rendered only when whoever asks has not got it. `fingerprint` is asked again for each request.

    `lasting`: whether it differs with the database and the day alone, so that the front cache may answer with it.
    """
    cache: PageCache = current_app.extensions["casereviews.stored"]
    tag, modified = fingerprint() or ("", None)
    if age := request.environ.get(COPY_AGE, ""):  # each page says it, so each changes with it
        modified = None
    etag = hashlib.sha256(f"{cache.build} {request.full_path} {tag}{age}".encode()).hexdigest()[:32]
    headers = {"ETag": f'"{etag}"', "Cache-Control": "public, no-cache"}  # kept by browsers, and asked about
    response = Response(headers=headers, content_type=kind)
    response.last_modified = modified
    if not CONDITIONS.isdisjoint(request.environ):
        response.make_conditional(request)
    if response.status_code == 304:
        return response
    response.data = make().encode("utf-8", "replace")
    return keep_response(response, tag, fingerprint, modified, lasting)


def keep_response(
    response: Response, tag: str, fingerprint: PageFingerprint, modified: datetime | None = None, lasting: bool = True
) -> Response:
    """Have the page cache keep an answer, which has an ETag, as long as the fingerprint begins with this tag."""
    etag = unquote_etag(response.headers["ETag"])[0]
    response.headers.remove("Date")  # of this answer; the web server says that of each, also where the page is kept
    request.environ[ENVIRON_KEY] = (tag, fingerprint, etag, modified, lasting)
    return response


def format_json(value: Any) -> str:
    """A value as the contract's JSON; letters beyond ASCII are escaped, so that nothing in it hides."""
    return json.dumps(value, indent=2) + "\n"


def add_noindex(response: Response) -> Response:
    """Ask search engines not to list the page, as is configured. For a blueprint's `after_request`."""
    if context().settings.web.noindex:
        response.headers["X-Robots-Tag"] = "noindex"
    return response
