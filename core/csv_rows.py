"""CSV rows of a file however a spreadsheet saved it: encoding, delimiter, quotes; read line by line, so that memory
does not grow with the file."""

import codecs
import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import chain, islice
from typing import BinaryIO

from core.errors import HouseError

DELIMITERS = ",;\t|"
MAX_ROW_LINES = 500  # lines of one row; a quote that is open for longer was never closed
MAX_LINE_CHARS = 1_000_000  # characters of one line
MAX_HEADER_LINES = 30  # of a form's questions
MAX_TITLE_ROWS = 5  # above the header, as Google Groups writes one, and people in spreadsheets
SAMPLE_BYTES, CHUNK_BYTES = 65_536, 1 << 20
EXCEL_SIGNATURES = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx, .xls
NAMED_ADDRESS = re.compile(r'"[^"]{1,200}" ?<[^<>@"]+@[^<>@"]+>[,;]?')
ONLY_ADDRESSES = re.compile(r"\W*e-?mail([ _]?address(es)?)?\W*", re.IGNORECASE)  # the header of a list of these
csv.field_size_limit(MAX_LINE_CHARS)  # a note of many lines is longer than the module takes otherwise
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class CsvLayout:
    """How the cells of a file are parted, with its first row."""

    delimiter: str
    header: list[str]  # as written
    line: int  # on which it stands; the first is 1


class CsvFile:
    """The rows of a file that can be read from its beginning again.

    Raises HouseError when it is no CSV file, or an empty one.
    """

    def __init__(self, file: BinaryIO) -> None:
        sample = _read_sample(file)
        if sample.startswith(EXCEL_SIGNATURES):
            raise HouseError("the list is an Excel file", "not CSV", 'Save it from Excel as "CSV UTF-8", import that.')
        self.encoding = _find_encoding(file, sample)
        old_mac = "\n" not in (start := sample.decode(self.encoding, "replace")) and "\r" in start
        self._text = TextIOWrapper(file, self.encoding, "replace", newline="\r" if old_mac else "\n")
        self._lines = self._read_lines()
        self.layout = self._read_layout()

    def rows(self, skip_header: bool = True) -> Iterator[tuple[int, list[str] | None]]:
        """Each row's first line, with its cells, or None of one that is no row.

        A quote left open costs its own line, not the lines after.
        """
        number, pending = self.layout.line, deque[str]()
        if not skip_header:
            yield number, self.layout.header
        while True:
            line = pending.popleft() if pending else next(self._lines, None)
            if line is None:
                return
            number += 1
            if '"' not in line and "\r" not in line:
                yield number, line.split(self.layout.delimiter)
                continue
            extra, cells = self._parse_quoted(line, pending)
            if cells is None and len(self.layout.header) == 1 and NAMED_ADDRESS.fullmatch(line.strip()):
                cells = [line]  # copied from a mail program, whose quotes are not CSV's
            if extra and (cells is None or len(cells) != len(self.layout.header)):
                extra, cells = 0, None
            yield number, cells
            for _ in range(extra):
                pending.popleft()
            number += extra

    def close(self) -> None:
        """Leave the file to whoever opened it."""
        self._text.detach()

    def _read_lines(self) -> Iterator[str]:
        while line := self._text.readline(MAX_LINE_CHARS):
            if len(line) == MAX_LINE_CHARS:
                raise HouseError("the list is no CSV file", "a line of it never ends", "Export it again as CSV.")
            yield line.rstrip("\n").removesuffix("\r")

    def _read_layout(self) -> CsvLayout:
        """Excel names the delimiter in a line before the header, and titles may stand above it."""
        blank, first = next(((row, line) for row, line in enumerate(self._lines) if line.strip()), (0, ""))
        ahead = [first, *islice(self._lines, MAX_TITLE_ROWS + 1)]
        named = re.fullmatch(r'"?sep=(.)"?', first.strip(), re.IGNORECASE)
        if not any(map(str.strip, ahead[1:] if named else ahead)):
            fix = "Export it again, and look whether the file holds what you meant."
            raise HouseError("the list is empty", "no line of its file says anything", fix)
        place = _find_header(ahead, 1 if named else 0)
        header, self._lines = ahead[place : place + 1] or [""], chain(ahead[place + 1 :], self._lines)
        if '"' in header[0]:
            header += self._rest_of_header(header[0])
        delimiter = named[1] if named else max(DELIMITERS, key=re.sub(r'"[^"]*"', "", "".join(header)).count)
        return CsvLayout(delimiter, _parse_cells(header, delimiter) or [], blank + place + len(header))

    def _rest_of_header(self, first: str) -> list[str]:
        """The lines after its first of a header with a name of several lines; none where its quote is never closed."""
        lines, quotes = list[str](), first.count('"')
        while quotes % 2 and len(lines) < MAX_HEADER_LINES and (line := next(self._lines, None)) is not None:
            lines.append(line)
            quotes += line.count('"')
        if quotes % 2:
            lines, self._lines = [], chain(lines, self._lines)
        return lines

    def _parse_quoted(self, line: str, pending: deque[str]) -> tuple[int, list[str] | None]:
        """How many lines beyond its first a row has, with its cells; what was read ahead of it is left `pending`."""
        lines, quotes = [line], line.count('"')
        while quotes % 2:
            if len(lines) > len(pending):
                pending.extend(islice(self._lines, 1))
            if len(lines) > len(pending) or len(lines) == MAX_ROW_LINES:
                return 0, None
            lines.append(pending[len(lines) - 1])
            quotes += lines[-1].count('"')
        return len(lines) - 1, _parse_cells(lines, self.layout.delimiter)


def _find_header(lines: list[str], start: int) -> int:
    """Where the header stands: below lines in which one cell alone is filled, if none of them is it or an address."""
    for place, line in enumerate(lines[start : start + MAX_TITLE_ROWS + 1], start):
        filled = [cell for cell in re.split(f"[{DELIMITERS}]", line) if cell.strip(' "')]
        if len(filled) > 1 and "@" not in line:
            return place
        if "@" in line or line.count('"') % 2 or (filled and ONLY_ADDRESSES.fullmatch(filled[0])):
            break
    return start


def _parse_cells(lines: list[str], delimiter: str) -> list[str] | None:
    try:
        return next(csv.reader(["\n".join(lines)], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None


def _read_sample(file: BinaryIO) -> bytes:
    file.seek(0)
    sample = file.read(SAMPLE_BYTES)
    file.seek(0)
    return sample


def _find_encoding(file: BinaryIO, sample: bytes) -> str:
    """UTF-8 or UTF-16, with or without its mark, else what Windows wrote in Western Europe."""
    start = sample[:200]
    if start.startswith(UTF_16_MARKS):
        return "utf-16"
    if start.count(0) > len(start) // 4:
        return "utf-16-le" if start[1::2].count(0) > start[::2].count(0) else "utf-16-be"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(CHUNK_BYTES):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    finally:
        file.seek(0)
    return "utf-8-sig"
