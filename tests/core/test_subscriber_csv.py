"""Lists of readers as other programs write them: who left, bounced or never confirmed is not taken."""

import pytest

from core.errors import HouseError
from core.subscriber_csv import ColumnRole, ImportProblem, parse_subscribers

REFUSED = "; only active subscribers are taken"
LISTS = {
    "Ghost": (
        "id,email,name,subscribed_to_emails,deleted_at,labels\n"
        "1,in@example.org,A,true,,\n2,out@example.org,B,false,,\n3,gone@example.org,C,true,2026-02-01T00:00:00Z,\n",
        [
            "in@example.org",
            f"its \"subscribed_to_emails\" is 'false'{REFUSED}",
            "its \"deleted_at\" is '2026-02-01t00:00:00z'",
        ],
    ),
    "listmonk": (
        "uuid,email,name,status\na,in@example.org,A,enabled\nb,out@example.org,B,disabled\nc,off@example.org,C,blocklisted\n",
        ["in@example.org", f"its \"status\" is 'disabled'{REFUSED}", f"its \"status\" is 'blocklisted'{REFUSED}"],
    ),
    "Mailchimp": (
        '"Email Address","First Name",OPTIN_TIME,CONFIRM_TIME,UNSUB_TIME,UNSUB_REASON\n'
        'in@example.org,A,"2026-01-01 10:00:00","2026-01-01 10:01:00",,\n'
        'out@example.org,B,"2026-01-01 10:00:00","2026-01-01 10:01:00","2026-02-01 10:01:00",NORMAL\n',
        ["in@example.org", "its \"unsub_time\" is '2026-02-01 10:01:00'"],
    ),
    "phpList": (
        "ID\tEmail\tIs the email of this subscriber confirmed\tIs this subscriber blacklisted\n"
        "1\tin@example.org\t1\t0\n2\tout@example.org\t1\t1\n3\tnever@example.org\t0\t0\n",
        ["in@example.org", "its \"is this subscriber blacklisted\" is '1'", 'its "is the email of this subscriber'],
    ),
    "Substack": (
        "Email,active_subscription,email_disabled\nin@example.org,false,false\nout@example.org,false,true\n",
        ["in@example.org", f"its \"email_disabled\" is 'true'{REFUSED}"],
    ),
    "Keila": ("Email,Status\nin@example.org,active\nout@example.org,unreachable\n", ["in@example.org", 'its "status"']),
    "Outlook": (
        "First Name,E-mail Address,E-mail 2 Address\nA,in@example.org,second@example.org\nB,,other@example.org\n",
        ["in@example.org", "other@example.org"],
    ),
    "Excel with its line": ("sep=;\nEmail;Name\nin@example.org;A\n", ["in@example.org"]),
    "two columns of one name": ("Email,Name,Email\nin@example.org,A,\n", ["in@example.org"]),
    "addresses as people paste them": (
        "Email\nin@example.org\u00a0\n\u200bin@example.org\nmailto:in@example.org\nin@example.org;\nin@example.org.\n"
        'A Reader <in@example.org>\n"a@example.org, b@example.org"\n',
        [*["in@example.org"] * 6, "holds two addresses; write one a row"],
    ),
    "a long note": (
        'Email,Notes\nin@example.org,"' + "line\n" * 30 + '"\nb@example.org,x\n',
        ["in@example.org", "b@example.org"],
    ),
}


def read(file: bytes, **roles: ColumnRole) -> list[str]:
    rows = parse_subscribers(file, roles)
    return [row.why if isinstance(row, ImportProblem) else row.address.email for row in rows]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_another_program_keeps_who_left_out(name: str) -> None:
    text, expected = LISTS[name]

    found = read(text.encode())

    assert len(found) == len(expected)
    assert [one[: len(words)] for one, words in zip(found, expected, strict=True)] == expected


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-16", "utf-8-sig", "cp1252"])
def test_a_list_is_read_in_whatever_a_spreadsheet_wrote(codec: str) -> None:
    assert read("Email,Name\nin@example.org,Zoë\n".encode(codec)) == ["in@example.org"]


@pytest.mark.parametrize("column", ["Marketing permission", "GDPR", "Unsubscribed from", "is_valid", "Do not email"])
def test_a_column_that_may_say_who_left_is_asked_about(column: str) -> None:
    file = f"Email,{column}\nin@example.org,yes\nout@example.org,never\n".encode()

    with pytest.raises(HouseError, match="may say who must not get mail") as raised:
        read(file)

    assert f'--column "{column.casefold()}=status"' in raised.value.fix
    assert read(file, **{column: "ignore"}) == ["in@example.org", "out@example.org"]
    assert read(file, **{column: "status"})[0] == "in@example.org"
    assert read(file, **{column: "status"})[1].startswith(f"its \"{column.casefold()}\" is 'never'")


def test_a_column_of_any_name_may_hold_the_addresses() -> None:
    assert read(b"Contact\nin@example.org\n", Contact="address") == ["in@example.org"]
    with pytest.raises(HouseError, match="no such column"):
        read(b"Email\nin@example.org\n", Contact="address")


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0"])
def test_an_excel_file_is_named_as_one(start: bytes) -> None:
    with pytest.raises(HouseError, match="Excel file"):
        read(start + bytes(100))
