"""Escapes in a scraped page never reach a terminal: not by what is stored, nor by what is printed of it."""

import io
import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.cli.standard_streams import GuardedStream
from db.schema.connect import write_transaction
from tests.conftest import Typed
from tests.support.installation import opened

ESCAPES = ("\x1b[31m", "\x1b]0;title\x07", "\x9b2J", "\x08\x08", "\x7f", "&#27;[2J", "&#x9d;0;x", "\rhidden")
ENTRY = """<h3>2026 – Westmere{e} – Child {e}{n}</h3><p>Death{e} of an infant.</p>
<p>Learning includes:{e} share{e}; train.</p><p>Keywords: infants{e}, neglect</p>
<p><a href="https://ann:secret@reports.example.org/{n}.pdf">Read{e} the report</a></p>"""
CONTROL = re.compile(r"\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
COMMANDS = [
    "reviews list",
    "reviews list --json",
    "reviews show 1",
    "reviews show 1 --json",
    "reviews search infant",
    "reviews search infant --json",
    "reviews export --format csv",
    "reviews export --format json",
    "sources list",
    "sources show nspcc",
    "issue build 2026-10",
    "issue show 2026-10 --format text",
    "issue show 2026-10 --format html",
    "issue show 2026-10 --format json",
    "status",
]


def scrape(typed: Callable[..., Typed], day: str, names: str) -> Typed:
    body = "".join(ENTRY.format(e="".join(ESCAPES), n=name) for name in names)
    Path("page.html").write_text(f"<html><body><h1>Case reviews</h1>{body}</body></html>", "utf-8")
    return typed("scrape", "--from-file", "page.html", "--as-of", day)


def escapes(answer: Typed) -> list[str]:
    return CONTROL.findall(answer.out + answer.err)


def test_what_a_page_says_is_stored_and_printed_without_its_escapes(typed: Callable[..., Typed]) -> None:
    typed("init")
    answers = {day: scrape(typed, day, names) for day, names in (("2026-10-01", "ABC"), ("2026-10-05", "ABCD"))}
    scrape(typed, "2026-11-01", "ABCD")

    answers |= {command: typed(*command.split()) for command in COMMANDS}

    assert {name: found for name, answer in answers.items() if (found := escapes(answer))} == {}
    assert "Westmere" in answers["reviews show 1"].out
    assert not any("secret" in answer.out + answer.err for answer in answers.values())
    with closing(opened()) as db:
        shown = db.execute("SELECT title, publisher, name, heading, summary FROM reviews").fetchall()
        stored = [value for row in shown for value in tuple(row)]
        links = [row[0] for row in db.execute("SELECT url FROM links")]
    assert [value for value in stored if "\x1b" in value or "\x9b" in value] == []
    assert set(links) == {f"https://reports.example.org/{name}.pdf" for name in "ABCD"}


def test_what_was_stored_before_is_printed_without_them_too(typed: Callable[..., Typed]) -> None:
    typed("init")
    scrape(typed, "2026-10-01", "ABC")
    with closing(opened()) as db, write_transaction(db):
        for column in ("title", "summary", "publisher"):
            db.execute(f"UPDATE reviews SET {column} = {column} || char(27) || '[2J' || char(155)")

    answers = {command: typed(*command.split()) for command in COMMANDS if not command.startswith("issue")}

    assert {name: found for name, answer in answers.items() if (found := escapes(answer))} == {}


def test_words_of_a_page_that_is_not_believed_are_printed_without_them(typed: Callable[..., Typed]) -> None:
    typed("init")
    Path("page.html").write_text("<html><meta http-equiv=refresh content='0;url=https://x.example/&#27;[2J'></html>")

    answer = typed("scrape", "--from-file", "page.html")

    assert answer.code == 4
    assert "a page that has moved to https://x.example/" in answer.err
    assert escapes(answer) == []


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("plain\ttext – ok\n", "plain\ttext – ok\n"),
        ("a,b\r\n", "a,b\r\n"),
        ("\x1b[2Jx\n", "?[2Jx\n"),
        ("all is well\rnot so\n", "all is well?not so\n"),
        ("\x9b31m\x07\x00", "?31m??"),
    ],
)
def test_a_guarded_stream_lets_through_no_escapes(given: str, written: str) -> None:
    guarded: Any = GuardedStream(inner := io.StringIO())

    guarded.write(given)
    guarded.writelines([given])

    assert inner.getvalue() == written * 2
    assert guarded.isatty() is False
