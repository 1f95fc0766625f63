"""A review that was taken down leaves nothing of itself in any output but a tombstone."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from app.runtime.side_effects import system_effects
from core.config.load import load
from newsletter.mail import outbox_files
from newsletter.mail.outbox_files import write_message
from services.issues.withdraw_review import withdraw_review
from tests.conftest import Typed
from tests.support.installation import opened

Type = Callable[..., Typed]
ENTRY = """<h3>2016 – Zanzibarshire – Child Xylophone</h3><p>Death of Xylophone in a quixotic accident.</p>
<p>Key issues: ziggurat; and zeugma.</p><p>Keywords: zymurgy, quokka</p>
<p><a href="https://library.example.org/search2?searchTerm0=C7777">Read the wombat report</a></p>"""
OTHER = "<h3>2016 – Westmere – Child B</h3><p>Neglect of a child.</p><p>Keywords: neglect</p>"
MARKERS = ("zanzibar xylophone quixotic ziggurat zeugma zymurgy quokka wombat c7777").split()


def page(*entries: str) -> str:
    Path("page.html").write_text(f"<html><body>{''.join(entries)}</body></html>", "utf-8")
    return "page.html"


@pytest.fixture
def house(typed: Type) -> Type:
    """A house with one review of the baseline, and one that is news of March 2026, in a draft."""
    typed("init")
    typed("scrape", "--from-file", page(OTHER), "--as-of", "2026-02-28")
    typed("scrape", "--from-file", page(OTHER, ENTRY), "--as-of", "2026-03-02")
    typed("issue", "build", "2026-03")
    typed("issue", "preview", "2026-03")
    return typed


def outputs(typed: Type) -> Iterator[tuple[str, str]]:
    """All that the commands print and write."""
    commands = [
        ("status",),
        ("status", "--json"),
        ("reviews", "list"),
        ("reviews", "list", "--json"),
        ("reviews", "list", "--facet", "status=withdrawn"),
        ("reviews", "list", "--facet", "status=withdrawn", "--json"),
        ("reviews", "list", "--facet", "status=withdrawn", "--facet", "publisher=Zanzibarshire", "--json"),
        ("reviews", "show", "2"),
        ("reviews", "show", "2", "--json"),
        ("reviews", "show", "C7777"),
        ("reviews", "export", "--format", "csv"),
        ("reviews", "export", "--format", "json"),
        ("reviews", "export", "--facet", "status=withdrawn"),
        ("issue", "list"),
        ("issue", "list", "--json"),
        ("issue", "preview", "2026-03"),
        ("issue", "preview", "2026-04"),
        *(("issue", "show", "2026-03", "--format", form) for form in ("html", "text", "json", "eml")),
        *(("reviews", "search", word, "--json") for word in MARKERS),
        *(("reviews", "search", word, "--facet", "status=withdrawn", "--json") for word in MARKERS),
    ]
    for command in commands:
        answer = typed(*command)
        said = answer.out + answer.err
        for word in command:  # what was typed is said back
            said = said.replace(f"no such review: {word}", "")
        yield " ".join(command), said
    for file in Path("data/preview").glob("*"):
        yield file.name, file.read_text("utf-8")


def leaks(typed: Type) -> list[tuple[str, str]]:
    return [(where, marker) for where, said in outputs(typed) for marker in MARKERS if marker in said.lower()]


@pytest.mark.parametrize("sent", [False, True])
def test_nothing_of_it_is_left_in_any_output(house: Type, sent: bool) -> None:
    assert {marker for _, marker in leaks(house)} == set(MARKERS)
    if sent:
        with opened() as db:
            db.execute("UPDATE issues SET status = 'sent'")

    answer = house("reviews", "withdraw", "2", "--reason", "A court order.")

    assert (answer.code, answer.out) == (0, "review 2 withdrawn\n")
    assert leaks(house) == []
    tombstones = house("issue", "show", "2026-03").out.count("A review that has been withdrawn")
    assert tombstones == (1 if sent else 0)


def test_it_stays_out_whatever_its_source_lists_or_edits(house: Type) -> None:
    house("reviews", "withdraw", "2", "--reason", "A court order.")

    for day, entry in enumerate((ENTRY, ENTRY.replace("accident", "incident"), ""), 3):
        (run,) = json.loads(
            house("scrape", "--from-file", page(OTHER, entry), "--as-of", f"2026-03-0{day}", "--json").out
        )
        assert (run["new"], run["changed"], run["missing"]) == (0, 0, 0)
        assert leaks(house) == []


def test_restoring_brings_all_of_it_back(house: Type) -> None:
    before = house("reviews", "show", "2", "--json").out
    issue = house("issue", "show", "2026-03", "--format", "html").out
    house("reviews", "withdraw", "2", "--reason", "A court order.")

    answer = house("reviews", "restore", "2")

    assert answer.code == 0
    assert house("issue", "build", "2026-03").code == 0
    assert house("reviews", "show", "2", "--json").out == before
    assert house("issue", "show", "2026-03", "--format", "html").out == issue
    assert json.loads(house("reviews", "search", "zeugma", "--json").out)[0]["id"] == 2


@pytest.fixture
def mailed(house: Type) -> Type:
    """Two readers, of either edition, have the issue with it as files, and the one before; there was a test message."""
    Path("readers.csv").write_text("email,edition\nann@example.org,full\nben@example.org,short\n")
    house("subscribers", "import", "readers.csv", "--confirmed", "--consent", "Asked")
    house("issue", "test-send", "2026-03", "me@example.org")
    for period in ("2026-02", "2026-03"):
        house("issue", "build", period)
        assert house("issue", "send", period).code == 0
    return house


def carried(folder: str = "data/outbox") -> list[str]:
    """The messages that carry any of it, in either part."""
    found = []
    for file in sorted(Path(folder).rglob("*.eml")):
        mail = message_from_bytes(file.read_bytes(), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        said = " ".join(str(part.get_content()) for part in mail.walk() if part.get_content_maintype() == "text")
        if any(marker in said.lower() for marker in MARKERS):
            found.append(file.parent.name)
    return found


def test_no_message_in_the_outbox_keeps_it(mailed: Type) -> None:
    assert carried() == ["2026-03", "2026-03", "outbox"]
    dry = mailed("reviews", "withdraw", "2", "--reason", "A court order.", "--dry-run")
    assert "3 messages in data/outbox that carried it would be deleted" in dry.err
    assert len(carried()) == 3

    answer = mailed("reviews", "withdraw", "2", "--reason", "A court order.")

    assert answer.out == "review 2 withdrawn\n"
    assert "3 messages in data/outbox that carried it deleted\n" in answer.err
    assert "kept so that it can be restored: in the database, the pages it was read from (data/pages)" in answer.err
    assert carried() == []
    assert len(list(Path("data/outbox/2026-02").iterdir())) == 2
    mailed("reviews", "restore", "2")
    assert carried() == []


def test_a_withdrawal_of_another_review_deletes_no_message(mailed: Type) -> None:
    answer = mailed("reviews", "withdraw", "1", "--reason", "A court order.")

    assert "deleted" not in answer.err
    assert len(carried()) == 3


def test_messages_that_are_being_written_meanwhile_do_not_keep_it(house: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("readers.csv").write_text("email\n" + "".join(f"reader{n}@example.org\n" for n in range(5)))
    house("subscribers", "import", "readers.csv", "--confirmed", "--consent", "Asked")
    written = list[Path]()

    def meanwhile(folder: Path, name: str, raw: bytes) -> Path:
        written.append(write_message(folder, name, raw))
        if len(written) == 3:
            with closing(opened()) as db:
                withdraw_review(system_effects(), load(Path("casereviews.toml")), db, "2", "A court order.")
        return written[-1]

    monkeypatch.setattr(outbox_files, "write_message", meanwhile)

    assert house("issue", "send", "2026-03").code == 0
    assert carried() == []
    assert len(list(Path("data/outbox/2026-03").iterdir())) == 5


def test_twice_is_said_and_a_dry_run_changes_nothing(house: Type) -> None:
    dry = house("reviews", "withdraw", "2", "--reason", "x", "--dry-run")
    assert (dry.code, leaks(house) != []) == (0, True)
    house("reviews", "withdraw", "2", "--reason", "x")

    again, never = house("reviews", "withdraw", "2", "--reason", "x"), house("reviews", "restore", "1")

    assert (again.code, "already withdrawn" in again.err) == (1, True)
    assert (never.code, "not withdrawn by us" in never.err) == (1, True)


def test_an_approval_that_it_makes_void_is_told_with_what_to_type(house: Type) -> None:
    house("issue", "approve", "2026-03")
    waits = "for approval again: casereviews issue approve 2026-03\n"

    dry = house("reviews", "withdraw", "2", "--reason", "asked", "--dry-run")
    down = house("reviews", "withdraw", "2", "--reason", "asked")
    draft = house("reviews", "restore", "2")
    house("reviews", "withdraw", "2", "--reason", "asked")
    house("issue", "approve", "2026-03")
    dry_back = house("reviews", "restore", "2", "--dry-run")
    back = house("reviews", "restore", "2")

    assert [f"2026-03: would be built anew, and wait {waits}" in one.err for one in (dry, dry_back)] == [True, True]
    assert f"2026-03: is built anew, and waits {waits}" in down.err
    assert "for approval" not in draft.err
    assert f"2026-03: is built anew, and waits {waits}" in back.err
