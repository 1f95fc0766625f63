"""The commands of accounts, and the first owner, whom `init` makes."""

import io
import json
import re
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.cli import first_owner, password
from db.operator import account_sessions, accounts
from db.schema.connect import write_transaction
from tests.conftest import Typed
from tests.support.installation import opened

Type = Callable[..., Typed]
LINK = re.compile(r"^http://127\.0\.0\.1:8765/ops/invitation/[\w-]{22}$", re.M)
ANNA = "anna@example.org"


@pytest.fixture
def house(typed: Type) -> Type:
    """A house whose owner is Anna."""
    assert typed("init", "--owner", ANNA).code == 0
    with closing(opened()) as db, write_transaction(db):
        accounts.set_password_hash(db, 1, "scrypt", datetime.now(UTC))
    return typed


def listed(typed: Type) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(typed("accounts", "list", "--json").out)
    return found


def test_init_makes_the_owner_and_prints_the_link(typed: Type) -> None:
    answer = typed("init", "--owner", ANNA)

    assert answer.code == 0 and LINK.search(answer.out)
    (account,) = listed(typed)
    assert (account["email"], account["name"], account["role"], account["standing"]) == (
        ANNA,
        "anna",
        "owner",
        "invited",
    )
    assert account["told"] == ["trouble", "approval", "takedown", "delivery"]
    again = typed("init", "--owner", "ben@example.org")
    assert (again.code, again.err.count("\n")) == (1, 1)
    assert "somebody has an account here already" in again.err
    assert typed("init").code == 0
    assert len(listed(typed)) == 1


def test_init_without_an_owner_makes_nobody(typed: Type) -> None:
    assert typed("init").code == 0

    assert listed(typed) == []
    assert "Invite the first: casereviews accounts invite EMAIL --role owner" in typed("accounts", "list").err


def test_a_dry_init_makes_nobody(typed: Type) -> None:
    typed("init", "--owner", ANNA, "--dry-run")

    assert not Path("data").exists()


