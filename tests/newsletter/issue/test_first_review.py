"""The review that the editor put first: above all in the mail, its text and on the web; gone with a takedown."""

from dataclasses import replace

import pytest

from core.errors import HouseError
from core.records import Issue
from newsletter.issue.issue_view import FIRST_HEADING
from newsletter.issue.render import render, render_frame
from tests.newsletter.samples import ADULT, FOUR, JOE, TWO, WORDING, grouped_issue, issue, plain

REASON = "Our supervision is about <fathers> this week."


def put_first(reason: str = REASON) -> Issue:
    return issue(*FOUR, first=JOE.id, first_reason=reason)


def test_it_comes_before_all_and_its_collection_before_the_others() -> None:
    grouped = grouped_issue(first=ADULT.id, first_reason=REASON)

    assert grouped.reviews[0].id == ADULT.id
    assert [review.source for review in grouped.reviews] == ["adults"] * 2 + ["nspcc"] * 4
    assert grouped_issue().reviews[0].source == "nspcc"
    assert FIRST_HEADING in render(grouped, TWO).text


@pytest.mark.parametrize("short", [False, True])
@pytest.mark.parametrize("edition", ["email", "web"])
def test_it_stands_above_all_reviews_with_its_reason_and_its_line(edition: str, short: bool) -> None:
    rendered = render(put_first(), WORDING, edition, short=short)  # type: ignore[arg-type]  # one of the two
    text = plain(rendered.text)

    begins, ends = text.index(f"{FIRST_HEADING}: {REASON}"), text.index("Little was known about the father")
    assert begins < ends < text.index("A thematic review")
    assert "https://news.example.org/issues/2016-09#review-4" in text[begins:ends]
    assert "Boy, 7 months · non-accidental head injury" in text[begins:ends]
    assert "about &lt;fathers&gt; this week." in rendered.html
    assert rendered.html.count(FIRST_HEADING) == 1
    assert "Also in this issue" in text and "Also in this issue" in rendered.html
    assert text.count("Boy, 7 months · non-accidental head injury") == 2  # there, and under its heading


def test_a_reader_with_wishes_has_it_too_above_what_matches() -> None:
    frame, entries = render_frame(put_first(), WORDING, "SLOT", "What matches")

    assert frame.html.index(FIRST_HEADING) < frame.html.index("SLOT")
    assert frame.text.index(FIRST_HEADING) < frame.text.index("SLOT")
    assert [entry.number for entry in entries] == [
        JOE.id,
        *(one.id for one in issue(*FOUR).reviews if one.id != JOE.id),
    ]


def test_without_it_nothing_is_said_and_the_content_is_the_same() -> None:
    absent = issue(*FOUR, first=99, first_reason=REASON)

    assert absent == issue(*FOUR)
    assert FIRST_HEADING not in render(absent, WORDING).html


def test_the_choice_and_its_reason_are_content() -> None:
    hashes = {issue(*FOUR).hash, put_first().hash, put_first("Another.").hash}

    assert len(hashes) == 3


def test_of_one_taken_down_since_the_reason_is_gone_too() -> None:
    chosen = put_first()
    down = replace(chosen, reviews=(replace(chosen.reviews[0], taken_down=True), *chosen.reviews[1:]))
    rendered = render(down, WORDING)

    assert FIRST_HEADING not in rendered.html + rendered.text
    assert "fathers" not in rendered.html + rendered.text


def test_a_reason_is_short() -> None:
    with pytest.raises(HouseError, match=r"the reason is too long: 501 characters\. Keep it under 500"):
        put_first("x" * 501)
