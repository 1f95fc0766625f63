"""The newsletter that started this: four reviews that were new in September 2016."""

import json
import re
from collections.abc import Callable
from email import message_from_string, policy
from typing import Any

import pytest

from tests.conftest import Typed
from tests.support.installation import PAGES

Type = Callable[..., Typed]


@pytest.fixture
def september(typed: Type) -> Type:
    """A house that read the list on 31 August and again on 20 September 2016."""
    assert typed("init").code == 0
    for name, day in (("before", "2016-08-31"), ("after", "2016-09-20")):
        page = str(PAGES / "september" / f"{name}.html")
        assert typed("scrape", "nspcc", "--from-file", page, "--as-of", day).code == 0
    return typed


def built(typed: Type) -> dict[str, Any]:
    answer = typed("issue", "build", "2016-09", "--json")
    assert answer.code == 0, answer.err
    found: dict[str, Any] = json.loads(answer.out)
    return found


def expected() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((PAGES / "september" / "new.json").read_text("utf-8"))
    return found


def test_the_issue_has_exactly_the_four(september: Type) -> None:
    numbers = built(september)["reviews"]

    names = [json.loads(september("reviews", "show", str(number), "--json").out)["name"] for number in numbers]
    assert names == [review["name"] for review in expected()]


def test_its_text_reads_as_the_first_newsletter_did(september: Type) -> None:
    built(september)

    text = september("issue", "show", "2016-09", "--format", "text").out
    sentence = " ".join(text.split())

    frame = (
        "In September 2016 four case reviews were published to the NSPCC Repository. "
        "A summary of each of these cases can be found below:"
    )
    assert frame in sentence
    places = [sentence.index(review["title"], sentence.index(frame)) for review in expected()]
    assert places == sorted(places)
    for review in expected():
        for paragraph in review["summary"].split("\n"):
            assert paragraph in sentence
        for section in review["sections"]:
            assert f"{section['label']}:" in sentence
            assert all(item in sentence for item in section["items"])
        assert text.count(review["links"][0]["url"]) == 1
        assert f"Download the report: {review['title']}" in sentence


def test_each_has_its_own_download_link_in_the_html(september: Type) -> None:
    built(september)

    page = september("issue", "show", "2016-09", "--format", "html").out

    texts = re.findall(r"<a [^>]*>\s*(Download the report: [^<]+?)\s*</a>", page)
    assert len(texts) == len(set(texts)) == 4


def test_building_it_again_gives_the_same_hash(september: Type) -> None:
    first = built(september)

    assert built(september) == first


def test_the_next_month_carries_none_of_them_and_says_so(september: Type) -> None:
    built(september)

    later = json.loads(september("issue", "build", "2016-10", "--json").out)

    assert later["reviews"] == []
    assert later["intro"] == (
        "The list was last read well on 20 September 2016: what was published in October 2016 is not known to us."
    )


def test_what_was_there_at_the_first_read_is_known_and_no_news(september: Type) -> None:
    listed = json.loads(september("reviews", "list", "--json").out)

    assert sorted((review["baseline"], review["first_seen"][:10]) for review in listed) == (
        [(False, "2016-09-20")] * 4 + [(True, "2016-08-31")] * 3
    )


def test_an_edit_changes_the_draft_and_its_hash(september: Type) -> None:
    first = built(september)
    skipped = first["reviews"][0]

    edited = september("issue", "edit", "2016-09", "--note", "With thanks.", "--skip", str(skipped), "--json")

    issue = json.loads(edited.out)
    assert issue["reviews"] == first["reviews"][1:]
    assert issue["hash"] != first["hash"]
    assert "three case reviews" in issue["intro"]
    assert "With thanks." in september("issue", "show", "2016-09").out

    back = json.loads(september("issue", "edit", "2016-09", "--note", "", "--unskip", str(skipped), "--json").out)
    assert back["hash"] == first["hash"]


def test_the_order_can_be_given_by_number(september: Type) -> None:
    first = built(september)["reviews"]
    wanted = [first[2], first[0], first[1], first[3]]

    edited = september("issue", "edit", "2016-09", "--order", f" {first[2]}, {first[0]}", "--json")

    assert json.loads(edited.out)["reviews"] == wanted
    refused = september("issue", "edit", "2016-09", "--order", "999")
    assert (refused.code, "review 999 is not in the issue of 2016-09" in refused.err) == (2, True)


def test_a_dry_run_stores_no_issue(september: Type) -> None:
    dry = september("issue", "build", "2016-09", "--dry-run", "--json")

    assert len(json.loads(dry.out)["reviews"]) == 4
    assert json.loads(september("issue", "list", "--json").out) == []


def test_the_message_of_an_issue_can_be_shown(september: Type) -> None:
    built(september)

    message = september("issue", "show", "2016-09", "--format", "eml").out

    subject = message_from_string(message, policy=policy.default)["Subject"]
    assert subject.startswith("Case reviews: September 2016 (4 new): Girl, 1")
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in message
