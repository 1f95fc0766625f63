"""Web context of a request: settings, side effects, one database connection a thread."""

import hashlib
import hmac
from threading import local

from flask import Flask, current_app

from core.config.schema import Settings
from core.side_effects import SideEffects
from db.operator import secrets
from db.schema.connect import BUSY_TIMEOUT, READING_TIMEOUT, Database, connect, data_version, limit_cache

CACHE_KIB = 512  # of the database that each thread's connection holds in memory: the system holds the rest for all


class WebContext:
    """Shared by all requests. Each thread opens the database once, and keeps it."""

    is_copy = False  # whether the database is one that is written elsewhere

    def __init__(self, effects: SideEffects, settings: Settings, reading: bool = False) -> None:
        self.effects, self.settings, self._reading = effects, settings, reading
        self.root = settings.root
        self._thread_local, self._patience = local(), BUSY_TIMEOUT
        self._signing = secrets.get(self.db, "signing")
        self._patience = READING_TIMEOUT  # it is up to date now: a page to be read waits for no writer

    @property
    def db(self) -> Database:
        """This thread's own connection."""
        if not hasattr(self._thread_local, "db"):
            self._thread_local.db = self._connect()
            limit_cache(self._thread_local.db, CACHE_KIB)
        db: Database = self._thread_local.db
        return db

    def _connect(self) -> Database:
        return connect(self.settings.database, self._reading, self._patience)

    def state(self) -> object:
        """Another value whenever the database has changed since this thread last asked; None: not known just now."""
        return data_version(self.db)

    @property
    def lineage(self) -> object:
        """Another value where the database is another file than it was, and nothing that was held of it is good."""
        return None

    def key(self, purpose: str) -> str:
        """A secret for one purpose, made from the installation's own."""
        return hmac.new(self._signing.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def context() -> WebContext:
    """The web context of the request that is being answered."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # asked forty times a page
    web_context: WebContext = app.extensions["casereviews"]
    return web_context


def site_path(path: str) -> str:
    """Where a page of ours is on its host: below the path of `base_url`. Templates write {{ root }} before it."""
    return context().root + path
