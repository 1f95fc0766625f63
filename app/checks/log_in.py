"""Checks of the log-in at /ops: who needs a second step, and the provider that vouches for people."""

from collections.abc import Iterator
from importlib.util import find_spec

from app.checks.finding import Finding, failure, ok, warning
from core.actions import INSTALL_LIBRARY
from core.config.schema import Settings
from core.plurals import plural
from db.operator import accounts
from db.schema.connect import Database
from services.operator import secret_box


def check_log_in(settings: Settings, db: Database | None) -> Iterator[Finding]:
    """A line about second steps where anybody has or needs one, and one about the provider where one is set."""
    yield from _check_second_step(settings, db)
    yield from _check_provider(settings)


def _check_second_step(settings: Settings, db: Database | None) -> Iterator[Finding]:
    about = "second step"
    people = [one for one in accounts.listing(db) if one.active] if db else []
    having = [one for one in people if one.totp_secret]
    key = settings.data_dir / secret_box.FILE_NAME
    if having and not key.is_file():
        words = f"{key} is missing, so no code of {plural(len(having), 'account')} can be checked"
        fix = "Bring that file from the old machine; or: casereviews accounts reset-second-factor EMAIL"
        yield failure(about, words, fix)
    if settings.web.second_factor == "optional":
        return
    if settings.web.password_hash.get_secret_value():
        words = "it is required, so the password that all share (web.password_hash) opens nothing"
        yield warning(about, words, "Take web.password_hash out of the configuration.")
    yield ok(about, f"required; {len(having)} of {plural(len(people), 'account')} {_verb(len(having))} one")


def _verb(count: int) -> str:
    return "has" if count == 1 else "have"


def _check_provider(settings: Settings) -> Iterator[Finding]:
    about, oidc = "log-in by a provider", settings.web.oidc
    if not oidc.issuer:
        return
    if not find_spec("authlib"):
        yield failure(about, "web.oidc.issuer is set, and the library for it is not installed", INSTALL_LIBRARY.command)
        return
    if not oidc.client_id:
        yield failure(about, "web.oidc.issuer is set, and web.oidc.client_id is not", "Set it as the provider says.")
        return
    yield ok(about, f"{oidc.issuer}; it must know {settings.base_url}/ops/login/provider/back as ours")


def check_provider_answers(settings: Settings) -> Iterator[Finding]:
    """Whether the provider says what a log-in needs to know. Raises HouseError where it does not."""
    from app.web.ops import oidc_client

    if oidc_client.is_offered(settings.web.oidc):
        oidc_client.read_metadata(settings.web.oidc)
        yield ok("log-in by a provider", f"{settings.web.oidc.issuer} answers")
