"""About pages: who is behind the site, how to reach them, how addresses are used, how accessible it is."""

import hashlib
import logging

from flask import Blueprint, Flask, redirect, render_template
from flask.typing import ResponseReturnValue

from app.web.context import context
from app.web.page_cache import cached_response
from app.web.site.site_pages import PAGES, draft, read_page, render_site_page
from core.errors import HouseError

log = logging.getLogger("casereviews")
blueprint = Blueprint("site", __name__)


def register(app: Flask) -> None:
    """Add these pages, and the links to them on every page."""
    app.register_blueprint(blueprint)
    settings = app.extensions["casereviews"].settings
    privacy = settings.newsletter.privacy_url or f"{settings.root}/privacy"
    pages = [(privacy if name == "privacy" else f"{settings.root}/{name}", words) for name, words in PAGES.items()]
    app.jinja_env.globals.update(privacy_page=privacy, site_pages=pages)


@blueprint.get("/about")
def about() -> ResponseReturnValue:
    """Who is behind the site."""
    return _show("about")


@blueprint.get("/contact")
def contact() -> ResponseReturnValue:
    """How to reach them."""
    return _show("contact")


@blueprint.get("/accessibility")
def accessibility() -> ResponseReturnValue:
    """Who can use it, and whom to tell if it cannot be used."""
    return _show("accessibility")


@blueprint.get("/privacy")
def privacy() -> ResponseReturnValue:
    """What is kept of readers, for how long, and what they can do; or where the operator's own notice stands."""
    if address := context().settings.newsletter.privacy_url:
        return redirect(address, 302)
    return _show("privacy")


def _show(name: str) -> ResponseReturnValue:
    settings = context().settings

    def text() -> str:
        try:
            return read_page(settings, name)
        except HouseError as e:  # the reader is not left without the page
            log.error("%s", e)
            return draft(name)

    return cached_response(
        lambda: (hashlib.sha256(text().encode()).hexdigest(), None),
        lambda: render_template("site_page.html", page=render_site_page(settings, name, text())),
        lasting=False,  # its text is a file
    )
