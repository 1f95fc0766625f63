"""What a drill needs: a disk that can be filled, commands as processes, and a house to try it on."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from db.schema.connect import connect
from tests.conftest import Typed
from tests.support.processes import COMMAND, Popen
from tests.support.waiting import HANG

BLOCK = bytes(4096)
# as a user for whom a file's mode counts, also where the tests run as root
MODEST = ("setpriv", "--bounding-set=-all", "--inh-caps=-all") if os.geteuid() == 0 else ()


class Disk:
    """A small file system of its own on a folder: `with Disk(folder, "8m") as disk: disk.fill()`.

    Skips the test where none can be mounted.
    """

    def __init__(self, folder: Path, size: str) -> None:
        self.folder, self.size = folder, size

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() != 0 or _mount("-t", "tmpfs", "-o", f"size={self.size}", "tmpfs", str(self.folder)):
            pytest.skip("only root can mount a small disk")
        return self

    def __exit__(self, *error: object) -> None:
        subprocess.run(["umount", "-l", str(self.folder)], check=True)

    def fill(self, but: int = 0) -> None:
        """Leave no room, or so many bytes."""
        file = os.open(self.folder / "filling", os.O_WRONLY | os.O_CREAT)
        try:
            while True:
                os.write(file, BLOCK)
        except OSError:
            os.truncate(file, max(0, os.fstat(file).st_size - but))
        finally:
            os.close(file)

    def empty(self) -> None:
        """Make room again."""
        (self.folder / "filling").unlink()

    def close(self, closed: bool = True) -> None:
        """Let nothing be written to it, or everything again."""
        assert _mount("-o", f"remount,{'ro' if closed else 'rw'}", str(self.folder)) == 0


def _mount(*words: str) -> int:
    return subprocess.run(["mount", *words], capture_output=True, check=False).returncode


def start(*words: str, first: tuple[str, ...] = (), **more: Any) -> subprocess.Popen[str]:
    """A command as a process; `first`: what runs it, as unshare."""
    return Popen([*first, str(COMMAND), *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


def run(*words: str, env: Mapping[str, str] | None = None, **more: Any) -> Typed:
    """What a command answers, as a process of its own."""
    return ended(start(*words, env={**os.environ, **(env or {})}, **more))


def ended(process: subprocess.Popen[str]) -> Typed:
    """What a command has answered. No drill may end in a traceback."""
    with process:
        out, err = process.communicate(timeout=HANG)
    assert "Traceback" not in err
    return Typed(process.returncode, out, err)


def line(answer: Typed) -> str:
    """The one line that a command says of what is wrong. It is printed, for whoever wants to read them all."""
    said = [words for words in answer.err.splitlines() if words.startswith("casereviews: ")]
    assert len(said) == 1, answer.err
    print(f"[{answer.code}] {said[0]}")
    return said[0]


def dump(data: Path = Path("data")) -> list[str]:
    """All that is in a database, a statement a line."""
    with closing(connect(data / "casereviews.db")) as db:
        return list(db.conn.iterdump())


def sound(data: Path = Path("data")) -> bool:
    """Whether SQLite finds nothing wrong with a database."""
    with closing(connect(data / "casereviews.db")) as db:
        return [row[0] for row in db.execute("PRAGMA integrity_check")] == ["ok"]


def copied(house: Path, folder: Path) -> Path:
    """A copy of a house in a folder."""
    return Path(shutil.copytree(house, folder, dirs_exist_ok=True))


class Served:
    """`with Served() as serve:` a real `casereviews serve` in the working folder; `serve.get("/")`."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def __enter__(self) -> Self:
        self._file = Path.cwd().parent / "serve.log"  # not on the disk that a drill fills
        self._log = self._file.open("w")  # closed when it has ended
        command = [str(COMMAND), "serve", "--port", "0", *self.words]
        self._process = Popen(command, stdout=subprocess.PIPE, stderr=self._log, text=True)
        assert self._process.stdout
        said = self._process.stdout.readline()
        self.url = said.split(" ")[4].rstrip(";")
        return self

    def __exit__(self, *error: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.communicate(timeout=HANG)
        finally:
            self._process.kill()
            self._process.wait()
            self._log.close()

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def said(self) -> list[str]:
        """The lines of its log so far."""
        return self._file.read_text("utf-8").splitlines()

    def get(self, path: str, data: bytes | None = None, **headers: str) -> tuple[int, str]:
        """The status and the text of a page."""
        try:
            with urlopen(Request(f"{self.url}{path}", data, headers), timeout=HANG) as answer:
                return int(answer.status), answer.read().decode()
        except HTTPError as e:
            with e:
                return e.code, e.read().decode()


@contextmanager
def working_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The working folder for a while."""
    with monkeypatch.context() as there:
        there.chdir(folder)
        yield
