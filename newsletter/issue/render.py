"""Render an issue to HTML with its plain text, truncated to fit the mail size budget."""

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from html import escape
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import HouseError
from core.records import Issue
from core.states import Medium
from newsletter.issue import issue_view
from newsletter.issue.correction_view import EARLIER_HEADING, CorrectionView
from newsletter.issue.issue_view import CollectionView, IssueView, ReviewView
from newsletter.issue.phrases import Anchor
from newsletter.issue.truncate import SHORT_EDITION_LEVELS, TRUNCATION_LEVELS, TruncationLevel, truncate_review
from newsletter.issue.wording import MailStyle, Wording

if TYPE_CHECKING:
    from css_inline import CSSInliner
    from jinja2 import Environment

WARN_HTML_BYTES = 80_000  # of HTML: the caller says so
MAX_HTML_BYTES = 95_000  # of HTML, never passed: Gmail clips a message at 102 KB
NO_BREAK_SPACE = "\u00a0"  # a space at which no line ends
TEXT_COLUMNS = 72  # of the text part; addresses are never broken
# Bytes of markup round the words, inlined styles and all; measured, and corrected by each rendering.
REVIEW_BYTES, SECTION_BYTES, PARAGRAPH_BYTES, ITEM_BYTES, LINK_BYTES = 520, 125, 40, 35, 150
MAX_REVIEWS = MAX_HTML_BYTES // REVIEW_BYTES  # reviews that a mail can name at all
FIT_ATTEMPTS = 5
OUR_STYLE = MailStyle()
_LINE_MARK = re.compile(r"(\s*(?:- |\d+\. )?)(.*)")  # the indent and mark of an item, and its words
SizedLevels = list[tuple[int, ReviewView]]  # one review at each level: about how many bytes, and the entry


@dataclass(frozen=True)
class RenderedIssue:
    """Both parts of one issue; `issue` knows what was shortened or left out to make them fit."""

    html: str
    text: str
    issue: Issue


def render(issue: Issue, wording: Wording, edition: Medium = "email", *, short: bool = False) -> RenderedIssue:
    """Both parts of the issue. The mail's HTML keeps under MAX_BYTES; the web edition shows everything.

    A `short` mail only begins each review; its issue is as given, for what was shortened or left out is told
    of the full mail. Readers' own addresses hold words.READER in place of the token; the web edition has none.
    Raises HouseError when there is no room for the frame (note, support lines, footer), which is never cut.
    """
    names = issue_view.review_labels(issue)
    short = short and edition == "email"
    frame = issue_view.build_frame(issue, wording, edition, names, short=short)
    if edition == "web":
        own = repeat(wording.base_url), repeat(wording.title)
        entries = list(map(issue_view.build_review_view, issue.reviews, names, *own))
        view = issue_view.add_reviews(frame, entries, issue, wording)
        html = _render_html(view, wording)
    else:
        view, html = _fit_reviews(issue, wording, frame, names, SHORT_EDITION_LEVELS if short else TRUNCATION_LEVELS)
    if short:
        return RenderedIssue(html, _render_text(view), issue)
    shown = [entry for collection in view.collections for entry in collection.entries]
    cut, out = sum(entry.rest is not None for entry in shown), len(issue.reviews) - len(shown)
    return RenderedIssue(html, _render_text(view), replace(issue, shortened=cut, left_out=out))


def render_frame(
    issue: Issue, wording: Wording, slot: str, preheader: str, *, short: bool = False
) -> tuple[RenderedIssue, list[ReviewView]]:
    """A mail without its reviews, a `slot` in their place; and each review as the mail shows it.

    One that the mail has no room to name is at its shortest.
    """
    names = issue_view.review_labels(issue)
    frame = issue_view.build_frame(issue, wording, "email", names, short=short)
    levels = SHORT_EDITION_LEVELS if short else TRUNCATION_LEVELS
    shown = _fit_reviews(issue, wording, frame, names, levels)[0].collections
    entries = list(chain.from_iterable(collection.entries for collection in shown))
    entries += [
        truncate_review(
            issue_view.build_review_view(review, name, wording.base_url, wording.title),
            levels[-1],
            issue_view.rest_link(review, name, issue, wording),
        )
        for review, name in zip(issue.reviews[len(entries) :], names[len(entries) :], strict=False)
    ]
    own = issue_view.make_personal(frame, len(entries), slot, preheader)
    return RenderedIssue(_render_html(own, wording), _render_text(own), issue), entries


