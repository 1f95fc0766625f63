"""Both parts of an issue say the same, in words that are only ever words."""

import re
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from core.clean_text import TOKEN_PLACEHOLDER
from core.records import Issue, Link, Review, Section
from newsletter.issue.issue_view import build_frame, build_review_view, review_labels
from newsletter.issue.render import render
from newsletter.issue.wording import Wording
from tests.newsletter.samples import (
    BABY,
    FOUR,
    ISSUES,
    ROSE,
    THEMATIC,
    TWINS,
    WORDING,
    full_issue,
    issue,
    plain,
    review,
)


def facts(made: Issue, edition: str = "email") -> list[str]:
    """Every sentence, name and address of the letter, from the model itself."""
    said: list[str] = []

    def walk(value: object) -> None:
        if isinstance(value, str):
            said.append(value)
        elif isinstance(value, tuple):
            for part in value:
                walk(part)

    names = review_labels(made)
    letter = build_frame(made, WORDING, edition, names)  # type: ignore[arg-type]  # one of the two
    for name in vars(letter):
        if name not in {"preheader", "contents_heading", "note"}:  # shown elsewhere, not at all, or note_text as HTML
            walk(getattr(letter, name))
    for one, name in zip(made.reviews, names, strict=False):
        walk(build_review_view(one, name))
    return [fact for fact in said if fact]


@pytest.mark.parametrize("edition", ["email", "web"])
@pytest.mark.parametrize("which", ["full", "empty", "one", "twins", "hostile"])
def test_both_parts_say_the_same(which: str, edition: str) -> None:
    rendered = render(ISSUES[which], WORDING, edition)  # type: ignore[arg-type]  # one of the two
    page = BeautifulSoup(rendered.html, "lxml")
    shown = plain(page.find("main").get_text(" "))  # type: ignore[union-attr]  # it is there
    hrefs = [str(a["href"]) for a in page.find_all("a")]
    text = plain(rendered.text)

    for fact in facts(ISSUES[which], edition):
        if re.match(r"(https?|tel|mailto):", fact):
            assert fact in hrefs
            assert fact in text.split() or not fact.startswith("http")
        else:
            assert plain(fact) in shown
            assert plain(fact) in text


def test_shortened_issue_says_the_same_in_both_parts() -> None:
    rendered = render(ISSUES["long"], WORDING)
    page = BeautifulSoup(rendered.html, "lxml")
    text = plain(rendered.text)

    assert rendered.issue.shortened and rendered.issue.left_out
    for tag in page.find("main").find_all(["h1", "h2", "h3", "li", "a", "p"]):  # type: ignore[union-attr]
        for line in tag.stripped_strings:
            assert plain(line) in text


FRAME = """\
Case reviews: September 2016

Read this on the web
https://news.example.org/issues/2016-09

In September 2016 four case reviews were published to the NSPCC
Repository. A summary of each of these cases can be found below:

Content note: These summaries describe the abuse, neglect and death of
children. Support is there for you: NSPCC Helpline 0808 800 5000;
Childline 0800 1111; Samaritans 116 123; Emergency 999.


In this issue

- England – child sexual exploitation, online abuse
  https://news.example.org/issues/2016-09#review-1
- Boy, 7 months · non-accidental head injury
  https://news.example.org/issues/2016-09#review-4
- Girl, 15 years · death
  https://news.example.org/issues/2016-09#review-3
- Baby girl, 10 weeks · death – sleeping behaviour
  https://news.example.org/issues/2016-09#review-2

This month: 4 new
Age in years: Under 1 (2), 11 to 15 (1), not known (1)
Harm: Death (2), Injury (1), not known (1)
Nation: England (1), not known (3)


Fenbridge – Overview of the local response to online exploitation
England – child sexual exploitation, online abuse
2016 · England · Serious case review · 84 pages

A thematic review of how agencies answered the exploitation of young
people between 2011 and 2015. It draws on the learning of Operation
Lantern, in which seven adults were convicted.

Issues identified include:
- slow answers to what young people said the first time
- plans made after each missing episode without asking why
- a gap between children's and adults' services at the age of 18

Keywords: child sexual exploitation, online abuse, transition to adult
services

Download the executive summary: Fenbridge – Overview of the local
response to online exploitation
https://library.example.org/search2?searchTerm0=C0001s

Download the overview report: Fenbridge – Overview of the local response
to online exploitation (PDF, 1.2 MB)
https://library.example.org/search2?searchTerm0=C0001&x=1


Millhaven – "Joe"
Boy, 7 months · non-accidental head injury
2016

Non-accidental head injury of a 7-month-old boy. Little was known about
the father.

Recommendations:
Makes recommendations for midwifery.

The collection gives no download link for this report.


Millhaven – "Rose"
"""


