"""The pages over a copy: what is read is answered and says how old that is, all else says where it is."""

import json
import os
import re
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from app.web.replica.replica_guard import is_reading
from app.web.replica.replica_runner import create_replica_app
from app.web.replica.steady_reads import SteadyReads
from core.errors import DatabaseMissing, StoreError
from db.files.backup import copy_database
from db.operator import job_log
from db.schema.connect import write_transaction
from tests.support.sample_archive import BASE, NOW, full
from tests.support.web_site import texts

OWN = "https://read.example.org"
READ = (
    *("/", "/issues", "/issues.json", "/issues/2026-10", "/issues/2026-10.txt", "/issues/2026-10.json"),
    *("/issues/2026-10/as-sent", "/reviews", "/reviews?q=neglect", "/reviews.json", "/reviews/1", "/reviews/1.json"),
    *("/reviews.csv", "/reviews/1.ris", "/topics", "/topics/neglect", "/topics/neglect/learning", "/trends", "/about"),
    *("/compare?review=1&review=2", "/feeds/reviews.atom", "/feeds/issues.json", "/robots.txt", "/style.css"),
    *("/learning", "/privacy"),
)


class House:
    """A house, and the pages over a copy of its database that is written from elsewhere."""

    def __init__(self, folder: Path) -> None:
        (folder / "house").mkdir()
        (folder / "copy").mkdir()
        self.shelf, self.file = full(folder / "house"), folder / "copy" / "reviews.db"
        self.follow()
        self.app = self.serve()
        self.client = self.app.test_client()

    def serve(self) -> Flask:
        return create_replica_app(self.shelf.effects, self.shelf.settings, self.file)

    def follow(self) -> None:
        """Have the copy replaced, as a restore does."""
        new = self.file.with_name("new.db")
        copy_database(self.shelf.settings.database, new)
        new.rename(self.file)

    def signal(self, at: datetime | None) -> None:
        """Follow a database whose timer last wrote at an instant, or never, and nobody since."""
        with write_transaction(self.shelf.db):
            for change in ("DELETE FROM job_log", "DELETE FROM runs", "UPDATE issues SET frozen_at = NULL"):
                self.shelf.db.execute(change)
            if at:
                job_log.save(self.shelf.db, job_log.HEARTBEAT_TASK, at)
        self.follow()

    def get(self, path: str, base: str = BASE) -> str:
        answer = self.client.get(path, base_url=base)
        assert answer.status_code == 200, (path, answer.status_code)
        return str(answer.text)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def pages_of(file: Path) -> list[bytes]:
    raw = file.read_bytes()
    size = int.from_bytes(raw[16:18], "big")
    return [raw[at : at + size] for at in range(0, len(raw), size)]


def change_in_place(file: Path, change: str) -> None:
    """Change pages of a file without the one by which SQLite tells that there was a change."""
    other = file.with_name("other.db")
    shutil.copy(file, other)
    with closing(sqlite3.connect(other)) as db, db:
        db.execute(change)
    before, after = pages_of(file), pages_of(other)
    other.unlink()
    assert len(before) == len(after)
    size = len(before[0])
    with file.open("r+b") as opened:
        for number, (old, new) in enumerate(zip(before, after, strict=True)):
            if number and old != new:
                opened.seek(number * size)
                opened.write(new)
    now = file.stat().st_mtime_ns
    os.utime(file, ns=(now, now - 10**9))  # as if long ago: nothing waits for it to settle


def test_every_reading_page_answers_and_says_how_old_the_copy_is(house: House) -> None:
    house.signal(NOW - timedelta(minutes=3))
    before = {file.name: file.read_bytes() for file in house.file.parent.iterdir()}

    for path in READ:
        page = house.get(path, OWN if path != "/" else BASE)
        if "<footer" in page:
            assert "A copy, as of 23 November 2026 at 08:57." in texts(page), path
    assert "/subscribe" in house.get("/") and '<form class="panel"' not in house.get("/")
    assert {file.name: file.read_bytes() for file in house.file.parent.iterdir()} == before


def test_how_old_it_is_comes_from_the_file_where_nothing_is_written_in_it_or_is_unknown(house: House) -> None:
    house.signal(None)
    day = (NOW - timedelta(days=2)).timestamp()
    os.utime(house.file, (day, day))
    assert "A copy, whose file was written on 21 November 2026 at 09:00." in house.get("/about")
    os.utime(house.file, (day, (NOW + timedelta(days=2)).timestamp()))
    assert "A copy of unknown age." in house.get("/about")
    os.utime(house.file, (0, 0))
    assert "A copy of unknown age." in house.get("/about")


