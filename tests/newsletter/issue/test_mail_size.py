"""A mail never passes 95,000 bytes of HTML, whatever the month brings."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.config.schema import SupportLine
from core.errors import HouseError
from core.records import Link, Review, Section
from newsletter.issue import render as rendering
from newsletter.issue.contents import MIN_REVIEWS
from newsletter.issue.issue_view import IssueView
from newsletter.issue.render import MAX_HTML_BYTES, WARN_HTML_BYTES, RenderedIssue, render
from newsletter.issue.wording import Wording
from tests.newsletter.samples import BABY, EDITED, FOUR, GONE, WORDING, issue, items, review

HUGE = 200_000  # characters


def many(count: int) -> list[Review]:
    return [replace(FOUR[n % 4], id=n + 1, key=str(n), name=f"{FOUR[n % 4].name} {n}") for n in range(count)]


def thorough(number: int) -> Review:
    """About 3 KB, half of it in lists."""
    listed = [f"lesson {n} about how agencies spoke to one another, and when they did not" for n in range(20)]
    return replace(BABY, id=number, key=str(number), name=f"Child {number}", sections=(items("learning", "", *listed),))


MONSTERS = {
    "summary without a space": [review(1, summary="x" * HUGE)],
    "summary of sentences": [*FOUR, review(9, summary="A sentence. " * (HUGE // 12))],
    "summary of lines": [review(1, summary="x\n" * HUGE)],
    "names": [review(1, name="n" * HUGE, publisher="<&>" * HUGE)],
    "items": [review(1, sections=(items("learning", "L" * HUGE, *["item"] * 20_000),))],
    "one item": [review(1, sections=(items("learning", "L", '&"<' * HUGE),))],
    "unlisted section": [review(1, sections=(Section("model", "Model", "é" * HUGE),))],
    "keywords": [review(1, keywords=("keyword",) * 20_000)],
    "links": [review(1, links=tuple(Link(">" * HUGE, "https://x.example/" + "u" * 1900 + str(n)) for n in range(99)))],
    "long addresses": [review(n, links=(Link("", f"https://x.example/{n}" + "&" * 1900),) * 3) for n in range(60)],
    "facts": [review(1, kind="k" * HUGE, nation="n" * HUGE)],
    "to be escaped": [review(n, summary='<&">' * 2000) for n in range(60)],
    "many of them": [review(n, summary="Word word. " * 2000, name="N" * 900) for n in range(300)],
}


@pytest.fixture
def renderings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The bytes of each HTML made."""
    made: list[int] = []
    html = rendering._render_html

    def remember(letter: IssueView, wording: Wording) -> str:
        page = html(letter, wording)
        made.append(len(page))
        return page

    monkeypatch.setattr(rendering, "_render_html", remember)
    return made


def whole_frame(rendered: RenderedIssue) -> bool:
    """Whether title, intro, support and footer are there in both parts."""
    text = " ".join(rendered.text.split())
    return all(
        words in rendered.html and words in text
        for words in (
            rendered.issue.title,
            rendered.issue.intro,
            "help@nspcc.org.uk",
            "Unsubscribe",
            "Past issues",
            "1 Example Street",
            "the report is the authority.",
        )
    )


@pytest.mark.parametrize("count", [0, 1, 20, 60, 100, 300, 2_000])
@pytest.mark.parametrize("make", [many, lambda count: [thorough(n) for n in range(1, count + 1)]])
def test_any_number_of_reviews_fits(count: int, make: Callable[[int], list[Review]], renderings: list[int]) -> None:
    made = issue(*make(count))
    rendered = render(made, WORDING)

    shown = rendered.html.count("<h2") - 1 - (count >= MIN_REVIEWS)  # Support is one, and the contents
    assert len(rendered.html.encode()) <= MAX_HTML_BYTES
    assert whole_frame(rendered)
    assert shown + rendered.issue.left_out == count
    assert len(renderings) <= 8
    if count > 60:
        assert len(rendered.html.encode()) > WARN_HTML_BYTES  # the room is used


@pytest.mark.parametrize("which", MONSTERS)
def test_monsters_fit(which: str, renderings: list[int]) -> None:
    rendered = render(issue(*MONSTERS[which]), WORDING)

    assert len(rendered.html.encode()) <= MAX_HTML_BYTES
    assert whole_frame(rendered)
    assert rendered.issue.left_out < len(MONSTERS[which])
    assert len(renderings) <= 8


def test_what_fits_is_not_touched() -> None:
    rendered = render(issue(*many(50)), WORDING)

    assert (rendered.issue.shortened, rendered.issue.left_out) == (0, 0)
    assert "Read the rest" not in rendered.html


def test_the_longest_entries_give_way_first() -> None:
    long = review(900, publisher="Aa", name="Long", summary="A sentence that says a little. " * 4_000)
    rendered = render(issue(*FOUR, long), WORDING)

    assert rendered.issue.shortened == 1
    assert "Read the rest on the web: Aa – Long\nhttps://news.example.org/reviews/900" in rendered.text
    assert render(issue(*FOUR), WORDING).text.split("Fenbridge")[1][:800] in rendered.text


def test_long_lists_keep_their_first_items_and_say_how_many_follow() -> None:
    rendered = render(issue(*(thorough(n) for n in range(1, 38))), WORDING)

    assert rendered.issue.shortened > 0 and rendered.issue.left_out == 0
    assert "\n- and 15 more\n" in rendered.text and ">and 15 more</li>" in rendered.html
    assert "\n- lesson 0 about" in rendered.text


def test_hundreds_are_counted_and_left_to_the_web() -> None:
    rendered = render(issue(*many(300)), WORDING)
    line = f"And {rendered.issue.left_out:,} more case reviews: read them all on the web"

    assert rendered.issue.left_out > 100
    assert f"\n{line}\nhttps://news.example.org/issues/2016-09\n" in rendered.text
    assert f'href="https://news.example.org/issues/2016-09" style="color: #0a4a7c;">{line}</a>' in rendered.html


def test_updates_and_withdrawals_by_the_thousand_fit() -> None:
    edits = [replace(EDITED, review=replace(EDITED.review, id=1_000 + n, name="Q" * 150)) for n in range(2_000)]
    gone = [replace(GONE, id=5_000 + n) for n in range(2_000)]
    rendered = render(issue(*many(100), updated=edits, withdrawn=gone), WORDING)

    assert len(rendered.html.encode()) <= MAX_HTML_BYTES
    assert whole_frame(rendered)
    assert rendered.text.count("And 1,980 more, on the web.") == 2


def test_a_frame_without_room_is_refused_with_what_to_shorten() -> None:
    lines = tuple(SupportLine(name=f"Line {n} " + "x" * 500) for n in range(200))

    with pytest.raises(HouseError, match="Shorten its note, the support lines or the postal address"):
        render(issue(*FOUR), replace(WORDING, support=lines))


def test_shortening_is_the_same_every_time() -> None:
    assert render(issue(*many(100)), WORDING) == render(issue(*reversed(many(100))), WORDING)
