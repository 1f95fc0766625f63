"""Well-known files: robots.txt, favicon.ico, security.txt, the stylesheet, the icon, the logo."""

import hashlib
from datetime import timedelta

from flask import Blueprint, Flask, Response, abort, current_app, request

from app.web.context import context, site_path
from app.web.page_cache import TEXT_TYPE, keep_response
from app.web.site.logo import KINDS, LOGO_POLICY
from app.web.site.look import FAVICON, LOOK, SiteLook
from core.dates import iso_utc

blueprint = Blueprint("files_of_site", __name__)
YEAR_SECONDS = 31_536_000  # seconds
SECURITY_VALID = timedelta(days=180)  # RFC 9116 §2.5.5 wants less than a year
PERSONAL_PATHS = ("/confirm/", "/hooks/", "/lists/", "/new-address/", "/ops", "/preferences/", "/unsubscribe/")
CONTENT_PATHS = ("/compare", "/feeds/", "/issues", "/learning", "/reviews", "/topics", "/trends")  # where noindex holds


def register(app: Flask) -> None:
    """Add these files, and what every template may show of the site."""
    app.register_blueprint(blueprint)
    look: SiteLook = app.extensions[LOOK]
    app.jinja_env.globals.update(site_name=look.name, logo=look.logo, look=look, style_tag=look.tag)


def site_look() -> SiteLook:
    """What the pages look like."""
    look: SiteLook = current_app.extensions[LOOK]
    return look


@blueprint.get("/style.css")
def style() -> Response:
    """The one stylesheet."""
    return _static_response(site_look().stylesheet, "text/css; charset=utf-8")


@blueprint.get("/icon.svg")
def icon() -> Response:
    """What a browser shows on the tab."""
    return _static_response(site_look().icon, "image/svg+xml")


@blueprint.get("/favicon.ico")
def favicon() -> Response:
    """The same for programs that look for nothing else."""
    return _static_response(FAVICON, "image/vnd.microsoft.icon")


@blueprint.get("/logo.svg")
@blueprint.get("/logo.png")
@blueprint.get("/logo.jpg")
@blueprint.get("/logo.webp")
def logo() -> Response:
    """The configured logo, under the one address that says what it is."""
    one = site_look().logo
    if one is None or not request.path.endswith(f".{one.kind}"):
        abort(404)
    answer = _static_response(one.body, KINDS[one.kind])
    answer.headers["Content-Security-Policy"] = LOGO_POLICY
    return answer


@blueprint.get("/robots.txt")
def robots() -> Response:
    """What search engines may read: no reader's own pages ever, the archive where `web.noindex` is off."""
    hidden = [*PERSONAL_PATHS, *(CONTENT_PATHS if context().settings.web.noindex else ())]
    lines = ["User-agent: *", *(f"Disallow: {site_path(path)}" for path in sorted(hidden))]
    return Response("\n".join(lines) + "\n", content_type=TEXT_TYPE)


@blueprint.get("/security.txt")
@blueprint.get("/.well-known/security.txt")
def security() -> Response:
    """Whom to tell of a hole in these pages (RFC 9116)."""
    web = context()
    if not (contact := web.settings.site.security_contact):
        abort(404)
    expires = (web.effects.now() + SECURITY_VALID).replace(microsecond=0)
    lines = [
        f"Contact: {contact}",
        f"Expires: {iso_utc(expires)}",
        "Preferred-Languages: en",
        f"Canonical: {web.settings.base_url}/.well-known/security.txt",
    ]
    return Response("\n".join(lines) + "\n", content_type=TEXT_TYPE)


def _static_response(body: bytes, kind: str) -> Response:
    """A file that never changes under an address with its version."""
    answer = Response(body, content_type=kind)
    answer.set_etag(hashlib.sha256(body).hexdigest()[:16])
    cache = answer.cache_control
    cache.public, cache.immutable = True, "v" in request.args
    cache.max_age = YEAR_SECONDS if "v" in request.args else 3600
    answer.make_conditional(request)
    return answer if answer.status_code == 304 else keep_response(answer, "", lambda: ("", None))
