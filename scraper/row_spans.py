"""Row spans: a date in a table's cell that reaches over several rows is given to each of them; pure."""

from copy import copy
from itertools import islice

from bs4 import BeautifulSoup, Tag

from scraper.markup import element_text
from scraper.title_dates import line_date

MAX_COPIES = 5_000  # of cells of a page
MAX_PARTS = 20  # elements and texts of a cell that is a date
MAX_CELL_CHARS = 4_000  # of its HTML


def spread_dates(soup: BeautifulSoup) -> None:
    """Put each cell that is a date into the rows below its own that it reaches into: first or last, as it is there."""
    left = MAX_COPIES
    for row in {id(cell.parent): cell.parent for cell in soup.select("tr > [rowspan]")}.values():
        cells = [cell for cell in row.contents if isinstance(cell, Tag)] if row else []
        spans = [(cell, span) for cell in cells if (span := _read_span(cell)) > 1 and _is_date(cell)]
        if not row or not spans or left <= 0:
            continue
        rows = (one for one in row.next_siblings if isinstance(one, Tag) and one.name == "tr")
        below = list(islice(rows, min(left, max(span for _, span in spans) - 1)))
        for cell, span in spans:
            for other in below[: max(0, min(span - 1, left))]:
                other.insert(0 if cell is cells[0] else len(other.contents), copy(cell))
                left -= 1


def _read_span(cell: Tag) -> int:
    span = str(cell.get("rowspan") or "")[:3]
    return int(span) if span.isdecimal() else 1


def _is_date(cell: Tag) -> bool:
    if len(list(islice(cell.descendants, MAX_PARTS + 1))) > MAX_PARTS or len(str(cell)) > MAX_CELL_CHARS:
        return False
    return line_date(element_text(cell)) != (None, None)
