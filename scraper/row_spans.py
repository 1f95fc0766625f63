"""Row spans: a date in a table's cell that reaches over several rows is given to each of them; pure."""

from copy import copy
from itertools import islice

from bs4 import BeautifulSoup, Tag

from scraper.markup import element_text
from scraper.title_dates import line_date

MAX_COPIES = 5_000  # of cells of a page


def spread_dates(soup: BeautifulSoup) -> None:
    """Put each cell that is a date into the rows below its own that it reaches into."""
    left = MAX_COPIES
    for cell in soup.select("tr > [rowspan]"):
        span = str(cell["rowspan"])[:3]
        if not cell.parent or not span.isdecimal() or line_date(element_text(cell)) == (None, None):
            continue
        rows = (one for one in cell.parent.next_siblings if isinstance(one, Tag) and one.name == "tr")
        for row in islice(rows, max(0, min(int(span) - 1, left))):
            row.insert(0, copy(cell))
            left -= 1
