"""A review whose report is gone: since when, who published it, how to ask its library, where else it is."""

import html
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from core.config.schema import NewsletterSettings, Settings, Source
from core.link_records import LinkCheck
from core.records import Link
from core.states import LinkState
from db.collection import links, sightings
from db.schema.connect import write_transaction
from tests.support.sample_archive import BASE, NOW, Shelf, sample

RECORD = "https://library.example.org/HeritageScripts/Hapi.dll/search2?searchTerm0=C6021"
COPY = "https://board.example.org/child-a.pdf"
NSPCC = Source(name="nspcc", url="https://learning.example.org/reviews")
BOARD = Source(name="board", url="https://board.example.org/reviews", collection="Suffolk Board")


def shelf_with(folder: Path, url: str = RECORD, state: LinkState = "dead", **review: Any) -> Shelf:
    shelf = Shelf(
        folder, sources=(NSPCC, BOARD), newsletter=NewsletterSettings(library_email="library@nspcc.example.org")
    )
    added = shelf.add(sample("Child A", links=(Link("Read the report", url),), **review))
    look_at(shelf, added.links[0].url, state)
    return shelf


def look_at(shelf: Shelf, url: str, state: LinkState) -> None:
    since = date(2026, 10, 3) if state == "dead" else None
    with write_transaction(shelf.db):
        links.save(shelf.db, LinkCheck(url, state, checked_at=NOW, dead_since=since), NOW + timedelta(days=30))


def page(shelf: Shelf) -> str:
    return html.unescape(shelf.client().get("/reviews/1").get_data(as_text=True))


def test_a_dead_link_says_since_when_who_published_it_and_how_to_ask(tmp_path: Path) -> None:
    text = page(shelf_with(tmp_path))

    assert "The report is no longer where it was" in text
    assert "It was gone when we looked on 3 October 2026." in text
    assert "The collection names its publisher as Suffolk." in text
    letter = urlsplit(re.findall(r'href="(mailto:library@[^"]+)"', text)[0])
    asked = parse_qs(letter.query)
    assert unquote(letter.path) == "library@nspcc.example.org"
    assert asked["subject"] == ["Report wanted: C6021, Suffolk – Child A (2016)"]
    (body,) = asked["body"]
    assert {"Your catalogue number: C6021", f"Its record: {BASE}/reviews/1"} <= set(body.split("\r\n"))
    box = re.findall(r'<textarea class="box" id="ask-library"[^>]*>\n(.*?)</textarea>', text, re.S)
    assert box == [body.replace("\r\n", "\n")]
    assert len(letter.geturl()) < 2_000


@pytest.mark.parametrize("state", ["live", "moved", "unreached", "unchecked"])
def test_of_a_link_that_may_open_nothing_is_said(tmp_path: Path, state: LinkState) -> None:
    text = page(shelf_with(tmp_path, state=state))

    assert "mailto:library" not in text
    assert "no longer where it was" not in text


@pytest.mark.parametrize(
    ("publisher", "sentence"),
    [
        ("Anonymous", "It was published without a name."),
        ("", "The collection does not say who published it."),
        ("Isle of Ely", "The collection names its publisher as Isle of Ely."),
    ],
)
def test_who_published_it_is_what_the_collection_says(tmp_path: Path, publisher: str, sentence: str) -> None:
    assert sentence in page(shelf_with(tmp_path, publisher=publisher))


def test_one_dead_link_of_two_is_not_called_the_report(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.add(sample("Child A", links=(Link("Read the summary", COPY), Link("Read the report", RECORD))))
    look_at(shelf, RECORD, "dead")

    text = page(shelf)

    assert "One of its links no longer works" in text
    assert "mailto:?" not in text
    assert "An email that asks for it, to copy" in text  # no library is configured: there is nobody to open a mail to


def copied(shelf: Shelf, state: LinkState) -> None:
    with write_transaction(shelf.db):
        sightings.mark_shown(shelf.db, "board", [(1, "x")], NOW)
        links.replace_copies(shelf.db, "board", [(1, (Link("Read it", COPY),))])
    look_at(shelf, COPY, state)


def test_another_collections_copy_is_linked_to_while_it_is_there(tmp_path: Path) -> None:
    shelf = shelf_with(tmp_path)
    copied(shelf, "live")
    there = page(shelf)
    look_at(shelf, COPY, "dead")
    gone = page(shelf)
    look_at(shelf, COPY, "live")
    with write_transaction(shelf.db):
        sightings.mark_missing(shelf.db, "board", [1], NOW.date())
    unlisted = page(shelf)

    words = "Download the report: Suffolk – Child A – as linked by the Suffolk Board"
    assert f'<a href="{COPY}" rel="noopener noreferrer">{words}</a>' in there
    assert "There is a link to another copy above." in there
    for text in (gone, unlisted):
        assert COPY not in text
        assert "another copy" not in text


def test_a_copy_is_looked_at_as_links_are(tmp_path: Path) -> None:
    shelf = shelf_with(tmp_path)
    copied(shelf, "live")

    assert [(one.url, one.reviews) for one in links.list_all(shelf.db)] == [(COPY, (1,)), (RECORD, (1,))]


@pytest.mark.parametrize(
    ("source", "asked"),
    [
        (NSPCC, "news@library.example"),
        (BOARD, ""),  # another collection's library would not have it
        (BOARD.replace(library_email="board@library.example"), "board@library.example"),
    ],
)
def test_the_library_is_that_of_the_reviews_own_collection(source: Source, asked: str) -> None:
    from app.web.public.lost_report import library_address

    settings = Settings(sources=(source,), newsletter=NewsletterSettings(library_email="news@library.example"))

    assert library_address(settings, source.name) == asked


def test_the_day_a_link_was_found_dead_stays_until_it_lives(tmp_path: Path) -> None:
    found = LinkCheck(RECORD, "dead", checked_at=NOW, dead_since=date(2026, 10, 3))
    shelf = shelf_with(tmp_path)

    assert links.get(shelf.db, RECORD) == replace(found, reviews=(1,))
