"""An issue of several collections groups its reviews by them; an issue of one does not."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from bs4 import BeautifulSoup

from core.records import Issue, Review
from newsletter.issue.compose import compose
from newsletter.issue.render import MAX_HTML_BYTES, render
from newsletter.issue.wording import Wording
from tests.newsletter.samples import (
    ADULT,
    ADULTS,
    BABY,
    EDITED,
    FOUR,
    GONE,
    PAIR,
    PERIOD,
    READ,
    TWO,
    UNTIL,
    WORDING,
    full_issue,
    grouped_issue,
    issue,
    plain,
    review,
)

THREE = replace(TWO, collections=(("adults", ADULTS), ("fires", " Fire\nDeaths Library ")))  # the NSPCC's is not named


def of(source: str, *numbers: int, **fields: object) -> list[Review]:
    return [review(number, source=source, key=f"{source}{number}", **fields) for number in numbers]


def composed(reviews: Sequence[Review], wording: Wording = TWO, **how: object) -> Issue:
    return compose(reviews, PERIOD, wording, **{"until": UNTIL, **how})  # type: ignore[arg-type]  # as compose takes them


def outline(html: str) -> list[str]:
    return [f"{tag.name} {plain(tag.text)}" for tag in BeautifulSoup(html, "lxml").find_all(re.compile("^h[1-6]$"))]


def test_an_issue_of_one_collection_is_as_if_there_were_no_other() -> None:
    plainly, configured = full_issue(), replace(WORDING, collections=(("nspcc", ""),))
    alike = composed(FOUR, TWO, note=plainly.note, updated=(EDITED,), withdrawn=(GONE,), sources=READ[:1])

    assert alike == plainly
    assert render(alike, configured) == render(plainly, WORDING)
    assert "===" not in render(alike, TWO).text and "<h4" not in render(alike, TWO).html


@pytest.mark.parametrize(
    ("reviews", "wording", "intro"),
    [
        (of("nspcc", 1), TWO, "one case review was published to the NSPCC Repository. A summary of this case"),
        (of("adults", 1), TWO, f"one case review was published to the {ADULTS}. A summary of this case"),
        (of("adults", 1, 2), TWO, f"two case reviews were published to the {ADULTS}. A summary of each"),
        (
            of("nspcc", *range(1, 5)) + of("adults", *range(5, 10)),
            TWO,
            f"nine case reviews were published: four to the NSPCC Repository and five to the {ADULTS}. "
            "A summary of each of these cases can be found below:",
        ),
        (
            of("fires", 1) + of("adults", *range(2, 15)) + of("nspcc", 20, 21) + of("unknown", 30),
            THREE,
            f"17 case reviews were published: three to the NSPCC Repository, 13 to the {ADULTS} and "
            "one to the Fire Deaths Library. A summary of each of these cases can be found below:",
        ),
        ([], TWO, f"no case reviews were published to the NSPCC Repository or the {ADULTS}."),
        ([], THREE, f"no case reviews were published to the {ADULTS} or the Fire Deaths Library."),
    ],
)
def test_intro_says_how_many_were_published_where(reviews: list[Review], wording: Wording, intro: str) -> None:
    assert composed(reviews, wording).intro.startswith(f"In September 2016 {intro}")


def test_collections_come_in_the_configurations_order_and_their_reviews_as_before() -> None:
    mixed = of("fires", 1, 2) + of("adults", 3) + of("nspcc", 5, 4)

    assert [r.id for r in composed(mixed, THREE).reviews] == [4, 5, 3, 1, 2]
    assert [r.id for r in composed(mixed, THREE, order=[2, 5, 3]).reviews] == [5, 4, 3, 2, 1]
    listed = (("fires", "F"), ("nspcc", ""), ("adults", ADULTS))
    assert [r.id for r in composed(mixed, replace(TWO, collections=listed)).reviews] == [1, 2, 4, 5, 3]


def test_sources_of_one_collection_are_one_group() -> None:
    same = replace(TWO, collections=(("nspcc", ""), ("nspcc-old", "NSPCC  Repository")))

    made = composed(of("nspcc", 2) + of("nspcc-old", 1), same)

    assert [r.id for r in made.reviews] == [1, 2]
    assert "<h4" not in render(made, same).html and "two case reviews were published to the NSPCC" in made.intro


def test_hash_knows_the_grouping() -> None:
    one, other = BABY, replace(ADULT, source="nspcc")
    renamed = replace(TWO, collections=(("nspcc", ""), ("adults", "Else")))
    turned = [replace(one, source="adults"), other]

    made = [
        composed([one, other]),
        composed([one, ADULT]),
        composed([one, ADULT], renamed),
        composed(turned),
        composed([replace(one, source="adults"), ADULT]),
    ]

    assert len({each.hash for each in made}) == len(made)
    assert made[0].hash == issue(one, other).hash


def test_each_collection_is_a_heading_over_its_reviews_and_their_sections() -> None:
    assert outline(render(grouped_issue(), TWO).html) == [
        "h1 Case reviews: September 2016",
        "h2 In this issue",
        "h2 NSPCC Repository",
        "h3 Fenbridge – Overview of the local response to online exploitation",
        "h4 Issues identified include",
        'h3 Millhaven – "Joe"',
        "h4 Recommendations",
        'h3 Millhaven – "Rose"',
        "h4 Background",
        "h4 Findings include",
        "h3 Norwell – Baby T",
        "h4 Issues identified include",
        "h4 Recommendations include",
        f"h2 {ADULTS}",
        "h3 Aldercombe – Mr K",
        "h4 Learning includes",
        "h3 Zennor Bay – Mrs L",
        "h4 Recommendations",
        "h2 Updated since they were first listed",
        "h2 Withdrawn",
        "h2 Support",
    ]


@pytest.mark.parametrize("edition", ["email", "web"])
def test_text_part_has_the_same_headings_and_words(edition: str) -> None:
    rendered = render(grouped_issue(), TWO, edition)  # type: ignore[arg-type]  # one of the two
    page = BeautifulSoup(rendered.html, "lxml")
    texts = [plain(a.text) for a in page.find_all("a")]

    assert "\n\n\nNSPCC Repository\n================\n\n\nFenbridge – " in rendered.text
    assert f"\n\n\n{ADULTS}\n{'=' * len(ADULTS)}\n\n\nAldercombe – Mr K\n" in rendered.text
    assert rendered.text.count("\n====") == 2
    assert len(set(texts)) == len(texts)
    for tag in page.find("main").find_all(["h1", "h2", "h3", "h4", "li", "a", "p"]):  # type: ignore[union-attr]
        assert all(plain(line) in plain(rendered.text) for line in tag.stripped_strings)


def test_a_long_collections_name_is_underlined_to_its_longest_line() -> None:
    long = "Library of " + "learning from reviews of every kind " * 4
    text = render(grouped_issue(), replace(TWO, collections=(("adults", long),))).text

    assert all(len(line) <= 72 or line.startswith("http") for line in text.splitlines())
    assert re.search(r"\nLibrary of .*\n.*\n.*\n={60,72}\n\n", text)


def said(made: Issue, wording: Wording = TWO) -> str:
    return plain(render(made, wording).text)


def test_updates_and_withdrawals_name_the_collections_they_are_of() -> None:
    theirs = replace(EDITED, review=replace(EDITED.review, id=51, source="adults"))
    gone = replace(GONE, id=61, source="adults")

    of_both = said(grouped_issue(withdrawn=(GONE, gone)))
    of_one = said(composed([*FOUR], updated=(theirs,), withdrawn=(gone,)))

    both = f"The NSPCC Repository and the {ADULTS}"
    assert f"{both} have changed what they say of these two case reviews:" in of_both
    assert f"{both} no longer list these two case reviews:" in of_both
    assert f"The {ADULTS} has changed what it says of this case review:" in of_one
    assert f"The {ADULTS} no longer lists this case review:" in of_one


def test_last_read_names_all_that_were_read_whatever_the_issue_holds() -> None:
    both = said(composed([], sources=READ[:2]))

    assert f"The NSPCC Repository and the {ADULTS} were last read well on 30 September" in both
    assert "The NSPCC Repository was last read well on 30 September 2016." in said(issue(sources=READ[:1]), WORDING)


def test_content_note_and_attribution_are_of_all_the_collections() -> None:
    assert "These summaries describe abuse, neglect and death." in said(grouped_issue())
    assert "the abuse, neglect and death of children." in said(issue(*FOUR))
    assert "Summaries are the collections' own words;" in said(grouped_issue())
    assert "Summaries are the collection's own words;" in said(issue(*FOUR))


def copies(source: str, first: int, count: int) -> list[Review]:
    return [replace(BABY, id=n, key=f"{source}{n}", source=source, name=f"{n}") for n in range(first, first + count)]


def test_headings_go_with_the_last_of_their_reviews_and_the_rest_is_counted() -> None:
    made = composed(copies("nspcc", 1, 300) + copies("adults", 500, 20))
    rendered = render(made, TWO)
    page = BeautifulSoup(rendered.html, "lxml")

    assert len(rendered.html.encode()) <= MAX_HTML_BYTES
    assert rendered.issue.left_out > 150
    assert [plain(h.text) for h in page.find_all("h2")] == ["In this issue", "NSPCC Repository", "Support"]
    assert len(page.find_all("h3")) + rendered.issue.left_out == 320
    assert f"And {rendered.issue.left_out:,} more case reviews: read them all on the web" in rendered.text
    assert rendered.text.count("\n====") == 1


@pytest.mark.parametrize(("groups", "each"), [(2, 50), (6, 20), (40, 3), (40, 8)])
def test_any_number_of_collections_fits(groups: int, each: int) -> None:
    wording = replace(TWO, collections=tuple((f"s{n}", f"Collection number {n}") for n in range(groups)))
    made = composed([one for n in range(groups) for one in copies(f"s{n}", 1 + n * each, each)], wording)

    rendered = render(made, wording)
    ranks = [int(heading[1]) for heading in outline(rendered.html)]

    assert 70_000 < len(rendered.html.encode()) <= MAX_HTML_BYTES
    assert ranks.count(3) + rendered.issue.left_out == groups * each
    assert all(after <= before + 1 for before, after in pairwise(ranks))
    assert all(len(one.find_all("h3")) == 0 for one in BeautifulSoup(rendered.html, "lxml").select("td.first"))


def test_web_edition_shows_every_review_under_its_collection() -> None:
    made = composed(copies("nspcc", 1, 150) + copies("adults", 500, 150))
    html = render(made, TWO, "web").html

    assert (html.count("<h3"), html.count("<h2")) == (300, 4)


def test_an_issue_frozen_in_another_order_still_shows_each_collection_once() -> None:
    frozen = replace(grouped_issue(), reviews=(FOUR[0], PAIR[0], FOUR[1], PAIR[1]))

    heads = [line for line in outline(render(frozen, TWO).html) if line[:2] in {"h2", "h3"}][1:7]

    assert [line[:12] for line in heads] == [
        "h2 NSPCC Rep",
        "h3 Fenbridge",
        "h3 Norwell –",
        "h2 Safeguard",
        "h3 Aldercomb",
        "h3 Zennor Ba",
    ]
