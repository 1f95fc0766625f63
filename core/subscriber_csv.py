"""Subscriber CSV import format: a spreadsheet of readers parsed row by row; pure."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

from core.email_address import EmailAddress, parse_address
from core.errors import HouseError
from core.subscriber_rules import InvalidInput, Preferences, parse_preferences

EMAIL_COLUMNS = ("email", "e-mail", "email address", "e-mail address")  # what the column is called
DELIMITERS = ",;\t"
MAX_ROW_LINES = 20  # lines of one row; a quote that is open for longer was never closed
ACCEPTED_STATUSES = ("", "active", "confirmed", "subscribed")  # in a status column, if the list has one


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One reader of a list, identified by the line on which the row begins."""

    line: int  # the header's is 1
    address: EmailAddress
    wishes: Preferences


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """A row that was not taken, identified by its line."""

    line: int
    why: str  # one line; does not repeat the address


def parse_subscribers(file: bytes) -> Iterator[ImportRow | ImportProblem]:
    """The rows of a CSV file with a header, good and bad. Raises HouseError when it has no `email` column."""
    lines = _split_lines(_decode_text(file))
    delimiter = max(DELIMITERS, key=lines[0].count)
    try:
        header = [name.strip().casefold() for name in next(csv.reader(lines[:1], delimiter=delimiter, strict=True), [])]
    except csv.Error:
        header = []
    if (column := next((name for name in EMAIL_COLUMNS if name in header), "")) == "":
        raise HouseError("the list has no column called email", "in its first line", "Write email above the addresses.")
    header[header.index(column)] = "email"
    for line, cells in _split_rows(lines, delimiter, len(header)):
        if cells is None:
            yield ImportProblem(line, "a quote is not closed, or something follows the closing one")
        elif any(cells[len(header) :]):
            yield ImportProblem(line, f"{len(cells)} cells where the first line has {len(header)}")
        elif any(cell.strip() for cell in cells):
            yield _make_row(line, dict(zip(header, map(_unescape_cell, cells), strict=False)))


def _decode_text(file: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with its mark, else what Windows wrote in Western Europe."""
    try:
        return file.decode("utf-16" if file[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig")
    except UnicodeDecodeError:
        return file.decode("cp1252", "replace")


def _split_lines(text: str) -> list[str]:
    if "\n" in text:
        return [line.removesuffix("\r") for line in text.split("\n")]
    return text.split("\r")


def _split_rows(lines: list[str], delimiter: str, width: int) -> Iterator[tuple[int, list[str] | None]]:
    """Each row's first line, with its cells or None. A quote left open costs its own line, not the lines after."""
    at = 1
    while at < len(lines):
        end, cells = _parse_row(lines, at, delimiter)
        if end > at + 1 and (cells is None or len(cells) != width):
            end, cells = at + 1, None
        yield at + 1, cells
        at = end


def _parse_row(lines: list[str], at: int, delimiter: str) -> tuple[int, list[str] | None]:
    quotes = 0
    for end in range(at + 1, min(at + MAX_ROW_LINES, len(lines)) + 1):
        quotes += lines[end - 1].count('"')
        if quotes % 2 == 0:
            try:
                return end, next(csv.reader(["\n".join(lines[at:end])], delimiter=delimiter, strict=True), [])
            except csv.Error:
                return end, None
    return at + 1, None


def _unescape_cell(cell: str) -> str:
    """A cell as it was before an export of ours made it safe for spreadsheets."""
    return cell[1:] if re.match(r"''?[=+\-@\t\r]", cell) else cell


def _make_row(line: int, cells: dict[str, str]) -> ImportRow | ImportProblem:
    if (status := cells.get("status", "").strip().casefold()) not in ACCEPTED_STATUSES:
        return ImportProblem(line, f"its status is {status[:20]!r}; only active subscribers are taken")
    try:
        matching = cells.get("only_matching", "").strip().casefold() == "yes"
        wanted = parse_preferences(
            cells.get("topics", ""), cells.get("nations", ""), cells.get("edition", ""), matching
        )
        return ImportRow(line, parse_address(cells.get("email", "")), wanted)
    except InvalidInput as e:
        return ImportProblem(line, str(e))
