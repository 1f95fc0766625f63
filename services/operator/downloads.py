"""Downloads: copies made to be fetched once from the desk, in a folder for their owner's eyes only."""

import os
import shutil
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path

from core.config.schema import Settings
from core.disk_advice import name_file, suggest_fix
from core.errors import HouseError, StoreError
from core.side_effects import SideEffects
from db.files.backup import CopyProgress, DatabaseCopy
from services.operator.backup import make_backup

DOWNLOAD_RETENTION = timedelta(hours=1)  # of what nobody fetched, and of what killed work has left


def prepare_folder(settings: Settings, now: datetime) -> Path:
    """The folder, made where it is not there; what is old in it is deleted. Raises StoreError."""
    folder = settings.data_dir / "downloads"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        delete_old_downloads(settings, now)
    except OSError as e:
        raise StoreError("no copy can be kept", name_file(e, folder), suggest_fix(e)) from e
    return folder


def delete_old_downloads(settings: Settings, now: datetime) -> int:
    """Delete what was made for a download too long ago; how many files and folders. Raises OSError."""
    return _delete_old((settings.data_dir / "downloads").glob("*"), now)


def delete_old_attempts(folder: Path, now: datetime) -> int:
    """Delete what killed exports into a folder have left beside it; how many. Raises OSError."""
    return _delete_old(folder.parent.glob(f".{folder.name}.*"), now)


def _delete_old(made: Iterable[Path], now: datetime) -> int:
    """What another process has taken, or is at work on, stays out of it."""
    old = [one for one in made if _is_older(one, (now - DOWNLOAD_RETENTION).timestamp())]
    for one in old:
        with suppress(FileNotFoundError):
            shutil.rmtree(one) if one.is_dir() else one.unlink()
    return len(old)


def _is_older(made: Path, before: float) -> bool:
    """Whether it is there, and neither it nor anything in it was changed since then."""
    inside = (Path(place, name) for place, folders, names in os.walk(made) for name in (*folders, *names))
    try:
        return all(one.stat().st_mtime < before for one in chain([made], inside))
    except FileNotFoundError:
        return False


def make_backup_download(effects: SideEffects, settings: Settings, progress: CopyProgress) -> DatabaseCopy:
    """A copy of the database as `casereviews backup` makes and reads it back, to be fetched. 0600.

    Raises StoreError, and LockHeld while another copy is made or a backup is restored.
    """
    with effects.lock(settings.data_dir, "download"):
        folder = prepare_folder(settings, effects.now())
        return make_backup(effects, settings, folder / f"{effects.token()}.db", progress=progress)


def pack_folder(folder: Path, file: Path, inside: str, progress: CopyProgress) -> int:
    """A folder's files in one .zip file, all in a folder called `inside`; how many bytes it has. 0600; whole or not.

    Raises HouseError where the disk is full.
    """
    aside = file.with_name(f".{file.name}.part")
    names = sorted(one for one in folder.rglob("*") if one.is_file())
    try:
        os.close(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        with zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED) as packed:
            for count, name in enumerate(names, 1):
                packed.write(name, f"{inside}/{name.relative_to(folder).as_posix()}")
                progress(count, len(names))
        aside.replace(file)
    except OSError as e:
        raise HouseError("the files could not be packed", name_file(e, aside), suggest_fix(e)) from e
    finally:
        aside.unlink(missing_ok=True)
    return file.stat().st_size