def _fit_reviews(
    issue: Issue, wording: Wording, frame: IssueView, names: Sequence[str], steps: Sequence[TruncationLevel]
) -> tuple[IssueView, str]:
    """Every entry at the fullest level where they all fit, else the fullest of a few attempts; and its HTML."""
    if len(issue.reviews) <= MAX_REVIEWS:
        fullest = [levels[0] for levels in _all_levels(issue, wording, names, steps[:1])]
        if sum(weight for weight, _ in fullest) < 1.3 * MAX_HTML_BYTES:
            view = issue_view.add_reviews(frame, [entry for _, entry in fullest], issue, wording)
            html = _render_html(view, wording)
            if _byte_size(html) <= MAX_HTML_BYTES:
                return view, html
    return _truncate_to_fit(issue, wording, frame, _all_levels(issue, wording, names, steps))


def _truncate_to_fit(
    issue: Issue, wording: Wording, frame: IssueView, options: list[SizedLevels]
) -> tuple[IssueView, str]:
    """The fullest of a few attempts that fits.

    The longest entries are cut first; when even the shortest are too many, the last go unnamed.
    """
    empty = _byte_size(_render_html(frame, wording))
    best: tuple[int, IssueView, str] | None = None
    room, entries = MAX_HTML_BYTES - empty, None
    for _ in range(FIT_ATTEMPTS):
        if entries == (entries := _choose_levels(options, room - LINK_BYTES)):
            break
        out = len(issue.reviews) - len(entries)
        counted = replace(frame, left_out=issue_view.left_out_link(out, issue, wording))
        view = issue_view.add_reviews(counted, entries, issue, wording)
        html = _render_html(view, wording)
        size = _byte_size(html)
        if size <= MAX_HTML_BYTES and (best is None or size > best[0]):
            best = size, view, html
        room = int(room * 0.99 * (MAX_HTML_BYTES - empty) / max(size - empty, 1))
    if best is None:
        raise HouseError(
            "the issue does not fit in a mail",
            f"{issue.period}: {empty:,} bytes without any review",
            "Shorten its note, the support lines or the postal address.",
        )
    return best[1:]


def _all_levels(
    issue: Issue, wording: Wording, names: Sequence[str], steps: Sequence[TruncationLevel]
) -> list[SizedLevels]:
    """The first reviews that a mail can name, each at every level."""
    return [
        _review_levels(
            issue_view.build_review_view(review, name, wording.base_url, wording.title),
            issue_view.rest_link(review, name, issue, wording),
            steps,
        )
        for review, name in zip(issue.reviews[:MAX_REVIEWS], names, strict=False)
    ]


def _review_levels(whole: ReviewView, rest: Anchor, steps: Sequence[TruncationLevel]) -> SizedLevels:
    entries = (truncate_review(whole, level, rest) for level in steps)
    return [(_estimate_bytes(entry), entry) for entry in entries]


def _choose_levels(options: list[SizedLevels], room: int) -> tuple[ReviewView, ...]:
    """The entries under the highest ceiling, the same for all, at which they fit the room together."""

    def under(ceiling: int) -> SizedLevels:
        return [next((step for step in levels if step[0] <= ceiling), levels[-1]) for levels in options]

    low, high = 0, max((levels[0][0] for levels in options), default=0)
    while low < high:
        middle = (low + high + 1) // 2
        fits = sum(weight for weight, _ in under(middle)) <= room
        low, high = (middle, high) if fits else (low, middle - 1)
    chosen, used = [], 0
    for weight, entry in under(low):
        if (used := used + weight) > room:
            break
        chosen.append(entry)
    return tuple(chosen)


