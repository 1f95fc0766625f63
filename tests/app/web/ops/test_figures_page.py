"""The desk's figures: pictures with the same numbers in tables; what was not counted is not called 0."""

import re
from pathlib import Path

from db.schema.connect import Database
from tests.app.web.operator import Desk, add_link, sent
from tests.support.web_site import texts


def test_the_figures_say_what_is_in_the_database(tmp_path: Path) -> None:
    db = sent(tmp_path, readers=5)
    add_link(db, 1, "https://example.org/gone.pdf", 9, state="dead")
    page = Desk(db).operator().get("/ops/figures")

    text = texts(page.text)
    assert page.status_code == 200
    assert re.search(r"September 2016 5 0 0 0 0", text)
    assert "not counted" not in text
    assert re.search(r"Of all links: .*\b1 dead\b", text)
    assert page.text.count('<svg class="chart"') >= 1
    db.close()


def test_where_nothing_is_known_yet_nothing_is_drawn(db: Database) -> None:
    page = Desk(db).operator().get("/ops/figures")

    assert page.status_code == 200
    assert '<svg class="chart"' not in page.text
    assert "There is nothing to draw yet." in page.text
    assert "No link is known yet." in page.text
