"""What `check` says of second steps and of the provider that people log in by."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.checks import log_in
from app.checks.log_in import check_log_in, check_provider_answers
from app.checks.mail_settings import check_mail
from core.config.oidc_table import OidcSettings
from core.config.schema import Settings, WebSettings
from core.errors import HouseError
from db.operator import accounts
from db.schema.connect import Database, write_transaction
from services.operator.secret_box import FILE_NAME
from tests.support.oidc_provider import CLIENT, OidcProvider

NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
ISSUER = "https://login.example.org"


def house(db: Database, **web: Any) -> Settings:
    return Settings(data_dir=db.file.parent, base_url="https://news.example.org", web=WebSettings(**web))


def said(db: Database, **web: Any) -> list[tuple[str, str]]:
    return [(one.verdict, one.words) for one in check_log_in(house(db, **web), db)]


def person(db: Database, email: str, secret: str = "") -> None:
    with write_transaction(db):
        number = accounts.add(db, email, "Anna", "owner", NOW).id
        accounts.set_password_hash(db, number, "scrypt", NOW)
        accounts.set_totp_secret(db, number, secret)


def test_nothing_is_said_where_neither_is_used(db: Database) -> None:
    person(db, "anna@example.org")

    assert said(db) == []


def test_how_many_have_the_second_step_that_all_need_is_said(db: Database) -> None:
    person(db, "anna@example.org", "sealed")
    person(db, "ben@example.org")
    (db.file.parent / FILE_NAME).write_text("a key")

    assert said(db, second_factor="required") == [("ok", "required; 1 of 2 accounts has one")]
    assert [verdict for verdict, _ in said(db, second_factor="required", password_hash="scrypt")] == ["warning", "ok"]


def test_a_key_that_is_missing_is_said(db: Database, tmp_path: Path) -> None:
    person(db, "anna@example.org", "sealed")

    assert said(db) == [("failure", f"{tmp_path / FILE_NAME} is missing, so no code of 1 account can be checked")]


def test_without_the_library_it_is_said_in_one_line(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_in, "find_spec", lambda name: None)

    (finding,) = check_log_in(house(db, oidc=OidcSettings(issuer=ISSUER, client_id=CLIENT)), db)

    assert (finding.verdict, finding.fix) == ("failure", "Run, in the folder of its sources: make install")
    assert "\n" not in finding.words


def test_the_address_to_register_is_named(db: Database) -> None:
    words = f"{ISSUER}; it must know https://news.example.org/ops/login/provider/back as ours"

    assert said(db, oidc=OidcSettings(issuer=ISSUER, client_id=CLIENT)) == [("ok", words)]
    assert said(db, oidc=OidcSettings(issuer=ISSUER))[0][0] == "failure"


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_a_provider_is_asked_whether_it_is_the_one(db: Database) -> None:
    with OidcProvider(lambda: 0.0) as provider:
        settings = house(db, oidc=OidcSettings(issuer=provider.issuer, client_id=CLIENT))
        assert [one.words for one in check_provider_answers(settings)] == [f"{provider.issuer} answers"]
        provider.metadata = {"issuer": ISSUER}
        with pytest.raises(HouseError, match=r"the provider is not web\.oidc\.issuer"):
            list(check_provider_answers(settings))
    assert list(check_provider_answers(house(db))) == []


def test_who_is_told_is_said_of_accounts_too(db: Database) -> None:
    def told(settings: Settings) -> list[tuple[str, str]]:
        return [(one.verdict, one.words) for one in check_mail(settings, db) if one.about == "operator"]

    assert told(house(db)) == [("warning", "nobody is told when something breaks")]
    person(db, "anna@example.org")
    accounts.update_told(db, 1, ["trouble"])
    assert told(house(db)) == [("ok", "anna@example.org")]
