"""Front page, with the values that every template shares."""

from functools import cache

from flask import Blueprint, Flask, current_app, render_template, request
from werkzeug.wrappers import Response

from app.web.context import context, site_path
from app.web.page_cache import cached_response
from app.web.public.review_phrases import glance_now
from app.web.public.subscription_forms import consent_text
from core.clean_text import clean_text
from core.config.schema import SupportLine
from db.read import archive
from db.read.latest_issue import LatestIssue, get_latest
from newsletter.issue.phrases import Anchor, distinct_titles, join_list
from services.issues.build_issue import current_wording

blueprint = Blueprint("front", __name__)
NAVIGATION = (
    ("/issues", "Past issues"),
    ("/reviews", "Search reviews"),
    ("/trends", "Year by year"),
    ("/subscribe", "Subscribe"),
)
NAVIGATION_OF_COPY = (  # of the archive as files
    ("/issues", "Past issues"),
    ("/reviews", "Reviews"),
    ("/search", "Search"),
    *NAVIGATION[2:],
)


def register(app: Flask) -> None:
    """Add these pages, and what every template may use."""
    app.register_blueprint(blueprint)
    settings = app.extensions["casereviews"].settings
    app.jinja_env.globals.update(newsletter=settings.newsletter, support=_support_lines(settings.support.lines))
    app.jinja_env.globals["site_foot"] = cache(lambda: app.jinja_env.get_template("foot.html").render())

    @app.context_processor
    def _shared() -> dict[str, object]:
        links = NAVIGATION_OF_COPY if current_app.config["EXPORTED"] else NAVIGATION
        return {
            "nav": [(site_path(href), words, request.path.removeprefix("/export") == href) for href, words in links]
        }


@blueprint.get("/")
def front() -> Response:
    """What this is, the latest issue, and one field to subscribe."""
    web = context()
    return cached_response(lambda: archive.list_validators(web.db), _render_front)


def _render_front() -> str:
    whose = join_list([f"the {one}" for one in current_wording(context().settings).all_collections()])
    return render_template(
        "front.html", whose=whose, latest=_latest_issue(get_latest(context().db)), consent=consent_text()
    )


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
