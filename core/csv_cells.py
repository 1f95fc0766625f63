"""CSV cells: what is written for a spreadsheet, where no cell may run as a formula."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from itertools import islice

ROWS_AT_ONCE = 500  # of a file that is made as it is taken
BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads UTF-8 as Western European


def escape_formula(value: object) -> object:
    """A cell that a spreadsheet shows and does not run: one starting like a formula gets an apostrophe.

    Some spreadsheets take the full-width signs of East Asian keyboards for the same.
    """
    return f"'{value}" if isinstance(value, str) and re.match(r"'?[=+\-@＝＋－＠\t\r\n]", value) else value


def format_csv(rows: Iterable[Iterable[object]]) -> str:
    """Rows as a file that Excel opens by itself (RFC 4180)."""
    return BYTE_ORDER_MARK + _format_rows(rows)


def stream_csv(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """The same file in parts, made as they are taken, so that memory does not grow with it."""
    mark, left = BYTE_ORDER_MARK, iter(rows)
    while part := list(islice(left, ROWS_AT_ONCE)):
        yield mark + _format_rows(part)
        mark = ""


def _format_rows(rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([map(escape_formula, row) for row in rows])
    return text.getvalue()
