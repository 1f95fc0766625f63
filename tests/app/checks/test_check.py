"""The command check on what is set up well, and on what is not: each line names the thing and what to do."""

import json
import os
import re
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.checks import machine
from app.checks.all_checks import run_local_checks
from app.checks.finding import Finding
from app.runtime.side_effects import system_effects
from core.config.load import read_config
from core.config.schema import Settings
from db.operator import job_log
from db.operator.job_log import TICK_TASK
from db.schema.connect import write_transaction
from tests.conftest import Typed
from tests.support import processes
from tests.support.installation import opened

Type = Callable[..., Typed]
FILE = Path("casereviews.toml")
SMTP = (
    '[mail]\ntransport = "smtp"\nlive = true\nsender = "Case reviews <news@example.org>"\nhost = "mail.example.org"\n'
)
PUBLIC = 'base_url = "https://news.example.org"\n'
SOURCE = '[[sources]]\nname = "{}"\nkind = "{}"\nurl = "{}"\n'
AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


def key(bits: int) -> str:
    """A private RSA key in PEM."""
    return pem(rsa.generate_private_key(65537, bits))


def pem(private: Any) -> str:
    """A private key in PEM."""
    return str(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


def written(text: str) -> None:
    """Write the configuration of the working folder."""
    FILE.write_text(text, "utf-8")


def found(typed: Type, *words: str) -> list[Finding]:
    """What the command says as JSON, with its exit code looked at."""
    answer = typed("check", *words, "--json")
    said = [Finding(**one) for one in json.loads(answer.out)]
    assert answer.code == int(any(one.verdict == "failure" for one in said))
    assert all(one.fix for one in said if one.verdict != "ok"), said
    return said


def about(said: list[Finding], name: str) -> Finding:
    """The one line about a thing."""
    (one,) = [one for one in said if one.about == name]
    return one


def at(now: datetime) -> dict[str, Finding]:
    """What is found at an instant, by what it is about."""
    return {one.about: one for one in run_local_checks(system_effects(now=lambda: now), read_config(FILE), FILE)}


def test_a_house_just_set_up_needs_a_contact_for_the_sites_it_reads(typed: Type) -> None:
    typed("init")

    answer = typed("check")

    wrong = [line for line in answer.out.splitlines() if line.startswith("FAILURE")]
    assert answer.code == 1
    assert len(wrong) == 1
    assert wrong[0].startswith("FAILURE  contact: none: the sites we read cannot ask us")
    assert "Fix: Set operator or fetch.contact to your address" in wrong[0]


def test_a_house_set_up_with_a_contact_has_no_failures_and_a_last_line_that_counts(
    typed: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASEREVIEWS_FETCH__CONTACT", "ann@example.org")
    typed("init")

    answer = typed("check")

    lines = answer.out.splitlines()
    assert answer.code == 0
    assert re.fullmatch(r"\d+ ok, 7 warnings, no failures\.", lines[-1])
    assert all(re.match(r"(ok     |warning|FAILURE)  \S", line) for line in lines[:-1])
    assert all(" Fix: " in line for line in lines[:-1] if not line.startswith("ok"))
    assert "\x1b" not in answer.out


def test_before_init_the_missing_database_is_a_failure_that_says_how_to_make_one(typed: Type) -> None:
    said = found(typed)

    assert about(said, "database").verdict == "failure"
    assert about(said, "database").fix.startswith("Make one with: casereviews init; if there was one, ")
    assert "there is no casereviews.toml" in about(said, "configuration").words
    assert about(said, "configuration").verdict == "warning"
    assert not Path("data").exists()


def test_with_a_wrong_configuration_nothing_else_is_looked_at_and_that_is_said(typed: Type) -> None:
    written("timezone = 'x'\n[mail]\nport = 0\n[web]\nproxies = 9\n")

    said = found(typed, "--live")

    assert [one.about for one in said] == ["software", *["configuration"] * 3, "the rest"]


def test_a_check_changes_nothing_not_even_an_older_database(typed: Type) -> None:
    typed("init")
    file = Path("data/casereviews.db")
    run(file, "DELETE FROM _sqlite_migrations WHERE name = (SELECT MAX(name) FROM _sqlite_migrations)")
    before = file.read_bytes()

    one = about(found(typed), "database")

    assert (one.verdict, file.read_bytes() == before) == ("warning", True)
    assert "made by an older version (1 step behind)" in one.words


def run(file: Path, *statements: str) -> None:
    """Change a database behind our back, all of it in the one file afterwards."""
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        for statement in (*statements, "PRAGMA wal_checkpoint(TRUNCATE)"):
            db.execute(statement).fetchall()


def _overwritten(file: Path) -> None:
    run(file)
    with file.open("r+b") as opened:
        opened.seek(20 * 4096)
        opened.write(b"\xff" * 3 * 4096)


def _foreign(file: Path) -> None:
    file.unlink()
    run(file, "CREATE TABLE bookmarks (url)")


NEWER = "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('casereviews', 'm999', '')"
ORPHAN = "INSERT INTO keywords (review_id, position, text, folded_text) VALUES (99, 1, 'x', 'x')"


@pytest.mark.parametrize(
    ("spoil", "words", "fix"),
    [
        (lambda file: run(file, NEWER), "made by a newer version (m999)", "Install that version again"),
        (_overwritten, "damaged", "casereviews restore FILE"),
        (
            lambda file: run(file, ORPHAN),
            "a row of keywords belongs to one of reviews that is not there",
            "casereviews restore FILE",
        ),
        (_foreign, "another program's database", "Move it away"),
        (lambda file: file.write_bytes(b"not a database at all" * 100), "data/casereviews.db", "estore"),
        (lambda file: file.write_bytes(b""), "no database", "casereviews init"),
    ],
)
def test_a_database_that_is_not_right_fails_in_one_line(
    typed: Type, spoil: Callable[[Path], Any], words: str, fix: str
) -> None:
    typed("init")
    for beside in Path("data").glob("*.db-*"):
        beside.unlink()
    spoil(Path("data/casereviews.db"))

    one = about(found(typed), "database")

    assert (one.verdict, words in one.words, fix in one.fix) == ("failure", True, True), one


def test_files_that_others_can_read_are_warned_of(typed: Type) -> None:
    typed("init")
    written("[mail]\npassword = 'x'\n")
    FILE.chmod(0o644)
    Path("data/casereviews.db").chmod(0o640)

    said = found(typed)
    FILE.chmod(0o600)
    Path("data/casereviews.db").chmod(0o600)
    again = found(typed)

    assert about(said, "configuration").fix == "Run: chmod 600 casereviews.toml"
    assert "Run: chmod 600 data/casereviews.db" in about(said, "database").fix
    assert {about(again, name).verdict for name in ("configuration", "database")} == {"ok"}


def test_a_dotenv_that_others_can_read_is_warned_of_where_it_holds_a_secret(typed: Type) -> None:
    typed("init")
    dotenv = Path(".env")
    dotenv.write_text("CASEREVIEWS_OPERATOR=ops@example.org\n")
    dotenv.chmod(0o644)

    plain = about(found(typed), "configuration")
    dotenv.write_text("CASEREVIEWS_MAIL__PASSWORD=x\n")
    secret = about(found(typed), "configuration")

    assert (plain.verdict, secret.verdict, secret.fix) == ("ok", "warning", "Run: chmod 600 .env")


@pytest.mark.parametrize(
    ("private", "verdict", "words"),
    [
        (lambda: key(2048), "ok", "RSA 2048 bits"),
        (lambda: key(1024), "warning", "RSA 1024 bits"),
        (lambda: pem(ec.generate_private_key(ec.SECP256R1())), "failure", "not an RSA key"),
    ],
)
def test_the_key_of_our_signatures_is_looked_at(
    typed: Type, monkeypatch: pytest.MonkeyPatch, private: Callable[[], str], verdict: str, words: str
) -> None:
    typed("init")
    written(PUBLIC + SMTP + 'dkim_domain = "example.org"\n')
    monkeypatch.setenv("CASEREVIEWS_MAIL__DKIM_KEY", private())

    one = about(found(typed), "DKIM")

    assert (one.verdict, words in one.words) == (verdict, True)


def test_without_the_extra_for_signing_the_failure_says_what_to_install(
    typed: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed("init")
    written(PUBLIC + SMTP + 'dkim_domain = "example.org"\ndkim_key = "x"\n')
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)

    one = about(found(typed), "DKIM")

    assert (one.verdict, one.fix) == ("failure", "Run, in the folder of its sources: make install")


def test_a_frame_too_large_for_a_mail_is_found_before_the_issue_is_due(typed: Type) -> None:
    typed("init")
    written(f'[newsletter]\npostal_address = "{"Sample Installation, " * 9000}"\n')

    one = about(found(typed), "templates")

    assert (one.verdict, "does not fit in a mail" in one.words) == ("failure", True)


def test_the_disk_is_too_full_or_nearly(typed: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(data_dir=Path("data"))
    said = []
    for free in (99 * machine.MB, 101 * machine.MB, 2 * machine.GB):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: shutil._ntuple_diskusage(0, 0, free))  # type: ignore[attr-defined]
        said.append(machine.check_disk(settings).verdict)

    assert said == ["failure", "warning", "ok"]


def test_a_network_file_system_is_known_by_the_longest_mount(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text("/dev/a / ext4 rw 0 0\nserver:/x /srv/our\\040data nfs4 rw 0 0\nb /srv/other btrfs rw 0 0\n")

    kinds = [
        machine._file_system_kind(Path(one), mounts) for one in ("/srv/our data/x", "/srv/other/x", "/srv/our dat", "/")
    ]

    assert kinds == ["nfs4", "btrfs", "ext4", "ext4"]
    assert machine._file_system_kind(Path("/"), tmp_path / "none") == ""


AS_NOBODY = """
import contextlib, io, os
from app.cli import run_command, main
with contextlib.redirect_stdout(io.StringIO()):
    run_command(["check"])  # imports all there is while we may
os.setgid(65534), os.setuid(65534)
main(["check"])
"""


def test_a_full_disk_is_no_matter_of_who_may_write(typed: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    def full_disk(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")  # as of a file that is open already: it is not named

    typed("init")
    with monkeypatch.context() as full:
        full.setattr(tempfile, "TemporaryFile", full_disk)
        full.setattr(Path, "write_text", full_disk)
        checked, preview = typed("check").out, typed("issue", "preview", "2026-03").err

    assert "data cannot be written: No space left on device. Fix: Free some space" in checked
    assert preview.startswith("casereviews: cannot write the preview: data/preview: No space left on device. Free some")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_a_data_directory_that_cannot_be_written_fails(typed: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.chdir(folder)
        typed("init")
        for one in (".", "data", "casereviews.toml"):
            Path(one).chmod(0o755)

        answer = processes.run([sys.executable, "-c", AS_NOBODY], capture_output=True, text=True, check=False)
        monkeypatch.undo()

    (line,) = [line for line in answer.stdout.splitlines() if " data directory: " in line]
    assert line.startswith("FAILURE  data directory: data cannot be written: Permission denied. Fix: Let the user")
    assert (answer.returncode, answer.stderr) == (1, "")


def test_a_clock_that_went_back_or_a_year_ahead_is_seen(typed: Type) -> None:
    typed("init")
    with opened() as db, write_transaction(db):
        db.execute("UPDATE _sqlite_migrations SET applied_at = '2026-01-01 00:00:00'")
        job_log.save(db, TICK_TASK, AT)

    back, right, ahead = (at(AT + days)["clock"] for days in (-timedelta(days=1), timedelta(), timedelta(days=400)))

    assert (back.verdict, right.verdict, ahead.verdict) == ("warning", "ok", "warning")
    assert "something was done on 24 November 2026 at 12:00" in back.words
    assert right.words == ("it is 24 November 2026 at 12:00 in Europe/London; the clocks next change on 28 March 2027")


def test_a_timer_that_stopped_and_copies_that_grow_old_are_seen(typed: Type) -> None:
    typed("init")
    with opened() as db, write_transaction(db):
        job_log.save(db, TICK_TASK, AT)
    Path("data/backups").mkdir()
    daily = [f"casereviews-{day}.db" for day in ("2026-11-20", "2026-11-23", "2026-11-31", "x")]
    for name in (*daily, "before-m012.db"):
        Path("data/backups", name).touch()

    now, later = at(AT), at(AT + timedelta(days=3))

    assert [now[name].verdict for name in ("timer", "backups")] == ["ok", "ok"]
    assert [later[name].verdict for name in ("timer", "backups")] == ["warning", "warning"]
    assert later["backups"].words == "the last is of 23 November 2026, in data/backups"


def test_the_next_read_and_the_next_issue_are_told_in_local_time(typed: Type) -> None:
    typed("init")
    summer = datetime(2026, 6, 30, 5, 29, tzinfo=UTC)

    one, later = at(summer)["schedule"], at(summer + timedelta(minutes=1))["schedule"]

    assert one.words == (
        "reads next on 30 June 2026 at 06:30; "
        "the issue of June 2026 is drafted on 1 July 2026 at 09:00 and goes out 24 hours later"
    )
    assert later.words.startswith("reads next on 1 July 2026 at 06:30")


def test_reviews_of_a_source_that_is_no_longer_configured_are_told_of(typed: Type) -> None:
    typed("init")
    Path("p.html").write_text("<html><body><h3>2016 – Westmere – Child A</h3><p>Neglect.</p></body></html>")
    typed("scrape", "nspcc", "--from-file", "p.html", "--as-of", "2026-01-02")
    written(SOURCE.format("other", "heritage", "https://a.example.org"))

    said = found(typed)

    assert about(said, "former sources").words == "nspcc: no longer read; their reviews are kept"


def test_colours_are_for_terminals_that_want_them(typed: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.cli.check_command import format_finding

    one = Finding("disk", "failure", "full", "Free some space.")

    assert format_finding(one, plain=True) == "FAILURE  disk: full. Fix: Free some space."
    assert "\x1b[" in format_finding(one, plain=False)
    monkeypatch.setenv("NO_COLOR", "1")
    assert system_effects().plain()
    monkeypatch.setenv("NO_COLOR", "")
    assert not system_effects().plain()


def test_show_config_prints_each_key_with_its_origin_and_no_secret(
    typed: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    written('base_url = "https://news.example.org"\n[mail]\nport = 2525\npassword = "hunter2"\n')
    monkeypatch.setenv("CASEREVIEWS_MAIL__HOST", "mail.example.org")

    answer = typed("--data-dir", "elsewhere", "check", "--show-config")
    held = json.loads(typed("--data-dir", "elsewhere", "check", "--show-config", "--json").out)

    lines = {line.split(" = ")[0]: line for line in answer.out.splitlines()}
    assert answer.code == 0
    assert re.fullmatch(r"mail\.port = 2525 +# casereviews\.toml", lines["mail.port"])
    assert re.fullmatch(r'mail\.host = "mail\.example\.org" +# environment CASEREVIEWS_MAIL__HOST', lines["mail.host"])
    assert re.fullmatch(r'data_dir = "elsewhere" +# flag --data-dir', lines["data_dir"])
    assert re.fullmatch(r'mail\.password = "\(hidden\)" +# casereviews\.toml', lines["mail.password"])
    assert re.fullmatch(r'timezone = "Europe/London" +# default', lines["timezone"])
    assert "hunter2" not in answer.out
    assert list(lines) == list(held)
    assert held["mail.port"] == {"value": 2525, "origin": "casereviews.toml"}


def test_show_config_of_a_wrong_configuration_is_one_line_that_leads_on(typed: Type) -> None:
    written("timezone = 'x'\n[mail]\nport = 0\n")

    answer = typed("check", "--show-config")

    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert "1 more is wrong; see all: casereviews check" in answer.err


def test_a_look_that_breaks_is_a_failure_and_stops_no_other(typed: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    typed("init")
    monkeypatch.setattr(machine, "check_disk", lambda settings: 1 / 0)

    said = found(typed)

    assert about(said, "disk").words == "could not be looked at (ZeroDivisionError: division by zero)"
    assert about(said, "timer")
    assert asdict(said[0]).keys() == {"about", "verdict", "words", "fix"}
