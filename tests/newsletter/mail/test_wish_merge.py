"""Readers with wishes get their matches first, and account for as many reviews as everybody's mail does."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import product

import pytest
from bs4 import BeautifulSoup

from core.errors import StoreError
from core.records import Issue
from core.states import Nation, RestOfIssue
from core.subscriber_rules import MetWish, SearchText
from newsletter.issue.reason import reason_asked
from newsletter.issue.render import MAX_HTML_BYTES, render
from newsletter.issue.wish_blocks import blocks_from_json, blocks_to_json, render_blocks
from newsletter.issue.wording import Wording
from newsletter.mail.merge import MergeTemplate, build_merge_message, message_parts
from newsletter.mail.message_policy import COLUMNS
from newsletter.mail.transport import dot_stuff
from newsletter.mail.wish_merge import WishMerge, describe_wish
from tests.newsletter.issue.test_mail_size import MONSTERS, many, thorough
from tests.newsletter.mail.test_issue_message import NOON
from tests.newsletter.samples import TWO, WORDING, full_issue, issue, review

READER = "reader@example.org", "t" * 22, "m" * 22, reason_asked(WORDING)
RESTS: tuple[RestOfIssue, ...] = ("full", "lines", "none")


def merge_for(of: Issue, wording: Wording = WORDING, short: bool = False) -> WishMerge:
    """What merges the mails of an issue's readers with wishes, as it would be read from the database."""
    frame, blocks = render_blocks(of, wording, short=short)
    message = build_merge_message(frame, wording, host="news.example.org", date=NOON)
    texts = [None if one.taken_down else SearchText.of(one) for one in of.reviews]
    return WishMerge(MergeTemplate(message), blocks_from_json(blocks_to_json(blocks)), texts)


@cache
def four() -> WishMerge:
    return merge_for(full_issue())


def mail(
    topics: Sequence[str] = (),
    nations: Sequence[Nation] = (),
    rest: RestOfIssue = "lines",
    made: WishMerge | None = None,
) -> tuple[BeautifulSoup, str]:
    """A reader's HTML and text, the words of the text in one line."""
    raw = (made or four()).template(tuple(topics), tuple(nations), rest)(*READER)
    html, text = message_parts(raw)
    return BeautifulSoup(html, "lxml"), " ".join(text.split())


def headings(html: BeautifulSoup, rank: str) -> list[str]:
    return [found.get_text() for found in html.select(rank)]


def test_what_matches_comes_first_and_says_which_wish_it_meets() -> None:
    html, text = mail(("Infant deaths", "trafficking"), rest="lines")

    assert headings(html, "h2")[:2] == ["Matches what you asked for", "The rest of this issue"]
    assert headings(html, "h3") == ["Norwell – Baby T"]
    assert "1 of the 4 case reviews in this issue matches; the other 3 follow." in text
    assert "You asked for: Infant deaths" in text and text.count("You asked for") == 1
    assert "You asked for: Infant deaths" in html.get_text()
    assert "nobody asked who cared for the baby at night" in text  # in full
    assert "Rose had been homeless" not in text
    lines = html.select("li a[href*='#review-']")
    assert [(line.get_text(), line["href"]) for line in lines] == [
        ("Fenbridge – Overview of the local response to online exploitation", f"{here()}#review-1"),
        ('Millhaven – "Joe"', f"{here()}#review-4"),
        ('Millhaven – "Rose"', f"{here()}#review-3"),
    ]
    assert all(line["href"] in text for line in lines)
    places = [text.index(words) for words in ("Content note", "Matches what", "The rest of", "This month:")]
    assert places == sorted(places)
    assert str(html).index("Content note") < str(html).index("<h2") < str(html).index("This month:")


def here() -> str:
    return f"{WORDING.base_url}/issues/2016-09"


def test_the_rest_in_full_follows_what_matches() -> None:
    html, text = mail(("infant deaths",), rest="full")

    assert headings(html, "h3") == [
        "Norwell – Baby T",
        "Fenbridge – Overview of the local response to online exploitation",
        'Millhaven – "Joe"',
        'Millhaven – "Rose"',
    ]
    assert "Rose had been homeless" in text
    assert not html.select("a[href*='#review-']")


