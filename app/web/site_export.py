"""Static site export: a copy of the archive as files, which opens from a disk without a server."""

import hashlib
import json
import os
import posixpath
import re
import shutil
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape, unescape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from core.config.schema import Settings
from core.dates import iso_utc_or_none
from core.disk_advice import name_file, suggest_fix
from core.errors import HouseError
from core.side_effects import SideEffects
from db.read import archive, search
from db.schema.connect import Database

if TYPE_CHECKING:
    from flask.testing import FlaskClient

MANIFEST_NAME = "casereviews-export.json"  # by which an earlier export is known: its files with their digests
COPY_PATHS = ("/", "/search")  # pages of a copy alone
START_PATHS = (
    *COPY_PATHS,
    *("/issues", "/issues.json", "/reviews", "/trends", "/topics", "/topics.json", "/style.css", "/icon.svg"),
    *(f"/feeds/{name}.{form}" for name in ("reviews", "issues") for form in ("atom", "json")),
)
EXPORTED_PATHS = re.compile(
    r"/|/(about|contact|privacy|accessibility|logo\.(svg|png|jpg|webp)|style\.css|icon\.svg|issues(\.json)?|reviews|search)"
    r"|/(trends(/[a-z]+\.(csv|json))?|topics(\.json)?|feeds/(reviews|issues)\.(atom|json))"
    r"|/issues/\d{4}-\d\d(\.txt|\.json|/as-sent)?|/reviews/\d+(\.json)?|/topics/(a-z/)?[^/]+"
)
EXPORTED_QUERIES = {"/reviews": {"year", "page"}}  # and no other: the words are searched by a script
WINDOWS_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)  # names that Windows keeps for itself
# Hears how many files are written, of how many that are known so far; what it raises ends the export
ExportProgress = Callable[[int, int], object]
MAX_ATTEMPTS = 3  # attempts, while the archive changes under our hands
_LINK_PATTERN = re.compile(r'\b(href|src)="([^"]*)"')
_SUFFIX_PATTERN = re.compile(r"\.(css|svg|png|jpg|webp|json|txt|atom|csv)$")


class _MissingPage(Exception):
    """A page that another leads to is not there: the archive has changed since, or something is wrong."""


@dataclass(frozen=True, slots=True)
class SiteExport:
    """What stands in the folder, and what of it this export has changed."""

    folder: Path
    files: int
    bytes: int
    written: int  # files that are new or other than they were
    removed: int  # that are in the archive no more: a review was withdrawn, say

    @property
    def unchanged(self) -> int:
        """Files that were left as they stood."""
        return self.files - self.written


@dataclass(slots=True)
class _Rendering:
    """The archive of one state as files: the digests of all, and the changed ones in a folder aside."""

    folder: Path  # where the export stands
    aside: Path
    digests: dict[str, str] = field(default_factory=dict)  # SHA-256 by name
    size: int = 0  # bytes
    written: list[str] = field(default_factory=list)

    def add(self, name: str, body: bytes) -> None:
        """A file; it is written where no such file with this content stands in the export."""
        digest, there = hashlib.sha256(body).hexdigest(), self.folder / name
        self.digests[name] = digest
        self.size += len(body)
        if there.is_file() and hashlib.sha256(there.read_bytes()).hexdigest() == digest:
            return
        file = self.aside / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
        self.written.append(name)


def write_site(
    effects: SideEffects,
    settings: Settings,
    db: Database,
    folder: Path,
    progress: ExportProgress = lambda files, known: None,
) -> SiteExport:
    """Bring a folder that is not there, is empty or holds an earlier export to what the archive is now.

    Nothing in it is touched before all is rendered. Then what is gone is removed, and each changed file is renamed into
    place: whoever copies the folder meanwhile sees no half file. What a broken export left undone, the next one does.
    Raises HouseError when the folder holds anything else, or cannot be written.
    """
    folder = Path(os.path.abspath(folder))  # noqa: PTH100  # a link in its place is looked at, not followed
    check_target_folder(folder)
    aside = folder.with_name(f".{folder.name}.{effects.token()}")
    try:
        aside.mkdir(parents=True)
        made = _render_steadily(effects, settings, db, _Rendering(folder, aside), progress)
        check_target_folder(folder)
        removed = _put_in_place(made, iso_utc_or_none(effects.now()) or "")
    except OSError as e:
        raise HouseError("the export could not be written", name_file(e, folder), suggest_fix(e)) from e
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return SiteExport(folder, len(made.digests), made.size, len(made.written), removed)


def _render_steadily(
    effects: SideEffects, settings: Settings, db: Database, made: _Rendering, progress: ExportProgress
) -> _Rendering:
    """The files, all of one state of the archive: what was taken down meanwhile is in none of them."""
    for _ in range(MAX_ATTEMPTS):
        before = _archive_state(db)
        try:
            _render_site(effects, settings, made, progress)
        except _MissingPage as e:
            if _archive_state(db) == before:
                raise HouseError("a page could not be copied", str(e), "See the log.") from e
        else:
            if _archive_state(db) == before:
                return made
        shutil.rmtree(made.aside)
        made.aside.mkdir()
        made = _Rendering(made.folder, made.aside)
    raise HouseError("the archive changes while it is copied", str(made.folder), "Try again in a few minutes.")


def check_target_folder(folder: Path) -> None:
    """Raises HouseError unless the folder may be replaced: it holds nothing, or nothing but an earlier export."""
    fix = "Name an empty folder, one that is not there yet, or an earlier export."
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise HouseError("not a folder", str(folder), fix)
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    try:
        ours = {*_read_manifest(folder), MANIFEST_NAME}
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise HouseError("the folder is not empty", str(folder), fix) from e
    for file in sorted(folder.rglob("*")):
        if not file.is_dir() and file.relative_to(folder).as_posix() not in ours:
            raise HouseError("the folder holds a file that is not ours", str(file), f"Take it out. {fix}")


