"""What is withdrawn, by its source or by ourselves, is said to be withdrawn and nothing else is said of it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from bs4 import BeautifulSoup

from core.records import Change, Issue, Link, Review, Section, Update
from newsletter.issue.issue_view import review_labels
from newsletter.issue.phrases import TAKEN_DOWN_TITLE
from newsletter.issue.render import RenderedIssue, render
from newsletter.issue.wording import Wording
from newsletter.mail.issue_message import build_issue_message
from tests.newsletter.samples import (
    ADULT,
    BABY,
    FOUR,
    GONE,
    JOE,
    ROSE,
    SEEN,
    TWO,
    WORDING,
    full_issue,
    grouped_issue,
    issue,
    plain,
    review,
)

MARK = "Xyzzy"
SENTENCE = "This review was in the issue when it was sent. It has been withdrawn since."
LINK = Link(MARK, f"https://{MARK}.example/{MARK}", media="application/pdf", size=777_000, pages=4321)


def marked(number: int, **fields: Any) -> Review:
    """A review with the marker in every field that can hold words, and numbers that nothing else has."""
    filled: dict[str, Any] = {
        "publisher": MARK,
        "name": f"{MARK} {number}",
        "title": MARK,
        "year": 1871,
        "month": 2,
        "summary": f"{MARK}.\n{MARK}.",
        "sections": (Section("learning", MARK, MARK, (MARK,)), Section("other", MARK, MARK)),
        "keywords": (MARK,),
        "links": (LINK, replace(LINK, url=f"https://{MARK}.example/2", state="dead")),
        "heading": MARK,
        "raw": MARK,
        "catalogue": MARK,
        "fingerprint": MARK,
        "nation": MARK,
        "kind": MARK,
        "key": f"{MARK}{number}",
        "issue": MARK,
    }
    return review(number, **{**filled, **fields})


def taken_down_since(made: Issue, *ids: int) -> Issue:
    """The sent issue, with these of its reviews taken down after it was sent."""

    def now(one: Review) -> Review:
        return replace(one, taken_down=True) if one.id in ids else one

    return replace(
        made,
        reviews=tuple(map(now, made.reviews)),
        updated=tuple(replace(update, review=now(update.review)) for update in made.updated),
        withdrawn=tuple(map(now, made.withdrawn)),
    )


def outputs(made: Issue, wording: Wording = WORDING) -> list[str]:
    """Every part of both editions, and a reader's message."""
    mail, web = render(made, wording), render(made, wording, "web")
    token, other = "a" * 22, "b" * 22
    when = datetime(2016, 10, 1, tzinfo=UTC)
    to, host = "reader@example.org", "news.example.org"
    raw = build_issue_message(mail, wording, to=to, token=token, message_token=other, host=host, date=when)
    return [mail.html, mail.text, web.html, web.text, raw.decode("ascii")]


def entries(rendered: RenderedIssue) -> dict[str, str]:
    """The HTML of each entry by its heading."""
    cells = BeautifulSoup(rendered.html, "lxml").select("td.cell")
    return {plain(cell.find("h2").text): str(cell) for cell in cells if cell.find("h2")}  # type: ignore[union-attr]


MARKED = (marked(900), marked(901, year=None, month=None))
EDIT = Update(marked(902), SEEN, (Change("status", MARK, "current"), Change(MARK, MARK, MARK)))


@pytest.mark.parametrize("wording", [WORDING, TWO])
def test_nothing_of_a_review_that_was_taken_down_is_anywhere(wording: Wording) -> None:
    sent = issue(*FOUR, *MARKED, ADULT, updated=(EDIT,), withdrawn=(marked(903, status="withdrawn"),))
    before, after = outputs(sent, wording), outputs(taken_down_since(sent, 900, 901, 902, 903), wording)

    assert all(MARK in part for part in before)
    for part in after:
        for trace in (MARK.casefold(), "1871", "777 kb", "4321", "/reviews/90"):
            assert trace not in part.casefold()


def test_a_shortened_mail_says_nothing_of_it_either() -> None:
    many = [replace(FOUR[n % 4], id=n + 1, key=str(n), name=f"{FOUR[n % 4].name} {n}") for n in range(120)]
    long = marked(900, publisher="Aa", summary=f"{MARK} and so on. " * 20_000)
    after = taken_down_since(issue(*many, long), 900)

    assert render(after, WORDING).issue.shortened
    assert all(MARK not in part and "/reviews/900" not in part for part in outputs(after))


