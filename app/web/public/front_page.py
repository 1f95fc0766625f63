"""Front page with stylesheet, icon, shared template values."""

import hashlib
from functools import lru_cache
from importlib.resources import files

from flask import Blueprint, Flask, render_template, request
from werkzeug.wrappers import Response

from app.web.context import context, site_path
from app.web.public.review_phrases import glance_now
from app.web.public.subscription_forms import consent_text
from core.config.schema import SupportLine
from db.read.latest_issue import LatestIssue, get_latest
from newsletter.issue.phrases import Anchor, clean_text, distinct_titles, join_list
from services.issues.build_issue import current_wording

blueprint = Blueprint("front", __name__)
STYLESHEET, ICON_SVG = (files("templates.web").joinpath(name).read_bytes() for name in ("style.css", "icon.svg"))
STYLESHEET_VERSION = hashlib.sha256(STYLESHEET).hexdigest()[:16]
YEAR_SECONDS = 31_536_000  # seconds
NAVIGATION = (
    ("/issues", "Past issues"),
    ("/reviews", "Search reviews"),
    ("/trends", "Year by year"),
    ("/subscribe", "Subscribe"),
)


def register(app: Flask) -> None:
    """Add these pages, and what every template may use."""
    app.register_blueprint(blueprint)

    @app.context_processor
    def _shared() -> dict[str, object]:
        settings = context().settings
        return {
            "newsletter": settings.newsletter,
            "style_tag": STYLESHEET_VERSION,
            "nav": [(site_path(href), words, request.path == href) for href, words in NAVIGATION],
            "support": _support_lines(settings.support.lines),
        }


@blueprint.get("/")
def front() -> str:
    """What this is, the latest issue, and one field to subscribe."""
    whose = join_list([f"the {one}" for one in current_wording(context().settings).all_collections()])
    return render_template(
        "front.html", whose=whose, latest=_latest_issue(get_latest(context().db)), consent=consent_text()
    )


@blueprint.get("/style.css")
def style() -> Response:
    """The one stylesheet."""
    return _static_response(STYLESHEET, "text/css; charset=utf-8")


@blueprint.get("/icon.svg")
def icon() -> Response:
    """What a browser shows on the tab."""
    return _static_response(ICON_SVG, "image/svg+xml")


def _static_response(body: bytes, kind: str) -> Response:
    """A file that never changes under an address with its version."""
    answer = Response(body, content_type=kind)
    answer.set_etag(hashlib.sha256(body).hexdigest()[:16])
    answer.cache_control.public, answer.cache_control.max_age = True, YEAR_SECONDS if "v" in request.args else 3600
    return answer.make_conditional(request)


def _latest_issue(latest: LatestIssue | None) -> dict[str, object] | None:
    if latest is None:
        return None
    names = zip(latest.reviews, distinct_titles(latest.reviews), strict=True)
    return {
        "href": site_path(f"/issues/{latest.period}"),
        "title": clean_text(latest.title),
        "intro": clean_text(latest.intro).partition(" A summary of ")[0],  # the rest speaks of what is in the issue
        "reviews": [(Anchor(name, site_path(f"/reviews/{review.id}")), glance_now(review)) for review, name in names],
        "more": latest.more,
    }


@lru_cache
def _support_lines(lines: tuple[SupportLine, ...]) -> list[tuple[str, str, str, str]]:
    """Name, number as shown, number as dialled, when to call."""
    with_phone = (line for line in lines if line.phone)
    return [
        (
            clean_text(one.name),
            clean_text(one.phone),
            "".join(c for c in one.phone if c in "+0123456789"),
            clean_text(one.words),
        )
        for one in with_phone
    ]
