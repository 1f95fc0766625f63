"""The web pages: what answers a request, and what every answer has."""

from flask import Flask
from jinja2 import PackageLoader, StrictUndefined

from app.web import (
    archive,
    errors,
    feeds,
    finding,
    front,
    health,
    metrics,
    ops,
    preferences,
    record,
    reviews,
    safety,
    stored,
    subscribe,
    topics,
)
from app.web.house import House
from app.world import World
from core.settings import Settings

LARGEST = 64 * 1024  # bytes of a request's body


def create_app(world: World, settings: Settings, reading: bool = False) -> Flask:
    """The WSGI application; `reading`: for a short look. Raises NotSetUp when there is no database yet."""
    house = House(world, settings, reading)
    app = Flask("app.web", static_folder=None)
    app.jinja_loader = PackageLoader("templates", "web")
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["casereviews"] = house
    app.config.update(
        SECRET_KEY=house.key("session"),
        MAX_CONTENT_LENGTH=LARGEST,
        MAX_FORM_MEMORY_SIZE=LARGEST,
        SESSION_COOKIE_NAME="casereviews",
        SESSION_COOKIE_SECURE=settings.base_url.startswith("https:"),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    for room in (
        stored,
        metrics,
        safety,
        errors,
        front,
        health,
        subscribe,
        preferences,
        ops,
        finding,
        archive,
        reviews,
        record,
        topics,
        feeds,
    ):
        room.join(app)
    return app
