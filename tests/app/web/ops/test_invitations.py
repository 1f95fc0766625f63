"""Invitations to the desk: mailed by the one way out, good once and for seven days, and what a dead one says."""

import re
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from core.config.schema import MailSettings, WebSettings
from core.errors import HouseError
from core.states import Role
from db.operator import account_invitations, accounts
from db.schema.connect import Database
from services.operator import invitations
from tests.app.web.operator import HASH, Desk, log_in
from tests.support.web_site import UNKNOWN, Visitor, texts

ANNA = {"name": "Anna", "email": "anna@example.org", "role": "approver"}
PASSWORD = "four quiet words here"
INVITE = "/ops/accounts/invite"


@pytest.fixture
def desk(db: Database) -> Desk:
    return Desk(db)


def mails(desk: Desk) -> list[EmailMessage]:
    """What stands in the outbox, oldest first."""
    files = sorted(
        (desk.settings.data_dir / "outbox").glob("invitation-*.eml"), key=lambda file: file.stat().st_mtime_ns
    )
    found = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
    return [mail for mail in found if isinstance(mail, EmailMessage)]


def path_in(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body
    found = re.search(r"https://news\.example\.org(/ops/invitation/\S+)", body.get_content())
    assert found
    return found[1]


def invite(desk: Desk, owner: Visitor, **changes: str) -> str:
    """Invite somebody; where their link leads."""
    answer = owner.press(INVITE, {**ANNA, **changes})
    assert answer.status_code == 303
    desk.wait()
    return path_in(mails(desk)[-1])


def choose(who: Visitor, path: str, password: str = PASSWORD) -> int:
    return who.press(path, {"new": password, "again": password}).status_code


def test_an_owner_invites_and_the_person_chooses_a_password_and_is_in(desk: Desk) -> None:
    owner = desk.person("owner")
    path = invite(desk, owner)
    (mail,) = mails(desk)
    who = desk.visitor()

    assert (mail["To"], mail["Subject"]) == ("anna@example.org", "Case reviews: you are invited to the desk")
    body = mail.get_body(("plain",))
    assert body and "Anna, Some owner invites you, as approver, to the desk of Case reviews" in body.get_content()
    assert "Anna" in who.get(path).text
    assert choose(who, path) == 303
    assert who.get("/ops").status_code == 200
    account = accounts.find_by_email(desk.db, "anna@example.org")
    assert account and account.active and account.role == "approver" and account.told == ("approval",)
    assert log_in(desk.visitor(), PASSWORD, "anna@example.org").status_code == 303
    assert "chose a password by a link" in desk.trail()
    assert "invited Anna, anna@example.org, as approver" in desk.trail()


def test_a_link_is_good_once(desk: Desk) -> None:
    path = invite(desk, desk.person("owner"))
    first, second = desk.visitor(), desk.visitor()
    token = second.token(path)
    assert choose(first, path) == 303

    answer = second.post(path, {"new": PASSWORD, "again": PASSWORD, "csrf_token": token})

    assert answer.status_code == 410
    assert second.get("/ops").status_code == 303
    assert "ask whoever invited you to send you a new link" in texts(answer.text)


@pytest.mark.parametrize("how", ["old", "replaced", "closed", "unknown"])
def test_a_link_that_is_worth_nothing_says_what_to_do(desk: Desk, how: str) -> None:
    owner = desk.person("owner")
    path, account = invite(desk, owner), accounts.find_by_email(desk.db, "anna@example.org")
    assert account
    match how:
        case "old":
            desk.house.clock.now += timedelta(days=7)
        case "replaced":
            owner.press("/ops/accounts", {}, f"/ops/accounts/{account.id}/link")
            desk.wait()
        case "closed":
            owner.press("/ops/accounts", {}, f"/ops/accounts/{account.id}/close")
        case "unknown":
            path = f"/ops/invitation/{UNKNOWN}"

    answer = desk.visitor().get(path)

    assert answer.status_code == 410
    assert "Each link is good once, and for seven days" in texts(answer.text)
    assert answer.headers["X-Robots-Tag"].startswith("noindex")
    assert answer.headers["Cache-Control"] == "no-store"


def test_opening_a_link_changes_nothing(desk: Desk) -> None:
    path = invite(desk, desk.person("owner"))
    who = desk.visitor()

    for _ in range(3):
        assert who.get(path).status_code == 200
    assert who.press(path, {"new": "short", "again": "short"}).status_code == 422
    assert choose(who, path) == 303


def test_a_new_link_chooses_a_new_password_and_ends_the_log_ins(desk: Desk) -> None:
    owner = desk.person("owner")
    before = desk.visitor()
    choose(before, invite(desk, owner))
    account = accounts.find_by_email(desk.db, "anna@example.org")
    assert account

    owner.press("/ops/accounts", {}, f"/ops/accounts/{account.id}/link")
    desk.wait()
    path = path_in(mails(desk)[-1])

    assert mails(desk)[-1]["Subject"] == "Case reviews: choose a new password"
    assert choose(desk.visitor(), path, "another four quiet words") == 303
    assert before.get("/ops").status_code == 303
    assert log_in(desk.visitor(), PASSWORD, "anna@example.org").status_code == 403


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"email": "nobody"}, "this address cannot be used"),
        ({"email": "OWNER@example.org"}, "this person has an account already"),
        ({"name": " "}, "this name cannot be used"),
        ({"name": "x" * 61}, "this name cannot be used"),
        ({"role": "king"}, "Choose a role"),
    ],
)
def test_a_mistake_is_said_and_what_was_typed_is_kept(desk: Desk, typed: dict[str, str], words: str) -> None:
    answer = desk.person("owner").press(INVITE, {**ANNA, **typed})

    assert answer.status_code == 422
    assert words in texts(answer.text)
    assert f'value="{ {**ANNA, **typed}["email"] }"' in answer.text
    assert len(accounts.listing(desk.db)) == 1