def test_who_wants_theirs_only_is_told_how_many_more_there_are_and_where() -> None:
    html, text = mail(("infant deaths",), rest="none")

    assert headings(html, "h3") == ["Norwell – Baby T"]
    assert "The rest of this issue" not in text
    assert "1 of the 4 case reviews in this issue matches; the other 3 are on the web." in text
    assert f"3 more case reviews: read them on the web {here()}" in text
    (more,) = html.find_all("a", string="3 more case reviews: read them on the web")
    assert more["href"] == here()


@pytest.mark.parametrize("rest", RESTS)
def test_where_nothing_matches_the_mail_says_so_and_names_the_others(rest: RestOfIssue) -> None:
    html, text = mail(("no such thing",), rest=rest)

    assert headings(html, "h2")[0] == "Nothing matches what you asked for"
    assert "None of the 4 case reviews in this issue matches." in text
    assert len(html.select("a[href*='#review-']" if rest != "full" else "h3")) == 4
    assert "You asked for" not in text


def test_where_all_match_there_is_no_rest() -> None:
    html, text = mail(("death", "exploitation", "injury"), rest="none")

    assert len(headings(html, "h3")) == 4
    assert "All of the 4 case reviews in this issue match." in text
    assert "The rest of this issue" not in text and "more case review" not in text


def test_an_unknown_nation_is_no_reason() -> None:
    _, text = mail((), ("England",))

    assert "You asked for: England" in text
    assert text.count("You asked for England; the nation of this review is not known") == 3
    assert "4 case reviews in this issue match" in text
    assert "You asked for: England" not in mail((), ("Scotland", "Wales"))[1]
    assert "You asked for Scotland or Wales; the nation" in mail((), ("Scotland", "Wales"))[1]


def test_a_review_whose_nation_is_not_known_comes_after_those_that_match_for_certain() -> None:
    made = merge_for(issue(review(1), review(2), review(3, nation="Wales"), review(4, nation="England")))

    html, _ = mail((), ("Wales",), made=made)

    assert headings(html, "h3") == ["Sampleshire – Child 3", "Sampleshire – Child 1", "Sampleshire – Child 2"]


@pytest.mark.parametrize(
    ("met", "nations", "said"),
    [
        (MetWish(("a", "b"), "Wales"), ("Wales",), "You asked for: a; b; Wales"),
        (MetWish(("a", "b", "c", "d", "e")), (), "You asked for: a; b; c; 2 more"),
        (MetWish(("\u202ea\u200b",)), (), "You asked for: a"),
        (MetWish(), (), ""),
    ],
)
def test_a_wish_is_told_in_the_readers_own_words(met: MetWish, nations: tuple[Nation, ...], said: str) -> None:
    assert describe_wish(met, nations) == said


def test_three_readers_get_three_mails_of_one_issue_that_account_for_the_same() -> None:
    sets: list[tuple[tuple[str, ...], tuple[Nation, ...], RestOfIssue]] = [
        (("infant deaths",), (), "lines"),
        (("online abuse", "assault"), (), "full"),
        ((), ("Scotland",), "none"),
    ]

    mails = [mail(*wishes) for wishes in sets]

    assert len({text for _, text in mails}) == 3
    for html, text in mails:
        said = re.search(r"(\d) of the 4 case reviews in this issue match(?:es)?; the other (\d|one)", text)
        assert said
        more = re.search(r"(\d+) more case reviews?: read", text)
        listed = len(html.select("a[href*='#review-']"))
        assert len(headings(html, "h3")) + listed + int(more[1] if more else 0) == 4
        assert int(said[1]) + (1 if said[2] == "one" else int(said[2])) == 4


@pytest.mark.parametrize("short", [False, True], ids=["full", "short"])
def test_headers_frame_and_identifiers_are_everybodys(short: bool) -> None:
    of = full_issue()
    whole = build_merge_message(render(of, WORDING, short=short), WORDING, host="news.example.org", date=NOON)

    mine = merge_for(of, short=short).template(("infant deaths",), (), "full")(*READER)

    everybodys = MergeTemplate(whole)(*READER)
    assert mine.partition(b"\r\n\r\n")[0] == everybodys.partition(b"\r\n\r\n")[0]
    (html, text), (their_html, their_text) = message_parts(mine), message_parts(everybodys)
    assert text[text.index("Updated since") :] == their_text[their_text.index("Updated since") :]
    assert html[html.index("Updated since") :] == their_html[their_html.index("Updated since") :]
    assert "summary" not in text.partition("Matches what you asked for")[0]  # that each has one would not be true


