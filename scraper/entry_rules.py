"""Entry rules: CSS selectors that say which elements of a page belong to each of its entries; pure."""

from dataclasses import dataclass

from bs4 import BeautifulSoup, Tag
from bs4.element import PageElement
from soupsieve import SoupSieve

from scraper.markup import HEADING_TAGS, SPAN_TAGS, element_text


@dataclass(frozen=True, slots=True)
class EntryRules:
    """How the entries of a page are told: compiled selectors, None where the default is to be taken."""

    item: SoupSieve | None
    title: SoupSieve | None
    date: SoupSieve | None
    link: SoupSieve | None
    group: SoupSieve | None
    until: SoupSieve | None
    none: str = ""


def cut_list(soup: BeautifulSoup, rules: EntryRules) -> None:
    """Take off the page what follows the element that ends a list of whole elements; headings end by themselves."""
    first = rules.item.select_one(soup) if rules.item is not None else None
    if first is None or rules.item is None or rules.until is None or first.name in SPAN_TAGS:
        return
    following = [tag for tag in first.find_all_next(True) if isinstance(tag, Tag)]
    outside = (tag for tag in following if not any(map(rules.item.match, (tag, *tag.parents))))
    if end := next((tag for tag in outside if rules.until.match(tag)), None):
        for tag in [*end.find_all_next(True), end]:
            tag.extract()


def entry_roots(item: Tag, starts: set[int], rules: EntryRules) -> tuple[PageElement, ...]:
    """All that belongs to an entry: its element, or from its heading to the next."""
    if item.name not in SPAN_TAGS:
        return (item,)
    block = item
    while isinstance(block.parent, Tag) and block.parent.name not in ("body", "main") and _is_alone(block):
        block = block.parent
    level = next((tag.name for tag in (item, block) if tag.name in HEADING_TAGS), "")
    roots: list[PageElement] = [block]
    for sibling in block.next_siblings:
        tags = (sibling, *sibling.find_all(True)) if isinstance(sibling, Tag) else ()
        is_higher = not level and isinstance(sibling, Tag) and sibling.name in HEADING_TAGS
        if is_higher or any(_ends_entry(tag, level, starts, rules) for tag in tags):
            break
        roots.append(sibling)
    return tuple(roots)


def _is_alone(tag: Tag) -> bool:
    """Whether nothing beside it in its parent says anything."""
    others = (child for child in tag.parent.children if child is not tag) if tag.parent else ()
    return not any(element_text(child) if isinstance(child, Tag) else str(child).strip() for child in others)


def _ends_entry(tag: Tag, level: str, starts: set[int], rules: EntryRules) -> bool:
    """Whether an element is another entry's, what ends one, or a heading as high as the entry's (`level`) or higher."""
    if id(tag) in starts or any(rule is not None and rule.match(tag) for rule in (rules.until, rules.group)):
        return True
    return tag.name in HEADING_TAGS and tag.name <= level
