"""Text lines: a page's HTML flattened to lines of text with their links; pure.

The listing's markup is unknown and has changed at least three times, so nothing here knows a class or an id. The tree
is walked once, with a stack in place of recursion, for a page may nest as deep as it likes. An element that a browser
shows as a block ends the line; everything else adds its words to it. A line carries what tells a heading from prose
further on: the level of a heading element, whether all of it is emphasised, the emphasised words it begins with, how
deep in lists it stands, whether it is nothing but links. What a reader does not see (navigation, scripts, hidden
icons) has no words.
"""

import codecs
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

from bs4 import BeautifulSoup, NavigableString, Tag
from bs4.element import PreformattedString

from core.errors import PageError
from core.folding import strip_format_marks
from core.records import Link, Page
from scraper.email_protection import reveal_addresses

GRAMMAR_VERSION = 2  # raise it when the reading of a page changes, so that unchanged pages are read again

MAX_TAGS = 200_000  # opening and closing; a list of a thousand reviews has about 30,000
MAX_LINES = 60_000
TOO_LARGE = "Look at the address in a browser: it is no list of case reviews."
BLOCK_TAGS = frozenset(
    "address article aside blockquote body br button caption center dd details dialog div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html label legend li main menu nav ol "
    "p pre section summary table tbody td tfoot th thead tr ul".split()
)
HEADING_LEVELS = {f"h{n}": n for n in range(1, 7)}
ONE_LINE_TAGS = frozenset([*HEADING_LEVELS, "summary", "button"])  # a break inside one of these is only a space
STRONG_TAGS = frozenset(["strong", "b", "dt", "summary", "button", "th", "label"])
HIDDEN_TAGS = frozenset("head script style template noscript nav iframe svg select option object canvas".split())
HIDDEN_ROLES = frozenset(["navigation", "contentinfo", "banner", "search", "complementary"])
CARD_TAGS = frozenset(["article", "li", "details", "dd", "td"])  # a footer inside one belongs to it
EDGE_TAGS = frozenset(["footer", "aside"])  # the page's own, unless a report is linked there
ICON_TAGS = frozenset(["span", "i", "em", "b", "a"])  # hidden from screen readers: a plus sign, a picture
REPORT_ADDRESS = re.compile(r"searchterm0=|\.pdf\b", re.I)
ICON_CHARS = " +#¶🔗" + "".join(map(chr, range(0xE000, 0xF900)))  # the last are for private use: icon fonts
CONTROL_CHARS = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")  # they command a terminal
BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
MAX_FILE_NOTE_CHARS = 80  # of the file notes beside a line's links
MAX_PAGE_CHARS = 100  # of a query that asks for another page of the list
NEXT_PAGE = re.compile(r"\?\w*page\w*=\d*$", re.I)
HTML_SPACES = re.compile(r"[\t\n\r\f ]+")
MEDIA_TYPE_PATTERN = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+")
CHARSET_PATTERN = re.compile(rb"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.I)


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line as a reader would see it."""

    text: str  # normal form: see `normal`
    raw: str  # as published, but for line ends
    links: tuple[Link, ...] = ()
    level: int = 0  # 1 to 6 in a heading element
    strong: bool = False  # all of it emphasised
    links_only: bool = False  # nothing but links, of those that lead nowhere too ("Back to top")
    depth: int = 0  # of lists within lists
    lead: str = ""  # the emphasised words it begins with, where it goes on without
    nesting: int = 0  # how many blocks it stands in

    @property
    def marked(self) -> bool:
        """Whether the markup says that this line stands above others."""
        return bool(self.level or self.strong)


def normalise_text(text: str) -> str:
    """Every kind of white space as one space, trimmed; invisible characters gone; the rest as published."""
    plain = " ".join(text.split())
    if plain.isascii() and plain.isprintable():
        return plain
    plain = strip_format_marks(unicodedata.normalize("NFC", plain))
    return " ".join(CONTROL_CHARS.sub("", plain).split())


def media_type(content_type: str) -> str:
    """The media type of a Content-Type in small letters; of one sent twice the last (Fetch Standard §2.2.2).

    >>> media_type("text/html, Text/HTML; charset=utf-8")
    'text/html'
    """
    types = [one.partition(";")[0].strip().lower() for one in content_type.split(",")]
    return next((one for one in reversed(types) if MEDIA_TYPE_PATTERN.fullmatch(one)), types[0])


def decode_body(body: bytes, content_type: str = "") -> str:
    """The text of a page, whatever its header claims.

    Bytes that are valid UTF-8 are UTF-8. Otherwise the header's charset, then the page's own, then
    Windows-1252, which is what ISO-8859-1 means on the web (WHATWG Encoding Standard §4.2).
    """
    for bom, codec in BYTE_ORDER_MARKS:
        if body.startswith(bom):
            return body.decode(codec, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    mended = body.decode("utf-8", "replace")
    if sum(ch > "\x7f" and ch != "\ufffd" for ch in mended) > mended.count("\ufffd"):
        return body.decode("utf-8", "casereviews.stray")
    for found in (
        CHARSET_PATTERN.search(content_type.encode("latin-1", "replace")),
        CHARSET_PATTERN.search(body[:2048]),
    ):
        codec = found[1].decode("ascii", "replace").lower() if found else ""
        if codec and codec not in {"iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii"}:
            try:
                return body.decode(codec)
            except (LookupError, UnicodeDecodeError):
                continue
    return body.decode("cp1252", "replace")


def _decode_stray(error: UnicodeError) -> tuple[str, int]:
    """A few bytes of Windows-1252 in a page of UTF-8, as editors leave them when they paste."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("casereviews.stray", _decode_stray)


def read_html(page: Page) -> str:
    """The page's HTML. Raises PageError where it has so much markup that it is no list of reviews."""
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", decode_body(page.body, page.header("content-type")))
    if (tags := text.count("<")) > MAX_TAGS:
        raise PageError(f"the page has {tags:,} tags, more than {MAX_TAGS:,}", page.final_url, TOO_LARGE)
    return reveal_addresses(text)


def extract_lines(page: Page) -> tuple[TextLine, ...]:
    """The page's lines in order, empty ones left out, links made absolute. Raises PageError for absurdly many."""
    soup = BeautifulSoup(read_html(page), "lxml", multi_valued_attributes=None)  # classes mean nothing here
    base = soup.find("base", href=True)
    try:
        address = urljoin(page.final_url, str(base["href"])) if isinstance(base, Tag) else page.final_url
    except ValueError:  # a base no browser could read
        address = page.final_url
    lines = _Flattener(address, page.final_url).flatten(soup)
    if len(lines) > MAX_LINES:
        raise PageError(f"the page has {len(lines):,} lines, more than {MAX_LINES:,}", page.final_url, TOO_LARGE)
    return tuple(lines)


class _OpenLink:
    """A link being read: where it points and what it says on this line."""

    __slots__ = ("said", "tag", "url")

    def __init__(self, tag: Tag, url: str) -> None:
        self.tag, self.url = tag, url
        self.said: list[str] = []

    def words(self) -> str:
        """What it says, else what it says of itself or its picture does."""
        if said := normalise_text("".join(self.said)):
            return re.sub(r"^[>»›]+ ?", "", said)
        image = self.tag.find("img", alt=True)
        return normalise_text(str(self.tag.get("aria-label") or (image["alt"] if isinstance(image, Tag) else "") or ""))


class _Flattener:
    """Walks the tree once, without recursion: a page may nest as deep as it likes."""

    def __init__(self, address: str, own: str) -> None:
        self.address = address  # what links are resolved against
        self.own = own.partition("#")[0]
        self.level = self.one_line = self.strong = self.items = self.cards = self.blocks = 0
        self.found: list[TextLine] = []
        self.anchor: _OpenLink | None = None
        self.inside_inert = False
        self._clear()

    def _clear(self) -> None:
        self.pieces: list[str] = []
        self.strong_pieces: list[str] = []
        self.anchors: list[_OpenLink] = []
        self.line_level = self.line_depth = self.line_nesting = 0
        self.inert: list[str] = []
        self.lead: list[str] = []
        self.plain = False

    def flatten(self, soup: Tag) -> list[TextLine]:
        stack: list[tuple[Tag, Iterator[object]]] = [(soup, iter(soup.contents))]
        while stack:
            tag, children = stack[-1]
            for child in children:
                if isinstance(child, Tag):
                    if self._unseen(child):
                        continue
                    if child.name in BLOCK_TAGS:
                        self._break()
                    self._enter(child)
                    stack.append((child, iter(child.contents)))
                    break
                if isinstance(child, NavigableString) and not isinstance(child, PreformattedString):
                    self._say(str(child))
            else:
                stack.pop()
                if tag.name in BLOCK_TAGS:
                    self._leave_block(tag)
                    self._break()
                self._leave(tag)
        self._end()
        return self.found

    def _unseen(self, tag: Tag) -> bool:
        if tag.name in HIDDEN_TAGS or (tag.attrs and tag.attrs.get("role") in HIDDEN_ROLES):
            return True
        if tag.name in ICON_TAGS and tag.attrs.get("aria-hidden") == "true":
            return True
        return tag.name in EDGE_TAGS and not self.cards and not tag.find("a", href=REPORT_ADDRESS)

    def _enter(self, tag: Tag) -> None:
        name = tag.name
        self.blocks += name in BLOCK_TAGS
        if name in HEADING_LEVELS:
            self.level = HEADING_LEVELS[name]
        elif tag.attrs and tag.attrs.get("role") == "heading":
            self.level = _aria_level(tag)
        if name in ONE_LINE_TAGS:
            self.one_line += 1
        if name in STRONG_TAGS:
            self.strong += 1
        if name in CARD_TAGS or name in EDGE_TAGS:
            self.cards += 1
            self.items += name == "li"
        if name == "a" and tag.get("href") is not None and (self.anchor or not _wraps_card(tag)):
            self._enter_anchor(tag)

    def _enter_anchor(self, tag: Tag) -> None:
        url = self._address(tag)
        self.inside_inert = not url
        if url:
            self.anchor = _OpenLink(tag, url)
            self.anchors.append(self.anchor)

    def _leave_block(self, tag: Tag) -> None:
        if tag.name in ONE_LINE_TAGS:
            self.one_line -= 1

    def _leave(self, tag: Tag) -> None:
        name = tag.name
        self.blocks -= name in BLOCK_TAGS
        if name in HEADING_LEVELS or (tag.attrs and tag.attrs.get("role") == "heading"):
            self.level = 0
        if name in STRONG_TAGS:
            self.strong -= 1
        if name in CARD_TAGS or name in EDGE_TAGS:
            self.cards -= 1
            self.items -= name == "li"
        if name == "a":
            self.anchor, self.inside_inert = None, False

    def _say(self, text: str) -> None:
        self.pieces.append(text)
        if text.isspace():
            return
        self.line_level = self.line_level or self.level
        self.line_depth = self.line_depth or self.items
        self.line_nesting = self.line_nesting or self.blocks
        if self.strong or self.level:
            self.strong_pieces.append(text)
        else:
            self.plain = True
        if not self.plain:
            self.lead.append(text)
        if self.anchor:
            if not self.anchors or self.anchors[-1] is not self.anchor:
                self.anchors.append(self.anchor)  # it began on an earlier line
            self.anchor.said.append(text)
        elif self.inside_inert:
            self.inert.append(text)

    def _break(self) -> None:
        if self.one_line:
            self.pieces.append(" ")
        elif self.pieces or self.anchors:
            self._end()

    def _end(self) -> None:
        raw = "".join(self.pieces)
        text = normalise_text(raw)
        if text or self.anchors:
            self.found.append(self._line(text, raw))
        self._clear()

    def _line(self, text: str, raw: str) -> TextLine:
        strong = bool(self.strong_pieces) and _remove_spaces("".join(self.strong_pieces)) == _remove_spaces(text)
        bare = bool(self.anchors or self.inert) and self._says_links_only(text)
        if self.line_level and self.inert and not bare:  # a permanent link's sign beside a heading
            text = text.removesuffix(normalise_text("".join(self.inert))).rstrip()
        return TextLine(
            text.rstrip(ICON_CHARS) if self.line_level or strong else text,
            HTML_SPACES.sub(" ", raw).strip(" "),
            tuple(Link(anchor.words(), anchor.url) for anchor in self.anchors),
            self.line_level,
            strong=strong and bool(text),
            links_only=bare,
            depth=self.line_depth,
            lead="" if strong else normalise_text("".join(self.lead)),
            nesting=self.line_nesting,
        )

    def _says_links_only(self, text: str) -> bool:
        said = [normalise_text("".join(anchor.said)) for anchor in self.anchors]
        whole = normalise_text("".join([*said, *self.inert]))
        return _strip_separators(whole) == _strip_separators(text) or (bool(said) and _is_file_note(text, said))

    def _address(self, tag: Tag) -> str:
        """Where a link leads, absolute; empty for one that leads nowhere else than this page."""
        href = str(tag.get("href") or "").strip()
        if not href or href.startswith("#"):
            return ""
        try:
            url = urljoin(self.address, re.sub(r"[\t\n\r]", "", href)).replace(" ", "%20")
        except ValueError:  # an address no browser could read, such as http://[
            return ""
        page, _, _ = url.partition("#")
        if page == self.own or (page.partition("?")[0] == self.own and NEXT_PAGE.search(page[-MAX_PAGE_CHARS:])):
            return ""  # to the top, or to the next page of this list
        return url if url.lower().startswith(("http://", "https://")) else ""


def _remove_spaces(text: str) -> str:
    return "".join(normalise_text(text).split())


def _strip_separators(text: str) -> str:
    """The words without what may stand between two links."""
    return re.sub(r"[\s>»›|•·,-]|\band\b", "", text)


def _is_file_note(text: str, said: list[str]) -> bool:
    """Whether nothing but a file's kind and size stands beside the links: "(PDF, 1.2MB)"."""
    if len(text) > sum(map(len, said)) + MAX_FILE_NOTE_CHARS:
        return False
    for part in said:
        text = text.replace(part, "", 1)
    return len(text) <= MAX_FILE_NOTE_CHARS and (
        re.fullmatch(r"[\W_]*(pdf|docx?|word)?[\W_]*([\d.]+ ?[km]b)?[\W_]*(opens in a new \w+)?[\W_]*", text, re.I)
        is not None
    )


def _aria_level(tag: Tag) -> int:
    level = str(tag.get("aria-level") or "")
    return int(level) if level in {"1", "2", "3", "4", "5", "6"} else 2


def _wraps_card(tag: Tag) -> bool:
    """A link around a whole card says nothing of its own: its words are the card's."""
    if len(tag.contents) == 1 and isinstance(tag.contents[0], NavigableString):
        return False
    return len(tag.find_all(["h1", "h2", "h3", "h4", "h5", "h6", "p"], limit=2)) > 1