def test_a_copy_that_is_replaced_or_changed_in_place_is_shown_as_it_is_now(house: House) -> None:
    first = house.get("/reviews/1")
    house.shelf.take_down(1)
    assert house.get("/reviews/1") == first
    house.follow()

    assert house.client.get("/reviews/1").status_code in (404, 410)
    assert '/reviews/1"' not in house.get("/reviews?year=2019&year=2026")
    shown = house.get("/reviews/2")
    title = re.search("<h1>(.*?)</h1>", shown)
    assert title
    change_in_place(house.file, "UPDATE reviews SET summary = 'Written anew.' WHERE id = 2")
    assert "Written anew." in house.get("/reviews/2")
    assert "Written anew." in house.get("/reviews/2.json")


def test_copies_that_replace_one_another_are_each_searched_anew(house: House) -> None:
    """Though file systems give a new file the number of one that has gone, and nothing else may tell them apart."""
    older, newer = (house.file.with_name(f"{name}.db") for name in ("older", "newer"))
    shutil.copy(house.file, older)
    with closing(sqlite3.connect(house.file)) as db, db:
        mark = db.execute("SELECT MAX(id) FROM facet_changes").fetchone()
        db.execute("UPDATE reviews SET status = 'withdrawn' WHERE id > 5")
        db.execute("DELETE FROM facet_changes WHERE id > ?", mark)
    shutil.copy(house.file, newer)
    counts = []
    for turn in range(6):
        shutil.copy((older, newer)[turn % 2], house.file.with_name("new.db"))
        house.file.with_name("new.db").rename(house.file)
        counts.append(json.loads(house.get("/reviews.json"))["count"])

    assert counts[0] > counts[1] > 0
    assert counts == counts[:2] * 3


@pytest.mark.parametrize(
    "path", ["/subscribe", "/saved-searches?q=x", "/lists/new?review=1", "/ops/", "/reviews/1/report"]
)
def test_a_page_that_writes_is_elsewhere(house: House, path: str) -> None:
    own = house.client.get(path, base_url=OWN)
    ours = house.client.get(path, base_url=BASE)

    assert (own.status_code, own.headers["Location"]) == (302, BASE + path)
    assert (ours.status_code, ours.headers["Retry-After"]) == (503, "300")
    assert "Nothing was changed" in ours.text and "Set-Cookie" not in ours.headers


def test_a_form_is_not_led_on_and_says_where_to_go(house: House) -> None:
    for path in ("/subscribe", "/lists", "/preferences/abcdefghijklmnopqrstuv/pause", "/ops/login"):
        own = house.client.post(path, data={"email": "ada@example.org"}, base_url=OWN)
        ours = house.client.post(path, data={"email": "ada@example.org"}, base_url=BASE)

        assert (own.status_code, own.headers["Allow"]) == (405, "GET, HEAD"), path
        assert BASE in own.text and "ada@" not in own.text
        assert ours.status_code == 503, path
    hook = house.client.post("/hooks/generic", base_url=BASE)
    assert (hook.status_code, hook.headers["Retry-After"]) == (503, "300")
    leaving = house.client.get("/unsubscribe/abcdefghijklmnopqrstuv", base_url=BASE)
    assert leaving.status_code == 503 and "One-Click" in leaving.text


def test_every_page_is_either_read_or_elsewhere(house: House) -> None:
    rules = {rule.endpoint: rule for rule in house.app.url_map.iter_rules()}
    read = {endpoint for endpoint in rules if is_reading(endpoint)}

    assert {
        endpoint for endpoint in rules if endpoint.startswith(("ops.", "subscribe.", "preferences."))
    } & read == set()
    assert {endpoint.partition(".")[0] for endpoint in set(rules) - read} == {
        *("ops", "subscribe", "stop_alerts", "preferences", "own_data", "new_address", "saved_searches"),
        *("hooks", "metrics", "lists", "record"),
    }


