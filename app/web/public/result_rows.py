"""Result rows: the reviews that a search found, each an item of a list, as HTML.

A page has twenty of them, of the same few parts: they are written here, not in a template, and escaped all at once.
"""

from collections.abc import Sequence

from flask import Flask
from markupsafe import Markup, escape

from app.web.public.review_phrases import ReviewListItem

_BETWEEN = "\0"  # texts that are escaped together; no text of a review that is shown holds it


def register(app: Flask) -> None:
    """Let templates write them: {{ hits | result_rows(gathered) }}."""
    app.jinja_env.filters["result_rows"] = result_rows


def result_rows(hits: Sequence[ReviewListItem], gathered: bool) -> Markup:
    """The items of a list; `gathered`: each with a box to tick, of the form that gathers reviews."""
    texts = [text for hit in hits for text in (hit.href, hit.title, hit.meta, hit.glance, hit.note)]
    escaped = iter(str(escape(_BETWEEN.join(texts))).split(_BETWEEN))
    parts = zip(hits, escaped, escaped, escaped, escaped, escaped, strict=False)
    return Markup("".join([_write_row(gathered, *own) for own in parts]))  # noqa: S704 - escaped above


def _write_row(gathered: bool, hit: ReviewListItem, href: str, title: str, meta: str, glance: str, note: str) -> str:
    parts = [
        f'<li>\n<h2><a href="{href}">{title}</a></h2>\n',
        f'<p class="meta">{meta}</p>\n' if meta else "",
        f"<p><b>{glance}</b></p>\n" if glance else "",
        f"<p>{hit.extract}</p>\n" if hit.extract else "",
        f'<p class="small">{note}</p>\n' if note else "",
        _tick_box(hit.number, title) if gathered else "",
        "</li>\n",
    ]
    return "".join(parts)


def _tick_box(number: int, title: str) -> str:
    box = f'<input type="checkbox" form="gather" name="review" value="{number}" id="tick-{number}">'
    label = f'<label for="tick-{number}">Choose<span class="unseen">: {title}</span></label>'
    return f'<p class="tick no-print">{box}{label}</p>\n'
