"""A review that was taken down stays out, however its collection edits it, and a person is asked."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import Typed
from tests.support.installation import opened

Type = Callable[..., Typed]
STORY = (
    "Death of a 4-month-old boy in May 2015 from a head injury inflicted by his father. The family had moved three "
    "times within a year, and no agency knew of all the addresses."
)
TEXT = f"{STORY}</p><p>Learning: share addresses at every move; ask fathers too; and see the child alone."
RECORD = "https://library.nspcc.org.uk/HeritageScripts/Hapi.dll/search2?searchTerm0=C4321"
REPORT = "https://boards.example.org/reviews/xylophone.pdf"
PAGE = "https://boards.example.org/case-reviews/"
OTHER = "<h3>2016 – Westmere – Child W</h3><p>Neglect of four siblings over many years.</p><p>Keywords: neglect</p>"


def entry(heading: str = "2016 – Zanzibarshire – Child Xylophone", text: str = TEXT, link: str = REPORT) -> str:
    linked = f'<p><a href="{link}">Read the overview report</a></p>' if link else ""
    return f"<h3>{heading}</h3><p>{text}</p><p>Keywords: infants, moves</p>{linked}"


def read(typed: Type, day: int, *entries: str) -> dict[str, object]:
    Path("page.html").write_text(f"<html><body>{''.join(entries)}</body></html>", "utf-8")
    answer = typed("scrape", "--from-file", "page.html", "--as-of", f"2016-09-{day:02}", "--json")
    assert answer.code == 0, answer.err
    (run,) = json.loads(answer.out)
    return dict(run)


@pytest.fixture
def house(typed: Type) -> Type:
    """Review 2 was news of September, and was taken down."""
    typed("init")
    read(typed, 1, OTHER)
    read(typed, 2, OTHER, entry())
    typed("reviews", "withdraw", "2", "--reason", "A court order.")
    return typed


ANONYMOUS = "2016 – Anonymous – Child A"
EDITS = {
    "made anonymous, link the same": entry(ANONYMOUS, "Death of an infant."),
    "made anonymous, text the same": entry(ANONYMOUS, link=""),
    "made anonymous, text the same, another link": entry(ANONYMOUS, link="https://other.example.org/1.pdf"),
    "age changed": entry(text=TEXT.replace("4-month-old", "5-month-old")),
    "made anonymous, age and month changed": entry(ANONYMOUS, TEXT.replace("4-month-old boy in May", "baby in"), ""),
    "text shortened": entry(text=STORY.partition(" The family")[0]),
    "made anonymous and shortened": entry(ANONYMOUS, STORY.partition(" The family")[0], ""),
    "text lengthened": entry(
        ANONYMOUS,
        f"{STORY} The board has asked for more, and each of its agencies has said what it will do. {STORY.upper()}",
        "",
    ),
    "wholly reworded, heading the same": entry(text="An infant died.", link=""),
    "wholly reworded, report the same": entry("2016 – Quokkaland – Baby Z", "An infant died."),
    "year corrected": entry("2015 – Zanzibarshire – Child Xylophone"),
    "year corrected and reworded": entry("2015 – Zanzibarshire – Child Xylophone", "An infant died.", ""),
    "name corrected": entry("2016 – Zanzibarshire – Child X"),
    "publisher corrected": entry("2016 – Westmere – Child Xylophone"),
    "link removed": entry(link=""),
    "link moved": entry(link=RECORD),
    "given twice": entry() + entry(ANONYMOUS, link=""),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edit_of_what_was_taken_down_is_held_back_and_asked_about(house: Type, edit: str) -> None:
    run = read(house, 3, OTHER, edit)

    assert (run["new"], run["changed"], run["missing"], run["quarantined"]) == (0, 0, 0, 0)
    assert "looks like a review that was withdrawn here, and is held back" in str(run["problems"])
    (question,) = json.loads(house("reviews", "questions", "--json").out)
    assert (question["source"], question["review"], question["entries"]) == ("nspcc", 2, edit.count("<h3>") + 1)
    assert "casereviews reviews questions" in house("status").out
    assert [one["id"] for one in json.loads(house("reviews", "list", "--json").out)] == [1]


def test_what_is_listed_to_the_letter_stays_out_without_a_question(house: Type) -> None:
    run = read(house, 3, OTHER.replace("four", "five"), entry().replace("–", "-"))

    assert (run["new"], run["changed"], run["problems"]) == (0, 1, [])


@pytest.mark.parametrize(
    "stranger",
    [
        entry(
            "2016 – Zanzibarshire – Child Q", "Neglect of a girl of 9 by her aunt, who had a learning disability.", ""
        ),
        entry(ANONYMOUS, "Suicide of a boy of 15 in a children's home far from his family and his school.", ""),
    ],
)
def test_another_review_is_no_question(house: Type, stranger: str) -> None:
    run = read(house, 3, OTHER, entry(), stranger)

    assert (run["new"], run["problems"]) == (1, [])


def test_a_page_of_its_own_is_a_likeness_though_all_else_is_other(typed: Type) -> None:
    typed("init")
    read(typed, 1, OTHER, entry(link=f"{PAGE}xylophone"))
    typed("reviews", "withdraw", "2", "--reason", "A court order.")

    assert read(typed, 2, OTHER, entry("2015 – Leeds – Baby Z", "An infant died.", f"{PAGE}xylophone"))["new"] == 0

    assert json.loads(typed("reviews", "questions", "--json").out)[0]["likeness"] == "the same link"


def test_a_landing_page_of_many_reviews_is_no_likeness(typed: Type) -> None:
    typed("init")
    read(typed, 1, OTHER + f'<p><a href="{PAGE}">Read more</a></p>', entry(link=PAGE))
    typed("reviews", "withdraw", "2", "--reason", "A court order.")

    stranger = f'<h3>2016 – Anonymous – Child B</h3><p>Suicide of a girl.</p><p><a href="{PAGE}">Read more</a></p>'
    run = read(typed, 2, OTHER + f'<p><a href="{PAGE}">Read more</a></p>', entry(link=PAGE), stranger)

    assert (run["new"], run["problems"]) == (1, [])


def test_an_entry_that_is_allowed_is_read_as_new_and_lives_its_own_life(house: Type) -> None:
    read(house, 3, OTHER, entry(), entry(ANONYMOUS, link=""))
    shown = house("reviews", "questions").out
    assert "Anonymous – Child A" in shown
    assert "casereviews reviews allow 1" in shown

    answer = house("reviews", "allow", "1")

    assert "casereviews scrape nspcc" in answer.out
    run = read(house, 4, OTHER, entry(), entry(ANONYMOUS, link=""))
    assert (run["new"], run["problems"]) == (1, [])
    run = read(house, 5, OTHER, entry(), entry(ANONYMOUS, TEXT.replace("May", "June"), link=""))
    assert (run["new"], run["changed"], run["problems"]) == (0, 1, [])


def test_an_entry_that_is_refused_stays_out_until_its_words_change(house: Type) -> None:
    read(house, 3, OTHER, entry(ANONYMOUS))

    assert "stays out" in house("reviews", "refuse", "1").out

    assert read(house, 4, OTHER.replace("four", "five"), entry(ANONYMOUS))["problems"] == []
    assert read(house, 5, OTHER, entry(ANONYMOUS, "An infant died."))["problems"] != []
    assert [one["id"] for one in json.loads(house("reviews", "questions", "--json").out)] == [2]
    assert house("reviews", "allow", "1").code == 1


def test_restoring_the_review_takes_the_edit_in(house: Type) -> None:
    read(house, 3, OTHER, entry(ANONYMOUS))

    house("reviews", "restore", "2")

    assert json.loads(house("reviews", "questions", "--json").out) == []
    run = read(house, 4, OTHER, entry(ANONYMOUS))
    assert (run["new"], run["changed"]) == (0, 1)
    assert json.loads(house("reviews", "show", "2", "--json").out)["title"] == "Anonymous – Child A"


def test_the_question_holds_nothing_of_what_was_taken_down(house: Type) -> None:
    read(house, 3, OTHER, entry(text=TEXT.replace("4-month", "5-month")))

    for command in (("status",), ("status", "--json"), ("reviews", "allow", "1", "--dry-run")):
        assert "xylophone" not in house(*command).out.lower()
    with closing(opened()) as db:
        assert "xylophone" not in str([tuple(row) for row in db.execute("SELECT * FROM takedown_questions")]).lower()
        assert "xylophone" not in str([tuple(row) for row in db.execute("SELECT * FROM runs")]).lower()
    assert json.loads(house("reviews", "questions", "--json").out)[0]["title"] == "Zanzibarshire – Child Xylophone"
