"""Result count: how many entries a list says that it has, in a line of its own; pure."""

import re
from collections.abc import Iterable

from core.lazy_pattern import lazy_pattern
from scraper.page_text import normalise_text

MAX_CHARS = 200  # of a line that states a total and nothing else
MAX_PLAIN_CHARS = 80  # of one in normal form
FIGURE = r"[\d,]{1,9}"
TOTAL_COUNT = lazy_pattern(
    rf"(?:total:? )?(?:({FIGURE}) (?:results?|reviews?|records?|DHRs?)(?: found| in total)?"
    rf"|(?:(?:showing|displaying|viewing) )?(?:(?:results?|reviews?|records?|items?) )?"
    rf"(?:{FIGURE} ?(?:-|–|to) ?)?{FIGURE} of ({FIGURE})(?: (?:case )?(?:results?|reviews?|records?|items?))?"
    rf"|.{{0,40}}\(({FIGURE}) in total\))|total(?: results)?:? ({FIGURE})",
    re.I,
)


def stated_total(lines: Iterable[str]) -> int | None:
    """The total of the first line that states one and nothing else: "Showing 1-20 of 45", "45 results"."""
    for line in lines:
        if len(line) <= MAX_CHARS and (found := TOTAL_COUNT.fullmatch(normalise_text(line))):
            return int(str(found[found.lastindex or 0]).replace(",", "") or 0)
    return None
