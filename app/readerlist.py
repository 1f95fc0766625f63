"""A list of readers, as a spreadsheet saves it, row by row; pure."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.addresses import Address, address
from core.errors import HouseError
from core.subscribers import Refused, Wishes, wishes

EMAIL = ("email", "e-mail", "email address", "e-mail address")  # what the column is called
DELIMITERS = ",;\t"
LONGEST = 20  # lines of one row; a quote that is open for longer was never closed
TAKEN = ("", "active", "confirmed", "subscribed")  # in a status column, if the list has one


@dataclass(frozen=True, slots=True)
class Row:
    """One reader of a list, identified by the line on which the row begins."""

    line: int  # the header's is 1
    address: Address
    wishes: Wishes


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that was not taken, identified by its line."""

    line: int
    why: str  # one line; does not repeat the address


def readers(file: bytes) -> Iterator[Row | Problem]:
    """The rows of a CSV file with a header, good and bad. Raises HouseError when it has no `email` column."""
    lines = _lines(_text(file))
    delimiter = max(DELIMITERS, key=lines[0].count)
    try:
        header = [name.strip().casefold() for name in next(csv.reader(lines[:1], delimiter=delimiter, strict=True), [])]
    except csv.Error:
        header = []
    if (column := next((name for name in EMAIL if name in header), "")) == "":
        raise HouseError("the list has no column called email", "in its first line", "Write email above the addresses.")
    header[header.index(column)] = "email"
    for line, cells in _records(lines, delimiter, len(header)):
        if cells is None:
            yield Problem(line, "a quote is not closed, or something follows the closing one")
        elif any(cells[len(header) :]):
            yield Problem(line, f"{len(cells)} cells where the first line has {len(header)}")
        elif any(cell.strip() for cell in cells):
            yield _reader(line, dict(zip(header, map(_unescaped, cells), strict=False)))


def _text(file: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with its mark, else what Windows wrote in Western Europe."""
    try:
        return file.decode("utf-16" if file[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig")
    except UnicodeDecodeError:
        return file.decode("cp1252", "replace")


def _lines(text: str) -> list[str]:
    if "\n" in text:
        return [line.removesuffix("\r") for line in text.split("\n")]
    return text.split("\r")


def _records(lines: list[str], delimiter: str, width: int) -> Iterator[tuple[int, list[str] | None]]:
    """Each row's first line, with its cells or None. A quote left open costs its own line, not the lines after."""
    at = 1
    while at < len(lines):
        end, cells = _record(lines, at, delimiter)
        if end > at + 1 and (cells is None or len(cells) != width):
            end, cells = at + 1, None
        yield at + 1, cells
        at = end


def _record(lines: list[str], at: int, delimiter: str) -> tuple[int, list[str] | None]:
    quotes = 0
    for end in range(at + 1, min(at + LONGEST, len(lines)) + 1):
        quotes += lines[end - 1].count('"')
        if quotes % 2 == 0:
            try:
                return end, next(csv.reader(["\n".join(lines[at:end])], delimiter=delimiter, strict=True), [])
            except csv.Error:
                return end, None
    return at + 1, None


def _unescaped(cell: str) -> str:
    """A cell as it was before an export of ours made it safe for spreadsheets."""
    return cell[1:] if re.match(r"''?[=+\-@\t\r]", cell) else cell


def _reader(line: int, cells: dict[str, str]) -> Row | Problem:
    if (status := cells.get("status", "").strip().casefold()) not in TAKEN:
        return Problem(line, f"its status is {status[:20]!r}; only active subscribers are taken")
    try:
        matching = cells.get("only_matching", "").strip().casefold() == "yes"
        wanted = wishes(cells.get("topics", ""), cells.get("nations", ""), cells.get("edition", ""), matching)
        return Row(line, address(cells.get("email", "")), wanted)
    except Refused as e:
        return Problem(line, str(e))
