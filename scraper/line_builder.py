"""Line builder: a page's elements, told with their words in order, gathered into text lines; pure.

The listing's markup is unknown and has changed at least three times, so nothing here knows a class or an id. An element
that a browser shows as a block ends the line; everything else adds its words to it. A line carries what tells a heading
from prose further on: the level of a heading element, whether all of it is emphasised, the emphasised words it begins
with, how deep in lists it stands, whether it is nothing but links. What a reader does not see (navigation, scripts,
hidden icons) or sees struck out has no words.
"""

import re
from abc import ABC, abstractmethod
from typing import Generic, NamedTuple, TypeVar
from urllib.parse import urljoin

from core.lazy_pattern import lazy_pattern
from core.records import Link
from scraper.embedded_reports import SCRIPT_ADDRESS
from scraper.footnote_marks import is_footnote_mark
from scraper.grammar import KEYWORD_SIGNS, parse_label
from scraper.page_text import normalise_text

BLOCK_TAGS = frozenset(
    "address article aside blockquote body br button caption center dd details dialog div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html label legend li main menu nav ol "
    "p pre section summary table tbody td tfoot th thead tr ul".split()
)
HEADING_LEVELS = {f"h{n}": n for n in range(1, 7)}
ONE_LINE_TAGS = frozenset([*HEADING_LEVELS, "summary", "button"])  # a break inside one of these is only a space
STRONG_TAGS = frozenset(["strong", "b", "dt", "summary", "button", "th", "label"])
STRUCK_TAGS = frozenset(["s", "del", "strike"])  # their words were taken off the page
STRUCK_STYLE = "line-through"  # the same, as editors write it
HIDDEN_TAGS = STRUCK_TAGS | frozenset(
    "head script style template noscript nav iframe svg select option object canvas".split()
)
HIDDEN_ROLES = frozenset(["navigation", "contentinfo", "banner", "search", "complementary"])
CARD_TAGS = frozenset(["article", "li", "details", "dd", "td", "blockquote", "figure"])  # a footer inside is its own
EDGE_TAGS = frozenset(["footer", "aside", "dialog"])  # the page's own, unless a report is linked or a label is there
PART_TAGS = CARD_TAGS | EDGE_TAGS
EDGE_ROLES = frozenset(["contentinfo", "complementary"])
INLINE_TAGS = frozenset(["span", "i", "em", "b", "a", "sup", "q"])  # they may be an icon, or one of a row of keywords
PARTS_OF_CARD = (*HEADING_LEVELS, "p")  # a link around two of them is around a whole card
FIELD_TAGS = ["input", "select", "textarea"]
MAX_IN_LINK = 100  # elements of a link in which a picture is looked for: links may nest, and each would look at all
REPORT_ADDRESS = re.compile(r"searchterm0=|hapi\.dll|\.pdf\b", re.I)
PLAIN_ADDRESS = re.compile(r"https?://[a-z0-9.-]+(?::\d+)?/[\w./~%+-]*(?:\?[\w.~%+=&-]+)?", re.A)  # joined to none
MAX_SCRIPT_CHARS = 500  # of a link that is a script
ICON_CHARS = " +#¶🔗" + "".join(map(chr, range(0xE000, 0xF900)))  # the last are for private use: icon fonts
LINK_SEPARATORS = lazy_pattern(r"[\s>»›|•·,-]|\band\b")
LEADING_SIGNS = re.compile("^[>»›]+ ?")
MAX_FILE_NOTE_CHARS = 80  # of the file notes beside a line's links
MAX_LINK_CHARS = 150  # of a link's words over several lines; one that says more was put around prose, or never closed
MAX_PAGE_CHARS = 100  # of a query that asks for another page of the list
NEXT_PAGE = re.compile(r"\?\w*page\w*=\d*$", re.I)
REQUEST_WORDS = (  # of a link to write to somebody for a report: there is none to download, and it says so
    r"(?:(?:request|ask for|apply for|e-?mail (?:us|the (?:\w+ ){1,3}?)for) (?:an?|the|this|full|copy|copies|reports?)"
    r"|available (?:up)?on request|available (?:by|via|from) (?:e-?mail|the))\b"
)
REQUEST = lazy_pattern(rf"\b{REQUEST_WORDS}", re.I)
NOTE_ADDRESS = "#_ftn"  # of a footnote, as a text processor names it
MAX_PIECES = 5  # of the line that are looked at before a footnote's mark
MAX_IN_MARK = 5  # elements and texts of one
FRACTION_SIGNS = ("/", "⁄")
QUOTATION_MARKS = ("“", "”")  # of a `q`, whose text has none
HTML_SPACE = "\t\n\r\f "
HTML_SPACES = re.compile(f"[{HTML_SPACE}]+")