def _archive_state(db: Database) -> tuple[str, str]:
    return search.list_validators(db)[0], archive.list_validators(db)[0]


def _read_manifest(folder: Path) -> dict[str, str]:
    """The files of an export with their digests. Raises OSError, ValueError, KeyError, TypeError."""
    named = json.loads((folder / MANIFEST_NAME).read_text("utf-8"))["files"]
    return dict(named) if isinstance(named, dict) else dict.fromkeys(named, "")


def _render_site(effects: SideEffects, settings: Settings, made: _Rendering, progress: ExportProgress) -> None:
    """Every page that leads from one to the next, and the index of the search."""
    from app.web import create_app
    from app.web.export_search import search_files

    app = create_app(effects, settings, reading=True)
    app.config["EXPORTED"] = True
    client = app.test_client()
    queue, queued = deque(START_PATHS), set(START_PATHS)
    while queue:
        address = queue.popleft()
        body, links = _render_page(client, address, settings)
        for link in links:
            if link not in queued:
                queued.add(link)
                queue.append(link)
        made.add(export_file_name(address), body)
        progress(len(made.digests), len(queued))
    with app.test_request_context():
        for name, body in search_files():
            made.add(name, body)
            progress(len(made.digests), len(made.digests))


def _render_page(client: "FlaskClient", address: str, settings: Settings) -> tuple[bytes, list[str]]:
    """A page with its links led to files beside it, and the pages it leads to. Raises _MissingPage."""
    path = f"/export{address.rstrip('/')}" if address in COPY_PATHS else address
    answer = client.get(path, base_url="http://localhost")
    if answer.status_code not in (200, 410):  # of a withdrawn review the page says that it is
        raise _MissingPage(f"{address} answered {answer.status_code}")
    if answer.mimetype != "text/html":
        return answer.data, []
    links, base = list[str](), settings.base_url

    def rewrite_link(match: re.Match[str]) -> str:
        target = unescape(match[2])
        beginning = next((one for one in (base, settings.root) if f"{target}/".startswith(f"{one}/")), "")
        address_here = target.removeprefix(beginning)
        path, hash_, part = address_here.partition("#")
        if not path.startswith("/"):
            return match[0]
        if not (page := exported_path(path)):
            return f'{match[1]}="{escape(base + address_here)}"'
        links.append(page)
        beside = posixpath.relpath(export_file_name(page), posixpath.dirname(export_file_name(address)) or ".")
        return f'{match[1]}="{escape(beside + hash_ + part)}"'

    return _LINK_PATTERN.sub(rewrite_link, answer.get_data(as_text=True)).encode(), links


def exported_path(address: str) -> str:
    """The address of the page that stands for it in the copy; empty where there is none."""
    parts = urlsplit(address)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != "v"]
    allowed = EXPORTED_QUERIES.get(parts.path, {"page"} if parts.path.startswith("/topics/") else set())
    if (
        not EXPORTED_PATHS.fullmatch(parts.path)
        or {name for name, _ in query} - allowed
        or len(query) > len(dict(query))
    ):
        return ""
    return parts.path + (
        "?" + "&".join(f"{name}={value}" for name, value in sorted(query, reverse=True)) if query else ""
    )


def export_file_name(address: str) -> str:
    """The name of a page's file: issues/2026-10.html, reviews-year-2016-page-2.html."""
    path, _, query = address.partition("?")
    narrowed = "".join(f"-{name}-{value}" for name, value in parse_qsl(query))
    if path == "/":
        return "index.html"
    folder, _, name = path.strip("/").rpartition("/")
    if name == "as-sent":
        folder, name = folder.rpartition("/")[0], f"{folder.rpartition('/')[2]}-as-sent"
    stem, kind = name, ".html"
    if suffix := _SUFFIX_PATTERN.search(name):
        stem, kind = name[: suffix.start()], suffix[0]
    if not stem.isascii() or WINDOWS_RESERVED.fullmatch(stem):
        stem = f"t-{hashlib.sha256(stem.encode()).hexdigest()[:16]}"
    return posixpath.join(folder, f"{stem}{narrowed}{kind}")


def _put_in_place(made: _Rendering, made_at: str) -> int:
    """Remove what is gone and move in what has changed; how many files were removed.

    The manifest names all that may stand in the folder before any of it does, and what does stand there at the end.
    """
    folder, aside = made.folder, made.aside
    folder.mkdir(parents=True, exist_ok=True)
    before = _read_manifest(folder) if (folder / MANIFEST_NAME).is_file() else {}
    gone = sorted(name for name in before.keys() - made.digests.keys() if (folder / name).is_file())
    if before == made.digests and not made.written and not gone:
        return 0
    _write_manifest(made, dict.fromkeys(before, "") | made.digests, made_at)
    for name in gone:
        (folder / name).unlink()
    for name in made.written:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (aside / name).replace(folder / name)
    for name in gone:
        for parent in (folder / name).parents:
            if parent == folder or any(parent.iterdir()):
                break
            parent.rmdir()
    _write_manifest(made, made.digests, made_at)
    return len(gone)


def _write_manifest(made: _Rendering, digests: Mapping[str, str], made_at: str) -> None:
    file = made.aside / MANIFEST_NAME
    text = json.dumps({"made": made_at, "files": digests}, indent=1, sort_keys=True) + "\n"
    file.write_text(text, "utf-8")
    file.replace(made.folder / MANIFEST_NAME)
