"""The short edition: each review begun, the rest on the web, in the frame of the full one."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page

from core.records import Issue, Review
from newsletter.issue.render import MAX_HTML_BYTES, RenderedIssue, render
from newsletter.issue.wording import Wording
from tests.newsletter.issue.test_mail_size import MONSTERS, many, whole_frame
from tests.newsletter.samples import (
    BABY,
    EDITED,
    FOUR,
    GONE,
    ROSE,
    THEMATIC,
    TWO,
    WORDING,
    full_issue,
    grouped_issue,
    issue,
    plain,
    review,
)
from tests.newsletter.samples import ISSUES as SAMPLES
from tests.support.browser import complaints_of_mail
from tests.support.chromium import chromium, patient

BEGUN = (
    "This is the short edition: the beginning of {}, and of what was learned or recommended. {} in full is on the web."
)
SENTENCE = BEGUN.format("each summary", "Each review")
LONG = "Agencies met four times that year, and each time somebody else was in the chair. " * 20
WIDE = replace(BABY, id=9, key="w", name="Overviewofeverything" * 8, summary="Unbrokenandunbreakable" * 30)
DOWN = replace(ROSE, taken_down=True)
ISSUES = {
    **SAMPLES,
    "wide": issue(*FOUR, WIDE),
    "grouped": grouped_issue(),
    "taken down": replace(full_issue(), reviews=(*FOUR[:2], DOWN)),
}


def short(made: Issue, wording: Wording = WORDING) -> RenderedIssue:
    return render(made, wording, short=True)


def of(which: str) -> RenderedIssue:
    return short(ISSUES[which], TWO if which == "grouped" else WORDING)


def summary(one: Review) -> str:
    """What the short edition's text part says of it between its meta line and its links."""
    return short(issue(one)).text.split("2016\n\n")[-1].split("\n\nDownload")[0].split("\n\nThe collection")[0]


def test_a_review_is_begun_and_the_rest_is_on_the_web() -> None:
    text = short(issue(replace(THEMATIC, summary=LONG))).text
    entry = text[text.index("Fenbridge –") : text.index("\n\n\nSupport")]

    assert plain(entry) == plain(
        "Fenbridge – Overview of the local response to online exploitation "
        "England – child sexual exploitation, online abuse 2016 · England · Serious case review · 84 pages "
        + "Agencies met four times that year, and each time somebody else was in the chair. "
        * 3
        + "Issues identified include: - slow answers to what young people said the first time "
        "- plans made after each missing episode without asking why - and 1 more "
        + "Download the executive summary: Fenbridge – Overview of the local response to online exploitation "
        "https://library.example.org/search2?searchTerm0=C0001s "
        "Download the overview report: Fenbridge – Overview of the local response to online exploitation "
        "(PDF, 1.2 MB) https://library.example.org/search2?searchTerm0=C0001&x=1 "
        "Read the rest on the web: Fenbridge – Overview of the local response to online exploitation "
        "https://news.example.org/reviews/1"
    )


@pytest.mark.parametrize(
    ("whole", "shown"),
    [
        ("Short.", "Short."),
        ("x" * 300, "x" * 300),
        ("word " * 100, "word " * 59 + "word…"),
        ("One sentence of some length, no less than a quarter of the room there is for it. " + "word " * 100, None),
        ("First paragraph.\n" + "word " * 100, None),
    ],
)
def test_a_summary_is_cut_to_300_characters_at_a_word(whole: str, shown: str | None) -> None:
    said = plain(summary(review(summary=whole)))

    assert len(said) <= 300
    assert said == shown or (shown is None and plain(whole).startswith(said.rstrip("…")))
    assert plain(whole)[len(said.rstrip("…")) :][:1] in {"", " "}  # no word is broken


def test_a_review_without_a_rest_does_not_promise_one() -> None:
    rendered = short(issue(review(summary="Two words.", sections=(), keywords=())))

    assert "Read the rest" not in rendered.html and "Read the rest" not in rendered.text


def test_what_was_learned_stays_and_other_sections_and_keywords_are_left_to_the_web() -> None:
    rendered = of("full")

    assert rendered.html.count("<h3") == 4  # of each the learning, or the recommendations where it has no other
    for part in map(plain, (rendered.html, rendered.text)):
        assert "advice on safe sleeping was given but seldom recorded" in part
        assert "Makes recommendations for midwifery." in part
        assert "Keywords" not in part and "one message on safe sleeping" not in part and "Background" not in part
        assert part.count("Read the rest on the web: ") == 3  # of one all of it is there


def test_it_says_near_the_top_that_it_is_short() -> None:
    rendered = of("full")
    before = rendered.html.partition("<h2")[0]
    one = BEGUN.format("the summary", "The review")

    assert SENTENCE in before and SENTENCE in plain(rendered.text.partition("Content note")[0])
    assert one in plain(short(issue(*FOUR[:1])).text)
    assert "short edition" not in of("empty").text + of("empty").html
    for full in (render(full_issue(), WORDING), render(full_issue(), WORDING, "web", short=True)):
        assert "short edition" not in full.text + full.html


