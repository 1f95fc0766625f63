"""The copy of the archive: every link leads to a file of it, nothing asks a server, and it is whole or not there."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from app.web.site_export import MANIFEST_NAME, export_file_name, exported_path, write_site
from core.errors import HouseError
from db.read import archive
from tests.conftest import Typed
from tests.support.browser import invalid
from tests.support.sample_archive import BASE, NOW, Shelf, full, sample


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    (tmp_path / "house").mkdir()
    return full(tmp_path / "house")


def made(shelf: Shelf, folder: Path) -> Path:
    write_site(shelf.effects, shelf.settings, shelf.db, folder)
    return folder


def digests(folder: Path) -> dict[str, str]:
    """What stands in an export, as its manifest should say."""
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if file.is_file() and file.name != MANIFEST_NAME
    }


class Links(HTMLParser):
    """The addresses in a page, and the names of its elements."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.found += [value or "" for name, value in attrs if name in ("href", "src", "action")]


def test_every_link_leads_to_a_file_and_nothing_asks_a_server(shelf: Shelf, tmp_path: Path) -> None:
    folder = made(shelf, tmp_path / "copy")
    pages = list(folder.rglob("*.html"))

    assert len(pages) > 150
    for file in pages:
        page = file.read_text("utf-8")
        links = Links(page)
        assert file.name == "search.html" or not links.tags & {"form", "button", "script"}, file
        assert file.name.endswith("as-sent.html") or invalid(page) == [], file
        for link in links.found:
            parts = urlsplit(link)
            assert not link.startswith("/"), (file, link)
            if not parts.scheme and parts.path:
                assert (file.parent / unquote(parts.path)).is_file(), (file, link)
            elif link.startswith(BASE):
                assert re.match(rf"{BASE}(/subscribe|/privacy|/reviews.json.*|/feeds/.*\?.*|/issues|)$", link), (
                    file,
                    link,
                )


def test_all_of_the_archive_is_in_it_and_no_draft(shelf: Shelf, tmp_path: Path) -> None:
    folder = made(shelf, tmp_path / "copy")
    client = shelf.client()
    numbers = {
        review["id"] for n in (1, 2, 3) for review in client.get(f"/reviews.json?page={n}").get_json()["reviews"]
    }

    assert {file.stem for file in (folder / "reviews").glob("*.html")} == {str(number) for number in numbers}
    assert sorted(file.name for file in (folder / "issues").iterdir()) == sorted(
        f"2026-{month}{end}" for month in ("09", "10") for end in (".html", ".txt", ".json", "-as-sent.html")
    )
    topics = {f"{one['topic']}.html" for one in client.get("/topics.json").get_json()}
    assert topics <= {file.name for file in (folder / "topics").iterdir()}
    assert (folder / "feeds/reviews.atom").read_bytes() == client.get("/feeds/reviews.atom").data
    assert (folder / "reviews/1.json").read_bytes() == client.get("/reviews/1.json").data
    assert "November 2026" not in (folder / "issues.html").read_text().replace("23 November 2026", "")
    assert client.get("/export").status_code == 404
    assert "What it is not" in (folder / "about.html").read_text("utf-8")
    assert {"contact.html", "privacy.html", "accessibility.html"} <= {file.name for file in folder.iterdir()}


