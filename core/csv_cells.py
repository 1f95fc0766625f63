"""CSV cells: what is written for a spreadsheet, where no cell may run as a formula."""

import csv
import io
import re
from collections.abc import Iterable

BYTE_ORDER_MARK = "\ufeff"  # without it Excel reads UTF-8 as Western European


def escape_formula(value: object) -> object:
    """A cell that a spreadsheet shows and does not run: one starting like a formula gets an apostrophe.

    Some spreadsheets take the full-width signs of East Asian keyboards for the same.
    """
    return f"'{value}" if isinstance(value, str) and re.match(r"'?[=+\-@＝＋－＠\t\r\n]", value) else value


def format_csv(rows: Iterable[Iterable[object]]) -> str:
    """Rows as a file that Excel opens by itself (RFC 4180)."""
    text = io.StringIO(newline="")
    text.write(BYTE_ORDER_MARK)
    csv.writer(text, lineterminator="\r\n").writerows([map(escape_formula, row) for row in rows])
    return text.getvalue()
