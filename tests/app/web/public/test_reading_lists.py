"""Reading lists: gathered without script or account, at an address nobody can guess, for a year; then taken away."""

import csv
import re
from dataclasses import replace
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from docx import Document
from werkzeug.test import TestResponse

from app.web.public import reading_list_pages
from app.web.public.reading_list_pages import MAKING_LIMIT
from core.config.schema import Source
from db.collection import reading_lists
from db.schema.connect import write_transaction
from services.readers import gather_reviews
from services.readers.gather_reviews import LIST_RETENTION, MAX_GATHERED, ListChanges
from tests.support.browser import invalid
from tests.support.sample_archive import BASE, NOW, Shelf, full, sample
from tests.support.web_site import OURS, UNKNOWN, texts


class Gatherer:
    """Somebody with a browser, and without script."""

    def __init__(self, shelf: Shelf) -> None:
        self.client = shelf.client()

    def get(self, path: str, code: int = 200) -> TestResponse:
        """Open a page, which is valid HTML."""
        answer = self.client.get(path, base_url=BASE)
        assert answer.status_code == code, (path, answer.text[:300])
        if answer.mimetype == "text/html":
            assert invalid(answer.text) == []
        return answer

    def press(self, page: str, action: str, code: int = 303, **fields: object) -> TestResponse:
        """Send a page's form with these fields."""
        assert 'method="post"' in self.get(page).text
        answer = self.client.post(action, data=fields, base_url=BASE, headers=OURS)
        assert answer.status_code == code, answer.text[:300]
        return answer

    def make(self, *review_ids: int, title: str = "Hidden men", **more: object) -> str:
        """Make a list; its address."""
        fields = {"title": title, "review": list(review_ids), "offered": ",".join(map(str, review_ids))}
        return self.press("/lists/new?all=yes", "/lists", **{**fields, **more}).headers["Location"]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path)
    for number, year in enumerate((2012, 2016, 2026), 1):
        shelf.add(sample(f"Child {number}", year=year, keywords=("hidden men",), kind="Serious case review"))
    return shelf


@pytest.fixture
def gatherer(shelf: Shelf) -> Gatherer:
    return Gatherer(shelf)


def ticks(page: str) -> list[int]:
    """The reviews whose boxes are ticked."""
    return [int(number) for number in re.findall(r'name="review" value="(\d+)" checked', page)]


@pytest.mark.parametrize(
    ("path", "title", "ticked"),
    [
        ("/lists/new?topic=hidden-men&all=yes", "Hidden men", [3, 2, 1]),
        ("/lists/new?q=child&review=2&review=1", "Child", [2, 1]),
        ("/lists/new?topic=hidden-men", "Hidden men", []),
        ("/lists/new?review=2&review=x&review=-1&review=99999999999999", "", [2]),
        ("/lists/new?topic=nothing&all=yes", None, []),
        ("/lists/new?issue=2099-01&all=yes", None, []),
    ],
)
def test_what_was_ticked_or_all_of_it_is_offered(
    gatherer: Gatherer, path: str, title: str | None, ticked: list[int]
) -> None:
    page = gatherer.get(path).text

    assert ticks(page) == ticked
    assert (f'id="title" name="title" value="{title}"' in page) == (title is not None)
    assert ("There is no review to gather" in page) == (title is None)


def test_an_issue_is_gathered_whole(tmp_path: Path) -> None:
    gatherer = Gatherer(full(tmp_path))
    assert 'name="issue" value="2026-10"' in gatherer.get("/issues/2026-10").text

    page = gatherer.get("/lists/new?issue=2026-10&all=yes").text

    assert 'value="Case reviews: October 2026"' in page
    assert len(ticks(page)) == len(re.findall('id="tick-', gatherer.get("/issues/2026-10").text)) == 5