def test_text_part_reads_like_the_september_2016_newsletter() -> None:
    text = render(issue(*FOUR), WORDING).text

    assert text.startswith(FRAME)
    assert "\nThe link to this report no longer works.\n\nHow to ask for the report: " in text
    assert "\nDownload the report: Norwell – Baby T (PDF, 640 KB)\nhttps://library.example.org/" in text
    assert text.endswith("Summaries are the collection's own words; the report is the authority.\n")


def test_text_lines_are_short_but_addresses_whole() -> None:
    long = "https://library.example.org/" + "a-long-path/" * 20
    text = render(issue(replace(BABY, links=(Link("", long),)), *FOUR[2:]), WORDING).text

    assert long in text.splitlines()
    assert all(len(line) <= 72 or line.startswith("http") for line in text.splitlines())


def test_readers_own_addresses_hold_the_placeholder_once_a_part() -> None:
    rendered = render(full_issue(), WORDING)

    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", TOKEN_PLACEHOLDER)
    for part in (rendered.html, rendered.text):
        assert part.count(f"https://news.example.org/unsubscribe/{TOKEN_PLACEHOLDER}") == 1
        assert part.count(f"https://news.example.org/preferences/{TOKEN_PLACEHOLDER}") == 1
        assert part.count(TOKEN_PLACEHOLDER) == 2


@pytest.mark.parametrize("again", [0, 1, 2], ids=["as it is", "left over once", "left over twice"])
def test_published_words_are_never_taken_for_the_placeholder(again: int) -> None:
    mark = TOKEN_PLACEHOLDER + TOKEN_PLACEHOLDER.removeprefix("READER") * again
    sly = review(1, name=mark, summary=mark, links=(Link(mark, f"https://x.example/{mark}"),), kind=mark)
    rendered = render(issue(sly, note=mark), WORDING)

    assert (rendered.html.count(TOKEN_PLACEHOLDER), rendered.text.count(TOKEN_PLACEHOLDER)) == (2, 2)


def test_web_edition_has_nothing_of_any_reader() -> None:
    made = ISSUES["long"]
    rendered = render(made, WORDING, "web")

    for part in (rendered.html, rendered.text):
        assert TOKEN_PLACEHOLDER not in part and "nsubscribe" not in part and "Read this on the web" not in part
        assert "You get this" not in part and "https://news.example.org/issues" in part
    assert rendered.html.count("<h2") == len(made.reviews) + 2  # all of them, contents and Support
    assert (rendered.issue.shortened, rendered.issue.left_out) == (0, 0)


def test_support_comes_before_the_first_review_and_in_full_at_the_end() -> None:
    rendered = render(issue(*FOUR), WORDING)

    for part in (rendered.html, rendered.text):
        part = plain(part)
        before, after = part.split("A thematic review of how agencies")
        assert "0808 800 5000" in before and "Content note:" in before
        assert "help@nspcc.org.uk" in after and "0808 800 5000" in after
        assert after.index("Baby T") < after.index("help@nspcc.org.uk")
        assert "We last checked these on 1 September 2016." in after


