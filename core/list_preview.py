"""List preview: how a list of readers was saved, its first rows and what its columns seem to be; pure."""

from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from core.address_patterns import IN_TEXT
from core.csv_rows import CsvFile
from core.errors import HouseError
from core.list_columns import ColumnGuess, guess_columns

MAX_COLUMNS = 200
MAX_ROWS, MAX_CELL_CHARS = 5, 60  # that are shown
ENCODING_LABELS = {
    "utf-8-sig": "UTF-8",
    "cp1252": "Western European (Windows-1252)",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
}
DELIMITER_LABELS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "upright strokes (|)"}


@dataclass(frozen=True, slots=True)
class ListPreview:
    """The beginning of a list, as it is understood."""

    encoding: str  # in words, as the delimiter
    delimiter: str
    header: tuple[str, ...]  # as written; of bare addresses: email
    guesses: tuple[ColumnGuess, ...]  # of each column
    rows: tuple[tuple[str, ...], ...]  # as many cells as the header has, cut where they are long
    headless: bool  # its first line holds an address, so that it is no header


def preview_list(file: BinaryIO) -> ListPreview:
    """The beginning of a file that can be read from its beginning again. Raises HouseError when it is no CSV file."""
    csv = CsvFile(file)
    try:
        header = csv.layout.header
        if len(header) > MAX_COLUMNS:
            fix = "Save it with the columns that are needed: email, and what says who left."
            raise HouseError("the list has too many columns", f"{len(header):,}, of at most {MAX_COLUMNS}", fix)
        bare = len(header) == 1 and IN_TEXT.search(header[0]) is not None
        names = ("email",) if bare else tuple(header)
        rows = [cells for _, cells in islice(csv.rows(skip_header=not bare), MAX_ROWS) if cells and any(cells)]
        return ListPreview(
            ENCODING_LABELS[csv.encoding],
            DELIMITER_LABELS.get(csv.layout.delimiter, csv.layout.delimiter),
            names,
            tuple(guess_columns(names)),
            tuple(tuple(map(_cut, [*cells, *[""] * len(names)][: len(names)])) for cells in rows),
            not bare and any(IN_TEXT.search(name) for name in names),
        )
    finally:
        csv.close()


def _cut(cell: str) -> str:
    text = " ".join(cell.split())
    return text if len(text) <= MAX_CELL_CHARS else f"{text[: MAX_CELL_CHARS - 1]}…"
