"""Saved pages of a source, shown so that nothing in them can run."""

import re

from flask import Response

from app.web.context import context
from app.web.ops.desk import blueprint, render_page
from app.web.ops.sandboxed_html import sandbox_response, text_response
from app.web.ops.source_pages import source_or_404
from core.records import Page
from core.sizes import byte_size
from db.read import ops_queries

MAX_SHOWN_LENGTH = 100_000  # characters of a page's text that stand on ours; the rest is at an address of its own
CHARSET = re.compile(r"charset=[\"']?([\w.:-]{1,40})", re.I)
HTML_TYPES = ("text/html", "application/xhtml+xml")


def _saved_page(name: str, number: int) -> tuple[ops_queries.SavedPageInfo, Page]:
    return ops_queries.get_saved_page(
        context().db, context().settings.data_dir / "pages", source_or_404(name).name, number
    )


@blueprint.get("/sources/<name>/pages/<int(max=999999999999):number>")
def saved_page(name: str, number: int) -> str:
    """A saved page: what is known of it, its text, and how it looks without its styles and pictures."""
    info, page = _saved_page(name, number)
    text = decode_page(page)
    media = page.header("content-type") or "not said"
    return render_page(
        "page.html",
        f"A page of {name}",
        name=name,
        number=number,
        rows=[
            ("Address", page.url),
            ("Led to", page.final_url if page.final_url != page.url else "the same address"),
            ("Answer", f"{page.status}, {media}, {byte_size(len(page.body))}"),
            ("SHA-256", page.sha256),
            ("Quarantined", "; ".join(info.complaints) or "no"),
        ],
        read_at=page.fetched_at,
        text=text[:MAX_SHOWN_LENGTH],
        cut=len(text) > MAX_SHOWN_LENGTH,
        html=media.partition(";")[0].strip().lower() in (*HTML_TYPES, "not said"),
    )


@blueprint.get("/sources/<name>/pages/<int(max=999999999999):number>/text")
def saved_text(name: str, number: int) -> Response:
    """The whole text of a saved page, as text."""
    return text_response(decode_page(_saved_page(name, number)[1]))


@blueprint.get("/sources/<name>/pages/<int(max=999999999999):number>/look")
def saved_look(name: str, number: int) -> Response:
    """A saved page in a cage: no script, no styles or pictures of others, no forms."""
    return sandbox_response(decode_page(_saved_page(name, number)[1]))


def decode_page(page: Page) -> str:
    """A page's text, by the encoding it says; what does not fit is shown as a question mark."""
    charset = CHARSET.search(page.header("content-type")) or CHARSET.search(page.body[:2048].decode("latin-1"))
    try:
        return page.body.decode(charset[1] if charset else "utf-8", "replace")
    except LookupError:
        return page.body.decode("utf-8", "replace")
