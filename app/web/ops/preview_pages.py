"""Preview pages of an issue: light, dark, phone, text, source."""

import re

from flask import Response, request

from app.web.context import context
from app.web.ops.desk import blueprint, render_page
from app.web.ops.issue_pages import IssueOverview, load_issue
from app.web.ops.overview_page import issue_title
from app.web.ops.sandboxed_html import sandbox_response, text_response
from core.states import Edition
from newsletter.issue.compose import mail_subject
from newsletter.issue.render import RenderedIssue
from services.issues import frozen_issue

VIEW_LABELS = {"light": "Light", "dark": "Dark", "phone": "Phone", "text": "Text", "source": "Source"}
_DARK_QUERY = re.compile(r"@media \(prefers-color-scheme: dark\)")
_COLOR_SCHEME = re.compile(r"(?<![-\w])color-scheme: light dark")


def _asks_short() -> bool:
    short: Edition = "short"
    return request.args.get("edition") == short


@blueprint.get("/issues/<period>/preview")
def preview(period: str) -> str:
    """The issue as its readers would see it. Its links are real but for the reader's own."""
    overview, short = load_issue(period), _asks_short()
    view = request.args.get("view", "light")
    view = view if view in VIEW_LABELS else "light"
    rendered = _render_edition(overview, short)
    return render_page(
        "preview.html",
        f"Preview: {issue_title(period)}",
        look=overview,
        view=view,
        views=VIEW_LABELS,
        short=short,
        subject=mail_subject(rendered.issue),
        preheader=rendered.issue.preheader,
        text={"text": rendered.text, "source": rendered.html}.get(view, ""),
    )


@blueprint.get("/issues/<period>/html")
def preview_html(period: str) -> Response:
    """The HTML part in a cage, as a mail program would show it by day or by night."""
    rendered = _render_edition(load_issue(period), _asks_short())
    return sandbox_response(
        force_color_scheme(rendered.html, "dark" if request.args.get("view") == "dark" else "light")
    )


@blueprint.get("/issues/<period>/text")
def preview_text(period: str) -> Response:
    """The text part."""
    return text_response(_render_edition(load_issue(period), _asks_short()).text)


def _render_edition(overview: IssueOverview, short: bool) -> RenderedIssue:
    web = context()
    return frozen_issue.render_edition(web.settings, web.db, overview.fresh, "short" if short else "full")


def force_color_scheme(html: str, which: str) -> str:
    """The page as if the reader's machine were set to dark or light: its own rules for it always or never hold."""
    head, end, body = html.partition("</head>")
    head = _DARK_QUERY.sub("@media all" if which == "dark" else "@media not all", head)
    head = _COLOR_SCHEME.sub(f"color-scheme: {which}", head)
    return (
        head.replace('name="color-scheme" content="light dark"', f'name="color-scheme" content="{which}"') + end + body
    )
