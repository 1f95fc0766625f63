"""An issue made into its two parts, HTML and text, from one letter that keeps within its size budget."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from html import escape
from itertools import chain
from typing import TYPE_CHECKING

from core.errors import HouseError
from core.records import Issue
from newsletter import letter as letters
from newsletter.compose import Wording
from newsletter.letter import Collection, Edition, Entry, Letter
from newsletter.shorten import LEVELS, shortened
from newsletter.words import Anchor

if TYPE_CHECKING:
    from css_inline import CSSInliner
    from jinja2 import Environment

WARN_BYTES = 80_000  # of HTML: the caller says so
MAX_BYTES = 95_000  # of HTML, never passed: Gmail clips a message at 102 KB
UNBROKEN = "\u00a0"  # a space at which no line ends
COLUMNS = 72  # of the text part; addresses are never broken
# Bytes of markup round the words, inlined styles and all; measured, and corrected by each rendering.
ROW, PART, BLOCK, ITEM, LINK = 520, 125, 40, 35, 150
MOST = MAX_BYTES // ROW  # reviews that a mail can name at all
ATTEMPTS = 5
Ladder = list[tuple[int, Entry]]  # one review at each level: about how many bytes, and the entry


@dataclass(frozen=True)
class Rendered:
    """Both parts of one issue; `issue` knows what was shortened or left out to make them fit."""

    html: str
    text: str
    issue: Issue


def render(issue: Issue, wording: Wording, edition: Edition = "email") -> Rendered:
    """Both parts of the issue. The mail's HTML keeps under MAX_BYTES; the web edition shows everything.

    Readers' own addresses hold words.READER in place of the token; the web edition has none. Raises
    HouseError when there is no room for the frame (note, support lines, footer), which is never cut.
    """
    names = letters.labels(issue)
    frame = letters.frame(issue, wording, edition, names)
    if edition == "web" or len(issue.reviews) <= MOST:
        entries = tuple(map(letters.entry, issue.reviews, names))
        if edition == "web" or sum(map(_weight, entries)) < 1.3 * MAX_BYTES:
            whole = letters.filled(frame, entries, issue, wording)
            html = _html(whole)
            if edition == "web" or _size(html) <= MAX_BYTES:
                return Rendered(html, _text(whole), replace(issue, shortened=0, left_out=0))
    return _shortened(issue, wording, frame, names)


def _shortened(issue: Issue, wording: Wording, frame: Letter, names: Sequence[str]) -> Rendered:
    """The fullest of a few attempts that fits.

    The longest entries are cut first; when even the shortest are too many, the last go unnamed.
    """
    empty = _size(_html(frame))
    ladders = [
        _ladder(letters.entry(review, name), letters.rest(review, name, issue, wording))
        for review, name in zip(issue.reviews[:MOST], names, strict=False)
    ]
    best: tuple[int, str, Letter] | None = None
    room, entries = MAX_BYTES - empty, None
    for _ in range(ATTEMPTS):
        if entries == (entries := _chosen(ladders, room - LINK)):
            break
        out = len(issue.reviews) - len(entries)
        counted = replace(frame, left_out=letters.left_out(out, issue, wording))
        letter = letters.filled(counted, entries, issue, wording)
        html = _html(letter)
        size = _size(html)
        if size <= MAX_BYTES and (best is None or size > best[0]):
            best = size, html, letter
        room = int(room * 0.99 * (MAX_BYTES - empty) / max(size - empty, 1))
    if best is None:
        raise HouseError(
            "the issue does not fit in a mail",
            f"{issue.period}: {empty:,} bytes without any review",
            "Shorten its note, the support lines or the postal address.",
        )
    _, html, letter = best
    shown = [entry for collection in letter.collections for entry in collection.entries]
    short = sum(entry.rest is not None for entry in shown)
    out = len(issue.reviews) - len(shown)
    return Rendered(html, _text(letter), replace(issue, shortened=short, left_out=out))


def _ladder(whole: Entry, rest: Anchor) -> Ladder:
    steps = (shortened(whole, level, rest) for level in LEVELS)
    return [(_weight(entry), entry) for entry in steps]


def _chosen(ladders: list[Ladder], room: int) -> tuple[Entry, ...]:
    """The entries under the highest ceiling, the same for all, at which they fit the room together."""

    def under(ceiling: int) -> Ladder:
        return [next((step for step in ladder if step[0] <= ceiling), ladder[-1]) for ladder in ladders]

    low, high = 0, max((ladder[0][0] for ladder in ladders), default=0)
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


def _weight(entry: Entry) -> int:
    """About the bytes that the entry takes in the HTML."""
    paragraphs = [*entry.summary, entry.keywords, *(line for part in entry.parts for line in part.paragraphs)]
    items = [item for part in entry.parts for item in part.items]
    links = [*entry.downloads, *([entry.rest] if entry.rest else [])]
    headings = [entry.title, entry.meta, *(part.heading for part in entry.parts)]
    said = sum(len(escape(line).encode()) for line in (*headings, *paragraphs, *items, *chain(*links)))
    markup = PART * len(entry.parts) + BLOCK * len(paragraphs) + ITEM * len(items) + LINK * len(links)
    return ROW + markup + said


def _size(html: str) -> int:
    return len(html.encode())


def _html(letter: Letter) -> str:
    page = _templates().get_template("issue.html").render(letter=letter)
    return _inliner().inline(page)


@cache
def _templates() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("templates", "email"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _inliner() -> "CSSInliner":
    """Inlines inline.css; the template's own style block (dark mode, phones) stays as it is."""
    from css_inline import CSSInliner

    templates = _templates()
    assert templates.loader is not None
    css, _, _ = templates.loader.get_source(templates, "inline.css")
    return CSSInliner(inline_style_tags=False, keep_style_tags=True, load_remote_stylesheets=False, extra_css=css)