def test_in_its_place_both_parts_say_that_it_was_withdrawn() -> None:
    for edition in ("email", "web"):
        rendered = render(taken_down_since(issue(*FOUR), BABY.id), WORDING, edition)  # type: ignore[arg-type]
        cell = BeautifulSoup(entries(rendered)[TAKEN_DOWN_TITLE], "lxml")

        assert [plain(line) for line in cell.stripped_strings] == [TAKEN_DOWN_TITLE, SENTENCE]
        assert not cell.find_all(["a", "ul", "h3"])
        assert f"\n\n\n{TAKEN_DOWN_TITLE}\n\n{plain(SENTENCE)[:60]}" in rendered.text
        assert plain(rendered.text).count(SENTENCE) == 1


def test_several_of_them_and_none_but_them_are_whole_pages() -> None:
    for ids in ([BABY.id, JOE.id], [one.id for one in FOUR]):
        rendered = render(taken_down_since(issue(*FOUR), *ids), WORDING)

        assert rendered.html.count(f">{TAKEN_DOWN_TITLE}</h2>") == len(ids)
        assert plain(rendered.text).count(f"{TAKEN_DOWN_TITLE} {SENTENCE}") == len(ids)


def test_it_stays_with_its_collection() -> None:
    rendered = render(taken_down_since(grouped_issue(), ADULT.id), TWO)

    assert rendered.html.index("Safeguarding Adults National Network</h2>") < rendered.html.index(
        f"{TAKEN_DOWN_TITLE}</h3>"
    )
    assert f"\n{'=' * 36}\n\n\n{TAKEN_DOWN_TITLE}\n" in rendered.text


def test_the_others_are_untouched() -> None:
    sent = issue(*FOUR)
    after = taken_down_since(sent, BABY.id)
    whole, left = render(sent, WORDING), render(after, WORDING)

    of_reviews = entries(whole).items() - {("In this issue", entries(whole)["In this issue"])}
    untouched = {title: cell for title, cell in of_reviews if "Baby T" not in title}
    assert untouched.items() <= entries(left).items()
    assert [name for name in review_labels(after) if name != TAKEN_DOWN_TITLE] == [
        n for n in review_labels(sent) if "Baby T" not in n
    ]
    assert after.hash == sent.hash


def test_preheader_names_the_others_only() -> None:
    sent = issue(BABY, ROSE)

    def hidden(made: Issue) -> str:
        return BeautifulSoup(render(made, WORDING).html, "lxml").select(".preheader")[0].text

    assert hidden(sent) == 'Millhaven – "Rose"; Norwell – Baby T'
    assert hidden(taken_down_since(sent, BABY.id)) == 'Millhaven – "Rose"'
    assert hidden(taken_down_since(sent, BABY.id, ROSE.id)) == ""


def test_what_was_taken_down_is_never_news_nor_update_nor_withdrawn() -> None:
    gone = replace(BABY, taken_down=True)
    made = issue(ROSE, gone, updated=(Update(gone, SEEN),), withdrawn=(replace(GONE, taken_down=True),))

    assert made == issue(ROSE)


def test_update_that_was_taken_down_is_a_plain_row() -> None:
    text = render(taken_down_since(full_issue(), 50), WORDING).text

    assert f"\n- {TAKEN_DOWN_TITLE}\n" in text
    assert "See what changed" not in text


def test_of_what_its_source_withdrew_only_title_and_year_are_given() -> None:
    gone = marked(903, status="withdrawn", publisher="Farley", name="Family X")
    made = issue(*FOUR, withdrawn=(gone,))

    for part in outputs(made):
        assert MARK.casefold() not in part.casefold()
        assert "/reviews/903" not in part and "4321" not in part and "777 KB" not in part
    for edition in ("email", "web"):
        rendered = render(made, WORDING, edition)  # type: ignore[arg-type]  # one of the two
        cell = BeautifulSoup(entries(rendered)["Withdrawn"], "lxml")
        told = [plain(line) for line in cell.stripped_strings]
        assert told[1:] == ["The NSPCC Repository no longer lists this case review:", "Farley – Family X (1871)"]
        assert not cell.find_all("a")
        assert f"\nThe NSPCC Repository no longer lists this case review:\n\n- {told[2]}\n" in rendered.text
