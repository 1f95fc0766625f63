"""What goes wrong around us: one line that says what to do, nothing lost, and on it goes when it is put right."""

import os
import re
import sqlite3
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from threading import Event

import pytest
import requests
from apscheduler.events import EVENT_JOB_EXECUTED

from app.runtime.side_effects import system_effects
from app.scheduler.job_context import JobContext
from app.scheduler.tick import run_now
from app.scheduler.timer import Timer
from app.web.ops.login_throttle import LoginThrottle
from core.config.load import load
from core.errors import HouseError, StoreError
from core.subscriber_rules import CONSENT_VERSION, Preferences
from db.collection import reviews, sources
from db.mail import signup_attempts
from db.operator import account_sessions, job_log
from db.schema.connect import Database, connect, write_transaction
from services.operator.health import assess_health
from services.readers.signup import sign_up
from tests.services.delivery.test_delivery_faults import make
from tests.support import issue_sending
from tests.support.fault_drills import MODEST, Disk, Served, copied, dump, line, run, sound
from tests.support.imap_server import PASSWORD, Postbox
from tests.support.installation import QUICK
from tests.support.issue_sending import PERIOD, Sender, Sink, everyone_once, listed, post
from tests.support.loopback_site import Answer, Site
from tests.support.timed_installation import ADA, Installation, mails, news, notices, readers
from tests.support.waiting import HANG, until

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
READERS = 120
ISSUE = "issue show 2016-09 --format text"
READING = ("status", "reviews list", "reviews search neglect", "issue list", ISSUE, "subscribers stats")
SOURCE = '[[sources]]\nname = "nspcc"\nkind = "nspcc-listing"\nurl = "http://127.0.0.1:9/list"\n'


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house with an approved issue, made once."""
    folder = tmp_path_factory.mktemp("ready")
    issue_sending.prepare(folder, READERS)
    return folder


@pytest.fixture
def house(ready: Path, tmp_path: Path) -> Path:
    """A copy of the house in the working folder."""
    return copied(ready, tmp_path)


def settle() -> None:
    """Configure the house in the working folder: it reads nothing of the world, and its pages are plain http."""
    post(1, SOURCE, transport="outbox")
    file = Path("casereviews.toml")
    file.write_text(file.read_text().replace("https://news.example.org", "http://127.0.0.1:8765") + QUICK)


@pytest.fixture
def disk(ready: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    """A copy of the house on a small disk, which is the working folder."""
    with Disk(tmp_path / "disk", "6m") as small:
        copied(ready, small.folder)
        monkeypatch.chdir(small.folder)
        settle()
        yield small
        monkeypatch.chdir(tmp_path)


# The disk is full


def test_on_a_full_disk_every_command_says_so_and_changes_nothing(disk: Disk) -> None:
    before = dump()
    disk.fill()

    for words in (
        "scrape nspcc --from-file after.html",
        "issue build 2016-10",
        f"issue approve {PERIOD}",
        f"issue send {PERIOD}",
        "subscribers add new@example.org --confirmed --consent Asked",
        "tick",
    ):
        answer = run(*words.split())
        assert answer.code == 1, (words, answer.out, answer.err)
        assert re.search("disk is full|No space left", said := line(answer)), said
        assert "Free some space" in said
    for words in READING:
        answer = run(*words.split())
        assert answer.code in (0, 1), (words, answer.err)
        assert answer.out and "casereviews:" not in answer.err, (words, answer.err)

    disk.empty()
    assert dump() == before
    assert run("issue", "send", PERIOD).code == 0
    assert len(list(Path(f"data/outbox/{PERIOD}").glob("*.eml"))) == READERS
    assert sound()


def test_a_large_import_that_finds_no_room_is_none(disk: Disk) -> None:
    Path("more.csv").write_text("email\n" + "".join(f"another{number}@example.org\n" for number in range(5_000)))
    words = "subscribers import more.csv --confirmed --consent Asked".split()
    before = dump()
    disk.fill(but=400_000)

    answer = run(*words)

    assert (answer.code, "the disk is full" in line(answer)) == (1, True)
    assert dump() == before
    disk.empty()
    assert "5,000 subscribers added" in run(*words).out


def test_a_disk_that_fills_while_an_issue_is_sent_costs_one_a_connection_at_most(disk: Disk) -> None:
    with Sink(disk.folder.parent, "--fault", "dot:slow=1") as sink:
        post(sink.port)
        sender = Sender()
        assert sink.wait_for(40, sender)
        disk.fill(but=60_000)
        code = sender.wait()
        taken = len(sink.accepted())
        disk.empty()
        again = run("issue", "send", PERIOD)
        accepted = sink.accepted()

    assert code == 1
    (said,) = [words for words in sender.said().splitlines() if "the disk is full" in words]
    print(f"{said} ({taken} of {READERS} sent)")
    assert "Free some space" in said
    assert "Traceback" not in sender.said()
    assert again.code == (3 if listed("unknown") else 0), again.err
    assert len(listed("unknown")) <= 4
    assert len(listed("sent", "unknown")) == READERS
    assert READERS - 4 <= len(accepted) <= READERS
    everyone_once(listed(), accepted)


def test_pages_answer_on_a_full_disk_and_a_sign_up_succeeds_when_there_is_room(disk: Disk) -> None:
    form = {"email": "ada@example.org", "consent": ""}
    with Served("--no-scheduler") as serve, requests.Session() as visitor:
        visitor.headers["Origin"] = serve.url
        disk.fill()
        shown = [
            visitor.get(f"{serve.url}{path}").status_code for path in ("/", "/reviews", "/reviews/1", "/subscribe")
        ]
        refused = visitor.post(f"{serve.url}/subscribe", form, allow_redirects=False)
        disk.empty()
        taken = visitor.post(f"{serve.url}/subscribe", form, allow_redirects=False)
        until(lambda: list(Path("data/outbox").glob("confirm-*.eml")))
        log = serve.said()

    assert shown == [200] * 4
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "300")
    assert "Nothing was changed" in refused.text
    assert taken.status_code == 303
    print(*log, sep="\n")
    (error,) = [words for words in log if "ERROR" in words]
    assert error.startswith("ERROR casereviews: a page failed: POST /subscribe: the disk is full")


def test_the_timer_says_once_that_the_disk_is_full_and_goes_on_by_itself(
    disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "casereviews")
    settings = load(Path("casereviews.toml"))
    disk.fill()
    timer, over = Timer(system_effects(), settings, timedelta(seconds=0.1)), list[object]()
    timer._scheduler.add_listener(over.append, EVENT_JOB_EXECUTED)
    timer.start()
    try:
        until(lambda: caplog.records)
        until(lambda: len(over) > 40)  # as many ticks as find it full
        said = [record.getMessage() for record in caplog.records]
        disk.empty()
        until(lambda: "the timer works again" in caplog.text)
    finally:
        assert timer.end(HANG)

    print(*(record.getMessage() for record in caplog.records), sep="\n")
    assert [words.partition(":")[0] for words in said] == ["the disk is full"]
    with closing(connect(settings.database)) as db:
        assert job_log.get(db, "tick")


def test_the_outbox_and_a_backup_that_find_no_room_are_made_when_there_is_some(disk: Disk) -> None:
    assert run("issue", "approve", PERIOD).code == 0
    with closing(connect(Path("data/casereviews.db"))):  # somebody has it open, so that there is room for reading
        disk.fill(but=600_000)
        sent, copied = run("issue", "send", PERIOD), run("backup", "copy.db")
        assert not list(Path().rglob("*.part*"))
        disk.empty()

    assert (sent.code, copied.code) == (1, 1)
    assert re.search("(a message cannot be written: .*No space left|the disk is full).*Free some space", line(sent))
    assert re.search("the copy could not be made: .*Free some space", line(copied))
    assert run("issue", "send", PERIOD).code == 0
    assert {file.stem for file in Path(f"data/outbox/{PERIOD}").iterdir()} == {one.token for one in listed()}
    assert run("backup", "copy.db").code == 0
    assert sound()


def test_a_full_disk_is_copied_to_another(disk: Disk, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "copy.db"
    disk.fill()

    copied = run("backup", str(elsewhere))

    assert (copied.code, "read back well" in copied.out) == (0, True), copied.err


def test_a_checkpoint_that_finds_no_room_loses_nothing(disk: Disk) -> None:
    file = Path("data/casereviews.db")
    with closing(connect(file)) as db:
        for number in range(300):  # each is in the log of writes, and not yet in the file
            with write_transaction(db):
                db.execute("INSERT INTO secrets (name, value) VALUES (?, ?)", [f"row {number}", "x" * 3000])
        disk.fill()
        with suppress(sqlite3.OperationalError):
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        with pytest.raises(StoreError, match=r"the disk is full.*Free some space"):
            for number in range(300, 2_000):
                with write_transaction(db):
                    db.execute("INSERT INTO secrets (name, value) VALUES (?, ?)", [f"row {number}", "x" * 3000])
        kept = number
        assert not db.conn.in_transaction
        disk.empty()
        with write_transaction(db):
            db.execute("INSERT INTO secrets (name, value) VALUES ('last', '')")

    with closing(connect(file)) as db:
        (count,) = db.execute("SELECT COUNT(*) FROM secrets WHERE name LIKE 'row %' OR name = 'last'").fetchone()
    assert (count, sound()) == (kept + 1, True)


# Nothing may be written


SHOWING = (*READING, "reviews show 1", "reviews export --format csv", "subscribers list", "export-site ../site")
CLOSED = "cannot .*Its file system is read-only; let it be written to, then try again"


@pytest.mark.parametrize("killed", [False, True], ids=["at rest", "after a kill"])
def test_a_read_only_disk_can_be_read(disk: Disk, killed: bool) -> None:
    if killed:
        with closing(connect(Path("data/casereviews.db"))) as db:
            db.execute("UPDATE subscribers SET status = 'paused' WHERE id = 1")
            aside = Path("data/casereviews.db-wal").read_bytes(), Path("data/casereviews.db-shm").read_bytes()
            main = Path("data/casereviews.db").read_bytes()
        Path("data/casereviews.db").write_bytes(main)
        for name, content in zip(("wal", "shm"), aside, strict=True):
            Path(f"data/casereviews.db-{name}").write_bytes(content)
    disk.close()

    for words in SHOWING if not killed else ("status", "subscribers stats"):
        answer = run(*words.split())
        assert answer.code in (0, 1), (words, answer.err)
        assert "casereviews:" not in answer.err, (words, answer.err)
    assert not killed or re.search(r"paused +1\b", answer.out), answer.out  # what only the log of writes holds
    rescued = run("backup", "../rescued.db")
    assert (rescued.code, "read back well" in rescued.out) == (0, True), rescued.err
    Path("../rescued.db").unlink()
    for words in (
        f"issue send {PERIOD}",
        "scrape nspcc",
        "tick",
        "serve --port 0",
        "subscribers erase --yes reader1@example.org",
    ):
        answer = run(*words.split())
        assert answer.code == 1, (words, answer.out)
        assert re.search(CLOSED, line(answer)), answer.err

    disk.close(False)
    assert run("issue", "send", PERIOD).code == 0


FORBIDDEN = [
    ("data", 0o500, "scrape nspcc --from-file after.html", "the database cannot be written"),
    ("data", 0o000, "status", "cannot look for the database"),
    ("data/casereviews.db", 0o400, f"issue send {PERIOD}", "the database cannot be written"),
    ("data/casereviews.db", 0o000, "reviews list", "the database cannot be opened"),
    ("data/outbox", 0o500, f"issue send {PERIOD}", "a message cannot be written"),
    ("data/pages", 0o500, "scrape nspcc --from-file other.html --as-of 2016-09-21", "cannot keep the page"),
    ("data/casereviews.lock", 0o000, "scrape nspcc --from-file after.html", "cannot take the lock"),
    ("casereviews.toml", 0o000, "status", "cannot read the configuration"),
]


@pytest.mark.parametrize(("what", "mode", "words", "said"), FORBIDDEN)
def test_what_may_not_be_written_or_read_is_named(house: Path, what: str, mode: int, words: str, said: str) -> None:
    settle()
    Path("data/outbox").mkdir(exist_ok=True)
    Path("data/casereviews.lock").touch()
    Path("other.html").write_bytes(Path("after.html").read_bytes().replace(b"</body>", b" </body>"))
    before = dump()
    Path(what).chmod(mode)
    try:
        answer = run(*words.split(), first=MODEST)
    finally:
        Path(what).chmod(0o700)

    assert answer.code in (1, 2), (answer.out, answer.err)
    assert re.search(f"{said}.*{what}", words_said := line(answer)), words_said
    assert re.search("Let the user who runs casereviews|Make .* readable", words_said), words_said
    assert dump() == before or "send" in words
    assert run(*words.split(), first=MODEST).code in (0, 1 if words == "status" else 0)


# The database is damaged


def root(table: str) -> int:
    """Where a table begins, in bytes."""
    with closing(sqlite3.connect("data/casereviews.db")) as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [table]).fetchone()
    return (int(page) - 1) * 4096


def spoilt(at: int, count: int) -> Callable[[bytes], bytes]:
    """Noise in the middle of a file."""
    return lambda raw: raw[:at] + Random(7).randbytes(count) + raw[at + count :]


def another() -> bytes:
    """Another program's database."""
    with closing(sqlite3.connect("another.db")) as db:
        db.execute("CREATE TABLE notes (words TEXT)")
    return Path("another.db").read_bytes()