@pytest.mark.parametrize("role", ["editor", "approver", "operator"])
def test_only_an_owner_invites(desk: Desk, role: Role) -> None:
    who = desk.person(role)

    assert who.get(INVITE).status_code == 403
    assert who.press("/ops/account", ANNA, INVITE).status_code == 403
    assert accounts.find_by_email(desk.db, "anna@example.org") is None


def test_an_account_stays_where_its_mail_could_not_be_sent(db: Database) -> None:
    closed = MailSettings(transport="smtp", live=True, host="127.0.0.1", port=1, security="none")
    desk = Desk(db, mail=closed)
    owner = desk.person("owner")
    page = owner.press(INVITE, ANNA).headers["Location"]
    desk.wait()

    assert "This could not be done" in texts(owner.get(page).text)
    assert "Invite again : Anna" in texts(owner.get("/ops/accounts").text)


def test_who_is_not_on_the_allow_list_gets_a_file(db: Database) -> None:
    listed = MailSettings(transport="smtp", allow_list=("me@example.org",), host="127.0.0.1", port=1, security="none")
    desk = Desk(db, mail=listed)
    owner = desk.person("owner")
    page = owner.press(INVITE, ANNA).headers["Location"]
    desk.wait()

    assert "Nothing was mailed" in texts(owner.get(page).text)
    assert len(mails(desk)) == 1


def test_a_closed_account_gets_no_link(desk: Desk) -> None:
    account = desk.account("editor")
    accounts.close(desk.db, account.id, desk.house.clock.now)
    stored = accounts.get(desk.db, account.id)
    assert stored

    with pytest.raises(HouseError, match="the account is closed"):
        invitations.make_link(desk.house.effects, desk.settings, desk.db, stored)


def test_the_first_owner_can_come_in_without_any_password_set(db: Database) -> None:
    desk = Desk(db)
    desk.app.extensions["casereviews"].settings = desk.settings.replace(web=WebSettings())
    first = invitations.add_account(desk.house.effects, desk.settings, db, "anna@example.org", "Anna", "owner")
    who = desk.visitor()

    assert choose(who, first.url.removeprefix("https://news.example.org")) == 303
    assert who.get("/ops/accounts").status_code == 200
    assert HASH not in repr(first) and first.url not in repr(first)


def test_people_choose_what_they_are_told(desk: Desk) -> None:
    approver, editor = desk.person("approver"), desk.person("editor")
    notices = "/ops/account/notices"

    assert approver.press(notices, {"told": ["approval", "delivery"]}).status_code == 303
    assert "draft is ready" not in editor.get(notices).text
    assert editor.press(notices, {"told": ["approval", "trouble"]}).status_code == 303

    told = {one.role: one.told for one in accounts.listing(desk.db)}
    assert told == {"approver": ("approval", "delivery"), "editor": ("trouble",)}
    assert 'value="delivery" checked' in approver.get(notices).text
    assert desk.operator().get(notices).status_code == 404


def test_a_link_does_not_go_round_the_second_step(desk: Desk) -> None:
    account, who = desk.account("editor"), desk.visitor()
    accounts.set_totp_secret(desk.db, account.id, "sealed")
    path = f"/ops/invitation/{'x' * 22}"
    account_invitations.make(desk.db, account.id, "x" * 22, desk.house.clock.now)

    answer = who.press(path, {"new": PASSWORD, "again": PASSWORD})

    assert answer.headers["Location"] == "/ops/login/code"
    assert who.get("/ops").status_code == 303
