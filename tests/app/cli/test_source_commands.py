"""The sources as the command line shows them."""

import gzip
import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from core.records import PageReading
from scraper.adapter import Adapter
from tests.conftest import Typed
from tests.support.installation import opened

Type = Callable[..., Typed]
TEXT = "Death of a 4-month-old boy in 2015 from a head injury. His mother had told the health visitor of her worries."


def page(*entries: str) -> str:
    """A saved page of entries: a heading's words after the year, a bar, the text."""
    parts = [f"<h3>{heading}</h3><p>{text}</p>" for heading, _, text in (entry.partition(" | ") for entry in entries)]
    Path("page.html").write_text(f"<html><body>{''.join(parts)}</body></html>", "utf-8")
    return "page.html"


def test_a_source_is_listed_with_its_state_and_coverage(typed: Type) -> None:
    typed("init")
    before = json.loads(typed("sources", "list", "--json").out)
    typed("scrape", "--from-file", page(f"2016 – Suffolk – Baby D | {TEXT}"), "--as-of", "2016-08-31")

    (after,) = json.loads(typed("sources", "list", "--json").out)

    assert [(one["state"], one["covered"], one["baseline_at"]) for one in before] == [(None, [], None)]
    assert (after["name"], after["reviews"], after["covered"]) == ("nspcc", 1, ["2016"])
    assert after["baseline_at"] == "2016-08-31T11:00:00Z"
    assert "read since 31 August 2016; lists 1 review of 2016" in typed("sources", "list").out
    assert len(json.loads(typed("reviews", "list", "--source", "nspcc", "--json").out)) == 1
    refused = typed("reviews", "list", "--source", "nspc")
    assert (refused.code, "no such source: nspc. The configuration has: nspcc" in refused.err) == (1, True)


@pytest.fixture
def house(typed: Type) -> Type:
    """Seven reviews were read for the first time."""
    typed("init")
    answer = typed("scrape", "--from-file", page(*(f"2016 – Suffolk – Baby {n} | {TEXT} {n}." for n in "ABCDEFG")))
    assert answer.code == 0
    return typed


def test_five_entries_are_shown_beside_the_page_s_own_words(house: Type) -> None:
    shown, samples = house("sources", "show", "nspcc"), json.loads(house("sources", "show", "nspcc", "--json").out)

    assert [(one["position"], one["entries"]) for one in samples] == [(n, 7) for n in (1, 3, 4, 5, 7)]
    assert samples[0]["words"] == f"2016 – Suffolk – Baby A\n{TEXT} A."
    assert samples[0]["review"]["summary"] == f"{TEXT} A."
    assert "  | 2016 – Suffolk – Baby A\n" in shown.out
    assert "  publisher: Suffolk\n  name: Baby A\n" in shown.out
    assert "casereviews sources show nspcc --yes" in shown.err


def test_the_operator_is_reminded_until_somebody_says_yes(house: Type) -> None:
    assert "sources show nspcc" in house("status").out
    house("sources", "show", "nspcc", "--yes", "--dry-run")
    assert not json.loads(house("sources", "list", "--json").out)[0]["signed_off"]

    assert "signed off" in house("sources", "show", "nspcc", "--yes").err

    assert "sources show nspcc" not in house("status").out
    assert json.loads(house("sources", "list", "--json").out)[0]["signed_off"]


def test_an_accepted_page_is_to_be_looked_at_again(house: Type) -> None:
    house("sources", "show", "nspcc", "--yes")
    few = page("2016 – Suffolk – Baby A | Other words.", "2016 – Leeds – Child Z | More of them.")
    assert house("scrape", "--from-file", few).code == 4
    assert "sources show nspcc" not in house("status").out

    assert house("scrape", "--from-file", few, "--accept").code == 0

    assert "since a page that was accepted" in house("status").out


