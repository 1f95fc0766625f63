"""The beginning of a list of readers: how it was saved, what its columns seem to be."""

from io import BytesIO

import pytest

from core.errors import HouseError
from core.list_columns import guess_columns
from core.list_preview import MAX_CELL_CHARS, preview_list
from core.subscriber_csv import ImportRow, parse_subscribers

MAILCHIMP = ["Email Address", "First Name", "MEMBER_RATING", "OPTIN_TIME", "UNSUB_TIME", "Marketing consent?"]


def test_columns_are_guessed_by_their_names() -> None:
    assert guess_columns(MAILCHIMP) == ["address", "unknown", "unknown", "ignore", "status", "asked"]
    assert guess_columns(["Address", "topics", "Nations", "edition", "only_matching"]) == [
        *("address", "topics", "nations", "edition", "ignore"),
    ]
    assert guess_columns(["Email", "Address"]) == ["address", "unknown"]  # a postal one


@pytest.mark.parametrize(
    ("file", "encoding", "delimiter"),
    [
        ("Email;Name\nada@example.org;Zoë\n".encode("cp1252"), "Western European (Windows-1252)", "semicolons"),
        ("Email\tName\nada@example.org\tZoë\n".encode("utf-16"), "UTF-16", "tabs"),
        ("Email,Name\nada@example.org,Zoë\n".encode("utf-8-sig"), "UTF-8", "commas"),
    ],
)
def test_it_says_how_the_file_was_saved(file: bytes, encoding: str, delimiter: str) -> None:
    preview = preview_list(BytesIO(file))

    assert (preview.encoding, preview.delimiter) == (encoding, delimiter)
    assert (preview.header, preview.rows) == (("Email", "Name"), (("ada@example.org", "Zoë"),))


def test_its_first_rows_have_a_cell_for_each_column_and_long_ones_are_cut() -> None:
    file = f"email,notes\nada@example.org\nbea@example.org,{'x' * 200},more\n\n" + "c@example.org,\n" * 9

    rows = preview_list(BytesIO(file.encode())).rows

    assert rows[0] == ("ada@example.org", "")
    assert rows[1] == ("bea@example.org", "x" * (MAX_CELL_CHARS - 1) + "…")
    assert len(rows) == 4  # the empty line is none


@pytest.mark.parametrize(("first", "headless"), [("Ada,ada@example.org", True), ("ada@example.org", False)])
def test_an_address_in_the_first_line_is_no_header(first: str, headless: bool) -> None:
    preview = preview_list(BytesIO(f"{first}\nBea,bea@example.org\n".encode()))

    assert preview.headless is headless
    assert preview.header == (("Ada", "ada@example.org") if headless else ("email",))


def test_too_many_columns_are_refused_with_their_number() -> None:
    with pytest.raises(HouseError, match=r"too many columns: 201, of at most 200\."):
        preview_list(BytesIO(",".join(["email"] * 201).encode()))


def test_a_column_holds_what_a_person_says_whatever_its_name() -> None:
    file = b"Email,Interests,topics,Country\nada@example.org,neglect; sleep,none of it,Wales\n"

    (row,) = parse_subscribers(file, {"interests": "topics", "topics": "ignore", "Country": "nations"})

    assert isinstance(row, ImportRow)
    assert (row.wishes.topics, row.wishes.nations) == (("neglect", "sleep"), ("Wales",))
