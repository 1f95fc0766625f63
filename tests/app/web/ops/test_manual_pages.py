"""The manual on the operator's pages: every page of it, its links and headings."""

import re
from pathlib import Path

import pytest

from app.web.ops import manual_pages
from db.schema.connect import Database
from tests.app.web.operator import Desk
from tests.support.web_site import texts

NAMES = sorted(file.stem for file in manual_pages.FOLDER.glob("*.md"))


def test_every_page_is_listed_and_every_link_leads_to_a_heading_that_is_there(db: Database) -> None:
    who = Desk(db).operator()
    listed = re.findall(r'href="/ops/manual/([a-z-]+)"', who.get("/ops/manual").text)
    pages = {name: who.get(f"/ops/manual/{name}").text.split('<div class="ops-manual">')[1] for name in listed}
    led = [
        (name, target or name, anchor)
        for name, page in pages.items()
        for target, anchor in re.findall(r'href="(?:/ops/manual/([a-z-]+))?#([^"]+)"', page)
        if anchor != "main"
    ]

    assert sorted(listed) == NAMES
    assert len(led) > 10
    assert [one for one in led if f'id="{one[2]}"' not in pages[one[1]]] == []


def test_a_page_has_its_tables_and_no_link_to_a_file(db: Database) -> None:
    page = Desk(db).operator().get("/ops/manual/running").text

    assert "<table>" in page
    assert 'href="deploy/' not in page
    assert page.count("<h1>") == 1


@pytest.mark.parametrize("name", ["nothing", "..", "..%2FREADME", "Running"])
def test_what_is_no_page_of_it_is_not_found(db: Database, name: str) -> None:
    assert Desk(db).operator().get(f"/ops/manual/{name}").status_code == 404


def test_where_it_was_not_installed_it_is_said_where_it_is(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manual_pages, "FOLDER", tmp_path)

    assert "in the folder docs beside the program’s sources" in texts(Desk(db).operator().get("/ops/manual").text)
