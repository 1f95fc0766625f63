"""HTML helpers shared by the sources: a page's elements, an element's text, a link's address, a table's cells."""

import re
from collections.abc import Iterator
from urllib.parse import quote, urljoin, urlsplit

from bs4 import BeautifulSoup, Tag
from bs4.element import PreformattedString

from core.records import Page
from scraper.footnote_marks import is_footnote_mark
from scraper.line_builder import (
    BLOCK_TAGS,
    FRACTION_SIGNS,
    HEADING_LEVELS,
    HIDDEN_ROLES,
    HIDDEN_TAGS,
    MAX_IN_MARK,
    QUOTATION_MARKS,
    STRUCK_STYLE,
    STRUCK_TAGS,
)
from scraper.page_text import normalise_text, read_html
from scraper.unclosed_links import close_links

HEADING_TAGS = tuple(HEADING_LEVELS)
SPAN_TAGS = frozenset([*HEADING_TAGS, "summary", "button", "dt", "strong", "b", "legend", "caption"])  # of any heading
SECTION_FURNITURE = frozenset(["header", "footer", "aside"])  # of a page, or else of a part of it
AMENDED = re.compile(rf"<(?:{'|'.join(STRUCK_TAGS)}|template)\b", re.I)
PAGE_PARTS = ["main", "article", "section", "li", "details", "td"]
HEAD_WORDS = re.compile(
    r"((the|full|name|title|date|year|link|file|of|to|and|for|download|document|report|review|sar|board|sab|area|region"
    r"|author|published|type|theme|local|authority|adult|subject|case|child|family|learning|practice|safeguarding"
    r"|partnership|publication|overview|executive|summary|briefing|resource|reference|size|format)s?\b[\W_]*)*",
    re.I,
)
PATH_SAFE_CHARS = "/%!$&'()*+,;=:@~"  # stand in a path as they are (RFC 3986 §3.3); "%" begins what is encoded already


def parse_html(page: Page) -> BeautifulSoup:
    """The page's elements as a reader has them. Raises PageError where there are absurdly many.

    What is struck out is empty; a component's own markup, a template of a shadow root, is there; each link has its end.
    """
    html = close_links(read_html(page))
    soup = BeautifulSoup(html, "lxml")
    if AMENDED.search(html) or STRUCK_STYLE in html:
        for tag in soup.find_all(_is_struck):
            tag.clear()
        for tag in soup.find_all("template", shadowrootmode=True):
            tag.name = "div"
    return soup


def _is_struck(tag: Tag) -> bool:
    return tag.name in STRUCK_TAGS or (tag.name == "span" and STRUCK_STYLE in str(tag.get("style") or ""))


def element_text(tag: Tag | None) -> str:
    """What an element says, in normal form, with a space wherever a browser would end a line; empty for none."""
    return normalise_text("".join(_iter_strings(tag))) if tag else ""


def _iter_strings(tag: Tag) -> Iterator[str]:
    """The element's strings in order, without recursion: a page may nest as deep as it likes."""
    left: list[object] = [tag]
    last = ""
    while left:
        part = left.pop()
        if isinstance(part, Tag) and part.name not in HIDDEN_TAGS:
            if part.name == "sup" and is_footnote_mark(mark_words(part), last):
                continue
            if part.name == "sup" and is_numerator(part) and last[-1:].isdigit():
                yield " "  # 5 1/2
            before, after = QUOTATION_MARKS if part.name == "q" else (" ", " ")
            edged = part.name == "q" or part.name in BLOCK_TAGS
            left += [after, *reversed(part.contents), before] if edged else reversed(part.contents)
        elif isinstance(part, str) and not isinstance(part, PreformattedString):
            last = str(part)
            yield last


def is_numerator(tag: Tag) -> bool:
    """Whether a fraction's sign follows an element."""
    return isinstance(tag.next_sibling, str) and tag.next_sibling.startswith(FRACTION_SIGNS)


def mark_words(tag: Tag) -> str:
    """What an element says that may be a footnote's mark: of few parts, no fraction, no link to another page."""
    left, said, parts = [*tag.contents], list[str](), 0
    if is_numerator(tag):
        return ""
    while left:
        part, parts = left.pop(0), parts + 1
        if parts > 2 * MAX_IN_MARK or (isinstance(part, Tag) and "#" not in str(part.get("href") or "#")):
            return ""
        if isinstance(part, Tag):
            left = [*part.contents[: MAX_IN_MARK + 1], *left[: MAX_IN_MARK + 1]]
        else:
            said.append(str(part))
    return "".join(said)


def link_words(anchor: Tag) -> str:
    """What a link says, or else what it or the picture in it says of itself."""
    picture = anchor.find("img", alt=True)
    others = (anchor.get("aria-label"), picture["alt"] if isinstance(picture, Tag) else "")
    return element_text(anchor) or next((normalise_text(str(words)) for words in others if words), "")


def link_address(href: object, page: Page) -> str:
    """Where a link leads, absolute and escaped; empty unless that is on the web.

    Spaces and the like are percent-encoded; what is encoded already stays.
    """
    try:
        url = urlsplit(urljoin(page.final_url, str(href or "").strip()))
    except ValueError:  # an address no browser could read, such as http://[
        return ""
    if url.scheme not in {"http", "https"} or not url.netloc or re.search(r"\s", url.netloc):
        return ""
    path, query, fragment = (_escape_part(part) for part in (url.path, url.query, url.fragment))
    return url._replace(path=path, query=query, fragment=fragment).geturl()


def is_furniture(tag: Tag) -> bool:
    """Whether an element is the site's own and not the page's: navigation, and header, footer, aside of the whole."""
    if tag.name in SECTION_FURNITURE:
        return tag.find_parent(PAGE_PARTS) is None
    return tag.name == "nav" or str(tag.get("role") or "") in HIDDEN_ROLES


def row_cells(row: Tag) -> list[Tag]:
    """A table row's own cells; none of a row that is all heads."""
    return row.find_all(["td", "th"], recursive=False) if row.find("td", recursive=False) else []


def is_head_row(row: Tag) -> bool:
    """Whether a row is its table's first, without a link or another table, and says nothing but what heads say."""
    if row.find_previous_sibling("tr") or row.find("table") or row.find("a", href=True):
        return False
    return all(HEAD_WORDS.fullmatch(element_text(cell)) for cell in row.find_all(["td", "th"]))


def column_heads(row: Tag) -> list[str]:
    """The heads of the table that a row is in, column by column; none where its first row is not of heads."""
    table = row.find_parent("table")
    first = table.select_one("tr") if table else None
    return [element_text(head) for head in first.find_all("th")] if first and not first.find("td") else []


def _escape_part(part: str) -> str:
    return re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", quote(part, safe=f"{PATH_SAFE_CHARS}?", errors="replace"))