def test_the_frame_is_that_of_the_full_edition() -> None:
    mine, full = of("full").text, render(full_issue(), WORDING).text

    assert mine.partition("\n\nThis is the short")[0] == full.partition("\n\nThis month’s note")[0]
    assert (
        mine.partition("on the web.\n")[2].partition("\n\n\n")[0]
        == full.partition("below:\n")[2].partition("\n\n\n")[0]
    )
    assert mine.partition("\nUpdated since")[2] == full.partition("\nUpdated since")[2] != ""
    assert whole_frame(of("full"))


@pytest.mark.parametrize("which", ISSUES)
def test_both_parts_say_the_same(which: str) -> None:
    rendered = of(which)
    page = BeautifulSoup(rendered.html, "lxml")
    text = plain(rendered.text)
    said = [plain(line) for tag in page.find_all(["h1", "h2", "h3", "li", "a", "p"]) for line in tag.stripped_strings]
    shown = plain(page.find("main").get_text(" "))  # type: ignore[union-attr]  # it is there

    assert len(said) > 10
    assert [line for line in said if line not in text] == []
    assert [a["href"] for a in page.find_all("a") if str(a["href"]).startswith("http") and a["href"] not in text] == []
    for line in filter(None, map(plain, rendered.text.splitlines())):
        if not line.startswith("http") and set(line) != {"="}:
            assert line.removeprefix("- ").removesuffix(":") in shown.replace(" .", ".").replace(" ;", ";").replace(
                " ,", ","
            ), line


@pytest.mark.parametrize("which", ISSUES)
def test_link_texts_are_unique(which: str) -> None:
    texts = [plain(a.text).casefold() for a in BeautifulSoup(of(which).html, "lxml").find_all("a")]

    assert len(set(texts)) == len(texts) > 4


def test_it_is_the_shorter_one_and_says_nothing_of_the_full_mails_counts() -> None:
    made = replace(issue(*(replace(FOUR[n % 4], id=n + 1, key=str(n), summary=LONG) for n in range(20))))
    full = render(made, WORDING)
    kept = replace(made, shortened=3, left_out=2)

    assert len(short(made).html) < 0.65 * len(full.html)
    assert short(kept).issue == kept
    assert short(made) == short(made)


@pytest.mark.parametrize("count", [60, 100, 300, 2_000])
def test_any_number_of_reviews_fits(count: int) -> None:
    made = issue(*(replace(one, summary=LONG) for one in many(count)))
    rendered, full = short(made), render(made, WORDING)
    shown = rendered.html.count("<h2") - 2  # contents and Support
    left = count - shown

    assert len(rendered.html.encode()) <= MAX_HTML_BYTES
    assert whole_frame(rendered)
    assert shown >= count - full.issue.left_out
    assert (f"And {left:,} more case reviews: read them all on the web" in rendered.text) == (left > 0)


@pytest.mark.parametrize("which", MONSTERS)
def test_monsters_fit(which: str) -> None:
    rendered = short(issue(*MONSTERS[which], updated=(EDITED,) * 300, withdrawn=(GONE,) * 300))

    assert len(rendered.html.encode()) <= MAX_HTML_BYTES
    assert whole_frame(rendered)


def test_a_review_taken_down_leaves_only_that_it_was_there() -> None:
    rendered = of("taken down")

    assert "Rose" not in rendered.html + rendered.text
    assert plain(rendered.text).count("It has been withdrawn since.") == 1
    assert rendered.text.count("Read the rest") == 2


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def opened(browser: Browser, which: str, width: int, scheme: str) -> Page:
    page = patient(browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme))  # type: ignore[arg-type]
    page.set_content(of(which).html)
    return page


@pytest.mark.loopback
@pytest.mark.enable_socket
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1000, 390])
@pytest.mark.parametrize("which", ["full", "empty", "wide", "long", "grouped", "taken down"])
def test_axe_finds_nothing(browser: Browser, which: str, width: int, scheme: str) -> None:
    page = opened(browser, which, width, scheme)
    found = complaints_of_mail(page, scheme)
    page.close()

    assert found == []


@pytest.mark.loopback
@pytest.mark.enable_socket
@pytest.mark.parametrize("which", ["full", "wide", "grouped"])
def test_nothing_scrolls_sideways_on_the_smallest_phone_and_no_text_is_small(browser: Browser, which: str) -> None:
    page = opened(browser, which, 320, "light")
    width = page.evaluate("document.documentElement.scrollWidth")
    smallest = page.evaluate(
        "Math.min(...[...document.querySelectorAll('main p, main li, main a, main h1, main h2, main h3')]"
        ".map(e => parseFloat(getComputedStyle(e).fontSize)))"
    )
    page.close()

    assert width == 320
    assert smallest >= 18
