"""Subscriber CSV import format: a spreadsheet of readers parsed row by row; pure."""

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal, get_args

from core.address_patterns import IN_TEXT
from core.email_address import EmailAddress, parse_address
from core.errors import HouseError
from core.folding import strip_format_marks
from core.subscriber_rules import InvalidInput, Preferences, parse_preferences

DELIMITERS = ",;\t"
MAX_ROW_LINES = 500  # lines of one row; a quote that is open for longer was never closed
EXCEL_SIGNATURES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx, .xls
TRUE_WORDS, FALSE_WORDS = frozenset({"true", "yes", "y", "1", "t"}), frozenset({"false", "no", "n", "0", "f", ""})
# A column by such a name may say who must not get mail: one that is not understood is asked about.
STATE_COLUMN = re.compile(
    r"status|subscri|unsub|opt.?(in|out)|consent|confirm|bounce|black|block|suppress|delet|disab|activ|gdpr|permission"
    r"|agree|valid|clean|complain|spam|do not|verified|deliver"
)
ColumnRole = Literal["address", "status", "ignore"]
COLUMN_ROLES: tuple[ColumnRole, ...] = get_args(ColumnRole)


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


def _load_columns() -> dict[str, Any]:
    known: dict[str, Any] = json.loads(files("core").joinpath("list_columns.json").read_bytes())
    return known


KNOWN_COLUMNS = _load_columns()


def parse_subscribers(
    file: bytes, roles: Mapping[str, ColumnRole] = MappingProxyType({})
) -> Iterator[ImportRow | ImportProblem]:
    """The rows of a CSV file with a header, good and bad.

    `roles` says of columns, by name, what they are, before the table of known ones (core/list_columns.json) is asked.
    Raises HouseError when it is no CSV file, when no column holds addresses, and when one may say who must not get
    mail and is not understood.
    """
    if file.startswith(EXCEL_SIGNATURES):
        raise HouseError("the list is an Excel file", "not CSV", 'Save it from Excel as "CSV UTF-8", and import that.')
    lines, delimiter, start = _read_layout(_decode_text(file))
    try:
        names = next(csv.reader(lines[start : start + 1], delimiter=delimiter, strict=True), [])
    except csv.Error:
        names = []
    header = [" ".join(name.split()).casefold() for name in names]
    columns = _assign_columns(header, {name.strip().casefold(): role for name, role in roles.items()})
    for line, cells in _split_rows(lines, start + 1, delimiter, len(header)):
        if cells is None:
            yield ImportProblem(line, "a quote is not closed, or something follows the closing one")
        elif any(cells[len(header) :]):
            yield ImportProblem(line, f"{len(cells)} cells where the first line has {len(header)}")
        elif any(cell.strip() for cell in cells):
            yield _make_row(line, header, [_unescape_cell(cell) for cell in cells], columns)


def _read_layout(text: str) -> tuple[list[str], str, int]:
    """The lines, the delimiter, and the index of the header; Excel names the delimiter in a line before it."""
    lines = _split_lines(text)
    if named := re.fullmatch(r'"?sep=(.)"?', lines[0].strip(), re.I):
        return lines, named[1], 1
    return lines, max(DELIMITERS, key=lines[0].count), 0


def _assign_columns(header: list[str], roles: Mapping[str, ColumnRole]) -> list[ColumnRole | str]:
    """What each column is: a role, or the name of its rule in the table; empty for one that says nothing of state."""
    if unknown := [name for name in roles if name not in header]:
        fix = f"It has: {', '.join(header)[:200]}"
        raise HouseError("the list has no such column", unknown[0], fix)
    columns = [roles.get(name) or _known_role(name) for name in header]
    if "address" not in columns:
        fix = "Write email above the addresses, or name their column: --column NAME=address"
        raise HouseError("the list has no column called email", "in its first line", fix)
    for name, role in zip(header, columns, strict=True):
        if not role and STATE_COLUMN.search(name):
            fix = (
                f'If its "yes" or "active" says so, add --column "{name}=status"; '
                f'if it says nothing of that, --column "{name}=ignore"'
            )
            raise HouseError("a column may say who must not get mail", name, fix)
    return columns


def _known_role(name: str) -> str:
    if name in KNOWN_COLUMNS["address"]:
        return "address"
    if name in KNOWN_COLUMNS["ignored"]:
        return "ignore"
    rules = ("status", "refused when set", "refused when true", "refused when false")
    return next((rule for rule in rules if name in KNOWN_COLUMNS[rule]), "")


def _decode_text(file: bytes) -> str:
    """UTF-8 or UTF-16, with or without its mark, else what Windows wrote in Western Europe."""
    start = file[:200]
    if start[:2] not in {b"\xff\xfe", b"\xfe\xff"} and start.count(0) > len(start) // 4:
        return file.decode("utf-16-le" if start[1::2].count(0) > start[::2].count(0) else "utf-16-be", "replace")
    try:
        return file.decode("utf-16" if start[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig")
    except UnicodeDecodeError:
        return file.decode("cp1252", "replace")


def _split_lines(text: str) -> list[str]:
    if "\n" in text:
        return [line.removesuffix("\r") for line in text.split("\n")]
    return text.split("\r")


def _split_rows(lines: list[str], at: int, delimiter: str, width: int) -> Iterator[tuple[int, list[str] | None]]:
    """Each row's first line, with its cells or None. A quote left open costs its own line, not the lines after."""
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


def _make_row(
    line: int, header: Sequence[str], cells: Sequence[str], columns: Sequence[ColumnRole | str]
) -> ImportRow | ImportProblem:
    for name, cell, role in zip(header, cells, columns, strict=False):
        if why := _state_problem(name, " ".join(cell.split()).casefold(), role):
            return ImportProblem(line, why)
    filled = [cell for cell, role in zip(cells, columns, strict=False) if role == "address" and cell.strip()]
    said = dict(zip(header, cells, strict=False))
    try:
        matching = said.get("only_matching", "").strip().casefold() == "yes"
        wanted = parse_preferences(said.get("topics", ""), said.get("nations", ""), said.get("edition", ""), matching)
        return ImportRow(line, parse_address(_plain_address(filled[0] if filled else "")), wanted)
    except InvalidInput as e:
        return ImportProblem(line, str(e))


def _state_problem(name: str, said: str, role: str) -> str:
    """Why a reader is not to be taken, as a column has it; empty where it does not say so."""
    refused = {
        "status": said not in KNOWN_COLUMNS["may"],
        "refused when set": bool(said),
        "refused when true": said not in FALSE_WORDS,
        "refused when false": said not in TRUE_WORDS,
    }
    return f'its "{name}" is {said[:20]!r}; only active subscribers are taken' if refused.get(role) else ""


def _plain_address(cell: str) -> str:
    """The address in a cell: without what programs put around it. Raises InvalidInput for two of them."""
    text = " ".join(strip_format_marks(cell).split())
    if text.count("@") > 1 and len(IN_TEXT.findall(text)) > 1:
        raise InvalidInput("holds two addresses; write one a row")
    if named := re.search(r"<([^<>]*)>\s*$", text):
        text = named[1]
    return re.sub(r"^mailto:", "", text.strip(), flags=re.I).rstrip(";,. ")
