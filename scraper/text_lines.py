"""Text lines: a page's HTML flattened to lines of text with their links; pure.

lxml's own tree is walked once. libxml2 leaves out, and does not say so, what nests deeper than it allows: such a page
is read by BeautifulSoup, whose tree is made from the same parser's events and has no such limit.
"""

from itertools import islice

from lxml import etree

from core.errors import PageError
from core.records import Page
from scraper.line_builder import (
    FIELD_TAGS,
    FRACTION_SIGNS,
    MAX_IN_LINK,
    MAX_IN_MARK,
    PARTS_OF_CARD,
    REPORT_ADDRESS,
    LineBuilder,
    TextLine,
)
from scraper.page_text import TOO_LARGE, read_html

MAX_LINES = 60_000
MAX_DEPTH = 200  # elements within elements; libxml2 leaves out what is deeper than 256


def extract_lines(page: Page) -> tuple[TextLine, ...]:
    """The page's lines in order, empty ones left out, links made absolute. Raises PageError for absurdly many."""
    html = read_html(page)
    try:
        lines = tree_lines(html, page.final_url)
    except NestsTooDeep:
        from scraper.soup_lines import soup_lines  # few pages need it, and it takes 50 ms

        lines = soup_lines(html, page.final_url)
    if len(lines) > MAX_LINES:
        raise PageError(f"the page has {len(lines):,} lines, more than {MAX_LINES:,}", page.final_url, TOO_LARGE)
    return tuple(lines)


class NestsTooDeep(Exception):
    """A page whose tree may lack what is deepest in it."""


def tree_lines(html: str, address: str) -> list[TextLine]:
    """The lines by lxml's own tree. Raises NestsTooDeep."""
    parser = etree.HTMLParser(remove_comments=True, remove_pis=True)
    parser.feed(html)
    root: etree._Element | None = parser.close()
    if root is None:
        return []
    if root.xpath(f"boolean({'/*' * MAX_DEPTH})"):
        raise NestsTooDeep
    roots = [root, *root.itersiblings()]  # what follows </html> is another
    bases = (base.get("href") for one in roots for base in one.iter("base"))
    builder = _TreeLines(address, next((href for href in bases if href is not None), ""))
    for one in roots:
        builder.walk(one)
    builder.end_line()
    return builder.lines


class _TreeLines(LineBuilder[etree._Element]):
    """The lines of lxml's tree."""

    def walk(self, root: etree._Element) -> None:
        """Tell all that stands in an element."""
        unseen, events = None, etree.iterwalk(root, events=("start", "end"))
        for event, element in events:
            name = element.tag
            if event == "start":
                if name == "br":
                    self.break_line()
                elif not self.open(name, element.get("role"), element):
                    unseen = element
                    events.skip_subtree()
                elif text := element.text:
                    self.say(text)
                continue
            if name != "br" and element is not unseen:
                self.close(name, element)
            if tail := element.tail:
                self.say(tail)

    def attribute(self, node: etree._Element, name: str) -> str | None:
        """An element's attribute."""
        return node.get(name)

    def holds_report(self, node: etree._Element) -> bool:
        """Whether a link to a report stands in an element."""
        return any(REPORT_ADDRESS.search(anchor.get("href") or "") for anchor in node.iter("a"))

    def holds_field(self, node: etree._Element) -> bool:
        """Whether a field of a form stands in an element."""
        return next(node.iter(*FIELD_TAGS), None) is not None

    def wraps_card(self, node: etree._Element) -> bool:
        """Whether a link is around a whole card."""
        if not len(node) or sum(1 for _ in islice(node.iter(*PARTS_OF_CARD), 2)) < 2:
            return False
        return sum(1 for _ in islice(node.iter("a"), 2)) == 1  # else it lacks its end

    def picture_words(self, node: etree._Element) -> str:
        """What the first picture with words in an element says."""
        inside = islice(node.iterdescendants(), MAX_IN_LINK)
        return next((words for one in inside if one.tag == "img" and (words := one.get("alt")) is not None), "")

    def first_texts(self, node: etree._Element) -> list[str]:
        """What the first elements in an element begin with."""
        return [one.text for one in islice(node.iter(), MAX_IN_LINK) if one.text]

    def is_numerator(self, node: etree._Element) -> bool:
        """Whether a fraction's sign follows an element."""
        return (node.tail or "").startswith(FRACTION_SIGNS)

    def mark_words(self, node: etree._Element) -> str:
        """What an element says that may be a footnote's mark: of few parts, no fraction, no link to another page."""
        inside = list(islice(node.iter(), MAX_IN_MARK + 1))
        elsewhere = any("#" not in (one.get("href") or "#") for one in inside)
        if len(inside) > MAX_IN_MARK or elsewhere or self.is_numerator(node):
            return ""
        return "".join(map(str, node.itertext()))
