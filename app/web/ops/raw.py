"""Pages as they were read, shown so that nothing in them can run."""

import re

from flask import Response

from app.web.house import house
from app.web.ops.cage import caged, plain
from app.web.ops.desk import room, show
from app.web.ops.sources import named
from core.records import Page
from core.sizes import byte_size
from db import paged

SHOWN = 100_000  # characters of a page's text that stand on ours; the rest is at an address of its own
CHARSET = re.compile(r"charset=[\"']?([\w.:-]{1,40})", re.I)
SHOWABLE = ("text/html", "application/xhtml+xml")


def _page(name: str, number: int) -> tuple[paged.Kept, Page]:
    return paged.page(house().db, house().settings.data_dir / "pages", named(name).name, number)


@room.get("/sources/<name>/pages/<int(max=999999999999):number>")
def kept_page(name: str, number: int) -> str:
    """A kept page: what is known of it, its text, and how it looks without its styles and pictures."""
    kept, page = _page(name, number)
    text = decoded(page)
    media = page.header("content-type") or "not said"
    return show(
        "page.html",
        f"A page of {name}",
        name=name,
        number=number,
        rows=[
            ("Address", page.url),
            ("Led to", page.final_url if page.final_url != page.url else "the same address"),
            ("Answer", f"{page.status}, {media}, {byte_size(len(page.body))}"),
            ("SHA-256", page.sha256),
            ("Quarantined", "; ".join(kept.complaints) or "no"),
        ],
        read_at=page.fetched_at,
        text=text[:SHOWN],
        cut=len(text) > SHOWN,
        html=media.partition(";")[0].strip().lower() in (*SHOWABLE, "not said"),
    )


@room.get("/sources/<name>/pages/<int(max=999999999999):number>/text")
def kept_text(name: str, number: int) -> Response:
    """The whole text of a kept page, as text."""
    return plain(decoded(_page(name, number)[1]))


@room.get("/sources/<name>/pages/<int(max=999999999999):number>/look")
def kept_look(name: str, number: int) -> Response:
    """A kept page in a cage: no script, no styles or pictures of others, no forms."""
    return caged(decoded(_page(name, number)[1]))


def decoded(page: Page) -> str:
    """A page's text, by the encoding it says; what does not fit is shown as a question mark."""
    said = CHARSET.search(page.header("content-type")) or CHARSET.search(page.body[:2048].decode("latin-1"))
    try:
        return page.body.decode(said[1] if said else "utf-8", "replace")
    except LookupError:
        return page.body.decode("utf-8", "replace")