def test_a_list_has_an_address_of_its_own_and_opening_pages_makes_none(shelf: Shelf, gatherer: Gatherer) -> None:
    gatherer.get("/lists/new?all=yes")
    assert shelf.db.execute("SELECT COUNT(*) FROM reading_lists").fetchone()[0] == 0

    first, second = gatherer.make(1, 2), gatherer.make(1, 2)

    assert first != second
    assert re.fullmatch(r"/lists/[A-Za-z0-9_-]{22}", first)
    answer = gatherer.get(first)
    assert "Hidden men" in answer.text
    assert f'value="{BASE}{first}"' in answer.text
    assert "until 23 November 2027" in texts(answer.text)
    assert (answer.headers["Cache-Control"], answer.headers["X-Robots-Tag"][:7]) == ("no-store", "noindex")
    for path in ("", "/briefing", "/citations", "/reviews.csv", "/briefing.docx"):
        gatherer.get(f"/lists/{UNKNOWN}{path}", 404)


@pytest.mark.parametrize(
    ("fields", "mistake"),
    [
        ({"review": []}, "Tick at least one review"),
        ({"first": "16"}, "Write a year in four digits"),
        ({"last": "２０１６"}, "Write a year in four digits"),
        ({"first": "1990", "last": "1999"}, "None of the ticked reviews was published in these years"),
    ],
)
def test_a_mistake_is_said_and_nothing_is_made_or_lost(
    shelf: Shelf, gatherer: Gatherer, fields: dict[str, object], mistake: str
) -> None:
    sent = {"review": [1, 2], "offered": "1,2,3", "title": "Ours"} | fields
    page = gatherer.press("/lists/new?all=yes", "/lists", 400, **sent).text

    assert mistake in texts(page)
    assert 'value="Ours"' in page
    assert page.count('name="review"') == 3
    assert shelf.db.execute("SELECT COUNT(*) FROM reading_lists").fetchone()[0] == 0


def test_years_choose_among_what_is_ticked(gatherer: Gatherer) -> None:
    assert ticks(gatherer.get(gatherer.make(3, 2, 1, first="2016", last="2026")).text) == [3, 2]
    assert ticks(gatherer.get(gatherer.make(3, 2, 1, last="2016")).text) == [2, 1]
    assert ticks(gatherer.get(gatherer.make(3, 2, 1, first="2026", last="2016")).text) == [3, 2]


def test_two_to_four_reviews_are_compared_from_their_list(shelf: Shelf, gatherer: Gatherer) -> None:
    assert 'href="/compare?review=3&amp;review=1">Side by side' in gatherer.get(gatherer.make(3, 1)).text
    for number in (4, 5):
        shelf.add(sample(f"Child {number}"))
    for several in ((1,), (1, 2, 3, 4, 5)):
        assert "/compare?" not in gatherer.get(gatherer.make(*several)).text


def test_more_is_added_to_the_list_that_the_browser_made_last(shelf: Shelf, gatherer: Gatherer) -> None:
    place = gatherer.make(2)
    gatherer.get(place)
    offered = gatherer.get("/lists/new?review=1").text
    assert "Into the list that you made or changed last: Hidden men" in offered
    passer_by = Gatherer(shelf)
    assert "Set-Cookie" not in passer_by.get(place).headers
    assert "changed last" not in passer_by.get("/lists/new?review=1").text

    assert gatherer.make(1, 2, into=place.removeprefix("/lists/")) == place

    assert ticks(gatherer.get(place).text) == [2, 1]


def test_a_list_that_is_full_says_so(shelf: Shelf, gatherer: Gatherer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_list_pages, "MAX_GATHERED", 2)
    place = gatherer.make(1, 2)
    fields = {"into": place.removeprefix("/lists/"), "offered": "2,3"}

    page = gatherer.press("/lists/new", "/lists", 400, **fields, review=[2, 3]).text

    assert "A list holds 2 reviews: untick 1 of these, or make a new list" in texts(page)
    assert ticks(page) == [2, 3]
    assert ticks(gatherer.get(place).text) == [1, 2]
    gatherer.press("/lists/new", "/lists", 303, **fields, review=[2])


