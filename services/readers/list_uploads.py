"""Uploaded lists of readers: each a file of its own, with what was said and found of it, until it is imported.

Beside the database and in no backup: `imports/ID.csv`, which its owner alone reads, and `imports/ID.json`. The file is
deleted once it is imported or thrown away; retention deletes what is left of either a day after its last change.
"""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any, BinaryIO

from core.actions import Action
from core.dates import from_iso, iso_utc
from core.disk_advice import suggest_fix
from core.errors import HouseError, NotFound, StoreError
from core.list_columns import IMPORT_PAGE
from core.list_preview import ListPreview, preview_list
from core.side_effects import SideEffects
from core.subscriber_csv import ColumnRole, ImportProblem
from db.schema.connect import Database
from services.readers.import_readers import ImportProgress, ImportResult, import_readers

MAX_UPLOAD_BYTES = 32_000_000  # of a file: 100,000 rows of a Mailchimp export, each with all its columns
UPLOAD_RETENTION = timedelta(days=1)
MAX_NAME_CHARS = 80
UploadProgress = Callable[[int, int], None]  # hears how many rows were read, and how many per cent of the file
UPLOAD_ID = re.compile(r"[A-Za-z0-9_-]{22}")
AGAIN = Action(IMPORT_PAGE, "Upload the file again")


@dataclass(frozen=True, slots=True)
class UploadedList:
    """A file of readers that was uploaded, identified by `id`."""

    id: str
    name: str  # the file's, where it came from
    size: int  # bytes
    uploaded_at: datetime  # UTC
    who: str  # uploaded it, as the audit trail names them
    roles: Mapping[str, ColumnRole] = field(default_factory=dict)  # what was said of its columns, by name
    consent: str = ""  # how its readers agreed, in the operator's words
    result: ImportResult | None = None  # what became of it, or would; None: not tried since something was said of it
    imported_at: datetime | None = None  # UTC; None: the result is of a dry run
    trouble: str = ""  # why the last try could not be done


def keep_upload(effects: SideEffects, data_dir: Path, name: str, who: str, file: IO[bytes]) -> UploadedList:
    """Keep a file that was uploaded. Raises HouseError for what is no list, keeping nothing of it."""
    number = effects.token()
    path = _folder(data_dir) / f"{number}.csv"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _open_private(path) as kept:
            shutil.copyfileobj(file, kept, 1 << 20)
        with path.open("rb") as written:
            preview_list(written)
        shown = "".join(char for char in Path(name).name if char.isprintable())[:MAX_NAME_CHARS]
        upload = UploadedList(number, shown or "list.csv", path.stat().st_size, effects.now(), who)
        save_upload(data_dir, upload)
    except OSError as e:
        path.unlink(missing_ok=True)
        raise StoreError("the file cannot be kept", f"{path.parent}: {e.strerror}", suggest_fix(e)) from e
    except HouseError:
        path.unlink(missing_ok=True)
        raise
    return upload


def find_upload(data_dir: Path, number: str) -> UploadedList:
    """What was said and found of an upload. Raises NotFound."""
    try:
        held = json.loads(_state_file(data_dir, number).read_text("utf-8"))
    except (OSError, ValueError) as e:
        raise NotFound("no such list waits here", "", "It was thrown away, or a day has passed.", AGAIN) from e
    return _upload_from_json(held)


def list_uploads(data_dir: Path) -> list[UploadedList]:
    """What waits to be imported, newest first."""
    uploads = []
    for file in _folder(data_dir).glob("*.csv"):
        with suppress(NotFound):  # it is being written or thrown away, or somebody has put it there by hand
            uploads.append(find_upload(data_dir, file.stem))
    return sorted(uploads, key=lambda one: one.uploaded_at, reverse=True)


def preview_upload(data_dir: Path, upload: UploadedList) -> ListPreview:
    """The beginning of an upload. Raises NotFound where its file is deleted."""
    with _opened(data_dir, upload) as file:
        return preview_list(file)


def save_upload(data_dir: Path, upload: UploadedList) -> None:
    """Write what was said and found of an upload."""
    path = _state_file(data_dir, upload.id)
    aside = path.with_suffix(".part")
    with _open_private(aside) as file:
        file.write(json.dumps(asdict(upload), default=iso_utc, ensure_ascii=False).encode())
    aside.replace(path)


def try_upload(
    effects: SideEffects, db: Database, data_dir: Path, upload: UploadedList, progress: UploadProgress
) -> UploadedList:
    """Count what an import would do; nothing is added. Raises HouseError, and remembers why."""
    try:
        with _opened(data_dir, upload) as file:
            told = _with_share(file, upload.size, progress)
            result = import_readers(effects, db, file, upload.consent, True, upload.roles, told)
    except HouseError as e:
        save_upload(data_dir, replace(upload, result=None, trouble=e.sentence))
        raise
    tried = replace(upload, result=result, trouble="")
    save_upload(data_dir, tried)
    return tried


def import_upload(
    effects: SideEffects, db: Database, data_dir: Path, upload: UploadedList, progress: UploadProgress
) -> UploadedList:
    """Import it, all good rows at once, and delete the file; of one that is imported nothing is done again."""
    upload = find_upload(data_dir, upload.id)
    if upload.imported_at:
        return upload
    with _opened(data_dir, upload) as file:
        told = _with_share(file, upload.size, progress)
        result = import_readers(effects, db, file, upload.consent, False, upload.roles, told)
    done = replace(upload, result=result, imported_at=effects.now(), trouble="")
    save_upload(data_dir, done)
    _list_file(data_dir, upload.id).unlink(missing_ok=True)
    return done


def discard_upload(data_dir: Path, number: str) -> None:
    """Delete an upload with all that is known of it."""
    _list_file(data_dir, number).unlink(missing_ok=True)
    _state_file(data_dir, number).unlink(missing_ok=True)


def _with_share(file: BinaryIO, size: int, progress: UploadProgress) -> ImportProgress:
    return lambda rows: progress(rows, 100 * file.tell() // size)


@contextmanager
def _opened(data_dir: Path, upload: UploadedList) -> Iterator[BinaryIO]:
    try:
        file = _list_file(data_dir, upload.id).open("rb")
    except OSError as e:
        raise NotFound("the file is not here any more", upload.name, "It is kept for a day.", AGAIN) from e
    with file:
        yield file


def _folder(data_dir: Path) -> Path:
    return data_dir / "imports"


def _list_file(data_dir: Path, number: str) -> Path:
    return _named_file(data_dir, number, "csv")


def _state_file(data_dir: Path, number: str) -> Path:
    return _named_file(data_dir, number, "json")


def _named_file(data_dir: Path, number: str, kind: str) -> Path:
    if not UPLOAD_ID.fullmatch(number):
        raise NotFound("no such list waits here", "", "Its address is mistyped.", AGAIN)
    return _folder(data_dir) / f"{number}.{kind}"


def _open_private(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _upload_from_json(held: dict[str, Any]) -> UploadedList:
    result, imported_at = held["result"], held["imported_at"]
    if result:
        problems = tuple(ImportProblem(**one) for one in result["problems"])
        result = ImportResult(**(result | {"problems": problems}))
    times = {
        "uploaded_at": from_iso(held["uploaded_at"]),
        "imported_at": from_iso(imported_at) if imported_at else None,
    }
    return UploadedList(**(held | times | {"result": result}))