def test_frame_without_optional_parts_is_still_whole() -> None:
    bare = Wording("Case reviews", "NSPCC Repository", "http://127.0.0.1:8765", "news@localhost")
    rendered = render(issue(), bare)

    assert "Sent by news@localhost." in rendered.text
    assert "Support" not in rendered.text and "Reply to" not in rendered.text and "last read" not in rendered.text
    assert "Withdrawn" not in rendered.html and "Updated since" not in rendered.html


def test_hostile_words_are_shown_as_words() -> None:
    rendered = render(ISSUES["hostile"], WORDING)

    assert '&lt;script&gt;alert(1)&lt;/script&gt; – "onmouseover="alert(1)' in rendered.html
    assert "{{ 7 * 7 }}" in rendered.html
    assert "javascript:" not in rendered.html + rendered.text
    assert "\x00" not in rendered.html + rendered.text


ANY = st.text(max_size=80)


@settings(max_examples=60, deadline=None)
@given(ANY, ANY, ANY, st.lists(ANY, max_size=3), ANY, ANY)
def test_any_words_make_a_whole_page(
    publisher: str, name: str, summary: str, listed: list[str], label: str, url: str
) -> None:
    odd: Review = review(
        1,
        publisher=publisher,
        name=name,
        summary=summary,
        sections=(Section("learning", label, summary, tuple(listed)),),
        links=(Link(label, url), Link(name, f"https://x.example/{url}")),
    )
    rendered = render(issue(odd, BABY), WORDING)
    page = BeautifulSoup(rendered.html, "lxml")

    assert len(page.select("h2")) == 3
    assert len(page.select(".footer a")) == 5
    assert not page.find_all(["script", "img"])


def test_titles_alike_get_link_texts_apart() -> None:
    links = [a.text for a in BeautifulSoup(render(issue(BABY, *TWINS[:2]), WORDING).html, "lxml").select(".download a")]

    assert sorted(links) == [
        "Download the report: Norwell – Baby T, 2015 (PDF, 640 KB)",
        "Download the report: Norwell – Baby T, 2016 (1 of 2) (PDF, 640 KB)",
        "Download the report: Norwell – Baby T, 2016 (2 of 2) (PDF, 640 KB)",
    ]


def test_dead_link_beside_a_live_one_is_named() -> None:
    two = (replace(THEMATIC.links[0], state="dead"), THEMATIC.links[1])
    text = render(issue(replace(THEMATIC, links=two), ROSE), WORDING).text

    assert "The link to the executive summary no longer works." in text
    assert "Download the overview report: Fenbridge" in plain(text)


def test_a_dead_link_leads_on_to_the_reviews_own_page() -> None:
    dead = replace(ROSE, id=7, links=(replace(THEMATIC.links[0], state="dead"),))
    rendered = render(issue(dead, BABY), WORDING)

    words, place = 'How to ask for the report: Millhaven – "Rose"', f"{WORDING.base_url}/reviews/7"
    links = BeautifulSoup(rendered.html, "lxml").select(".download a")
    assert [(a.text, a["href"]) for a in links if a.text.startswith("How")] == [(words, place)]
    assert f"{words}\n{place}\n" in rendered.text
    assert "How to ask" not in render(issue(replace(dead, links=THEMATIC.links)), WORDING).text


def test_moved_link_is_kept() -> None:
    moved = replace(BABY, links=(replace(BABY.links[0], state="moved"),))

    assert "Download the report: Norwell – Baby T (PDF, 640 KB)" in render(issue(moved), WORDING).text


def test_a_note_with_a_link_and_a_list_stands_in_both_parts() -> None:
    note = (
        "Read [the guide](https://example.org/guide).\n\n- one\n- " + "word " * 20 + "\n\n<b>No</b> [x](javascript:a)"
    )

    rendered = render(issue(BABY, note=note), WORDING)

    assert '<a href="https://example.org/guide"' in rendered.html and ">the guide</a>" in rendered.html
    assert "&lt;b&gt;No&lt;/b&gt; [x](javascript:a)" in rendered.html
    assert "Read the guide (https://example.org/guide).\n\n- one\n- word word" in rendered.text
    assert "\n  word" in rendered.text
