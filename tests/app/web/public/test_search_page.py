"""A review's page: all that is known of it in words, nothing of what is withdrawn, and scraped text only as text."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from core.records import Change, Link, Review, Section
from db.collection import links, reviews, runs, sightings
from db.collection.links import get as looked
from db.schema.connect import write_transaction
from scraper.identity import heading_key
from services.operator.error_reports import pass_on_reports
from tests.support.browser import invalid
from tests.support.sample_archive import BASE, NOW, Shelf, full, sample
from tests.support.web_site import OURS

EVIL = (
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "</title></textarea></style><svg onload=alert(1)>",
    "\u202eright to left\u202c \u2066isolated",
    "a\x00b\x08c\x1bd\x7fe\x85f\ufffe",
    "{{ 7331*3 }} {% raw %} ${7} javascript:alert(1)",
    "--><!-- ]]> &lt;b&gt; &#60;",
)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def soup(shelf: Shelf, path: str, code: int = 200) -> BeautifulSoup:
    answer = shelf.client().get(path)
    page = answer.get_data(as_text=True)
    assert answer.status_code == code, path
    assert invalid(page) == []
    return BeautifulSoup(page, "lxml")


def words(page: BeautifulSoup, where: str = "main") -> str:
    return " ".join(" ".join(found.get_text(" ") for found in page.select(where)).split())


def check_link(shelf: Shelf, url: str, **known: Any) -> None:
    with write_transaction(shelf.db):
        links.save(shelf.db, replace(looked(shelf.db, url), checked_at=NOW, **known), NOW)


def test_the_record_says_what_is_known(shelf: Shelf) -> None:
    review = shelf.add(
        sample("Baby D", month=9, links=(Link("Read", "https://library.example.org/search2?searchTerm0=C0042"),))
    )
    page = soup(shelf, f"/reviews/{review.id}")

    assert page.select_one("h1").get_text() == "Suffolk – Baby D"  # type: ignore[union-attr]
    assert page.title.get_text() == "Suffolk – Baby D – Case reviews"  # type: ignore[union-attr]
    said = words(page)
    for fact in (
        "September 2016 · England · Serious case review",
        "Content note: This record may describe",
        "Key issues drift delay",
        "Collection NSPCC Repository, number C0042",
        "First seen by us 23 November 2026",
        "Suffolk (2016) Baby D. Serious case review. NSPCC Repository. Available at: "
        "https://library.example.org/search2?searchTerm0=C0042 (accessed 23 November 2026).",
        "Childline",
        f"{BASE}/reviews/{review.id}, as of 23 November 2026",
    ):
        assert fact in said
    assert [a["href"] for a in page.select(".tags a")] == ["/topics/neglect", "/topics/travellers"]
    assert "What has changed" not in said


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (
            {"state": "live", "media": "application/pdf", "size": 1_240_000},
            "(PDF, 1.2 MB) It worked when we last looked, on 23",
        ),
        ({"state": "moved"}, "It worked when we last looked, on 23 November 2026. It led on to another address."),
        (
            {"state": "live", "first_failed_on": NOW.date()},
            "It did not open when we last tried it, on 23 November 2026.",
        ),
        (
            {"state": "live", "unsettled": True},
            "We could not look at it when we last tried, on 23 November 2026. It worked before.",
        ),
        (
            {"state": "unreached", "first_failed_on": NOW.date()},
            "We could not reach it ourselves when we last tried, on 23 November 2026. It may well open for you.",
        ),
        (
            {"state": "dead", "why": "404"},
            "The link to this report no longer works. We last tried it on 23 November 2026.",
        ),
    ],
)
def test_the_state_of_the_link_is_said_in_words(shelf: Shelf, known: dict[str, Any], expected: str) -> None:
    review = shelf.add(sample())
    url = "https://library.example.org/ChildA"
    before = soup(shelf, f"/reviews/{review.id}")
    assert "Download the report: Suffolk – Child A We have not looked at this link yet." in words(before)
    check_link(shelf, url, **known)

    page = soup(shelf, f"/reviews/{review.id}")
    assert expected in words(page)
    assert bool(page.select(f'.report a[href="{url}"][rel="noopener noreferrer"]')) is (known["state"] != "dead")


def test_a_review_without_a_link_says_so_and_is_cited_by_its_page(shelf: Shelf) -> None:
    shelf.add(sample(links=()))
    said = words(soup(shelf, "/reviews/1"))

    assert "The collection gives no download link for this report." in said
    assert f"Available at: {BASE}/reviews/1 (accessed" in said


def test_its_history_shows_what_was_and_is_with_the_words_that_differ(shelf: Shelf) -> None:
    review = shelf.add(sample())
    edited = replace(review, summary="Neglect of a 5-year-old girl.", version=2, keywords=())
    changes = (Change("summary", "Neglect of a 4-year-old girl.", edited.summary), Change("keywords", "x, y", ""))
    with write_transaction(shelf.db):
        reviews.save_edit(shelf.db, edited, changes, heading_key(edited), NOW + timedelta(days=1))
    page = soup(shelf, "/reviews/1")

    said = words(page, ".history")
    assert "24 November 2026: Its entry was changed." in said
    assert [tag.get_text() for tag in page.select("del")] == ["4"] and [
        tag.get_text() for tag in page.select("ins")
    ] == ["5"]
    assert "Was: x, y Is now: nothing" in said


def test_the_issues_that_carried_it_are_named_but_no_draft(tmp_path: Path) -> None:
    shelf = full(tmp_path)
    client = shelf.client()
    number = json.loads(client.get("/issues/2026-10.json").data)["reviews"][0]
    page = soup(shelf, f"/reviews/{number}")
    assert [a["href"] for a in page.select(".rows a")] == ["/issues/2026-10"]
    assert json.loads(client.get(f"/reviews/{number}.json").data)["issue"] == "2026-10"
    late = shelf.add(sample("Late"), datetime(2026, 11, 2, tzinfo=UTC))
    shelf.issue("2026-11", "draft")

    assert json.loads(client.get(f"/reviews/{late.id}.json").data)["issue"] is None
    assert "2026-11" not in str(soup(shelf, f"/reviews/{late.id}").select_one(".rows"))


def test_a_missing_review_and_its_sources_are_told(shelf: Shelf) -> None:
    review = shelf.add(sample())
    with write_transaction(shelf.db):
        sightings.mark_shown(shelf.db, "other", [(review.id, "print")], NOW + timedelta(days=1))
        sightings.mark_missing(shelf.db, "nspcc", [review.id], NOW.date() + timedelta(days=2))
        reviews.set_status(shelf.db, [review.id], "missing")
    said = words(soup(shelf, "/reviews/1"))

    assert "Its collection does not list this review at the moment." in said
    assert "since 23 November 2026; not listed since 25 November 2026" in said
    assert "NSPCC Repository, since 24 November 2026" in said


def test_the_data_is_the_contracts(shelf: Shelf) -> None:
    shelf.add(sample("Baby D"))
    data = json.loads(shelf.client().get("/reviews/1.json").data)

    names = "id source key year month publisher name title summary sections keywords links nation status".split()
    assert list(data) == [*names, "first_seen", "last_seen", "baseline", "issue"]
    assert data["sections"] == [
        {"kind": "learning", "label": "Key issues", "text": "drift; delay.", "items": ["drift", "delay"]}
    ]


@pytest.mark.parametrize("how", ["taken down", "withdrawn by its source"])
def test_of_a_withdrawn_review_nothing_is_left_but_that_it_is(shelf: Shelf, how: str) -> None:
    client = shelf.client()
    review = shelf.add(sample("Zebedee", publisher="Zanzibarshire", keywords=("zeitgeist",), summary="Zealous."))
    tag = {"If-None-Match": client.get("/reviews/1").headers["ETag"]}
    assert client.get("/reviews/1", headers=tag).status_code == 304
    shelf.take_down(review.id) if how == "taken down" else shelf.gone(review.id)

    for path in ("/reviews/1", "/reviews/1.json", "/reviews/1/report", "/reviews/1/reported"):
        answer = client.get(path, headers=tag)
        assert answer.status_code == 410, path
        assert b"Z" not in answer.data.replace(b'Z"', b"") and b"zeal" not in answer.data and b"zeit" not in answer.data
    assert "has been withdrawn" in words(soup(shelf, "/reviews/1", 410))
    for path in ("/reviews", "/reviews?q=zealous", "/reviews.json", "/topics", "/topics.json", "/feeds/reviews.atom"):
        body = (
            client.get(path)
            .get_data(as_text=True)
            .replace("“zealous”", "")
            .replace("q=zealous", "")
            .replace('value="zealous"', "")
        )
        assert "ebedee" not in body and "anzibar" not in body and "ealous" not in body and "eitgeist" not in body, path
    assert client.get("/topics/zeitgeist").status_code == 404


@pytest.mark.parametrize(
    "number", ["0", "2", "-1", "x", "1x", "99999999999999999999", "1.5", "01%00", "C6021", "1/../2"]
)
def test_what_is_not_there_is_not_found(shelf: Shelf, number: str) -> None:
    shelf.add(sample())

    for form in ("", ".json", "/report"):
        assert shelf.client().get(f"/reviews/{number}{form}").status_code == 404


@pytest.mark.parametrize("evil", EVIL, ids=ascii)
def test_scraped_text_is_only_ever_text(shelf: Shelf, evil: str) -> None:
    hostile = Review(
        "nspcc",
        f"Suffolk {evil}",
        f"Child {evil}",
        2016,
        title=f"Suffolk {evil}",
        heading=evil,
        summary=f"Death of a boy. {evil}\n{evil}",
        sections=(
            Section("learning", f"Key {evil}", f"{evil}; b.", (evil, "b")),
            Section("other", "More", f"x {evil}"),
        ),
        keywords=(evil, f"neglect {evil}"[:70], "neglect"),
        links=(
            Link(evil, f"https://library.example.org/?x={evil}"),
            Link("Read the summary", f"javascript:alert('{evil}')"),
            Link("Read more", "data:text/html,<script>alert(1)</script>"),
            Link("Read", "//evil.example.org/x"),
        ),
    )
    review = shelf.add(hostile, datetime(2026, 10, 2, tzinfo=UTC))
    changed = replace(review, version=2, summary=review.summary + evil)
    with write_transaction(shelf.db):
        told = (
            Change("summary", evil, f"{evil} more"),
            Change(evil[:20], evil, evil),
            Change("links", f"x\n{evil}", evil),
        )
        reviews.save_edit(shelf.db, changed, told, "x", NOW)
    shelf.issue("2026-10", note=f"A note {evil}")
    client = shelf.client()

    paths = [
        "/reviews",
        "/reviews?q=death",
        "/reviews/1",
        "/reviews/1/report",
        "/reviews/1/reported",
        "/issues",
        "/issues/2026-10",
    ]
    paths += ["/issues/2026-10/as-sent", "/topics", "/topics/neglect", "/topics/neglect/learning"]
    paths += ["/trends", "/learning", "/compare?review=1&review=2"]
    for path in [*paths, *(str(a["href"]) for a in soup(shelf, "/reviews/1").select(".tags a"))]:
        answer = client.get(path)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 200, path
        assert path.endswith("as-sent") or invalid(page) == [], path
        foreign = BeautifulSoup(page, "lxml").select(
            "script, img, svg:not(.chart, .patterns, .look), iframe, [onerror], [onload]"
        )
        assert not foreign, path
        assert not [href for a in BeautifulSoup(page, "lxml").select("a[href]") if not _safe(href := str(a["href"]))], (
            path
        )
        assert not set("\x00\x08\x1b\u202e\u2066") & set(page), path
        assert "21993" not in page, path
    for path in ("/reviews/1.json", "/reviews.json", "/issues/2026-10.json", "/topics.json"):
        assert client.get(path).get_json() is not None, path


def _safe(href: str) -> bool:
    return href.startswith(("/", "#", "tel:", "mailto:", "https://", "http://")) and not href.startswith("//")


def test_the_page_of_a_day_ago_is_the_same_but_for_the_day_it_is_cited_on(shelf: Shelf) -> None:
    shelf.add(sample())
    tag = {"If-None-Match": shelf.client().get("/reviews/1").headers["ETag"]}
    assert shelf.client().get("/reviews/1", headers=tag).status_code == 304
    with write_transaction(shelf.db):
        from core.source_records import Run

        runs.add(shelf.db, Run("nspcc", NOW + timedelta(days=1)))

    answer = shelf.client().get("/reviews/1", headers=tag)
    assert answer.status_code == 200
    assert answer.last_modified == NOW + timedelta(days=1)
    assert "Last seen by us 24 November 2026" in words(soup(shelf, "/reviews/1"))


def test_not_modified_asks_one_question_and_renders_nothing(shelf: Shelf) -> None:
    shelf.add(sample())
    client = shelf.client()
    tag = client.get("/reviews/1").headers["ETag"]
    seen: list[str] = []
    shelf.app().extensions["casereviews"].db.conn.set_trace_callback(seen.append)
    client.get("/reviews/1", headers={"If-None-Match": tag})
    client.get("/reviews/1")

    assert len(seen) == 2


def send(shelf: Shelf, **fields: str) -> Any:
    return shelf.client().post("/reviews/1/report", data=fields, headers=OURS, follow_redirects=True)


@pytest.mark.parametrize("operator", ["", "Ops <ops@example.org>"])
def test_a_reader_reports_an_error_to_the_operator(tmp_path: Path, operator: str) -> None:
    shelf = Shelf(tmp_path, operator=operator)
    shelf.add(sample())
    answer = send(shelf, words="The link leads\nto another report.\x07", email="reader@example.org")

    assert answer.status_code == 200 and b"Thank you" in answer.data
    assert not (tmp_path / "outbox").exists()  # no reader waits for a mail server
    assert pass_on_reports(shelf.effects, shelf.settings, shelf.db) == 1
    assert pass_on_reports(shelf.effects, shelf.settings, shelf.db) == 0
    (file,) = (tmp_path / "outbox").glob("*.eml")
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert mail["To"] == (operator or "Case reviews <news@localhost>")
    assert mail["Subject"] == "casereviews: an error in review 1"
    assert isinstance(mail, EmailMessage)
    text = mail.get_body(("plain",))
    assert text
    body = text.get_content().replace("\r\n", "\n")
    assert "The link leads\nto another report.\n" in body
    assert f"{BASE}/reviews/1" in body and "Answer to: reader@example.org" in body


@pytest.mark.parametrize(
    ("fields", "field", "what"),
    [
        ({"words": " \n "}, "words", "Say what is wrong"),
        ({"words": "x" * 5001}, "words", "Say it in 5,000 characters or fewer"),
        ({"words": "x", "email": "nobody"}, "email", "Enter an email address"),
        ({"words": "x", "email": "a@example.org\nBcc: b@example.org"}, "email", "Enter an email address"),
    ],
)
def test_a_mistake_in_the_report_is_named_and_what_was_typed_stays(
    shelf: Shelf, fields: dict[str, str], field: str, what: str
) -> None:
    shelf.add(sample())
    answer = send(shelf, **fields)
    page = BeautifulSoup(answer.data, "lxml")

    assert answer.status_code == 400 and invalid(answer.get_data(as_text=True)) == []
    assert page.title.get_text().startswith("Error: ")  # type: ignore[union-attr]
    assert page.select_one(".mistakes a")["href"] == f"#{field}"  # type: ignore[index]
    assert what in page.select_one(f"#{field}-mistake").get_text()  # type: ignore[union-attr]
    assert fields["words"].strip() in page.select_one("#words").get_text()  # type: ignore[union-attr]
    assert not (shelf.settings.data_dir / "outbox").exists()


def test_a_report_needs_the_forms_token_and_is_taken_so_often_only(shelf: Shelf) -> None:
    shelf.add(sample())
    assert shelf.client().post("/reviews/1/report", data={"words": "x"}).status_code == 400
    codes = [send(shelf, words="x").status_code for _ in range(7)]

    assert codes == [200] * 5 + [429] * 2
    assert "192.0.2" not in str([tuple(row) for row in shelf.db.execute("SELECT * FROM signup_attempts")])


def test_neither_the_form_nor_the_record_sets_a_cookie(shelf: Shelf) -> None:
    shelf.add(sample())

    assert "Set-Cookie" not in shelf.client().get("/reviews/1/report").headers
    assert "Set-Cookie" not in shelf.client().get("/reviews/1").headers
