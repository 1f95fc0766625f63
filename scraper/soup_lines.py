"""Soup lines: a page's lines by BeautifulSoup's tree, which may nest as deep as it likes; pure."""

from collections.abc import Iterator

from bs4 import BeautifulSoup, NavigableString, Tag
from bs4.element import PreformattedString

from scraper.line_builder import MAX_IN_LINK, PARTS_OF_CARD, REPORT_ADDRESS, LineBuilder, TextLine


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

    def wraps_card(self, node: Tag) -> bool:
        """Whether a link is around a whole card."""
        return len(node.find_all(list(PARTS_OF_CARD), limit=2)) > 1

    def picture_words(self, node: Tag) -> str:
        """What the first picture with words in an element says."""
        left, looked_at = [node], 0  # by hand: bs4's own iterator walks down to the end of a tag first
        while left and looked_at <= MAX_IN_LINK:
            one = left.pop()
            if one.name == "img" and (words := self.attribute(one, "alt")) is not None:
                return words
            looked_at += 1
            left += [child for child in reversed(one.contents) if isinstance(child, Tag)]
        return ""