def _estimate_bytes(entry: ReviewView) -> int:
    """About the bytes that the entry takes in the HTML."""
    shown = (line for part in entry.parts for line in (*part.lead, *part.paragraphs))
    paragraphs = [*entry.summary, entry.keywords, *([entry.glance] if entry.glance else []), *shown, *entry.corrected]
    items = [item for part in entry.parts for item in part.items]
    links = [*entry.downloads, *([entry.rest] if entry.rest else [])]
    headings = [entry.title, entry.meta, *(part.heading for part in entry.parts)]
    said = sum(len(escape(line).encode()) for line in (*headings, *paragraphs, *items, *chain(*links)))
    markup = (
        SECTION_BYTES * len(entry.parts)
        + PARAGRAPH_BYTES * len(paragraphs)
        + ITEM_BYTES * len(items)
        + LINK_BYTES * len(links)
    )
    return REVIEW_BYTES + markup + said


def _byte_size(html: str) -> int:
    return len(html.encode())


def _render_html(view: IssueView, wording: Wording) -> str:
    return render_mail("issue.html", wording, view=view)


def render_mail(template: str, wording: Wording, **values: object) -> str:
    """A mail's HTML: styles on each element, and a kept block for dark mode and phones."""
    style = wording.style
    return css_inliner(style).inline(email_templates(style).get_template(template).render(**values))


