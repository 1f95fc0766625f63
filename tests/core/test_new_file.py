"""New files: whole, in no other's place, with hard links and without."""

import errno
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.new_file import move_new_file, write_new_file
from tests.conftest import Typed
from tests.support.waiting import HANG


def refuse_link(self: Path, target: Path) -> None:
    """As exFAT does (link(2): EPERM, the file system does not support the creation of hard links)."""
    if os.path.lexists(self):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(self))
    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), str(self))


@pytest.fixture(params=[True, False], ids=["with links", "without"], autouse=True)
def links(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the file system has hard links."""
    if not request.param:
        monkeypatch.setattr(Path, "hardlink_to", refuse_link)
    return bool(request.param)


def test_it_is_written_for_its_owner_alone_and_nothing_stays_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "a.key"

    assert write_new_file(file, b"secret")

    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"secret", 0o600)
    assert list(tmp_path.iterdir()) == [file]


def test_what_is_there_stays(tmp_path: Path) -> None:
    file = tmp_path / "a.key"
    file.write_bytes(b"first")

    assert not write_new_file(file, b"second")

    assert (file.read_bytes(), list(tmp_path.iterdir())) == (b"first", [file])


def test_of_many_who_come_at_once_one_is_first(tmp_path: Path) -> None:
    file, asides = tmp_path / "copy.db", [tmp_path / str(number) for number in range(8)]

    def move(aside: Path) -> bool:
        aside.write_text(aside.name)
        try:
            move_new_file(aside, file)
        except FileExistsError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        moved = list(threads.map(move, asides, timeout=HANG))

    assert [aside.name for aside, first in zip(asides, moved, strict=True) if first] == [file.read_text()]


def test_a_folder_that_is_not_there_is_the_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_new_file(tmp_path / "none" / "a.key", b"")


def test_init_and_a_backup_work_there(typed: Callable[..., Typed]) -> None:
    assert typed("init").out.startswith("wrote casereviews.toml\n")
    assert typed("init").out.startswith("kept casereviews.toml\n")
    assert [typed("backup", "copy.db").code for _ in range(2)] == [0, 1]
