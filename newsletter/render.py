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
from newsletter.shorten import LEVELS, SHORT, Level, shortened
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


def render(issue: Issue, wording: Wording, edition: Edition = "email", *, short: bool = False) -> Rendered:
    """Both parts of the issue. The mail's HTML keeps under MAX_BYTES; the web edition shows everything.

    A `short` mail only begins each review; its issue is as given, for what was shortened or left out is told
    of the full mail. Readers' own addresses hold words.READER in place of the token; the web edition has none.
    Raises HouseError when there is no room for the frame (note, support lines, footer), which is never cut.
    """
    names = letters.labels(issue)
    short = short and edition == "email"
    frame = letters.frame(issue, wording, edition, names, short=short)
    if edition == "web":
        letter = letters.filled(frame, list(map(letters.entry, issue.reviews, names)), issue, wording)
        html = _html(letter)
    else:
        letter, html = _fitted(issue, wording, frame, names, SHORT if short else LEVELS)
    if short:
        return Rendered(html, _text(letter), issue)
    shown = [entry for collection in letter.collections for entry in collection.entries]
    cut, out = sum(entry.rest is not None for entry in shown), len(issue.reviews) - len(shown)
    return Rendered(html, _text(letter), replace(issue, shortened=cut, left_out=out))


def _fitted(
    issue: Issue, wording: Wording, frame: Letter, names: Sequence[str], steps: Sequence[Level]
) -> tuple[Letter, str]:
    """Every entry at the fullest level where they all fit, else the fullest of a few attempts; and its HTML."""
    if len(issue.reviews) <= MOST:
        fullest = [ladder[0] for ladder in _ladders(issue, wording, names, steps[:1])]
        if sum(weight for weight, _ in fullest) < 1.3 * MAX_BYTES:
            letter = letters.filled(frame, [entry for _, entry in fullest], issue, wording)
            html = _html(letter)
            if _size(html) <= MAX_BYTES:
                return letter, html
    return _shortened(issue, wording, frame, _ladders(issue, wording, names, steps))


def _shortened(issue: Issue, wording: Wording, frame: Letter, ladders: list[Ladder]) -> tuple[Letter, str]:
    """The fullest of a few attempts that fits.

    The longest entries are cut first; when even the shortest are too many, the last go unnamed.
    """
    empty = _size(_html(frame))
    best: tuple[int, Letter, str] | None = None
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
            best = size, letter, html
        room = int(room * 0.99 * (MAX_BYTES - empty) / max(size - empty, 1))
    if best is None:
        raise HouseError(
            "the issue does not fit in a mail",
            f"{issue.period}: {empty:,} bytes without any review",
            "Shorten its note, the support lines or the postal address.",
        )
    return best[1:]


def _ladders(issue: Issue, wording: Wording, names: Sequence[str], steps: Sequence[Level]) -> list[Ladder]:
    """The first reviews that a mail can name, each at every level."""
    return [
        _ladder(letters.entry(review, name), letters.rest(review, name, issue, wording), steps)
        for review, name in zip(issue.reviews[:MOST], names, strict=False)
    ]


def _ladder(whole: Entry, rest: Anchor, steps: Sequence[Level]) -> Ladder:
    entries = (shortened(whole, level, rest) for level in steps)
    return [(_weight(entry), entry) for entry in entries]


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
    page = templates().get_template("issue.html").render(letter=letter)
    return inliner().inline(page)


@cache
def templates() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("templates", "email"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def inliner() -> "CSSInliner":
    """Inlines inline.css; the template's own style block (dark mode, phones) stays as it is."""
    from css_inline import CSSInliner

    shelf = templates()
    assert shelf.loader is not None
    css, _, _ = shelf.loader.get_source(shelf, "inline.css")
    return CSSInliner(inline_style_tags=False, keep_style_tags=True, load_remote_stylesheets=False, extra_css=css)


def _text(letter: Letter) -> str:
    """The letter as plain text: blocks parted by an empty line, reviews and what follows them by two."""
    front = [letter.title, linked(letter.web), letter.intro, letter.short, *letter.note, _caution(letter)]
    reviews = ["\n" + block for collection in letter.collections for block in _collection(collection)]
    after = [linked(letter.left_out)]
    for group in letter.groups:
        rows = [wrapped(row.sentence, "- ") + textwrap.indent("\n" + linked(row.link), "  ") for row in group.rows]
        after += ["\n" + group.heading, group.intro, "\n".join(map(str.rstrip, rows))]
    support = "\n".join(
        wrapped(f"{line.name}: " + ", ".join(filter(None, [*(c.text for c in line.contacts), line.words])), "- ")
        for line in letter.support
    )
    after += [letter.last_read, "\nSupport" if support else "", support, letter.checked]
    why, *footer = filter(None, [letter.why, *map(linked, letter.links), *letter.small_print])
    blocks = [*front, *reviews, *after, "\n" + wrapped(why), *footer]
    return "\n\n".join(block if "\n" in block else wrapped(block) for block in blocks if block) + "\n"


def _caution(letter: Letter) -> str:
    lines = "; ".join(f"{name} {contact.replace(' ', UNBROKEN)}" for name, contact in letter.near)
    support = f" Support is there for you: {lines}." if lines else ""
    return wrapped(f"Content note: {letter.caution}{support}") if letter.caution else ""


def _collection(collection: Collection) -> Iterator[str]:
    """Its heading, underlined, then its reviews."""
    if heading := wrapped(collection.heading):
        yield f"{heading}\n{'=' * max(map(len, heading.splitlines()))}"
    for entry in collection.entries:
        yield "\n\n".join(filter(None, _entry(entry)))


def _entry(entry: Entry) -> Iterator[str]:
    yield "\n".join(filter(None, [wrapped(entry.title), wrapped(entry.meta)]))
    yield from map(wrapped, entry.summary)
    for part in entry.parts:
        yield "\n".join([f"{part.heading}:", *(wrapped(item, "- ") for item in part.items)]) + "".join(
            f"\n{wrapped(paragraph)}" for paragraph in part.paragraphs
        )
    yield wrapped(f"Keywords: {entry.keywords}") if entry.keywords else ""
    yield from map(linked, entry.downloads)
    yield linked(entry.rest)


def linked(anchor: Anchor | None) -> str:
    """The link's words, then its address on a line of its own."""
    return "\n".join(filter(None, [wrapped(anchor.text), anchor.url])) if anchor else ""


def wrapped(text: str, bullet: str = "") -> str:
    filled = textwrap.fill(
        text,
        COLUMNS,
        initial_indent=bullet,
        subsequent_indent=" " * len(bullet),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return filled.replace(UNBROKEN, " ")
