"""The states of the pages by which people come in, that are looked at in a browser."""

from contextlib import closing

import pyotp
from playwright.sync_api import Page as Tab

from app.runtime.side_effects import system_effects
from core.states import Role
from db.operator import accounts
from db.operator.accounts import Account
from db.schema.connect import connect, write_transaction
from services.operator import invitations, second_factor
from tests.app.web.operator import HASH, PASSWORD
from tests.app.web.operator_states import as_person
from tests.support.browser import Live, Steps

SECOND = "/ops/account/second-step"


def _person(site: Live, name: str, role: Role, second_step: bool = False) -> Account:
    """Somebody whose account was taken; made once."""
    effects, email = system_effects(), f"{name}@example.org"
    with closing(connect(site.settings.database)) as db:
        if found := accounts.find_by_email(db, email):
            return found
        with write_transaction(db):
            account = accounts.add(db, email, name.title(), role, effects.now())
            accounts.set_password_hash(db, account.id, HASH, effects.now())
        if second_step:
            secret = second_factor.make_secret(effects)
            code = pyotp.TOTP(secret).at(effects.now())
            assert second_factor.set_up(effects, site.settings, db, account, secret, code)
        return account


def asked_for_code(typed: str = "") -> Steps:
    """Give the password of somebody who has a second step, and type a code."""

    def steps(tab: Tab, site: Live) -> None:
        tab.goto("/ops/login")
        tab.locator("#name").fill(_person(site, "steady", "editor", second_step=True).email)
        tab.get_by_label("Password").fill(PASSWORD)
        tab.get_by_role("button", name="Log in").click()
        if typed:
            tab.get_by_label("Code").fill(typed)
            tab.get_by_role("button", name="Log in").click()

    return steps


def second_step_set_up(again: bool) -> Steps:
    """Set a second step up and look at the codes, or at the page afterwards."""

    def steps(tab: Tab, site: Live) -> None:
        with closing(connect(site.settings.database)) as db:  # so that it can be set up once more
            second_factor.take_away(db, _person(site, "new", "editor"), system_effects().now())
        tab.goto("/ops/login")
        tab.locator("#name").fill("new@example.org")
        tab.get_by_label("Password").fill(PASSWORD)
        tab.get_by_role("button", name="Log in").click()
        tab.goto(SECOND)
        secret = tab.locator("code").inner_text().replace(" ", "")
        tab.get_by_label("Code").fill(pyotp.TOTP(secret).at(system_effects().now()))
        tab.get_by_label("Your password").fill(PASSWORD)
        tab.get_by_role("button", name="Set it up").click()
        if again:
            tab.goto(SECOND)

    return steps


def invited(press: bool) -> Steps:
    """Open a link, and choose too short a password."""

    def steps(tab: Tab, site: Live) -> None:
        with closing(connect(site.settings.database)) as db:
            account = _person(site, "forgetful", "approver")
            link = invitations.make_link(system_effects(), site.settings, db, account)
        tab.goto(link.url.removeprefix(site.settings.base_url))
        if press:
            tab.get_by_label("Password").fill("short")
            tab.get_by_role("button", name="Take it and log in").click()

    return steps


def link_over(tab: Tab, _: Live) -> None:
    """Open a link that is worth nothing."""
    tab.goto("/ops/invitation/AAAAAAAAAAAAAAAAAAAAAA")


LOG_IN_STATES: dict[str, Steps] = {
    "invite": as_person("/ops/accounts/invite"),
    "invite, wrong": as_person("/ops/accounts/invite", press="Invite them"),
    "what one is told": as_person("/ops/account/notices"),
    "second step": as_person(SECOND, "editor"),
    "second step, wrong": as_person(
        SECOND, "editor", fill={"Code": "000000", "Your password": PASSWORD}, press="Set it up"
    ),
    "recovery codes": second_step_set_up(again=False),
    "second step, set up": second_step_set_up(again=True),
    "code": asked_for_code(),
    "code, wrong": asked_for_code("000000"),
    "a link": invited(press=False),
    "a link, wrong": invited(press=True),
    "a link that is over": link_over,
}