def test_one_issue_is_not_several(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    client, issues = shelf.client(), archive.listing(shelf.db)
    client.application.config["EXPORTED"] = True
    monkeypatch.setattr(archive, "listing", lambda db: issues[:1])

    assert ": 1 issue and " in client.get("/export").text


def test_a_new_export_replaces_the_old_one_and_nothing_is_left_beside_it(shelf: Shelf, tmp_path: Path) -> None:
    folder = made(shelf, tmp_path / "copy")
    shelf.take_down(1)
    made(shelf, folder)

    assert (
        "has been withdrawn" in (folder / "reviews/1.html").read_text()
        if (folder / "reviews/1.html").exists()
        else True
    )
    assert "reviews/1.html" not in (folder / "reviews.html").read_text()
    assert json.loads((folder / MANIFEST_NAME).read_text())["files"] == digests(folder)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["copy", "house"]


def test_a_topic_of_more_than_a_page_is_leafed_through(tmp_path: Path) -> None:
    (tmp_path / "house").mkdir()
    shelf = Shelf(tmp_path / "house")
    for number in range(21):
        shelf.add(sample(f"Child {number}", keywords=("child neglect",), links=()))
    folder = made(shelf, tmp_path / "copy")

    assert 'href="neglect-page-2.html"' in (folder / "topics/neglect.html").read_text("utf-8")
    assert (folder / "topics/neglect-page-2.html").read_text("utf-8").count("<h2><a ") == 1


def test_a_folder_that_holds_anything_else_is_left_alone(shelf: Shelf, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("mine")
    marked = made(shelf, tmp_path / "marked")
    (marked / "thesis.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path)
    fooled = tmp_path / "fooled"
    fooled.mkdir()
    (fooled / MANIFEST_NAME).write_text("[]")

    for folder in (mine, marked, tmp_path / "file", tmp_path / "link", fooled):
        with pytest.raises(HouseError):
            made(shelf, folder)
    assert (mine / "thesis.txt").read_text() == (marked / "thesis.txt").read_text() == "mine"


def test_an_export_that_fails_leaves_the_old_one(shelf: Shelf, tmp_path: Path) -> None:
    folder = made(shelf, tmp_path / "copy")
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}

    def full_disk(files: int, _: int) -> None:
        if files == 100:
            raise OSError(28, "No space left on device")  # as of a file that is open already: it is not named

    with pytest.raises(HouseError, match=r"copy: No space left on device\. Free some space"):
        write_site(shelf.effects, shelf.settings, shelf.db, folder, full_disk)

    assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["copy", "house"]


def test_a_second_export_writes_only_what_has_changed_and_removes_what_is_gone(shelf: Shelf, tmp_path: Path) -> None:
    folder = made(shelf, tmp_path / "copy")
    before, times = digests(folder), {file: file.stat().st_mtime_ns for file in folder.rglob("*")}
    same = write_site(shelf.effects, shelf.settings, shelf.db, folder)

    assert (same.files, same.written, same.unchanged, same.removed) == (len(before), 0, len(before), 0)
    assert {file: file.stat().st_mtime_ns for file in folder.rglob("*")} == times
    shelf.take_down(1)
    shelf.add(sample("Child Zebedee", keywords=("zebras",)))
    made_anew = write_site(shelf.effects, shelf.settings, shelf.db, folder)
    after = digests(folder)
    assert before.keys() - after.keys() >= {"reviews/1.html", "reviews/1.json"}
    assert made_anew.removed == len(before.keys() - after.keys())
    assert made_anew.written == len([name for name in after if after[name] != before.get(name)])
    assert made_anew.unchanged > made_anew.written
    assert json.loads((folder / MANIFEST_NAME).read_text())["files"] == after


def test_on_another_day_only_the_first_page_is_another(shelf: Shelf, tmp_path: Path) -> None:
    folder = made(shelf, tmp_path / "copy")
    before = digests(folder)
    later = replace(shelf.effects, now=lambda: NOW + timedelta(days=3))
    write_site(later, shelf.settings, shelf.db, folder)

    assert [name for name, digest in digests(folder).items() if digest != before[name]] == ["index.html"]


def test_what_a_broken_export_left_undone_the_next_one_does(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = made(shelf, tmp_path / "copy")
    manifest = folder / MANIFEST_NAME  # as an older version wrote it
    manifest.write_text(json.dumps({"files": list(json.loads(manifest.read_text())["files"])}))
    shelf.take_down(1)
    shelf.add(sample("Child Zebedee", keywords=("zebras",)))
    real, moved = Path.replace, list[Path]()

    def full_disk(one: Path, to: Path) -> Path:
        moved.append(to)
        if len(moved) == 20:
            raise OSError(28, "No space left on device", str(to))
        return real(one, to)

    with monkeypatch.context() as broken, pytest.raises(HouseError, match="No space left"):
        broken.setattr(Path, "replace", full_disk)
        made(shelf, folder)
    assert not (folder / "reviews/1.html").exists()
    made(shelf, folder)

    assert digests(folder) == digests(made(shelf, tmp_path / "other"))
    assert json.loads(manifest.read_text())["files"] == digests(folder)


def test_what_is_taken_down_while_it_is_copied_is_not_in_it(shelf: Shelf, tmp_path: Path) -> None:
    def meanwhile(files: int, _: int) -> None:
        if files == 200 and not shelf.db.execute("SELECT 1 FROM takedowns").fetchone():
            shelf.take_down(1)

    write_site(shelf.effects, shelf.settings, shelf.db, tmp_path / "copy", meanwhile)

    assert "reviews/1.html" not in (tmp_path / "copy/reviews-year-2019.html").read_text()
    assert not (tmp_path / "copy/reviews/1.html").exists()


@pytest.mark.parametrize(
    ("address", "file"),
    [
        ("/", "index.html"),
        ("/issues/2026-10/as-sent", "issues/2026-10-as-sent.html"),
        ("/reviews?year=2016&page=2", "reviews-year-2016-page-2.html"),
        ("/style.css", "style.css"),
        ("/topics/con", "topics/t-5fea9a83b1c1bd4b.html"),
        ("/topics/a-z/n", "topics/a-z/n.html"),
    ],
)
def test_files_are_named_after_their_pages(address: str, file: str) -> None:
    assert re.sub("t-[0-9a-f]{16}", "t-", export_file_name(address)) == re.sub("t-[0-9a-f]{16}", "t-", file)


@pytest.mark.parametrize(
    "address",
    ["/subscribe", "/reviews?q=x", "/reviews?year=1&year=2", "/ops", "/reviews/1/report", "/../x", "/topics/a?q=1"],
)
def test_what_needs_a_server_is_not_copied(address: str) -> None:
    assert exported_path(address) == ""


def test_odd_names_stay_within_the_folder(tmp_path: Path) -> None:
    (tmp_path / "house").mkdir()
    shelf = Shelf(tmp_path / "house")
    for number, word in enumerate(("nul", "émigrés", "日本語", "index", "../../up", "a" * 79, "style.css", "con")):
        shelf.add(sample(f"Child {number}", keywords=(word,), links=()))
    folder = made(shelf, tmp_path / "copy")

    assert all(file.resolve().is_relative_to(folder) for file in folder.rglob("*"))
    assert all(file.name.isascii() and file.stem not in ("nul", "con") for file in folder.rglob("*"))
    for file in folder.rglob("*.html"):
        for link in Links(file.read_text("utf-8")).found:
            assert (
                urlsplit(link).scheme
                or not urlsplit(link).path
                or (file.parent / unquote(urlsplit(link).path)).is_file()
            )


def test_it_is_a_command(shelf: Shelf, tmp_path: Path, typed: Callable[..., Typed]) -> None:
    (shelf.settings.data_dir / "x").mkdir()
    data = ("--data-dir", str(shelf.settings.data_dir))

    dry = typed(*data, "export-site", "copy", "--dry-run")
    assert (dry.code, dry.out) == (0, "Would write the archive into copy\n")
    assert not Path("copy").exists()
    done = typed(*data, "export-site", "copy", "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert told["files"] == told["written"] == len(json.loads(Path("copy", MANIFEST_NAME).read_text())["files"])
    assert typed(*data, "export-site", "copy").out.endswith(" 0 removed. Open index.html there.\n")
    assert done.err == ""
    Path("other").mkdir()
    Path("other/file").touch()
    refused = typed(*data, "export-site", "other")
    assert refused.code == 1 and refused.err.count("\n") == 1 and "not empty" in refused.err
    assert "Example: casereviews export-site archive" in typed("export-site", "--help").out
