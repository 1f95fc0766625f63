"""The second factor: codes good once, recovery codes good once, a secret that no backup tells."""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest

from app.runtime.side_effects import system_effects
from core.config.schema import Settings
from core.errors import HouseError
from core.side_effects import SideEffects
from db.operator import accounts, recovery_codes
from db.operator.accounts import Account
from db.schema.connect import Database, create, write_transaction
from services.operator import second_factor
from services.operator.backup import make_backup
from services.operator.secret_box import FILE_NAME, seal, unseal

NOW = datetime(2026, 9, 1, 9, 0, 5, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with closing(create(tmp_path / "casereviews.db")) as made:
        yield made


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


def effects() -> SideEffects:
    return system_effects(now=lambda: NOW)


def code_at(secret: str, when: datetime) -> str:
    """What the person's phone shows."""
    return pyotp.TOTP(secret).at(when)


def person(db: Database, settings: Settings) -> tuple[Account, str, list[str]]:
    """Somebody with a second factor: the account, the secret of the phone, the recovery codes."""
    with write_transaction(db):
        account = accounts.add(db, "anna@example.org", "Anna", "owner", NOW)
    secret = second_factor.make_secret(effects())
    codes = second_factor.set_up(effects(), settings, db, account, secret, code_at(secret, NOW))
    assert codes
    stored = accounts.get(db, account.id)
    assert stored
    return stored, secret, codes


def check(db: Database, settings: Settings, account: Account, typed: str, when: datetime) -> bool:
    return second_factor.check_code(settings, db, account, typed, when)


def test_a_code_of_now_is_good_once(db: Database, settings: Settings) -> None:
    account, secret, _ = person(db, settings)
    code = code_at(secret, LATER)

    assert check(db, settings, account, f"{code[:3]} {code[3:]}", LATER)
    assert not check(db, settings, account, code, LATER)
    assert not check(db, settings, account, code_at(secret, LATER - timedelta(seconds=30)), LATER)
    assert check(db, settings, account, code_at(secret, LATER + timedelta(seconds=30)), LATER)


def test_the_code_that_set_it_up_does_not_log_in(db: Database, settings: Settings) -> None:
    account, secret, _ = person(db, settings)

    assert not check(db, settings, account, code_at(secret, NOW), NOW)


@pytest.mark.parametrize(("seconds", "good"), [(-61, False), (-30, True), (30, True), (61, False)])
def test_a_phone_s_clock_may_be_a_little_wrong(db: Database, settings: Settings, seconds: int, good: bool) -> None:
    account, secret, _ = person(db, settings)

    assert check(db, settings, account, code_at(secret, LATER + timedelta(seconds=seconds)), LATER) is good


@pytest.mark.parametrize("typed", ["", "000", "1234567", "abcdef", "aaaa-bbbb-cccc-dddd", "१२३४५६"])
def test_what_is_no_code_is_not_taken(db: Database, settings: Settings, typed: str) -> None:
    account, _, _ = person(db, settings)

    assert not check(db, settings, account, typed, LATER)


def test_each_recovery_code_is_good_once_and_only_its_hash_is_stored(db: Database, settings: Settings) -> None:
    account, _, codes = person(db, settings)

    assert len({*codes}) == 10 and all(re.fullmatch(r"([a-z2-7]{4}-){3}[a-z2-7]{4}", one) for one in codes)
    assert check(db, settings, account, codes[3].upper().replace("-", " "), LATER)
    assert not check(db, settings, account, codes[3], LATER)
    assert recovery_codes.count(db, account.id) == 9
    assert not {code.replace("-", "") for code in codes} & {
        row[0] for row in db.execute("SELECT code_hash FROM account_recovery_codes")
    }
    renewed = second_factor.renew_recovery_codes(effects(), db, account)
    assert not check(db, settings, account, codes[4], LATER)
    assert check(db, settings, account, renewed[4], LATER)


def test_the_wrong_code_sets_nothing_up(db: Database, settings: Settings) -> None:
    with write_transaction(db):
        account = accounts.add(db, "anna@example.org", "Anna", "owner", NOW)
    secret = second_factor.make_secret(effects())
    wrong = f"{(int(code_at(secret, NOW)) + 1) % 1_000_000:06}"

    assert second_factor.set_up(effects(), settings, db, account, secret, wrong) is None
    stored = accounts.get(db, account.id)
    assert stored and not stored.totp_secret and recovery_codes.count(db, account.id) == 0


def test_a_backup_does_not_tell_the_secret(db: Database, settings: Settings, tmp_path: Path) -> None:
    account, secret, codes = person(db, settings)
    copy = make_backup(effects(), settings, tmp_path / "copy.db").file

    raw = copy.read_bytes()
    assert account.totp_secret.encode() in raw
    assert secret.encode() not in raw
    assert not any(code.replace("-", "").encode() in raw for code in codes)
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / FILE_NAME).read_bytes() not in raw


def test_without_its_key_a_recovery_code_still_lets_in(db: Database, settings: Settings, tmp_path: Path) -> None:
    account, secret, codes = person(db, settings)
    (tmp_path / FILE_NAME).unlink()  # a backup was restored on another machine

    with pytest.raises(HouseError, match="a second step cannot be checked here"):
        check(db, settings, account, code_at(secret, LATER), LATER)
    assert check(db, settings, account, codes[0], LATER)
    again = second_factor.make_secret(effects())
    assert second_factor.set_up(effects(), settings, db, account, again, code_at(again, NOW))


def test_the_key_is_made_once(tmp_path: Path) -> None:
    sealed = seal(effects(), tmp_path, "one")
    seal(effects(), tmp_path, "two")

    assert unseal(tmp_path, sealed) == "one"
    assert [file.name for file in tmp_path.iterdir()] == [FILE_NAME]


def test_taking_it_away_leaves_nothing(db: Database, settings: Settings) -> None:
    account, _, codes = person(db, settings)

    second_factor.take_away(db, account, NOW)

    stored = accounts.get(db, account.id)
    assert stored and not stored.totp_secret
    assert not check(db, settings, account, codes[0], LATER)


def test_the_secret_is_shown_in_groups_and_as_an_address(settings: Settings, db: Database) -> None:
    account, secret, _ = person(db, settings)

    assert second_factor.group_secret(secret).replace(" ", "") == secret
    parsed = pyotp.parse_uri(second_factor.otpauth_url(settings, account, secret))
    assert (parsed.secret, parsed.name, parsed.issuer) == (secret, "anna@example.org", "Case reviews")