@pytest.fixture
def at_terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Somebody sits at a terminal, and types these answers."""

    def answers(*typed: str) -> None:
        left = iter(typed)
        for module in (first_owner, password):
            monkeypatch.setattr(module.sys.stdin, "isatty", lambda: True)
        monkeypatch.setattr(first_owner.sys.stderr, "isatty", lambda: True)
        monkeypatch.setattr(first_owner.click, "prompt", lambda *asked, **more: next(left))

    return answers


def test_init_at_a_terminal_asks_for_address_and_password(typed: Type, at_terminal: Callable[..., None]) -> None:
    at_terminal(ANNA, "Anna", "four quiet words here")

    answer = typed("init")

    assert "Anna, anna@example.org is the owner, and logs in at http://127.0.0.1:8765/ops" in answer.out
    assert not LINK.search(answer.out)
    (account,) = listed(typed)
    assert account["standing"] == "active"


class Keyboard(io.StringIO):
    """What somebody types at a terminal."""

    def isatty(self) -> bool:
        return True


def test_an_address_that_cannot_be_used_is_asked_for_again(typed: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Keyboard("nobody\n\n"))
    monkeypatch.setattr(first_owner.sys.stderr, "isatty", lambda: True)

    answer = typed("init")

    assert (answer.code, "Error: this address cannot be used: has no @" in answer.err) == (0, True)
    assert listed(typed) == []


@pytest.mark.parametrize("mistake", [("nobody", "Anna"), (ANNA, "Anna", "short")])
def test_after_a_mistake_init_asks_again(
    typed: Type, at_terminal: Callable[..., None], mistake: tuple[str, ...]
) -> None:
    at_terminal(*mistake)
    assert typed("init").code == 1

    at_terminal(ANNA, "Anna", "four quiet words here")
    assert typed("init").code == 0
    assert [one["standing"] for one in listed(typed)] == ["active"]
    at_terminal()  # it asks nothing more
    assert typed("init").code == 0


def test_somebody_is_invited_and_gets_the_link_where_no_mail_goes(house: Type) -> None:
    answer = house("accounts", "invite", "ben@example.org", "--name", "Ben", "--role", "editor")

    assert answer.code == 0 and LINK.search(answer.out)
    assert len(list(Path("data/outbox").glob("invitation-2-*.eml"))) == 1
    assert house("accounts", "invite", "BEN@example.org", "--name", "Ben", "--role", "editor").code == 1
    made = json.loads(house("accounts", "invite", "c@example.org", "--name", "C", "--role", "editor", "--json").out)
    assert (made["mailed"], bool(LINK.search(made["url"]))) == (False, True)


def test_a_dry_invitation_leaves_nothing(house: Type) -> None:
    answer = house("accounts", "invite", "ben@example.org", "--name", "Ben", "--role", "editor", "--dry-run")

    assert answer.out == "would invite Ben, ben@example.org, as editor\n"
    assert len(listed(house)) == 1 and not Path("data/outbox").exists()


def test_roles_change_and_one_owner_stays(house: Type) -> None:
    house("accounts", "invite", "ben@example.org", "--name", "Ben", "--role", "editor")

    refused = house("accounts", "role", ANNA, "editor")
    assert (refused.code, refused.err.count("\n")) == (1, 1)
    assert "is the only owner" in refused.err
    assert "would be approver" in house("accounts", "role", "ben@example.org", "approver", "--dry-run").out
    assert json.loads(house("accounts", "role", "ben@example.org", "approver", "--json").out)["role"] == "approver"
    assert house("accounts", "close", "ben@example.org").code == 0
    assert {one["email"]: one["standing"] for one in listed(house)} == {ANNA: "active", "ben@example.org": "closed"}
    assert house("accounts", "close", ANNA).code == 1


def test_a_closed_account_is_brought_back_by_the_command_that_the_refusal_names(house: Type) -> None:
    invite = ("accounts", "invite", "ben@example.org", "--name", "Ben", "--role", "editor")
    house(*invite)
    house("accounts", "close", "ben@example.org")

    assert "a new link. Print one: casereviews accounts password ben@example.org\n" in house(*invite).err
    refused = house("accounts", "password", "ben@example.org").err
    assert "Bring it back first. Type: casereviews accounts reopen ben@example.org\n" in refused
    assert "would be open" in house("accounts", "reopen", "ben@example.org", "--dry-run").out
    assert json.loads(house("accounts", "reopen", "ben@example.org", "--json").out)["standing"] == "invited"
    assert house("accounts", "password", "ben@example.org").code == 0


def test_log_ins_are_listed_and_ended(house: Type) -> None:
    with closing(opened()) as db, write_transaction(db):
        account_sessions.begin(db, "a token", 1, "Firefox on Windows, 192.0.2.0/24", datetime.now(UTC))

    assert house("accounts", "sessions", ANNA).out.startswith("Firefox on Windows, 192.0.2.0/24: since ")
    assert "would be ended" in house("accounts", "sessions", ANNA, "--end", "--dry-run").out
    assert [one["client"] for one in json.loads(house("accounts", "sessions", ANNA, "--json").out)] != []
    assert "1 log-in is ended" in house("accounts", "sessions", ANNA, "--end").out
    assert json.loads(house("accounts", "sessions", ANNA, "--json").out) == []


def test_a_link_for_a_new_password_and_a_second_step_taken_away(house: Type) -> None:
    with closing(opened()) as db, write_transaction(db):
        accounts.set_totp_secret(db, 1, "sealed")

    assert LINK.search(house("accounts", "password", ANNA).out)
    assert "second step" in house("accounts", "list").out
    assert house("accounts", "reset-second-factor", ANNA, "--dry-run").code == 0
    assert listed(house)[0]["second_factor"] is True
    assert house("accounts", "reset-second-factor", ANNA).code == 0
    assert listed(house)[0]["second_factor"] is False


@pytest.mark.parametrize("command", ["role", "close", "password", "sessions", "reset-second-factor"])
def test_who_has_no_account_is_one_line(house: Type, command: str) -> None:
    answer = house("accounts", command, "nobody@example.org", *(["editor"] if command == "role" else []))

    assert (answer.code, answer.err.count("\n")) == (1, 1)
    assert "no such account: nobody@example.org. Correct the address. See them: casereviews accounts list" in answer.err
