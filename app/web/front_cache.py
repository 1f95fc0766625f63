"""Front cache: kept pages found by the bytes of a request while nothing was written to the database that day.

The page cache asks each page's fingerprint: a question of its own to the database. As long as the database says
that no other connection has written to it, no answer can be another one. Used on one thread, which never writes.
"""

import logging
from collections.abc import Iterable, MutableMapping
from datetime import date
from functools import lru_cache
from itertools import starmap
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from flask import Flask

from app.web.context import WebContext
from app.web.page_cache import ENVIRON_PAGE, CachedPage, PageCache
from core.dates import local_date

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

Message = MutableMapping[str, Any]  # of ASGI
FrontKey = tuple[object, ...]  # all of a request that its answer may differ by, as it came
Stamp = tuple[object, date]
SERVER = (b"server", b"casereviews")  # else the name of the library would be told
log = logging.getLogger("casereviews")


def start_message(status: int, headers: Iterable[tuple[str, str]]) -> Message:
    """How an answer begins, as ASGI has it."""
    return {"type": "http.response.start", "status": status, "headers": [*starmap(_coded, headers), SERVER]}


@lru_cache(maxsize=512)
def _coded(name: str, value: str) -> tuple[bytes, bytes]:
    """A header as bytes; most are the same on every page, and are held once."""
    return name.lower().encode("latin-1"), value.encode("latin-1")


def body_message(body: bytes, more: bool = False) -> Message:
    """A part of an answer; the last one, unless there is more."""
    return {"type": "http.response.body", "body": body, "more_body": more}


class FrontCache:
    """Pages of a page cache by what was asked; it holds none that the page cache has forgotten."""

    def __init__(self, web: WebContext, cache: PageCache) -> None:
        self._web, self._cache = web, cache
        self._pages: WeakValueDictionary[FrontKey, CachedPage] = WeakValueDictionary()

    def stamp(self) -> Stamp | None:
        """What is as before while no page that depends on the database and the day alone has changed."""
        try:
            state = self._web.state()
            return None if state is None else (state, local_date(self._web.effects.now(), self._web.settings.zone))
        except Exception as e:  # whatever is wrong, the page itself is asked, and says it
            log.debug("the database could not be asked whether it has changed: %s", e)
            return None

    def find(
        self, key: FrontKey, stamp: Stamp | None, method: str, etags: bytes | None, since: bytes | None
    ) -> tuple[Message, Message] | None:
        """The answer with the page that was asked for, where that was current at this stamp."""
        page = self._pages.get(key)
        if page is None or stamp is None or page.stamp != stamp:
            return None
        self._cache.touch(page)
        has_it = (etags or since) and page.unchanged_since(_text(etags), _text(since))
        return page.starts[bool(has_it)], body_message(b"" if has_it or method == "HEAD" else page.body)

    def keep(self, key: FrontKey, environ: "WSGIEnvironment", stamp: Stamp | None) -> None:
        """Remember the page that answered a request; the stamp was taken before it was asked whether it is current."""
        page: CachedPage | None = environ.get(ENVIRON_PAGE)
        if page is not None and page.lasting:
            page.stamp = stamp
            page.starts = start_message(200, page.headers), start_message(304, page.headers_unchanged)
            self._pages[key] = page


def front_cache(app: Flask) -> FrontCache:
    """Of an application's kept pages."""
    return FrontCache(app.extensions["casereviews"], app.extensions["casereviews.stored"])


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")
