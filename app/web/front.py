"""The front page, the stylesheet and the icon, and what every template may use."""

import hashlib
from functools import lru_cache
from importlib.resources import files

from flask import Blueprint, Flask, render_template, request
from werkzeug.wrappers import Response

from app.issuing import wording
from app.web.forms import consent
from app.web.house import house
from core.settings import SupportLine
from db.latest import Latest, latest
from newsletter.words import Anchor, clean, distinct, listed

pages = Blueprint("front", __name__)
STYLE, ICON = (files("templates.web").joinpath(name).read_bytes() for name in ("style.css", "icon.svg"))
TAG = hashlib.sha256(STYLE).hexdigest()[:16]
YEAR = 31_536_000  # seconds
NAV = (("/issues", "Past issues"), ("/reviews", "Search reviews"), ("/subscribe", "Subscribe"))


def join(app: Flask) -> None:
    """Add these pages, and what every template may use."""
    app.register_blueprint(pages)

    @app.context_processor
    def _shared() -> dict[str, object]:
        settings = house().settings
        return {
            "newsletter": settings.newsletter,
            "style_tag": TAG,
            "nav": [(href, words, request.path == href) for href, words in NAV],
            "support": _support(settings.support.lines),
        }


@pages.get("/")
def front() -> str:
    """What this is, the latest issue, and one field to subscribe."""
    whose = listed([f"the {one}" for one in wording(house().settings).all_collections()])
    return render_template("front.html", whose=whose, latest=_shown(latest(house().db)), consent=consent())


@pages.get("/style.css")
def style() -> Response:
    """The one stylesheet."""
    return _file(STYLE, "text/css; charset=utf-8")


@pages.get("/icon.svg")
def icon() -> Response:
    """What a browser shows on the tab."""
    return _file(ICON, "image/svg+xml")


def _file(body: bytes, kind: str) -> Response:
    """A file that never changes under an address with its version."""
    answer = Response(body, content_type=kind)
    answer.set_etag(hashlib.sha256(body).hexdigest()[:16])
    answer.cache_control.public, answer.cache_control.max_age = True, YEAR if "v" in request.args else 3600
    return answer.make_conditional(request)


def _shown(found: Latest | None) -> dict[str, object] | None:
    if found is None:
        return None
    names = zip(found.reviews, distinct(found.reviews), strict=True)
    return {
        "href": f"/issues/{found.period}",
        "title": clean(found.title),
        "intro": clean(found.intro).partition(" A summary of ")[0],  # the rest speaks of what is in the issue
        "reviews": [Anchor(name, f"/reviews/{review.id}") for review, name in names],
        "more": found.more,
    }


@lru_cache
def _support(lines: tuple[SupportLine, ...]) -> list[tuple[str, str, str, str]]:
    """Name, number as shown, number as dialled, when to call."""
    with_phone = (line for line in lines if line.phone)
    return [
        (clean(one.name), clean(one.phone), "".join(c for c in one.phone if c in "+0123456789"), clean(one.words))
        for one in with_phone
    ]