@pytest.mark.parametrize("topic", ["infant <b>deaths</b> & “more”", ".infant deaths", "infant deaths " + "é" * 60])
def test_hostile_words_are_shown_and_break_nothing(topic: str) -> None:
    made = merge_for(issue(review(1, summary="." * 90 + f"\n.{topic}\n" + "Ŵ" * 200), review(2)))

    template = made.template((topic,), (), "lines")

    raw = template(*READER)
    html, text = message_parts(raw)
    assert f"You asked for: {topic}" in " ".join(BeautifulSoup(html, "lxml").get_text().split())
    assert f"You asked for: {topic}" in " ".join(text.split())
    assert template.ready(*READER) == dot_stuff(raw)
    body = raw.partition(b"\r\n\r\n")[2]
    assert max(map(len, body.split(b"\r\n"))) <= COLUMNS
    assert raw.isascii() and b"\n" not in raw.replace(b"\r\n", b"")


def test_blocks_stand_in_a_mail_as_they_were_rendered() -> None:
    _, blocks = render_blocks(full_issue(), WORDING)

    html, text = message_parts(four().template(("infant deaths",), (), "full")(*READER))

    for part, shown in ((blocks.html, html), (blocks.text, text)):
        assert len(part.reviews) == len(part.lines) == 4
        for block in part.reviews:
            before, _, after = block.partition("THE-WISH")
            assert before[: before.rfind("\n") + 1] in shown
            assert after[after.index("\n") + 1 :] in shown
    assert "THE-" not in html + text and "-OF-THE-REVIEWS" not in html + text and "<!--~" not in html


def test_a_review_that_was_taken_down_matches_nobodys_wishes() -> None:
    gone = replace(review(1), publisher="", name="", summary="", taken_down=True, id=0)

    made = merge_for(replace(issue(review(1), review(2, nation="Wales")), reviews=(gone, review(2, nation="Wales"))))

    html, text = mail((), ("Wales",), "lines", made)
    assert "1 of the 2 case reviews in this issue matches; the other one follows." in text
    assert "- A review that has been withdrawn" in text
    assert headings(html, "h3") == ["Sampleshire – Child 2"]


def test_of_several_collections_each_review_says_whose_it_is() -> None:
    made = merge_for(issue(review(1), review(2, source="adults", nation="Wales")), TWO)

    html, _ = mail((), ("Wales",), "lines", made)

    assert "Safeguarding Adults National Network" in html.select("h3")[0].find_next("p").get_text() + html.get_text()
    assert headings(html, "h2")[:1] == ["Matches what you asked for"]


@pytest.mark.parametrize("name", [*MONSTERS, "300", "thorough"])
def test_no_wishes_pass_the_size_budget(name: str) -> None:
    large = {"300": many(300), "thorough": [thorough(n) for n in range(1, 61)]}
    reviews = [replace(one, id=number) for number, one in enumerate((large | MONSTERS)[name], 1)]
    made = merge_for(issue(*reviews))

    for topics, rest in product((("é" * 80, "Word", "baby", "infant deaths", "<&" * 40), ("no such thing",)), RESTS):
        html, text = message_parts(made.template(topics, ("Scotland", "Northern Ireland"), rest)(*READER))

        assert len(html.encode()) <= MAX_HTML_BYTES
        shown = BeautifulSoup(html, "lxml")
        more = re.search(r"(\d+) more case reviews?: read", " ".join(text.split()))
        counted = len(headings(shown, "h3")) + len(shown.select("li a[href*='#review-']")) + int(more[1] if more else 0)
        assert counted == len(reviews)


def test_the_same_wishes_are_put_together_once() -> None:
    assert four().template(("a",), (), "full") is four().template(("a",), (), "full")
    assert four().template(("a",), (), "full") is not four().template(("a",), (), "lines")


def test_a_frame_without_its_slot_is_sent_to_nobody() -> None:
    raw = build_merge_message(render(full_issue(), WORDING), WORDING, host="news.example.org", date=NOON)

    with pytest.raises(StoreError, match="no place for reviews"):
        MergeTemplate(raw).place([], [], "")


def test_an_inbox_shows_first_what_matches() -> None:
    html, _ = mail(("infant deaths",))

    (shown,) = html.select(".preheader")
    assert shown.get_text().startswith("Baby girl, 10 weeks · death")
    assert mail(("no such thing",))[0].select(".preheader")[0].get_text() == full_issue().preheader