def test_the_probes_tell_how_old_it_is_and_when_it_cannot_be_read(house: House) -> None:
    house.signal(NOW - timedelta(hours=2))
    told = json.loads(house.get("/healthz"))
    assert told == {
        "ok": True,
        "troubles": [],
        "cautions": [{"about": "copy", "words": "is as of 2026-11-23T07:00:00Z"}],
        "copy": {"as_of": "2026-11-23T07:00:00Z", "known_from": "database", "age_seconds": 7200},
    }
    house.file.unlink()
    gone = house.client.get("/readyz")
    assert gone.status_code == 503 and gone.get_json()["troubles"] == [{"about": "copy", "words": "cannot be read"}]


def test_a_copy_of_another_version_is_one_line_at_start_and_a_page_later(house: House) -> None:
    with closing(sqlite3.connect(house.file)) as db, db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('casereviews', 'm999', '')"
        )
    answer = house.client.get("/reviews", base_url=BASE)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "300")
    assert "A copy of unknown age." in answer.text
    with pytest.raises(StoreError, match=r"another version.*m999"):
        house.serve()
    house.file.unlink()
    with pytest.raises(DatabaseMissing, match="no copy to serve yet"):
        house.serve()
    house.follow()
    assert house.get("/reviews")


def test_what_changes_while_it_is_read_is_read_again(house: House) -> None:
    asked = []
    real = house.app.wsgi_app
    assert isinstance(real, SteadyReads)
    inner = real._application

    def meddled(environ: object, start: object) -> object:
        if not asked:
            change_in_place(house.file, "UPDATE reviews SET summary = 'Written anew.' WHERE id = 2")
        asked.append(environ)
        return inner(environ, start)  # type: ignore[arg-type]  # as it was asked

    real._application = meddled  # type: ignore[assignment]
    page = house.get("/reviews/2")

    assert len(asked) == 2
    assert "Written anew." in page


def test_what_changes_each_time_it_is_read_is_not_shown(house: House) -> None:
    real = house.app.wsgi_app
    assert isinstance(real, SteadyReads)
    inner, turns = real._application, iter(range(9))

    def meddled(environ: object, start: object) -> object:
        change_in_place(house.file, f"UPDATE reviews SET summary = 'Written {next(turns)}.' WHERE id = 2")
        return inner(environ, start)  # type: ignore[arg-type]  # as it was asked

    real._application = meddled  # type: ignore[assignment]
    answer = house.client.get("/reviews/2", base_url=BASE)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "300")
    assert "Written" not in answer.text


def test_whoever_reads_while_it_is_replaced_gets_one_state_or_the_other(house: House) -> None:
    first, second = (house.file.with_name(f"{name}.db") for name in ("first", "second"))
    shutil.copy(house.file, first)
    shutil.copy(house.file, second)
    with closing(sqlite3.connect(second)) as db, db:
        db.execute("UPDATE reviews SET summary = 'Written anew.'")
    pages = {house.client.get("/reviews/2.json").data}

    def read(_: int) -> tuple[int, bytes]:
        answer = house.app.test_client().get("/reviews/2.json", base_url=BASE)
        return answer.status_code, answer.data

    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(read, range(200))
        for turn in range(20):
            shutil.copy((second, first)[turn % 2], house.file.with_name("new.db"))
            house.file.with_name("new.db").rename(house.file)
        found = set(answers)
    shutil.copy(second, house.file.with_name("new.db"))
    house.file.with_name("new.db").rename(house.file)
    pages.add(house.client.get("/reviews/2.json").data)

    assert len(pages) == 2
    assert found <= {(200, page) for page in pages}


def test_a_fresh_restore_is_read_without_a_file_beside_it(house: House) -> None:
    with closing(sqlite3.connect(house.file)) as db:
        assert db.execute("PRAGMA journal_mode = WAL").fetchone()[0] == "wal"
    for end in ("-wal", "-shm"):
        house.file.with_name(house.file.name + end).unlink(missing_ok=True)
    page = house.get("/reviews/1")

    assert "<h1>" in page
    assert [file.name for file in house.file.parent.iterdir()] == [house.file.name]


def test_the_living_database_can_be_read_beside_who_writes_it(tmp_path: Path) -> None:
    (tmp_path / "house").mkdir()
    shelf = full(tmp_path / "house")
    client = create_replica_app(shelf.effects, shelf.settings, shelf.settings.database).test_client()
    assert client.get("/reviews/1", base_url=BASE).status_code == 200
    shelf.take_down(1)
    assert client.get("/reviews/1", base_url=BASE).status_code in (404, 410)