def not_ours(raw: bytes) -> bytes:
    return another()


DAMAGED = r"the database is damaged: data/casereviews\.db: .*\. Restore a backup with: casereviews restore FILE; "
FOREIGN = r"this is another program's database: data/casereviews\.db\. Move it away"
DAMAGE = {
    "its first bytes": (lambda: spoilt(0, 100), ("status", "tick", f"issue send {PERIOD}", "init"), DAMAGED),
    "cut in half": (
        lambda: lambda raw: raw[: len(raw) // 8192 * 4096],
        ("status", "tick", "subscribers list"),
        DAMAGED,
    ),
    "a table": (lambda: spoilt(root("reviews"), 4096), ("status", "reviews list", "issue build 2016-10"), DAMAGED),
    "an index": (lambda: spoilt(root("reviews_by_day"), 4096), ("reviews list",), DAMAGED),
    "the index of words": (lambda: spoilt(root("reviews_fts_data"), 4096), ("reviews search neglect",), DAMAGED),
    "a text": (lambda: lambda raw: b"not a database at all " * 400, ("status", "tick"), DAMAGED),
    "another's": (lambda: not_ours, ("status", "tick", "init"), FOREIGN),
    "nothing in it": (lambda: lambda raw: b"", ("status", "tick"), "the database data/casereviews.db is empty"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_database_is_named_and_left_alone_until_a_backup_is_restored(house: Path, kind: str) -> None:
    how, commands, said = DAMAGE[kind]
    file, before = Path("data/casereviews.db"), dump()
    settle()
    assert run("backup", "good.db").code == 0
    file.write_bytes(how()(file.read_bytes()))
    damaged = file.read_bytes()

    for words in commands:
        answer = run(*words.split())
        assert answer.code == (10 if kind == "nothing in it" else 1), (words, answer.out)
        assert re.search(said, line(answer)), (words, answer.err)
        assert "restore" in answer.err
    assert file.read_bytes() == damaged
    assert run("restore", "good.db").code == 0
    # the lost database may have told readers of its news already: an alert in doubt is not sent
    after = [words for words in dump() if not re.search('INTO "(backup_stamp|audit_trail)"', words)]
    assert after == [words for words in before if not re.search('INTO "(unmatched_news|audit_trail)"', words)]
    assert sound()


def test_pages_say_so_while_the_database_is_damaged_and_serve_goes_on(house: Path) -> None:
    settle()
    file = Path("data/casereviews.db")
    with Served() as serve:
        assert serve.get("/reviews")[0] == 200
        whole = file.read_bytes()
        for table in ("reviews", "issues", "subscribers", "runs", "review_sort_keys", "review_facets", "facets"):
            file.write_bytes(spoilt(root(table), 4096)(file.read_bytes()))
        found = {path: serve.get(path) for path in ("/", "/reviews", "/reviews/1", "/issues", "/healthz")}
        assert serve.alive
        file.write_bytes(whole)
        log = serve.said()

    print({path: status for path, (status, _) in found.items()}, *log, sep="\n")
    assert {found[path][0] for path in ("/reviews/1", "/issues", "/healthz")} == {503}
    assert "Nothing was changed" in found["/issues"][1]
    assert "Traceback" not in "".join(log)


@pytest.mark.parametrize("left", [b"", bytes(5000), b"nonsense" * 4000, None])
def test_what_a_crash_leaves_beside_the_database_does_no_harm(house: Path, left: bytes | None) -> None:
    settle()
    before, aside = dump(), Path("data/casereviews.db-wal")
    if left is None:
        aside.unlink(missing_ok=True)
        Path("data/casereviews.db-shm").write_bytes(b"nonsense" * 4096)
    else:
        aside.write_bytes(left)

    answer = run("subscribers", "stats")

    assert (answer.code, answer.err) == (0, "")
    assert dump() == before
    assert sound()


# There is no name server, no network, nobody there

HOSTS = {  # what a host is, and what is said of it
    "no name server": ("reviews.example.org", "Temporary failure in name resolution"),
    "no network": ("192.0.2.1", "Network is unreachable"),
    "nobody there": ("127.0.0.1", "Connection refused"),
}
REMOTE = """[bounces]
imap_host = "{0}"
imap_port = 9
imap_username = "bounces"
imap_password = "secret"
"""
NOWHERE = {
    "scrape": r"robots.txt cannot be read, so nothing may be: http://{0}:9/robots.txt \({1}\).* Try again later",
    f"issue send {PERIOD}": r"the mail server cannot be used: {0}:9 \({1}\)\. Nothing is lost: what waits is sent",
    "bounce --poll": r"the mailbox cannot be read: {0}:9 \({1}\)\. See \[bounces\]; nothing is lost",
}


@pytest.mark.parametrize("kind", HOSTS)
def test_without_a_network_each_command_says_what_it_could_not_reach(house: Path, kind: str) -> None:
    host, why = HOSTS[kind]
    post(9, SOURCE.replace("127.0.0.1", host), host=host)
    with Path("casereviews.toml").open("a") as file:
        file.write(REMOTE.format(host) + QUICK)
    first = () if host == "127.0.0.1" else ("unshare", "-n")
    if first and (os.geteuid() != 0 or subprocess.run([*first, "true"], check=False).returncode):
        pytest.skip("only root can take the network away")

    for words, said in NOWHERE.items():
        if "send" in words and kind != "no name server":
            continue  # it takes its time, and the rest is tested elsewhere
        answer = run(*words.split(), first=first)
        assert answer.code == 1, answer.err
        assert re.search(said.format(re.escape(host), why), line(answer)), answer.err

    assert {one.state for one in listed()} <= {"queued"}
    run("scrape", first=first)  # one morning is no news
    assert why in run("status").out.splitlines()[0]
    with Sink(house) as sink:
        post(sink.port)
        assert run("issue", "send", PERIOD).code == 0
        everyone_once(listed(), sink.accepted())
    assert len(listed("sent")) == READERS


def test_days_without_a_network_make_no_link_dead_and_pass_by_themselves() -> None:
    with Installation("2026-01-10 12:00") as house:
        house.read("Child A", "Child B", "Child C")
        assert links_of(house) == {"live": 3}
        with_network = house.site.url("/list")
        file = Path("casereviews.toml")
        file.write_text(file.read_text().replace(with_network, "http://127.0.0.1:9/list"))
        with closing(house.db()) as db, write_transaction(db):
            db.execute("UPDATE link_checks SET url = replace(url, ?, ':9/')", [f":{house.site.port}/"])
            db.execute("UPDATE links SET url = replace(url, ?, ':9/')", [f":{house.site.port}/"])
            db.execute("UPDATE link_checks SET due_at = ''")
        for day in range(11, 19):
            house.tick(f"2026-01-{day} 12:00")
        assert links_of(house) == {"live": 3}
        assert "nspcc is broken" in notices()
        file.write_text(file.read_text().replace("http://127.0.0.1:9/list", with_network))
        house.listing.publish(2026, "Child D")
        done = house.tick("2026-01-19 12:00")

    assert [words for words in done if words.startswith("read nspcc")] == [
        "read nspcc: 4 reviews, 1 new, 0 changed, 0 missing"
    ]
    assert notices()[-1] == "nspcc is well again"


def links_of(house: Installation) -> dict[str, int]:
    """How many links there are in each state."""
    with closing(house.db()) as db:
        return dict(db.execute("SELECT state, COUNT(*) FROM links GROUP BY state").fetchall())


# A certificate is out of date, of another, or nobody's

UNTRUSTED = {"old": "certificate has expired", "other": "IP address mismatch", "stranger": "self-signed certificate"}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, and what it signed: for 127.0.0.1, for another host, and out of date."""
    folder = tmp_path_factory.mktemp("certificates")
    make(folder)
    return folder


def tls(certificates: Path, name: str) -> ssl.SSLContext:
    """How a server shows a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / f"{name}.pem")
    return context


@pytest.mark.parametrize("name", [*UNTRUSTED, "right"])
def test_a_certificate_that_is_not_to_be_trusted_stops_everything_before_a_word_is_said(
    house: Path, certificates: Path, name: str
) -> None:
    trusted = dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), str(certificates / "authority.pem"))
    page = Answer(200, Path("after.html").read_bytes())
    sink = Sink(house, "--certificate", str(certificates / f"{name}.pem"))
    letters = Postbox([], tls=tls(certificates, name))
    with Site({"/list": lambda _: page}, tls=tls(certificates, name)) as site, sink, letters:
        post(sink.port, SOURCE.replace("http://127.0.0.1:9", site.url("").rstrip("/")), security="starttls")
        with Path("casereviews.toml").open("a") as file:
            box = REMOTE.format("127.0.0.1").replace("= 9", f"= {letters.port}").replace('"secret"', repr(PASSWORD))
            file.write(box + QUICK)
        answers = [run(*words.split(), env=trusted) for words in NOWHERE]

    if name == "right":
        assert [answer.code for answer in answers] == [0, 0, 0], [answer.err for answer in answers]
        assert len(sink.accepted()) == len(listed("sent")) == READERS
        return
    for answer, server in zip(answers, ("https://127.0.0.1:", "127.0.0.1:", "127.0.0.1:"), strict=True):
        assert answer.code == 1
        assert re.search(f"{server}.*{UNTRUSTED[name]}", line(answer)), answer.err
        assert re.search("[Cc]ertificate must be|tell its owner", answer.err), answer.err
    assert (site.requests, sink.accepted(), letters.commands) == ([], [], [])
    assert {one.state for one in listed()} == {"queued"}