@pytest.mark.parametrize(
    ("fields", "mistake"),
    [
        ({"review": []}, "Keep at least one review"),
        ({"questions": "\n".join("abcdefghi")}, "Ask 8 questions at most: there are 9"),
        ({"questions": "long " * 100}, "Write each question in 300 characters or fewer"),
    ],
)
def test_a_mistake_in_a_list_is_said_and_nothing_typed_is_lost(
    gatherer: Gatherer, fields: dict[str, object], mistake: str
) -> None:
    place = gatherer.make(1, 2, 3)
    sent = {"title": "Ours", "review": [2], "questions": "Do we ask?"} | fields
    page = gatherer.press(place, place, 400, **sent).text

    assert mistake in texts(page)
    assert 'name="title" value="Ours"' in page and "<h1>Hidden men</h1>" in page
    assert str(sent["questions"]).strip() in page
    assert ticks(page) == sent["review"]
    assert ticks(gatherer.get(place).text) == [1, 2, 3]


def test_a_list_is_changed_and_its_questions_follow_it_unless_they_are_edited(shelf: Shelf, gatherer: Gatherer) -> None:
    place = gatherer.make(1, 2, 3)
    suggested = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", gatherer.get(place).text, re.DOTALL)
    assert suggested
    asked = suggested[1].replace("&#34;", '"').replace("&#39;", "'")

    gatherer.press(place, place, title="Fathers", review=[3, 1], questions=asked)
    assert "is a topic of 2 of these 2 reviews" in gatherer.get(f"{place}/briefing").text

    gatherer.press(place, place, title="Fathers", review=[3], questions="Do we ask?\r\n\r\n<b>Who?</b>\r\n")
    said = gatherer.get(f"{place}/briefing").text
    assert "<h1>Team briefing: Fathers</h1>" in said
    assert "<li>Do we ask?</li>\n<li>&lt;b&gt;Who?&lt;/b&gt;</li>\n</ul>" in said
    assert "is a topic of" not in said

    assert "Keep at least one review" in gatherer.press(place, place, 400, title="Fathers").text


def test_a_briefing_and_its_word_file_say_the_same(gatherer: Gatherer) -> None:
    place = gatherer.make(1, 2)

    page = texts(gatherer.get(f"{place}/briefing").text)
    answer = gatherer.get(f"{place}/briefing.docx")

    assert 'filename="team-briefing.docx"' in answer.headers["Content-Disposition"]
    said = " ".join(paragraph.text for paragraph in Document(BytesIO(answer.data)).paragraphs)
    for words in (
        "2 case reviews, published from 2012 to 2016.",
        "Content note: These summaries describe the abuse, neglect and death of children.",
        "Childline 0800 1111",
        "Suffolk – Child 1",
        "Neglect of a 4-year-old girl, Child 1, in a caravan.",
        "Topics they have in common: Hidden men: 2 of 2.",
        "drift",
        "[1 and 2]",
        "What will we do differently: who, what, by when?",
        f"{BASE}/reviews/1",
    ):
        assert words in page
        assert words in said
    assert place not in page + said  # whoever gets the briefing cannot change the list


def test_every_review_comes_in_full_as_word(gatherer: Gatherer) -> None:
    answer = gatherer.get(f"{gatherer.make(2, 3)}/reviews.docx")

    said = [paragraph.text for paragraph in Document(BytesIO(answer.data)).paragraphs]
    assert [text for text in said if text.startswith("Suffolk")] == ["Suffolk – Child 2", "Suffolk – Child 3"]


def test_citations_stand_in_boxes_to_copy_and_as_files(gatherer: Gatherer) -> None:
    place = gatherer.make(1, 2)

    page = gatherer.get(f"{place}/citations").text

    assert page.count("<textarea") == page.count(" readonly ") == 4
    for words in (
        "Suffolk (2016) Child 2. Serious case review.",
        "Suffolk. (2012). Child 1 [Serious case",
        "TY  - RPRT",
    ):
        assert words in page
    assert gatherer.get(f"{place}/citations.ris").text.count("ER  -") == 2
    assert gatherer.get(f"{place}/citations.bib").text.count("@techreport{") == 2
    assert len(list(csv.reader(StringIO(gatherer.get(f"{place}/reviews.csv").text)))) == 3