Node = TypeVar("Node")  # an element of the tree that is walked


class TextLine(NamedTuple):
    """One line as a reader would see it."""

    text: str  # normal form: see `normalise_text`
    raw: str  # as published, but for line ends
    links: tuple[Link, ...] = ()
    level: int = 0  # 1 to 6 in a heading element
    strong: bool = False  # all of it emphasised
    links_only: bool = False  # nothing but links, of those that lead nowhere too ("Back to top")
    depth: int = 0  # of lists within lists
    lead: str = ""  # the emphasised words it begins with, where it goes on without
    nesting: int = 0  # how many blocks it stands in

    @property
    def brief(self) -> bool:
        """Whether it is of two words at most: a label may be, and no sentence is."""
        return self.text.count(" ") < 2

    @property
    def marked(self) -> bool:
        """Whether the markup says that this line stands above others."""
        return bool(self.level or self.strong)


class _OpenLink(Generic[Node]):
    """A link being read: where it points and what it says on this line."""

    __slots__ = ("node", "said", "size", "url")

    def __init__(self, node: Node, url: str) -> None:
        self.node, self.url = node, url
        self.said: list[str] = []
        self.size = 0  # characters of the lines that it has ended


class LineBuilder(ABC, Generic[Node]):
    """The lines of a page, of whose elements and texts it is told in their order. Each kind of tree has its own.

    A `br` is no element but a break. Nothing here recurses: a page may nest as deep as it likes.
    """

    def __init__(self, address: str, base: str = "") -> None:
        self.own = address.partition("#")[0]
        try:
            self.address = urljoin(address, base)  # what links are resolved against
        except ValueError:  # a base no browser could read
            self.address = address
        self.level = self.one_line = self.strong = self.items = self.cards = self.blocks = 0
        self.lines: list[TextLine] = []
        self.heading: Node | None = None  # the last element that says so by its role
        self.anchor: _OpenLink[Node] | None = None
        self.inside_inert = False
        self._clear()

    @abstractmethod
    def attribute(self, node: Node, name: str) -> str | None:
        """An element's attribute; None where it has none of that name."""

    @abstractmethod
    def holds_report(self, node: Node) -> bool:
        """Whether a link to a report stands in an element."""

    @abstractmethod
    def holds_field(self, node: Node) -> bool:
        """Whether a field of a form stands in an element."""

    @abstractmethod
    def wraps_card(self, node: Node) -> bool:
        """Whether a link is around a whole card: its words are the card's, and it says nothing of its own."""

    @abstractmethod
    def picture_words(self, node: Node) -> str:
        """What the first picture with words in an element says."""

    @abstractmethod
    def first_texts(self, node: Node) -> list[str]:
        """What the first elements in an element begin with."""

    @abstractmethod
    def is_numerator(self, node: Node) -> bool:
        """Whether a fraction's sign follows an element."""

    @abstractmethod
    def mark_words(self, node: Node) -> str:
        """What an element says that may be a footnote's mark: of few parts, no fraction, no link to another page."""

    def _clear(self) -> None:
        self.pieces: list[str] = []
        self.starts: list[int] = []  # the pieces that begin an inline element
        self.strong_pieces: list[str] = []
        self.anchors: list[_OpenLink[Node]] = []
        self.line_level = self.line_depth = self.line_nesting = 0
        self.inert: list[str] = []
        self.lead: list[str] = []
        self.plain = False

    def open(self, name: str, role: str | None, node: Node) -> bool:
        """Begin an element. False: a reader does not see it, and nothing in it is to be told, nor its end."""
        if (name in HIDDEN_TAGS or role in HIDDEN_ROLES) and not self._is_shown(name, role, node):
            return False
        if name in BLOCK_TAGS:
            if name in EDGE_TAGS and not self.cards and not self._is_of_list(name, node):
                return False
            self.break_line()
            self.blocks += 1
            if name in ONE_LINE_TAGS:
                self.one_line += 1
                self.level = HEADING_LEVELS.get(name, self.level)
            elif name in PART_TAGS:
                self.cards += 1
                self.items += name == "li"
        elif name in INLINE_TAGS:
            if (
                self.attribute(node, "aria-hidden") == "true"
                or (name == "sup" and self._is_footnote_mark(node))
                or (name == "span" and STRUCK_STYLE in (self.attribute(node, "style") or ""))
            ):
                return False
            if name == "sup" and self.is_numerator(node) and self.pieces and self.pieces[-1][-1:].isdigit():
                self.say(" ")  # 5 1/2
            self.starts.append(len(self.pieces))
            if name == "q":
                self.say(QUOTATION_MARKS[0])
        if role == "heading" and name not in HEADING_LEVELS:
            level = self.attribute(node, "aria-level")
            self.level, self.heading = int(level) if level in {"1", "2", "3", "4", "5", "6"} else 2, node
        if name in STRONG_TAGS:
            self.strong += 1
        return name != "a" or self._open_link(node)

    def _is_shown(self, name: str, role: str | None, node: Node) -> bool:
        """Whether what is mostly hidden is shown: a component's own markup, a card's links, an entry's part."""
        if name == "template":
            return self.attribute(node, "shadowrootmode") is not None
        if name == "nav":
            return self.cards > 0 and self.holds_report(node)
        return name not in HIDDEN_TAGS and role in EDGE_ROLES and self._holds_label(node)

    def _is_of_list(self, name: str, node: Node) -> bool:
        """Whether what may be the page's own is an entry's."""
        if name == "dialog" and (self.attribute(node, "open") is not None or not self.holds_field(node)):
            return True  # a closed one, which a script opens, may hold a review
        return self.holds_report(node) or self._holds_label(node)

    def _holds_label(self, node: Node) -> bool:
        """Whether a part of an entry stands in an element, under its label."""
        return any((known := parse_label(text.strip())) and known.end for text in self.first_texts(node))

    def _is_footnote_mark(self, node: Node) -> bool:
        return is_footnote_mark(self.mark_words(node), "".join(self.pieces[-MAX_PIECES:]))

    def _open_link(self, node: Node) -> bool:
        """Begin a link. False: it is a footnote's mark."""
        href = self.attribute(node, "href")
        if href is None or not (self.anchor or not self.wraps_card(node)):
            return True
        url = self._resolve(href.strip())
        if not url and NOTE_ADDRESS in href and self._is_footnote_mark(node):
            return False
        self.inside_inert = not url
        if url:
            self.anchor = _OpenLink(node, url)
            self.anchors.append(self.anchor)
        return True

    def close(self, name: str, node: Node) -> None:
        """End an element that was begun."""
        if name in BLOCK_TAGS:
            self.one_line -= name in ONE_LINE_TAGS
            self.break_line()
            self.blocks -= 1
            if name in HEADING_LEVELS:
                self.level = 0
            elif name in PART_TAGS:
                self.cards -= 1
                self.items -= name == "li"
        if node is self.heading:
            self.level = 0
        if name in STRONG_TAGS:
            self.strong -= 1
        if name == "a":
            self.anchor, self.inside_inert = None, False
        elif name == "q":
            self.say(QUOTATION_MARKS[1])

    def say(self, text: str) -> None:
        """Add words to the line, or the space between them."""
        blank = text.isspace()
        if blank and not self.pieces and not text.strip(HTML_SPACE):
            return  # a line begins with its first word
        self.pieces.append(text)
        if not blank:
            self.line_level = self.line_level or self.level
            self.line_depth = self.line_depth or self.items
            self.line_nesting = self.line_nesting or self.blocks
            if self.strong or self.level:
                self.strong_pieces.append(text)
            else:
                self.plain = True
            if self.anchor and (not self.anchors or self.anchors[-1] is not self.anchor):
                self.anchors.append(self.anchor)  # it began on an earlier line
        if not self.plain:
            self.lead.append(text)
        if self.anchor:
            self.anchor.said.append(text)
        elif self.inside_inert:
            self.inert.append(text)

    def break_line(self) -> None:
        """End the line, where that is more than a space."""
        if self.one_line:
            self.pieces.append(" ")
        elif self.pieces or self.anchors:
            self.end_line()

    def end_line(self) -> None:
        """Put the line beside the others, unless it is empty."""
        raw = "".join(self.pieces).strip(HTML_SPACE)
        text = normalise_text(raw) if raw else ""
        if len(self.starts) > 1:
            text = self._part_keywords() or text
        if text or self.anchors:
            self.lines.append(self._build_line(text, raw))
        if self.anchor:
            self.anchor.said = []
            self.anchor.size += len(text)
        self._clear()

    def _part_keywords(self) -> str:
        """The line with commas between its keywords, where each is an element and nothing else parts them; or empty."""
        for start in (0, *self.starts[:MAX_PIECES]):
            head = normalise_text("".join(self.pieces[:start]))
            label = head or (self.lines[-1].text if self.lines else "")
            known = parse_label(label, whole=True)
            if known and known.kind == "keywords" and known.end == len(label):
                break
        else:
            return ""
        rest = [(n, piece) for n, piece in enumerate(self.pieces[start:], start) if not piece.isspace()]
        words = [normalise_text(piece) for _, piece in rest]
        own = all(n in self.starts and piece[0] != " " for n, piece in rest)
        if not own or len(words) < 2 or any(sign in word for word in words for sign in KEYWORD_SIGNS):
            return ""
        return (f"{head.rstrip(': ')}: " if head else "") + ", ".join(words)

    def _build_line(self, text: str, raw: str) -> TextLine:
        strong = bool(self.strong_pieces) and _says_all("".join(self.strong_pieces), text)
        anchors: list[_OpenLink[Node]] = []
        said: list[str] = []
        for anchor in self.anchors:
            if not anchor.size or anchor.size + len(text) <= MAX_LINK_CHARS:
                anchors.append(anchor)
                said.append(normalise_text("".join(anchor.said)))
        inert = normalise_text("".join(self.inert)) if self.inert else ""
        inert = "" if inert and REQUEST.search(inert) else inert
        bare = bool(said or inert) and _is_links_only(text, said, inert)
        shown = text
        if self.line_level and inert and not bare:  # a permanent link's sign beside a heading
            shown = text.removesuffix(inert).rstrip()
        if (self.line_level or strong) and not shown[-1:].isalnum():
            shown = shown.rstrip(ICON_CHARS)
        return TextLine(
            shown,
            text if raw == text else HTML_SPACES.sub(" ", raw),
            tuple(map(self._build_link, anchors, said)) if said else (),
            self.line_level,
            strong and bool(shown),
            bare,
            self.line_depth,
            "" if strong or not self.lead else normalise_text("".join(self.lead)),
            self.line_nesting,
        )  # by place, which takes three quarters as long as by name

    def _build_link(self, anchor: _OpenLink[Node], said: str) -> Link:
        """The link with what it says, else with what it says of itself or its picture does."""
        if said:
            return Link(LEADING_SIGNS.sub("", said), anchor.url)
        words = self.attribute(anchor.node, "aria-label") or self.picture_words(anchor.node)
        return Link(normalise_text(words), anchor.url)

    def _resolve(self, href: str) -> str:
        """Where a link leads, absolute; empty for one that leads nowhere else than this page."""
        if not href or href.startswith("#"):
            return ""
        if PLAIN_ADDRESS.fullmatch(href):
            url = href
        else:
            if href[:11].lower() == "javascript:" and len(href) <= MAX_SCRIPT_CHARS:
                href = named[1] if (named := SCRIPT_ADDRESS.search(href)) else href
            try:
                url = urljoin(self.address, re.sub(r"[\t\n\r]", "", href)).replace(" ", "%20")
            except ValueError:  # an address no browser could read, such as http://[
                return ""
        page, _, _ = url.partition("#")
        if page == self.own or (page.partition("?")[0] == self.own and NEXT_PAGE.search(page[-MAX_PAGE_CHARS:])):
            return ""  # to the top, or to the next page of this list
        return url if url.lower().startswith(("http://", "https://")) else ""


def _says_all(part: str, text: str) -> bool:
    """Whether a part of a line is all of it, but for spaces."""
    if len(part) * 4 < len(text):  # no normal form makes a text so much longer
        return False
    return normalise_text(part).replace(" ", "") == text.replace(" ", "")


def _is_links_only(text: str, said: list[str], inert: str) -> bool:
    """Whether a line says what its links say and nothing else. `inert`: what those say that lead nowhere."""
    if [text] == said and not inert:
        return True
    whole = "".join([*said, inert])
    return _strip_separators(whole) == _strip_separators(text) or (bool(said) and _is_file_note(text, said))


def _strip_separators(text: str) -> str:
    """The words without what may stand between two links."""
    return LINK_SEPARATORS.sub("", text)


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