@cache
def email_templates(style: MailStyle = OUR_STYLE) -> "Environment":
    from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, StrictUndefined

    from newsletter.issue.template_cache import open_template_cache

    own = [FileSystemLoader(Path(style.templates) / "email")] if style.templates else []
    environment = Environment(
        loader=ChoiceLoader([*own, PackageLoader("templates", "email")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=open_template_cache(),
    )
    environment.globals["style"] = style
    return environment


@cache
def css_inliner(style: MailStyle = OUR_STYLE) -> "CSSInliner":
    """Inlines inline.css; the template's own style block (dark mode, phones) stays as it is."""
    from css_inline import CSSInliner

    css = email_templates(style).get_template("inline.css").render()
    return CSSInliner(inline_style_tags=False, keep_style_tags=True, load_remote_stylesheets=False, extra_css=css)


def _render_text(view: IssueView) -> str:
    """The issue as plain text: blocks parted by an empty line, reviews and what follows them by two."""
    front = [
        view.site,
        view.title,
        format_link(view.web),
        view.intro,
        view.short,
        wrap_lines(view.note_text),
        content_note(view.caution, view.near),
    ]
    front += [*_corrections_text(view), *_contents_text(view)]
    reviews = ["\n" + block for collection in view.collections for block in _collection_text(collection)]
    after = [format_link(view.left_out)]
    for group in view.groups:
        rows = [_list_row(row.sentence, format_link(row.link)) for row in group.rows]
        after += ["\n" + group.heading, group.intro, "\n".join(rows)]
    support = "\n".join(
        wrap_text(f"{line.name}: " + ", ".join(filter(None, [*(c.text for c in line.contacts), line.words])), "- ")
        for line in view.support
    )
    after += [*view.notices, view.last_read, "\nSupport" if support else "", support, view.checked]
    why, *footer = filter(None, [view.why, *map(format_link, view.links), *view.small_print])
    blocks = [*front, *reviews, *after, "\n" + wrap_text(why), *footer]
    return "\n\n".join(block if "\n" in block else wrap_text(block) for block in blocks if block) + "\n"


def _corrections_text(view: IssueView) -> Iterator[str]:
    """What was wrong in earlier issues, each with where it stands on the web; then the review that was put first."""
    if view.corrections:
        yield "\n" + EARLIER_HEADING
    for one in view.corrections:
        yield correction_text(one)
    yield format_link(view.more_corrections)
    yield _first(view)


def correction_text(one: CorrectionView) -> str:
    """A correction in the text part."""
    blocks = [f"{wrap_text(one.heading)}\n{wrap_text(one.dated)}", *wrap_blocks(one.text), format_link(one.link)]
    return "\n\n".join(blocks)


def wrap_blocks(text: str) -> Iterator[str]:
    """Blocks of plain text, parted by empty lines, each of their lines filled anew."""
    for block in filter(None, text.split("\n\n")):
        lines = ((line.removeprefix("- "), "- " if line.startswith("- ") else "") for line in block.split("\n"))
        yield "\n".join(wrap_text(words, bullet) for words, bullet in lines)


def _contents_text(view: IssueView) -> list[str]:
    """The reviews, a row each with its address, or a reader's own; then the month in counts, a line each."""
    rows = [_list_row(row.link.text, row.link.url) for row in view.contents]
    counts = "\n".join(wrap_text(": ".join(count)) for count in view.counts)
    return [*(["\n" + view.contents_heading, "\n".join(rows)] if rows else []), view.slot, counts]


def _list_row(words: str, link: str) -> str:
    return f"{wrap_text(words, '- ')}\n{textwrap.indent(link, '  ')}".rstrip()


def content_note(caution: str, near: Sequence[tuple[str, str]]) -> str:
    """The content note in the text part, with who is there for a reader; empty without a caution."""
    lines = "; ".join(f"{name} {contact.replace(' ', NO_BREAK_SPACE)}" for name, contact in near)
    support = f" Support is there for you: {lines}." if lines else ""
    return wrap_text(f"Content note: {caution}{support}") if caution else ""


def _first(view: IssueView) -> str:
    """The review that the editor put first, under its heading."""
    if (first := view.first) is None:
        return ""
    return "\n".join([f"\n{first.heading}:", wrap_text(first.reason), format_link(first.link)])


def _collection_text(collection: CollectionView) -> Iterator[str]:
    """Its heading, underlined, then its reviews."""
    if heading := wrap_text(collection.heading):
        yield f"{heading}\n{'=' * max(map(len, heading.splitlines()))}"
    for entry in collection.entries:
        yield review_text(entry)


def review_text(entry: ReviewView) -> str:
    """A review in the text part."""
    return "\n\n".join(filter(None, _review_paragraphs(entry)))


def _review_paragraphs(entry: ReviewView) -> Iterator[str]:
    yield "\n".join(filter(None, map(wrap_text, (entry.title, entry.glance, entry.meta, entry.wish))))
    yield from map(wrap_text, entry.summary)
    for part in entry.parts:
        items = [wrap_text(item, "- ") for item in part.items]
        yield "\n".join([f"{part.heading}:", *map(wrap_text, part.lead), *items, *map(wrap_text, part.paragraphs)])
    yield from map(wrap_text, entry.corrected)
    yield wrap_text(f"Keywords: {entry.keywords}") if entry.keywords else ""
    yield from map(format_link, entry.downloads)
    yield format_link(entry.rest)


def format_link(anchor: Anchor | None) -> str:
    """The link's words, then its address on a line of its own."""
    return "\n".join(filter(None, [wrap_text(anchor.text), anchor.url])) if anchor else ""


def wrap_lines(text: str) -> str:
    """Markdown's plain text: each line by itself, an item's further lines below its words."""
    parts = (_LINE_MARK.fullmatch(line) for line in text.splitlines())
    return "\n".join(wrap_text(part[2], part[1]) for part in parts if part)


def wrap_text(text: str, bullet: str = "") -> str:
    filled = textwrap.fill(
        text,
        TEXT_COLUMNS,
        initial_indent=bullet,
        subsequent_indent=" " * len(bullet),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return filled.replace(NO_BREAK_SPACE, " ")