def test_who_does_not_look_is_reminded_once_by_mail(typed: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEREVIEWS_OPERATOR", "operator@example.org")
    typed("init")
    for day in (1, 1, 2, 3):
        typed("scrape", "--from-file", page(f"2016 – Suffolk – Baby D | {TEXT} {day}."), "--as-of", f"2016-08-0{day}")

    mails = [file.read_text() for file in Path("data/outbox").rglob("*.eml")]

    assert ["look whether nspcc is read rightly" in mail for mail in mails] == [True]


def test_nothing_is_shown_of_a_source_that_was_not_read(typed: Type) -> None:
    typed("init")

    assert "casereviews scrape nspcc" in typed("sources", "show", "nspcc").err
    assert typed("sources", "show", "nspc").code == 1


def test_what_was_taken_down_is_not_shown(house: Type) -> None:
    house("reviews", "withdraw", "1", "--reason", "A court order.")

    assert "Baby A" not in house("sources", "show", "nspcc").out


def test_today_s_code_reads_the_kept_pages_as_they_were_read(house: Type) -> None:
    few = page(
        "2016 – Suffolk – Baby A | Other words.", *(f"2016 – Suffolk – Baby {n} | {TEXT} {n}." for n in "BCDEFGH")
    )
    assert house("scrape", "--from-file", few).code == 0

    answer = house("sources", "replay", "nspcc")

    assert (answer.code, answer.out) == (0, "nspcc: 8 reviews on 2 kept pages; nothing would differ\n")


def test_what_today_s_code_would_read_otherwise_is_told_and_nothing_written(house: Type) -> None:
    with closing(opened()) as db:
        db.execute("UPDATE reviews SET name = 'Baby Q', heading_key = 'q' WHERE id = 2")
        db.execute("DELETE FROM reviews WHERE id = 3")
        db.execute("UPDATE reviews SET summary = 'Other words.', fingerprint = '', name = 'X' WHERE id = 4")
        before = [tuple(row) for row in db.execute("SELECT * FROM reviews")]

    (replay,) = json.loads(house("sources", "replay", "--json").out)

    assert [(one["id"], [c["field"] for c in one["changes"]]) for one in replay["differ"]] == [(2, ["name"])]
    assert replay["appear"] == ["Suffolk – Baby C", "Suffolk – Baby D"]
    assert [one["id"] for one in replay["vanish"]] == [4]
    shown = house("sources", "replay").out
    assert "this would differ:" in shown
    assert "    is   Baby Q\n    read Baby B\n" in shown
    with closing(opened()) as db:
        assert [tuple(row) for row in db.execute("SELECT * FROM reviews")] == before


def test_a_page_that_cannot_be_read_any_more_is_told(house: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "services.collect.replay_source.load_adapter", lambda source: Adapter(lambda page, name: PageReading())
    )

    (replay,) = json.loads(house("sources", "replay", "--json").out)

    assert [words.partition(": ")[2] for words in replay["unread"]] == ["no review is found"]
    assert len(replay["vanish"]) == 7


def test_a_replay_tells_nothing_of_what_was_taken_down(house: Type) -> None:
    house("reviews", "withdraw", "1", "--reason", "A court order.")

    assert "7 reviews" not in house("sources", "replay").out
    assert json.loads(house("sources", "replay", "--json").out)[0]["appear"] == []


@pytest.mark.parametrize("body", [None, b"", gzip.compress(bytes(range(256)) * 9)[:200] + b"\xff" * 100])
@pytest.mark.parametrize("words", [("sources", "replay"), ("sources", "show", "nspcc")])
def test_a_kept_page_whose_file_is_gone_or_damaged_is_told_in_one_line(
    house: Type, body: bytes | None, words: tuple[str, ...]
) -> None:
    (file,) = Path("data/pages").rglob("*.gz")
    file.unlink()
    if body is not None:
        file.write_bytes(body)

    answer = house(*words)

    assert (answer.code, answer.err.count("\n")) == (1, 1)
    assert f"a kept page cannot be read: {file}. Delete that file" in answer.err