# The clock is wrong

AHEAD = {
    "job_log": ["at"],
    "link_checks": ["due_at", "checked_at", "last_failed_on"],
    "reviews": ["first_seen"],
    "signup_attempts": ["at"],
    "sources": ["not_before", "read_at"],
    "transactional_mail": ["due_at"],
}


def statuses(house: Installation) -> dict[str, str]:
    """What each subscriber is, by name."""
    with closing(house.db()) as db:
        rows = db.execute("SELECT email, status FROM subscribers ORDER BY id")
        return {email.partition("@")[0]: status for email, status in rows}


def ask(house: Installation, name: str) -> None:
    """Somebody signs up on the pages."""
    with closing(house.db()) as db:
        sign_up(house.effects, house.settings, db, f"{name}@example.org", Preferences(), CONSENT_VERSION, "192.0.2.7")


def test_a_clock_that_starts_a_year_back_changes_nothing_for_a_day_and_is_believed_then() -> None:
    def seen() -> list[tuple[str, ...]]:
        with closing(house.db()) as db:
            return list(map(tuple, db.execute("SELECT first_seen FROM reviews ORDER BY id")))

    with news() as house:
        house.until("2026-01-15 00:00")
        before, asked, told = seen(), house.listing.asked, notices()

        assert house.tick("2025-01-15 08:00") == house.tick("2025-01-16 07:55") == []
        with closing(house.db()) as db:
            troubles = assess_health(house.settings, db, house.at).troubles
            with pytest.raises(HouseError, match="it shows 16 January 2025, and the timer ran on 14 January 2026"):
                list(run_now(JobContext(house.effects, house.settings, db, Event())))
        assert ("clock", "is behind") in [(one.about, one.brief) for one in troubles]
        house.tick("2026-01-15 09:00")  # it was put right
        assert (seen(), house.listing.asked, notices()) == (before, asked + 1, told)

        assert house.tick("2025-02-15 08:00") == []
        assert house.tick("2025-02-16 08:00")  # nobody has put it right
        assert max(seen()) == ("2025-02-16T08:00:00Z",)


