"""A house that wakes on another machine, or in another folder: it asks first, and mails nobody until it is told."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import chdir, closing
from pathlib import Path

import pytest

from app.checks.machine import check_home
from app.runtime.side_effects import system_effects
from core.config.schema import Settings
from core.errors import HouseError
from core.side_effects import SideEffects
from core.subscriber_rules import Preferences
from services.delivery import machine_guard
from services.delivery.deliver_issue import deliver_issues
from services.delivery.mailbox_poll import poll_mailbox
from services.delivery.send_transactional import send_due
from services.readers import signup
from tests.conftest import Typed
from tests.support.timed_installation import ADA, Installation, news, notices, readers, said

Type = Callable[..., Typed]
pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
QUESTION = "has casereviews moved to this machine?"


class Cloned(Installation):
    """A house whose machine a test changes."""

    machine = "3f1c"
    name = ""  # that the configuration gives it

    @property
    def settings(self) -> Settings:
        return super().settings.replace(machine=self.name)

    @property
    def effects(self) -> SideEffects:
        return system_effects(now=lambda: self.at, sleep=lambda _: None, machine=lambda: self.machine)


@pytest.fixture
def house() -> Iterator[Cloned]:
    """A house at home on a machine, with one reader and one new review, in January 2026."""
    with news() as made:
        made.__class__ = Cloned
        assert isinstance(made, Cloned)
        made.tick()
        yield made


def test_a_clone_asks_once_and_mails_nobody_until_it_is_told(house: Cloned) -> None:
    house.machine = "77aa"
    with closing(house.db()) as db:
        signup.sign_up(house.effects, house.settings, db, "ben@example.org", Preferences(), "2026-11", "192.0.2.1")
    house.until("2026-02-05 00:00")

    assert readers("2026-01") == []
    assert [one for one in notices() if "draft" in one or "moved" in one] == [QUESTION]
    assert "mail every reader twice" in said(QUESTION)
    assert "/ops/terminal" in said(QUESTION)
    assert any(line.startswith("! the database in data was at home on another machine") for line in house.standing())
    with closing(house.db()) as db:
        assert send_due(house.effects, house.settings, db) == 0
        with pytest.raises(HouseError, match=r"no mail is sent: the database in data.* init --here\.?$"):
            deliver_issues(house.effects, house.settings, db)
        machine_guard.move_in(house.effects, house.settings, db)
    house.until("2026-02-08 00:00")

    assert readers("2026-01") == [ADA]
    assert not any("another machine" in line for line in house.standing())


def test_a_clone_leaves_the_mailbox_for_bounces_alone(house: Cloned) -> None:
    house.configure('[bounces]\nimap_host = "imap.example.org"\n')
    house.machine = "77aa"

    assert "read the mailbox for bounces" not in house.tick(dry=True)
    with closing(house.db()) as db, pytest.raises(HouseError, match="no mail is sent"):
        poll_mailbox(house.effects, house.settings, db)


def test_a_house_that_wakes_at_home_again_goes_on(house: Cloned) -> None:
    house.machine = "77aa"
    house.tick("2026-01-13 07:00")
    house.machine = "3f1c"
    house.tick("2026-01-13 08:00")

    assert not any("another machine" in line for line in house.standing())


def test_a_copy_in_another_folder_is_a_clone_and_a_named_machine_is_none(house: Cloned) -> None:
    def away(name: str = "") -> bool:
        house.name = name
        with closing(house.db()) as db:
            return machine_guard.is_away(house.effects, house.settings, db)

    shutil.copytree("data", "twin/data")
    at_home = away()
    shutil.copy("casereviews.toml", "twin")
    with chdir("twin"):
        moved = away()
        house.name = "news-1"
        with closing(house.db()) as db:
            machine_guard.move_in(house.effects, house.settings, db)
    shutil.copytree("twin/data", "data", dirs_exist_ok=True)

    assert (at_home, moved) == (False, True)
    assert (away("news-1"), away("news-2"), away()) == (False, True, True)


def test_check_says_whether_a_copy_would_be_known(house: Cloned) -> None:
    found = {}
    for machine, name in (("3f1c", ""), ("77aa", ""), ("", ""), ("", "news-1")):
        house.machine, house.name = machine, name
        with closing(house.db()) as db:
            if not machine:
                machine_guard.move_in(house.effects, house.settings, db)
            found[machine, name] = check_home(house.effects, house.settings, db).verdict

    assert list(found.values()) == ["ok", "failure", "warning", "ok"]


def test_a_person_says_that_it_has_moved(house: Cloned, typed: Type) -> None:
    Path("twin").mkdir()
    Path("data").rename("twin/data")
    shutil.copy("casereviews.toml", "twin")

    with chdir("twin"):
        refused = typed("bounce", "--poll"), typed("tick", "--dry-run")
        told = typed("init", "--here")
        after = typed("tick", "--dry-run")

    assert QUESTION in refused[1].out and QUESTION not in after.out
    assert "its home is here from now on" in told.out


def test_status_asks_of_a_backup_that_was_restored_elsewhere_before_anything_runs(house: Cloned, typed: Type) -> None:
    typed("backup", "copy.db")
    Path("twin").mkdir()
    shutil.copy("casereviews.toml", "twin")

    with chdir("twin"):
        typed("restore", "../copy.db")
        asked = typed("status")
        typed("init", "--here")
        after = typed("status")

    question = "! the database in data was at home on another machine or in another folder"
    assert (question in asked.out, question in after.out) == (True, False)
