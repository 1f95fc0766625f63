"""Rows of a file are the csv module's own where that takes them, read line by line."""

import csv
from io import BytesIO, StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.csv_rows import MAX_ROW_LINES, CsvFile
from core.errors import HouseError

CELLS = st.text("ab ,;'\"\n-@é", max_size=8)


def rows(file: bytes) -> list[tuple[int, list[str] | None]]:
    return list(CsvFile(BytesIO(file)).rows())


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=6), st.sampled_from(["\n", "\r\n"]))
def test_what_a_program_wrote_is_read_back(written: list[tuple[str, str, str]], ending: str) -> None:
    out = StringIO(newline="")
    csv.writer(out, lineterminator=ending).writerows([("a", "b", "c"), *written])
    cells = [cells for _, cells in rows(out.getvalue().encode()) if cells != [""]]

    assert cells == [list(row) for row in written]


def test_a_quote_that_is_never_closed_costs_its_own_line() -> None:
    many = MAX_ROW_LINES + 10
    file = "email,note\n" + 'a@example.org,"open\n' + "b@example.org,x\n" * many

    (bad, *good) = rows(file.encode())

    assert bad == (2, None)
    assert [line for line, cells in good if cells == ["b@example.org", "x"]] == list(range(3, many + 3))


def test_rows_come_before_the_file_is_read_to_its_end() -> None:
    file = BytesIO(b"email\n" + b"reader@example.org\n" * 100_000)

    read = CsvFile(file).rows()

    assert next(read) == (2, ["reader@example.org"])
    assert file.tell() < 20_000


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0"])
def test_an_excel_file_is_named_as_one(start: bytes) -> None:
    with pytest.raises(HouseError, match="Excel file"):
        CsvFile(BytesIO(start + bytes(100)))


@pytest.mark.parametrize("file", [b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\n \r\n\n" * 20, b"sep=;\r\n\r\n"])
def test_a_file_without_a_word_is_told_to_be_empty(file: bytes) -> None:
    with pytest.raises(HouseError, match=r"^the list is empty: no line of its file says anything\. Export it again"):
        rows(file)


def test_a_line_without_an_end_is_no_list() -> None:
    with pytest.raises(HouseError, match="never ends"):
        rows(b"email\n" + b"x" * 1_000_000)


@pytest.mark.parametrize(
    ("file", "row"),
    [
        (b"\n\nemail,name\na@example.org,A\n", (4, ["a@example.org", "A"])),
        (b'email;"name, first, second, last"\na@example.org;A\n', (2, ["a@example.org", "A"])),
        (b"email|name\na@example.org|A\n", (2, ["a@example.org", "A"])),
        (b'email\n"A, B" <a@example.org>\n', (2, ['"A, B" <a@example.org>'])),
        (b"Our readers,\nin November,\n,\nname,email\nA,a@example.org\n", (5, ["A", "a@example.org"])),
        (b",email\nA,a@example.org\n", (2, ["A", "a@example.org"])),
        (b'email,"Would you like\nour news?",name\na@example.org,Yes,A\n', (3, ["a@example.org", "Yes", "A"])),
        (b'email,"name\na@example.org,A\n', (2, ["a@example.org", "A"])),
    ],
    ids=[
        "empty lines first",
        "commas in a quoted name",
        "bars",
        "copied from a mail program",
        "titles first",
        "no name",
        "a name of two lines",
        "a name whose quote is not closed",
    ],
)
def test_a_file_is_read_as_its_program_parted_it(file: bytes, row: tuple[int, list[str]]) -> None:
    assert rows(file) == [row]