@pytest.mark.parametrize("publish", ["hold", "approve", "auto"])
def test_a_clock_a_year_ahead_for_an_hour_mails_nobody_and_forgets_nobody(publish: str) -> None:
    with news() as house:
        house.configure(f'[newsletter]\npublish = "{publish}"\n')
        ask(house, "pending")
        house.tick("2026-01-12 10:00")
        known, asked = statuses(house), house.listing.asked
        house.listing.publish(2026, "Child E")
        for minute in range(0, 60, 5):
            house.tick(f"2027-01-12 10:{minute:02}")
        ahead = set(Path("data/outbox").iterdir())
        ask(house, "ahead")
        told = notices()

        assert (statuses(house), house.listing.asked) == (known | {"ahead": "pending"}, asked + 1)
        assert [words for words in told if "not sent" in words] == [words for words in told if "February 2026" in words]
        assert not any(readers(f"{year}-{month:02}") for year in (2026, 2027) for month in range(1, 13))

        house.tick("2026-01-12 11:00")
        assert set(Path("data/outbox").iterdir()) > ahead  # the letter that was asked for while it was ahead
        house.until("2026-02-01 08:30")
        house.tick("2026-02-01 09:00")
        assert house.listing.asked == asked + 2 + 20  # one while it was ahead, one when it was not, then daily
        if publish == "approve":
            house.approve("2026-01")
        house.until("2026-03-03 00:00")
        if publish == "approve":
            house.approve("2026-02")
            house.until("2026-03-04 00:00")

    assert statuses(house) == {"ada": "active"}  # nobody had confirmed in time
    assert (readers("2026-01"), readers("2026-02"), readers("2026-12")) == ([ADA], [ADA], [])
    (issue,) = mails("data/outbox/2026-01")
    assert "(2 new)" in str(issue["Subject"])
    assert notices().count("the issue of January 2026 was sent") == 1


