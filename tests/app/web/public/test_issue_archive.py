"""The archive of issues: only what was sent, frozen as it was sent, in four forms, quick to ask about again."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from core.clean_text import TOKEN_PLACEHOLDER
from core.editor_records import CorrectionVersion
from db.mail import corrections
from db.schema.connect import write_transaction
from tests.support.browser import invalid
from tests.support.sample_archive import BASE, NOW, Shelf, full

PAGES = ("", ".txt", ".json", "/as-sent")


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return full(tmp_path)


def text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def test_the_list_names_what_was_sent_by_year_and_no_draft(shelf: Shelf) -> None:
    shelf.issue("2027-01", "sending")
    page = text(shelf.client(), "/issues")

    assert page.index('id="y2027"') < page.index("January 2027") < page.index('id="y2026"') < page.index("October 2026")
    assert "November 2026</a>" not in page
    assert "2026-11" not in page
    assert invalid(page) == []
    assert [one["period"] for one in json.loads(text(shelf.client(), "/issues.json"))] == [
        "2027-01",
        "2026-10",
        "2026-09",
    ]


def test_a_house_that_has_sent_nothing_says_so(tmp_path: Path) -> None:
    page = text(Shelf(tmp_path).client(), "/issues")

    assert "has not been sent yet" in page
    assert invalid(page) == []


@pytest.mark.parametrize("form", PAGES)
@pytest.mark.parametrize("period", ["2026-11", "2020-01", "2026-13", "abcdefg", "2026-1'", "../../x"])
def test_a_draft_and_what_never_was_are_not_found_alike(shelf: Shelf, period: str, form: str) -> None:
    answer = shelf.client().get(f"/issues/{period}{form}")

    assert answer.status_code == 404
    assert answer.data == shelf.client().get("/issues/1999-01").data


def test_an_issue_says_what_the_mail_says(shelf: Shelf) -> None:
    page, plain = text(shelf.client(), "/issues/2026-10"), text(shelf.client(), "/issues/2026-10.txt")

    for said in (
        "In October 2026 five case reviews",
        "Our next issue comes a day later.",
        "Content note:",
        "Childline",
    ):
        assert said in page
        assert said in " ".join(plain.split())
    assert '<a href="/reviews/' in page
    assert "Unsubscribe" not in page and TOKEN_PLACEHOLDER not in page
    assert "Updated since they were first listed" in page or "Withdrawn" not in page
    assert invalid(page) == []
    assert invalid(text(shelf.client(), "/issues/2026-09")) == []


def test_its_contents_lead_to_each_review_on_the_page_and_count_the_month(shelf: Shelf) -> None:
    page = BeautifulSoup(text(shelf.client(), "/issues/2026-10"), "lxml")
    places = [str(a["href"]) for a in page.select(".contents li a")]

    assert len(places) == len(page.select(".entry")) == 5
    assert all(page.select_one(place) for place in places)
    assert page.select(".counts p")[0].text.startswith("This month: 5 new")


def test_neighbours_are_those_that_were_sent(shelf: Shelf) -> None:
    last, first = text(shelf.client(), "/issues/2026-10"), text(shelf.client(), "/issues/2026-09")

    assert 'rel="prev"' in last and 'rel="next"' not in last
    assert 'rel="next"' in first and 'rel="prev"' not in first


def test_the_data_is_the_contracts_and_tells_nobody_how_many_readers_there_are(shelf: Shelf) -> None:
    data = json.loads(text(shelf.client(), "/issues/2026-10.json"))

    assert data["period"] == "2026-10" and data["status"] == "sent" and len(data["reviews"]) == 5
    assert [data[state] for state in ("queued", "sent", "refused", "failed", "unknown")] == [None] * 5
    assert data["html_bytes"] > 1000 and len(data["hash"]) == 64


def test_the_mail_as_sent_is_caged_and_holds_no_readers_link(shelf: Shelf) -> None:
    answer = shelf.client().get("/issues/2026-10/as-sent")
    page = answer.get_data(as_text=True)

    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'") and "sandbox" in policy
    assert "allow-scripts" not in policy
    assert TOKEN_PLACEHOLDER not in page and "/unsubscribe/" not in page and "Unsubscribe" in page
    assert "unsafe-inline" not in shelf.client().get("/issues/2026-10").headers["Content-Security-Policy"]


def test_a_correction_stands_everywhere_with_its_day(shelf: Shelf) -> None:
    client = shelf.client()
    before = {path: client.get(path).headers["ETag"] for path in ("/issues/2026-10", "/issues", "/feeds/issues.atom")}
    with write_transaction(shelf.db):
        corrections.add(shelf.db, "2026-10", "Suffolk is <b>not</b> **Norfolk**.", NOW + timedelta(days=2))

    answers = {path: client.get(path, headers={"If-None-Match": tag}) for path, tag in before.items()}
    assert {answer.status_code for answer in answers.values()} == {200}
    page = answers["/issues/2026-10"].get_data(as_text=True)
    assert 'id="correction-1"' in page and "Corrected on 25 November 2026." in page
    assert "Suffolk is &lt;b&gt;not&lt;/b&gt; <strong>Norfolk</strong>." in page
    assert answers["/issues/2026-10"].last_modified == NOW + timedelta(days=2)
    assert "; corrected on 25 November 2026" in answers["/issues"].get_data(as_text=True)
    plain = text(client, "/issues/2026-10.txt")
    assert "Corrected on 25 November 2026." in plain and "Suffolk is <b>not</b> Norfolk." in plain
    assert json.loads(text(client, "/issues/2026-10.json"))["corrections"] == [
        {
            "number": 1,
            "at": "2026-11-25T09:00:00Z",
            "amended": None,
            "withdrawn": False,
            "review": None,
            "words": "Suffolk is <b>not</b> **Norfolk**.",
        }
    ]
    listed = {one["period"]: one["corrected"] for one in json.loads(text(client, "/issues.json"))}
    assert (listed["2026-10"], listed["2026-09"]) == ("2026-11-25T09:00:00Z", None)
    assert "Norfolk" not in text(client, "/issues/2026-09") + text(client, "/issues/2026-10/as-sent")


def test_a_correction_is_an_entry_of_the_feeds_whose_id_outlives_its_words(shelf: Shelf) -> None:
    client = shelf.client()
    with write_transaction(shelf.db):
        corrections.add(shelf.db, "2026-10", "The year was 2015.", NOW + timedelta(days=1))
    first = json.loads(text(client, "/feeds/issues.json"))["items"]
    with write_transaction(shelf.db):
        version = CorrectionVersion(2, NOW + timedelta(days=2), "The year was 2014.")
        corrections.add_version(shelf.db, "2026-10", 1, version)

    second = json.loads(text(client, "/feeds/issues.json"))["items"]

    assert first[0]["id"] == second[0]["id"] and first[0]["id"] not in [one["id"] for one in first[1:]]
    assert second[0]["title"] == "Correction: Case reviews, October 2026"
    assert second[0]["url"] == "https://news.example.org/issues/2026-10#correction-1"
    assert "The year was 2014." in second[0]["content_html"] and "2015" not in second[0]["content_html"]
    assert (second[0]["date_published"], second[0]["date_modified"]) == ("2026-11-24T09:00:00Z", "2026-11-25T09:00:00Z")
    assert len(second) == len(first) == 3
    assert "amended on 25 November 2026" in text(client, "/issues/2026-10")


def test_a_correction_of_a_review_taken_down_says_nothing_of_it(shelf: Shelf) -> None:
    client = shelf.client()
    number = json.loads(text(client, "/issues/2026-10.json"))["reviews"][0]
    with write_transaction(shelf.db):
        corrections.add(shelf.db, "2026-10", "Baby Xerxes was two.", NOW, review_id=number)
    paths = (
        "/issues/2026-10",
        "/issues/2026-10.txt",
        "/issues/2026-10.json",
        "/feeds/issues.atom",
        "/feeds/issues.json",
    )
    assert all("Xerxes" in text(client, path) for path in paths)

    shelf.take_down(number)

    assert not any("Xerxes" in text(client, path) for path in paths)
    assert "It was about a review that has been withdrawn since" in text(client, "/issues/2026-10")


def test_a_review_taken_down_leaves_a_tombstone_in_every_form(shelf: Shelf) -> None:
    client = shelf.client()
    number = json.loads(text(client, "/issues/2026-10.json"))["reviews"][0]
    name = json.loads(text(client, f"/reviews/{number}.json"))["name"]
    tags = {form: client.get(f"/issues/2026-10{form}").headers["ETag"] for form in PAGES}
    assert all(name in text(client, f"/issues/2026-10{form}") for form in ("", ".txt", "/as-sent"))
    shelf.take_down(number)

    for form in PAGES:
        answer = client.get(f"/issues/2026-10{form}", headers={"If-None-Match": tags[form]})
        assert answer.status_code == 200, form
        assert name not in answer.get_data(as_text=True)
    page = text(client, "/issues/2026-10")
    assert "A review that has been withdrawn" in page
    assert f'href="/reviews/{number}"' not in page
    assert invalid(page) == []


@pytest.mark.parametrize("path", ["/issues", "/issues.json", *(f"/issues/2026-10{form}" for form in PAGES)])
def test_asking_again_costs_nothing_and_sets_no_cookie(shelf: Shelf, path: str) -> None:
    client = shelf.client()
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    since = client.get(path, headers={"If-Modified-Since": first.headers["Last-Modified"]})

    assert (again.status_code, again.data, since.status_code) == (304, b"", 304)
    assert "Set-Cookie" not in first.headers
    assert first.headers["Cache-Control"] == "public, no-cache"
    assert first.headers["X-Robots-Tag"] == "noindex"
    assert client.head(path).status_code == 200


def test_an_answer_not_modified_and_one_kept_read_two_rows_and_render_nothing(shelf: Shelf) -> None:
    app = shelf.app()
    client = app.test_client()
    tag = client.get("/issues/2026-10").headers["ETag"]
    seen: list[str] = []
    app.extensions["casereviews"].db.conn.set_trace_callback(seen.append)
    client.get("/issues/2026-10", headers={"If-None-Match": tag})
    client.get("/issues/2026-10")

    tables = [re.search(r"FROM (issues|support_checks)", statement) for statement in seen]
    assert [found and found[1] for found in tables] == ["issues", "support_checks"] * 2


def test_search_engines_may_be_let_in(tmp_path: Path) -> None:
    open_ = full(tmp_path, web={"noindex": False})

    assert "X-Robots-Tag" not in open_.client().get("/issues/2026-10").headers


def test_addresses_in_the_page_need_no_name_of_the_house(shelf: Shelf) -> None:
    page = text(shelf.client(), "/issues/2026-10")

    assert page.count(BASE) == 1  # for paper
    assert f"{BASE}/issues/2026-10, as of 23 November 2026" in page
