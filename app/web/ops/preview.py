"""Previews of an issue: light, dark, on a phone, as text, as source."""

import re

from flask import Response, request

from app import issuing
from app.web.house import house
from app.web.ops.cage import caged, plain
from app.web.ops.desk import room, show
from app.web.ops.issue import Look, look
from app.web.ops.state import title
from newsletter.render import Rendered, render

VIEWS = {"light": "Light", "dark": "Dark", "phone": "Phone", "text": "Text", "source": "Source"}
_DARK = re.compile(r"@media \(prefers-color-scheme: dark\)")
_SCHEME = re.compile(r"(?<![-\w])color-scheme: light dark")


@room.get("/issues/<period>/preview")
def preview(period: str) -> str:
    """The issue as its readers would see it. Its links are real but for the reader's own."""
    found, short = look(period), request.args.get("edition") == "short"
    view = request.args.get("view", "light")
    view = view if view in VIEWS else "light"
    shown = _rendered(found, short)
    return show(
        "preview.html",
        f"Preview: {title(period)}",
        look=found,
        view=view,
        views=VIEWS,
        short=short,
        subject=shown.issue.subject,
        preheader=shown.issue.preheader,
        text={"text": shown.text, "source": shown.html}.get(view, ""),
    )


@room.get("/issues/<period>/html")
def preview_html(period: str) -> Response:
    """The HTML part in a cage, as a mail program would show it by day or by night."""
    shown = _rendered(look(period), request.args.get("edition") == "short")
    return caged(scheme(shown.html, "dark" if request.args.get("view") == "dark" else "light"))


@room.get("/issues/<period>/text")
def preview_text(period: str) -> Response:
    """The text part."""
    return plain(_rendered(look(period), request.args.get("edition") == "short").text)


def _rendered(found: Look, short: bool) -> Rendered:
    if not short:
        return Rendered(found.fresh.html, found.fresh.text, found.fresh.issue)
    return render(found.fresh.issue, issuing.wording(house().settings), "email", short=True)


def scheme(html: str, which: str) -> str:
    """The page as if the reader's machine were set to dark or light: its own rules for it always or never hold."""
    head, end, body = html.partition("</head>")
    head = _DARK.sub("@media all" if which == "dark" else "@media not all", head)
    head = _SCHEME.sub(f"color-scheme: {which}", head)
    return (
        head.replace('name="color-scheme" content="light dark"', f'name="color-scheme" content="{which}"') + end + body
    )
