"""What pages ask for: the settings, the world and, on each thread, the database."""

import hashlib
import hmac
from threading import local

from flask import current_app

from app.world import World
from core.settings import Settings
from db import secrets
from db.connect import Database, connect


class House:
    """Shared by all requests. Each thread opens the database once, and keeps it."""

    def __init__(self, world: World, settings: Settings, reading: bool = False) -> None:
        self.world, self.settings, self._reading = world, settings, reading
        self._own = local()
        self._signing = secrets.get(self.db, "signing")

    @property
    def db(self) -> Database:
        """This thread's own connection."""
        if not hasattr(self._own, "db"):
            self._own.db = connect(self.settings.database, self._reading)
        db: Database = self._own.db
        return db

    def key(self, purpose: str) -> str:
        """A secret for one purpose, made from the house's own."""
        return hmac.new(self._signing.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def house() -> House:
    """The house of the request that is being answered."""
    found: House = current_app.extensions["casereviews"]
    return found
