"""Soup lines: a page's lines by BeautifulSoup's tree, which may nest as deep as it likes; pure."""

from collections.abc import Iterator

from bs4 import BeautifulSoup, NavigableString, Tag
from bs4.element import PreformattedString

from scraper.line_builder import FIELD_TAGS, MAX_IN_LINK, PARTS_OF_CARD, REPORT_ADDRESS, LineBuilder, TextLine
from scraper.markup import is_numerator, mark_words


def soup_lines(html: str, address: str) -> list[TextLine]:
    """The page's lines, the same as those by lxml's own tree."""
    soup = BeautifulSoup(html, "lxml", multi_valued_attributes=None)  # classes mean nothing here
    base = soup.find("base", href=True)
    builder = _SoupLines(address, str(base["href"]) if isinstance(base, Tag) else "")
    builder.walk(soup)
    builder.end_line()
    return builder.lines


class _SoupLines(LineBuilder[Tag]):
    """The lines of BeautifulSoup's tree."""

    def walk(self, soup: BeautifulSoup) -> None:
        """Tell all that stands in the page, with a stack in place of recursion."""
        stack: list[tuple[Tag, Iterator[object]]] = [(soup, iter(soup.contents))]
        while stack:
            tag, children = stack[-1]
            for child in children:
                if isinstance(child, Tag):
                    if child.name == "br":
                        self.break_line()
                    elif self.open(child.name, self.attribute(child, "role"), child):
                        stack.append((child, iter(child.contents)))
                        break
                elif isinstance(child, NavigableString) and not isinstance(child, PreformattedString):
                    self.say(str(child))
            else:
                stack.pop()
                if stack:
                    self.close(tag.name, tag)

    def attribute(self, node: Tag, name: str) -> str | None:
        """An element's attribute."""
        value = node.get(name)
        return None if value is None else str(value)

    def holds_report(self, node: Tag) -> bool:
        """Whether a link to a report stands in an element."""
        return node.find("a", href=REPORT_ADDRESS) is not None

    def holds_field(self, node: Tag) -> bool:
        """Whether a field of a form stands in an element."""
        return node.find(FIELD_TAGS) is not None

    def wraps_card(self, node: Tag) -> bool:
        """Whether a link is around a whole card."""
        names = [one.name for one in _iter_inside(node)]
        return "a" not in names and sum(map(names.count, PARTS_OF_CARD)) > 1  # one that holds a link lacks its end

    def picture_words(self, node: Tag) -> str:
        """What the first picture with words in an element says."""
        words = (self.attribute(one, "alt") for one in _iter_inside(node) if one.name == "img")
        return next((said for said in words if said is not None), "")

    def first_texts(self, node: Tag) -> list[str]:
        """What the first elements in an element begin with."""
        firsts = (one.contents[0] for one in (node, *_iter_inside(node)) if one.contents)
        return [str(first) for first in firsts if isinstance(first, NavigableString)]

    def is_numerator(self, node: Tag) -> bool:
        """Whether a fraction's sign follows an element."""
        return is_numerator(node)

    def mark_words(self, node: Tag) -> str:
        """What an element says that may be a footnote's mark: of few parts, no fraction, no link to another page."""
        return mark_words(node)


def _iter_inside(node: Tag) -> Iterator[Tag]:
    """The first elements in an element, by hand: bs4's own iterator walks down to the end of a tag first."""
    left = list(_iter_tags(node))
    for _ in range(MAX_IN_LINK):
        if not left:
            return
        one = left.pop()
        yield one
        left += _iter_tags(one)


def _iter_tags(node: Tag) -> Iterator[Tag]:
    return (child for child in reversed(node.contents) if isinstance(child, Tag))
