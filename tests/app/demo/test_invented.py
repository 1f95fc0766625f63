"""The demonstration's pages: each says that it is invented, and each new one has something to show."""

import html
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from email import policy
from email.parser import BytesParser
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import pytest
from docx import Document
from flask.testing import FlaskClient

from app.demo.listing_server import serve_listing
from app.demo.walkthrough import DemoResult, demo_settings, run_walkthrough
from app.runtime.side_effects import system_effects
from app.web import create_app
from core.config.schema import Settings
from db.schema.connect import connect
from services.operator.health import assess_health

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
BASE = "http://127.0.0.1:8765"
NOT_OURS = ("/style.css", "/icon.svg", "/robots.txt")  # of no review
ONE_OF_A_KIND = re.compile(r"\d+|(?<=/topics/)[a-z0-9-]+|\?.*")  # of pages that differ by these, some are looked at


class Demonstration(NamedTuple):
    """One that ran, and a browser of its pages."""

    result: DemoResult
    client: FlaskClient
    folder: Path
    settings: Settings

    def get(self, path: str) -> str:
        answer = self.client.get(path, base_url=BASE)
        assert answer.status_code == 200, path
        return html.unescape(answer.get_data(as_text=True))


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    folder, effects = tmp_path_factory.mktemp("demo"), system_effects()
    with serve_listing() as site:
        settings = demo_settings(site, folder, BASE)
        result = run_walkthrough(effects, settings, site, lambda line: None)
        yield Demonstration(result, create_app(effects, settings).test_client(), folder, settings)


def linked_pages(shown: Demonstration) -> dict[str, str]:
    """The pages that links lead to from the front page and a reader's own, three of each kind, by address."""
    found, kinds = {}, dict[str, int]()
    waiting = ["/", f"/preferences/{shown.result.reader.token}", f"/reviews/{shown.result.lost}"]
    while waiting:
        path = waiting.pop(0).partition("#")[0]
        kind = ONE_OF_A_KIND.sub("", path)
        if path in found or kinds.get(kind, 0) > 2:
            continue
        kinds[kind] = kinds.get(kind, 0) + 1
        answer = shown.client.get(path, base_url=BASE)
        if "text/html" not in answer.content_type:
            continue
        found[path] = answer.get_data(as_text=True)
        links = re.findall(r'href="([^"]+)"', found[path])
        waiting += [href for link in links if (href := html.unescape(link).removeprefix(BASE)).startswith("/")]
    return found


def test_every_page_says_that_it_is_invented(shown: Demonstration) -> None:
    pages = linked_pages(shown)

    assert len(pages) > 30
    assert {"/", "/reviews", "/topics", "/trends", "/issues", "/subscribe", "/privacy"} <= pages.keys()
    assert [path for path, text in pages.items() if "invented" not in text.lower()] == []


def test_nothing_is_wrong_that_the_demonstration_itself_has_left_undone(shown: Demonstration) -> None:
    with closing(connect(shown.settings.database)) as db:
        report = assess_health(shown.settings, db, datetime.now(UTC))

    assert [line.words for line in report.troubles if line.about != "disk"] == []
    assert report.summary.startswith("Nothing is wrong, but the timer has never run")


def test_every_mail_says_that_it_is_invented_in_its_subject_and_both_its_parts(shown: Demonstration) -> None:
    files = list(shown.folder.glob("outbox/*/*.eml"))

    assert len(files) == 3
    for file in files:
        read = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
        parts = [read.get_body((kind,)) for kind in ("html", "plain")]
        assert "invented" in read["Subject"]
        assert all("no child, family or case is real" in part.get_content() for part in parts if part)


def test_ten_years_of_hidden_men_are_found_by_the_words_of_the_field(shown: Demonstration) -> None:
    trends = shown.get("/trends")
    learning = shown.get("/topics/hidden-men/learning")
    search = shown.get("/reviews?q=invisible+fathers&year=2016-2026")

    assert all(str(year) in trends for year in range(2016, 2026))
    assert "ask for whole names of all adults who care for a baby" in learning
    assert "lso searched" in search
    assert "Suffolk – Baby B" in search


def test_reviews_are_compared_and_taken_to_a_team_as_word(shown: Demonstration) -> None:
    form = {"title": "Hidden men", "review": ["41", "44"]}
    made = shown.client.post("/lists", data=form, base_url=BASE, headers={"Sec-Fetch-Site": "same-origin"})
    place = made.headers["Location"].removeprefix(BASE)

    document = Document(BytesIO(shown.client.get(f"{place}/briefing.docx").data))

    assert "invented" in "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "invented" in shown.get(f"{place}/briefing").lower()
    assert "Northern Ireland – Child D" in shown.get("/compare?review=41&review=44")


def test_a_report_is_gone_and_another_list_has_a_copy(shown: Demonstration) -> None:
    page = shown.get(f"/reviews/{shown.result.lost}")

    assert "The report is no longer where it was" in page
    assert "mailto:library@example.org?subject=Report%20wanted%3A%20C1004%2C" in page
    assert "as linked by another list of the same collection" in page
    assert "It worked when we last looked" in page
