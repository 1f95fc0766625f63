"""Reviews in and out of the database, search, and which of them an issue may carry."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from core.calendar import month_bounds
from core.errors import NotFound
from core.records import Change, Link, Review, Section
from core.source_records import Run
from db.collection import reviews, runs, sightings
from db.mail import issues
from db.mail.issues import IssueEdits, StoredIssue
from db.schema.connect import Database, write_transaction
from newsletter.issue.compose import compose
from newsletter.issue.wording import Wording
from scraper.identity import add_identity, heading_key, sighting_digest

NOW = datetime(2016, 9, 20, 11, tzinfo=UTC)


def sample(name: str = "Child A", number: str = "", **more: object) -> Review:
    plain = Review(
        "nspcc",
        "Westmere",
        name,
        2016,
        title=f"Westmere – {name}",
        summary=f"Death of {name} in a caravan.",
        sections=(Section("learning", "Key issues", "drift; delay.", ("drift", "delay")),),
        keywords=("child neglect", "Travellers"),
        links=(Link("Read", f"https://library.example.org/search2?searchTerm0={number}"),) if number else (),
        raw="2016 – Westmere – …",
        first_seen=NOW,
    )
    return add_identity(replace(plain, **more))  # type: ignore[arg-type]  # any field a test wants


def stored(db: Database, review: Review) -> Review:
    with write_transaction(db):
        added = reviews.add(db, review, heading_key(review), NOW)
        sightings.mark_shown(db, "nspcc", [(added.id, sighting_digest(review))], NOW)
    return added


def test_a_review_comes_out_as_it_went_in(db: Database) -> None:
    review = stored(db, sample(number="C1234", nation="Wales", kind="Child practice review", month=3))

    assert reviews.get(db, str(review.id), whole=True) == replace(review, last_seen=NOW)
    assert reviews.get(db, str(review.id)) == replace(review, last_seen=NOW, raw="")
    assert reviews.get(db, "c1234") == reviews.get(db, str(review.id))


def test_last_seen_is_the_last_good_read_while_the_source_shows_it(db: Database) -> None:
    review, later = stored(db, sample()), NOW + timedelta(days=3)
    with write_transaction(db):
        runs.add(db, Run("nspcc", later))
        runs.add(db, Run("nspcc", later + timedelta(days=1), failed=True))
    assert reviews.get(db, str(review.id)).last_seen == later

    with write_transaction(db):
        sightings.mark_missing(db, "nspcc", [review.id], date(2016, 9, 24))
        runs.add(db, Run("nspcc", later + timedelta(days=2)))

    assert reviews.get(db, str(review.id)).last_seen == later


def test_an_unknown_number_is_not_found(db: Database) -> None:
    for which in ("1", "C9999", "99999999999999999999", "'; DROP TABLE reviews"):
        with pytest.raises(NotFound):
            reviews.get(db, which)


def test_an_edit_is_the_next_version_with_its_differences(db: Database) -> None:
    review = stored(db, sample())
    edited = replace(review, summary="Death of Child A in a boat.", keywords=("drowning",), version=2)
    changes = (Change("summary", review.summary, edited.summary),)

    with write_transaction(db):
        reviews.save_edit(db, edited, changes, heading_key(edited), NOW)

    now = reviews.get(db, str(review.id))
    assert (now.summary, now.keywords, now.version) == (edited.summary, ("drowning",), 2)
    assert [(v.version, v.changes) for v in reviews.list_versions(db, review.id)] == [(2, changes)]
    assert [r.id for r, _ in reviews.search(db, "boat")] == [review.id]
    assert reviews.search(db, "caravan") == []


def test_two_reviews_with_one_key_get_two(db: Database) -> None:
    keys = [stored(db, sample()).key for _ in range(3)]

    assert keys == [keys[0], f"{keys[0]}-2", f"{keys[0]}-3"]


@pytest.mark.parametrize(
    ("words", "finds"),
    [
        ("caravan", True),
        ("CARAVAN deaths", True),
        ("westmere", True),
        ("drift", True),
        ("travellers", True),
        ("C1234", True),
        ("wales", True),
        ('"in a caravan"', True),
        ('"caravan in a"', False),
        ("boat", False),
        ("caravan NOT drift", False),
        ('caravan" OR "', False),
        ("", False),
        ("***", False),
        ("summary:caravan", False),
        ("caravan)", True),
        ("a\0b", False),
    ],
)
def test_search_finds_every_field_and_takes_no_syntax(db: Database, words: str, finds: bool) -> None:
    stored(db, sample(number="C1234", nation="Wales"))

    assert bool(reviews.search(db, words)) is finds


def test_search_marks_the_words_and_narrows_by_facet(db: Database) -> None:
    first, _ = stored(db, sample()), stored(db, sample("Child B", year=2015))

    ((found, extract),) = reviews.search(db, "caravan", [("year", "2016")])

    assert (found.id, "«caravan»" in extract) == (first.id, True)


@pytest.mark.parametrize("typed", ["Travellers", "TRAVELLERS", " child  neglect", "ÉCOLE"])
def test_a_keyword_is_asked_for_however_its_letters_are_written(db: Database, typed: str) -> None:
    first, _ = (
        stored(db, sample(keywords=("child neglect", "Travellers", "école"))),
        stored(db, sample("B", keywords=())),
    )

    assert [r.id for r in reviews.listing(db, facets=[("keyword", typed), ("year", "2016")])] == [first.id]


def test_withdrawn_reviews_are_listed_only_when_asked_for(db: Database) -> None:
    review = stored(db, sample())
    with write_transaction(db):
        reviews.set_status(db, [review.id], "withdrawn")

    assert list(reviews.listing(db)) == []
    assert reviews.search(db, "caravan") == []
    assert [r.id for r in reviews.listing(db, facets=[("status", "withdrawn")])] == [review.id]


def carry(db: Database, period: str, status: str, *carried: Review) -> None:
    """Store an issue that carries reviews, in the state given."""
    wording = Wording("Case reviews", "NSPCC Repository", "https://news.example.org", "News <news@example.org>")
    issue = compose(carried, period, wording, until=month_bounds(period, UTC)[1])  # type: ignore[arg-type]  # any tzinfo does
    with write_transaction(db):
        issues.save_draft(db, StoredIssue(issue, IssueEdits(), "<p>", "text"), NOW)
        db.execute("UPDATE issues SET status = ? WHERE period = ?", [status, period])


def waiting(db: Database, period: str) -> list[str]:
    until = datetime(int(period[:4]), int(period[5:]) + 1, 1, tzinfo=UTC)
    return [review.name for review in reviews.list_for_issue(db, period, until)]


def test_an_issue_takes_news_that_no_other_issue_carries(db: Database) -> None:
    stored(db, sample("Old", baseline=True))
    stored(db, sample("Later", first_seen=NOW + timedelta(days=30)))
    august = stored(db, sample("August", first_seen=NOW - timedelta(days=30)))
    stored(db, sample("September"))

    assert waiting(db, "2016-09") == ["August", "September"]
    carry(db, "2016-08", "draft", august)

    assert waiting(db, "2016-09") == ["September"]
    assert waiting(db, "2016-08") == ["August"]
    assert waiting(db, "2016-10") == ["Later", "September"]
    assert reviews.get(db, str(august.id)).issue == "2016-08"


def test_a_frozen_later_issue_keeps_what_it_carries_and_a_draft_gives_way(db: Database) -> None:
    review = stored(db, sample("September"))
    carry(db, "2016-10", "draft", review)
    assert waiting(db, "2016-09") == ["September"]

    db.execute("UPDATE issues SET status = 'sent'")

    assert waiting(db, "2016-09") == []


def test_several_edits_of_a_month_are_told_as_one(db: Database) -> None:
    review = stored(db, sample())
    texts = [review.summary, "Death of Child A in a boat.", "Death of Child A in a ship."]
    for number, (old, new) in enumerate(pairwise(texts), 2):
        review = replace(review, summary=new, version=number)
        with write_transaction(db):
            day = NOW + timedelta(days=number)
            reviews.save_edit(db, review, (Change("summary", old, new),), heading_key(review), day)

    (update,) = reviews.list_edited(db, NOW, NOW + timedelta(days=10))

    assert update.changes == (Change("summary", texts[0], texts[2]),)
    assert (update.review.summary, update.seen_at) == (texts[2], NOW + timedelta(days=3))
    assert reviews.list_edited(db, NOW - timedelta(days=10), NOW) == []


@pytest.mark.parametrize(
    ("text", "items", "held"),
    [
        ("drift; delay.", ("drift", "delay"), "[[0,5],[7,12]]"),
        ("drift; drift; and drift.", ("drift", "drift", "drift"), "[[0,5],[7,12],[18,23]]"),
        ("one\nline; another.", ("one line", "another"), '["one line",[10,17]]'),
        ("é; ŵyl; 🙂 a", ("é", "ŵyl", "🙂 a"), "[[0,1],[3,6],[8,11]]"),
        ("b; a.", ("a", "b"), '[[3,4],"b"]'),
        ("no list", (), "[]"),
    ],
)
def test_the_entries_of_a_list_are_stored_once(db: Database, text: str, items: tuple[str, ...], held: str) -> None:
    review = stored(db, sample(sections=(Section("learning", "Key issues", text, items),)))

    assert db.execute("SELECT items FROM sections").fetchone()[0] == held
    assert reviews.get(db, str(review.id)).sections == review.sections