def test_who_left_is_forgotten_a_day_after_a_machine_was_off_for_long() -> None:
    with news() as house:
        ask(house, "pending")
        house.tick("2026-01-12 10:00")
        house.tick("2026-02-20 10:00")
        first = statuses(house)
        house.tick("2026-02-21 11:00")

    assert (first.keys(), statuses(house).keys()) == ({"ada", "pending"}, {"ada"})


def test_what_was_put_off_while_the_clock_was_ahead_does_not_wait_for_a_year() -> None:
    with news() as house:
        house.tick("2027-01-12 10:00")
        with closing(house.db()) as db, write_transaction(db):
            for number in range(3):
                signup_attempts.add(db, signup_attempts.BY_ADDRESS, f"somebody {number}", house.at)
            known = sources.get(db, "nspcc", house.site.url("/list"))
            sources.save(db, replace(known, not_before=house.at + timedelta(days=6)))
            db.execute(
                "UPDATE link_checks SET due_at = '2027-02-11T10:00:00Z', failures = 1, last_failed_on = '2027-01-12'"
            )
            job_log.save(db, "unsent alert", house.at)
        house.listing.publish(2026, "Child F")
        done = house.tick("2026-01-13 10:00")
        with closing(house.db()) as db:
            ahead = [
                (table, column)
                for table, columns in AHEAD.items()
                for column in columns
                if db.execute(f"SELECT COUNT(*) FROM {table} WHERE {column} > '2026-03'").fetchone()[0]
            ]
            waiting = {review.name for review in reviews.list_for_issue(db, "2026-01", house.at + timedelta(days=19))}

    assert "read nspcc: 5 reviews, 1 new, 0 changed, 0 missing" in done
    assert any(words.startswith("looked at") for words in done)
    assert waiting == {"Child D", "Child F"}
    assert ahead == []


def test_a_log_in_is_not_shut_for_a_year_by_a_clock_that_was_ahead(db: Database) -> None:
    throttle, now = LoginThrottle(), datetime(2026, 1, 12, 10, tzinfo=UTC)
    later = now + timedelta(days=365)
    for _ in range(60):
        throttle.record_failure("192.0.2.7", later)
    account_sessions.begin(db, "token", 0, "a browser", later)

    assert not throttle.allows("192.0.2.7", later)
    assert throttle.allows("192.0.2.7", now)
    assert account_sessions.find(db, "token", now) is None