def test_what_was_withdrawn_is_nowhere_in_a_list(shelf: Shelf, gatherer: Gatherer) -> None:
    place = gatherer.make(1, 2)
    shelf.take_down(2)

    assert "1 more was withdrawn since" in texts(gatherer.get(place).text)
    for path in ("", "/briefing", "/citations", "/reviews.csv", "/citations.ris"):
        assert "Child 2" not in gatherer.get(place + path).text
    for path in ("/briefing.docx", "/reviews.docx"):
        document = Document(BytesIO(gatherer.get(place + path).data))
        assert not any("Child 2" in paragraph.text for paragraph in document.paragraphs)

    shelf.take_down(1)
    assert not re.search('briefing.docx|<form method="post" novalidate', gatherer.get(place).text)
    for path in ("", "/briefing", "/citations", "/reviews.csv", "/citations.ris", "/briefing.docx", "/reviews.docx"):
        assert b"Child 1" not in gatherer.get(place + path).data


def test_no_more_is_passed_on_than_a_source_allows(tmp_path: Path) -> None:
    source = Source(name="nspcc", url="https://learning.example.org/reviews", detail="heading")
    shelf = Shelf(tmp_path, sources=(source,))
    shelf.add(sample("Child 1"))
    gatherer = Gatherer(shelf)
    place = gatherer.make(1)

    for path in ("/briefing", "/reviews.csv"):
        text = gatherer.get(place + path).text
        assert "Child 1" in text
        assert "caravan" not in text
        assert "drift" not in text


def test_whoever_has_the_address_deletes_the_list(gatherer: Gatherer) -> None:
    place = gatherer.make(1)

    gatherer.press(place, f"{place}/delete", 200)

    gatherer.get(place, 404)


def test_nobody_makes_lists_without_end(shelf: Shelf, gatherer: Gatherer) -> None:
    most = int(MAKING_LIMIT.split()[0])

    codes = [gatherer.client.post("/lists", base_url=BASE, headers=OURS).status_code for _ in range(most + 1)]

    assert (codes[0], codes[-1]) == (400, 429)


def test_a_list_is_kept_for_a_year_after_its_last_change(shelf: Shelf) -> None:
    made = gather_reviews.make_list(shelf.effects, shelf.db, ListChanges("Old", (1, 2)))
    later = gather_reviews.make_list(
        replace(shelf.effects, now=lambda: NOW + timedelta(days=1)), shelf.db, ListChanges("", (1,))
    )

    assert gather_reviews.delete_expired_lists(shelf.db, NOW + LIST_RETENTION) == 0
    assert gather_reviews.delete_expired_lists(shelf.db, NOW + LIST_RETENTION + timedelta(hours=1)) == 1

    assert reading_lists.get(shelf.db, made.token) is None
    assert reading_lists.get(shelf.db, later.token) == replace(later, title="Reading list")


def test_a_list_holds_no_more_than_it_may_and_each_review_once(shelf: Shelf) -> None:
    one = gather_reviews.make_list(
        shelf.effects, shelf.db, ListChanges("T" * 500, (1, 1, *range(1000)), ("q" * 999,) * 99)
    )

    assert one.review_ids[:3] == (1, 0, 2)
    assert len(one.review_ids) == MAX_GATHERED
    assert len(one.title) == gather_reviews.MAX_TITLE_CHARS
    assert [len(question) for question in one.questions] == [gather_reviews.MAX_QUESTION_CHARS] * (
        gather_reviews.MAX_QUESTIONS
    )
    with write_transaction(shelf.db):
        reading_lists.delete(shelf.db, one.token)
    assert reading_lists.get(shelf.db, one.token) is None
