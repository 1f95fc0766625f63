"""Subscriber CSV import format: a spreadsheet of readers parsed row by row; pure."""

import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from types import MappingProxyType
from typing import BinaryIO

from core.address_patterns import IN_TEXT
from core.csv_rows import CsvFile
from core.email_address import EmailAddress, parse_address
from core.folding import strip_format_marks
from core.list_columns import COLUMN_ROLES, ColumnRole, ListColumns, assign_columns
from core.subscriber_rules import InvalidInput, Preferences, parse_preferences, refuse_misspelt_topics

__all__ = ["COLUMN_ROLES", "ColumnRole", "ImportProblem", "ImportRow", "parse_subscribers"]
_QUOTES = str.maketrans("‘’“”", "''\"\"")
PLAIN_CELL = re.compile(r"[A-Za-z0-9_.+-]+@[A-Za-z0-9.-]*[A-Za-z0-9]")  # an address with nothing to take off


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


def parse_subscribers(
    file: bytes | BinaryIO, roles: Mapping[str, ColumnRole] = MappingProxyType({})
) -> Generator[ImportRow | ImportProblem, None, None]:
    """The rows of a CSV file with a header, or of a list of bare addresses, good and bad, as they are asked for.

    `file` can be read from its beginning again. `roles` says of columns, by name, what they are, before the table of
    known ones (core/list_columns.json) is asked. Raises HouseError when it is no CSV file, when no column holds
    addresses, and when one may say who must not get mail and is not understood.
    """
    csv = CsvFile(BytesIO(file) if isinstance(file, bytes) else file)
    try:
        header = csv.layout.header
        bare = not any(header[1:]) and IN_TEXT.search("".join(header[:1])) is not None  # as Mailman lists its members
        columns = assign_columns(["email", *header[1:]] if bare else header, roles)
        for line, cells in csv.rows(skip_header=not bare):
            if cells is None:
                yield ImportProblem(line, "a quote is not closed, or something follows the closing one")
            elif len(cells) > len(header) and any(cells[len(header) :]):
                yield ImportProblem(line, f"{len(cells)} cells where the first line has {len(header)}")
            elif any(cells) and any(cell.strip() for cell in cells):
                yield _make_row(line, [_unescape_cell(cell) if cell[:1] == "'" else cell for cell in cells], columns)
    finally:
        csv.close()


def _unescape_cell(cell: str) -> str:
    """A cell as it was before an export of ours made it safe for spreadsheets."""
    return cell[1:] if re.match(r"''?[=+\-@\t\r]", cell) else cell


def _make_row(line: int, cells: list[str], columns: ListColumns) -> ImportRow | ImportProblem:
    if why := columns.refusal(cells):
        return ImportProblem(line, why)
    wishes = [cells[place] if place is not None and place < len(cells) else "" for place in columns.wishes]
    try:
        return ImportRow(line, parse_address(_pick_address(cells, columns)), _parse_wishes(*wishes))
    except InvalidInput as e:
        return ImportProblem(line, str(e))


def _pick_address(cells: list[str], columns: ListColumns) -> str:
    """What stands for the address: the first cell that holds an @, else the first that holds anything."""
    candidates = [cells[place] for place in columns.addresses if place < len(cells) and cells[place].strip()]
    cell = next((cell for cell in candidates if "@" in cell), candidates[0] if candidates else "")
    return cell if PLAIN_CELL.fullmatch(cell) else _plain_address(cell)


@lru_cache(10_000)  # most lists say few different things
def _parse_wishes(topics: str, nations: str, edition: str, matching: str, rest: str) -> Preferences:
    matching_only = matching.strip().casefold() == "yes"
    return refuse_misspelt_topics(parse_preferences(topics, nations, edition, matching_only, rest))


def _plain_address(cell: str) -> str:
    """The address in a cell: without what programs put around it. Raises InvalidInput for two of them."""
    text = " ".join(strip_format_marks(cell).translate(_QUOTES).split())
    if text.count("@") > 1 and len(IN_TEXT.findall(text)) > 1:
        raise InvalidInput("holds two addresses; write one a row")
    if named := re.search(r"<([^<>]*)>\s*$", text):
        text = named[1]
    text = re.sub(r"""^(['"])(.*)\1$""", r"\2", text.strip())
    return re.sub(r"^mailto:", "", text, flags=re.IGNORECASE).rstrip(";,. ")
