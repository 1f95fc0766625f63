"""Section text: what stands before and after the list in a section; pure."""

import re

from core.records import Section

BETWEEN_ITEMS = re.compile(r"[\s.;]*")
BEFORE_THE_LAST = re.compile(r"[\s.;]*and\s+")


def around_items(section: Section) -> tuple[str, str]:
    """The text before the first item and after the last: with the items, all that the section says."""
    if not section.items:
        return "", section.text
    flat, start = section.text.replace("\n", " "), -1
    while (start := flat.find(section.items[0], start + 1)) >= 0:
        end = _find_end(flat, start, section.items)
        if end and not (start and flat[start - 1].isalnum()):
            return section.text[:start].strip(), section.text[end:].lstrip(" .;,\n")
    return "", section.text  # the items are of another text: nothing is left out


def _find_end(text: str, start: int, items: tuple[str, ...]) -> int:
    """Where the list that starts here ends; 0 where it is no such list."""
    end = start
    for item in items:
        places = [found.end() for sign in (BETWEEN_ITEMS, BEFORE_THE_LAST) if (found := sign.match(text, end))]
        at = next((place for place in places if text.startswith(item, place)), None)
        if at is None:
            return 0
        end = at + len(item)
    return end
