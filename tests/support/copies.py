"""Folders that are filled once in a process, and copied for each test that wants one like it."""

import atexit
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import chdir, closing
from functools import cache
from pathlib import Path


def copied(folder: Path, name: str, fill: Callable[[], object]) -> None:
    """Fill a folder as `fill` would, being called with it as the working folder; `name` says what it makes."""
    original = _originals() / name
    if not original.exists():
        unfinished = Path(tempfile.mkdtemp(dir=_originals()))
        with chdir(unfinished):
            fill()
        _leave_home(unfinished)
        unfinished.rename(original)
    shutil.copytree(original, folder, dirs_exist_ok=True)


def _leave_home(folder: Path) -> None:
    """A database in it is at home nowhere yet: its copies are no twins that would ask before they mail."""
    for file in folder.rglob("casereviews.db"):
        with closing(sqlite3.connect(file)) as db, db:
            db.execute("DELETE FROM home")


@cache
def _originals() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="casereviews-tests-"))
    atexit.register(shutil.rmtree, folder)
    return folder