def _text(letter: Letter) -> str:
    """The letter as plain text: blocks parted by an empty line, reviews and what follows them by two."""
    front = [letter.title, _linked(letter.web), letter.intro, *letter.note, _caution(letter)]
    reviews = ["\n" + block for collection in letter.collections for block in _collection(collection)]
    after = [_linked(letter.left_out)]
    for group in letter.groups:
        rows = [_wrapped(row.sentence, "- ") + textwrap.indent("\n" + _linked(row.link), "  ") for row in group.rows]
        after += ["\n" + group.heading, group.intro, "\n".join(map(str.rstrip, rows))]
    support = "\n".join(
        _wrapped(f"{line.name}: " + ", ".join(filter(None, [*(c.text for c in line.contacts), line.words])), "- ")
        for line in letter.support
    )
    after += [letter.last_read, "\nSupport" if support else "", support, letter.checked]
    why, *footer = filter(None, [letter.why, *map(_linked, letter.links), *letter.small_print])
    blocks = [*front, *reviews, *after, "\n" + _wrapped(why), *footer]
    return "\n\n".join(block if "\n" in block else _wrapped(block) for block in blocks if block) + "\n"


def _caution(letter: Letter) -> str:
    lines = "; ".join(f"{name} {contact.replace(' ', UNBROKEN)}" for name, contact in letter.near)
    support = f" Support is there for you: {lines}." if lines else ""
    return _wrapped(f"Content note: {letter.caution}{support}") if letter.caution else ""


def _collection(collection: Collection) -> Iterator[str]:
    """Its heading, underlined, then its reviews."""
    if heading := _wrapped(collection.heading):
        yield f"{heading}\n{'=' * max(map(len, heading.splitlines()))}"
    for entry in collection.entries:
        yield "\n\n".join(filter(None, _entry(entry)))


def _entry(entry: Entry) -> Iterator[str]:
    yield "\n".join(filter(None, [_wrapped(entry.title), _wrapped(entry.meta)]))
    yield from map(_wrapped, entry.summary)
    for part in entry.parts:
        yield "\n".join([f"{part.heading}:", *(_wrapped(item, "- ") for item in part.items)]) + "".join(
            f"\n{_wrapped(paragraph)}" for paragraph in part.paragraphs
        )
    yield _wrapped(f"Keywords: {entry.keywords}") if entry.keywords else ""
    yield from map(_linked, entry.downloads)
    yield _linked(entry.rest)


def _linked(anchor: Anchor | None) -> str:
    """The link's words, then its address on a line of its own."""
    return "\n".join(filter(None, [_wrapped(anchor.text), anchor.url])) if anchor else ""


def _wrapped(text: str, bullet: str = "") -> str:
    filled = textwrap.fill(
        text,
        COLUMNS,
        initial_indent=bullet,
        subsequent_indent=" " * len(bullet),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return filled.replace(UNBROKEN, " ")
