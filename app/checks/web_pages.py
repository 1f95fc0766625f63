"""Checks of the web pages: base_url, proxies, password hash, templates rendered with a sample issue."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from app.checks import sample_site
from app.checks.finding import Finding, failure, ok, warning
from app.checks.mail_settings import is_loopback
from app.checks.site_settings import check_overrides, fault_finding
from app.demo.sample_reviews import sample_collection
from app.web import create_app
from app.web.site.templates import overrides_folder
from core.calendar import month_bounds
from core.config.schema import Settings
from core.dates import local_date, period_of
from core.plurals import plural
from core.records import Issue
from core.side_effects import SideEffects
from core.states import APPROVING_ROLES, EDITING_ROLES
from db.operator import accounts
from db.operator.accounts import Account
from db.schema.connect import Database
from newsletter.issue.compose import compose
from newsletter.issue.render import render
from newsletter.mail.transport import read_routing
from services.issues.build_issue import current_wording

WILDCARD_HOSTS = ("0.0.0.0", "::")  # noqa: S104  # where a server listens, and nobody can go
SHARED_FIX = "Give each person an account at /ops/accounts, then take web.password_hash out."
HASH_PREFIXES = ("scrypt:", "pbkdf2:")  # what werkzeug's password hashes begin with


def check_web(settings: Settings, db: Database | None) -> Iterator[Finding]:
    """Where links in mail lead, who is believed about visitors, and who may work."""
    yield _check_base_url(settings)
    yield _check_proxies(settings)
    people = [one for one in accounts.listing(db) if one.active] if db else []
    yield _check_operations(settings, people)
    yield from _check_approval(settings, people)


def _check_base_url(settings: Settings) -> Finding:
    address, parts = settings.base_url, urlsplit(settings.base_url)
    on_loopback = is_loopback(parts.hostname or "") or parts.hostname in WILDCARD_HOSTS
    if on_loopback and read_routing(settings.mail).reach != "nobody":
        words = f"base_url = {address!r}: links in mail would lead nowhere"
        return failure("base_url", words, 'Set it to the pages\' public address, as "https://news.example.org".')
    if not on_loopback and parts.scheme == "http":
        words = f"{address} is not encrypted: passwords and readers' links can be read on the way"
        return warning("base_url", words, "Put a proxy with a certificate in front, and set base_url to https.")
    return ok("base_url", f"{address}{', on this machine only' if on_loopback else ''}")


def _check_proxies(settings: Settings) -> Finding:
    count = settings.web.proxies
    if settings.base_url.startswith("https:") and not count:
        words = "web.proxies = 0 with https: all visitors would count as one"
        return warning("web.proxies", words, "Set it to the number of reverse proxies in front, usually 1.")
    return ok("web.proxies", f"{count or 'none'} in front")


def _check_operations(settings: Settings, people: list[Account]) -> Finding:
    password_hash, about = settings.web.password_hash.get_secret_value(), "operations pages"
    if not password_hash and people:
        return ok(about, f"at {settings.base_url}/ops, for {plural(len(people), 'account')}")
    if not password_hash:
        return warning(about, "closed: nobody has an account", "Make the owner's: casereviews init --owner EMAIL")
    if not password_hash.startswith(HASH_PREFIXES) or password_hash.count("$") != 2:
        fix = "Make web.password_hash with: casereviews password"
        return failure(about, "web.password_hash is no hash, so no password opens them", fix)
    words = f"at {settings.base_url}/ops, by one password that all share, which later versions will know no more"
    return warning(about, words, SHARED_FIX)


def _check_approval(settings: Settings, people: list[Account]) -> Iterator[Finding]:
    """Whether two people can do what newsletter.approval asks of two."""
    about, newsletter = "newsletter.approval", settings.newsletter
    if newsletter.approval == "one person":
        return
    if newsletter.publish != "approve":
        words = f'two people are to approve, and publish = "{newsletter.publish}" sends what nobody has approved'
        yield warning(about, words, 'Set newsletter.publish = "approve".')
        return
    approving = [one for one in people if one.role in APPROVING_ROLES]
    editing = [one for one in people if one.role in EDITING_ROLES]
    if not approving or len(editing) < 2:
        words = f"two people are to see each issue, and of those with an account {len(approving)} may approve it"
        yield failure(about, f"{words}, {len(editing)} edit it", "Give another person an account that may.")
    else:
        yield ok(about, f"{plural(len(approving), 'account')} may approve what another has edited")


def check_templates(effects: SideEffects, settings: Settings) -> Iterator[Finding]:
    """The operator's templates, if any; then a sample issue and pages through the real code, in a folder that goes."""
    overrides = list(check_overrides(settings))
    yield from overrides
    if any(one.verdict == "failure" for one in overrides):
        return
    issue, words, own = _sample_issue(effects, settings), current_wording(settings), overrides_folder(settings)
    if own and (fault := sample_site.try_mails(own, settings, issue)):
        yield fault_finding(fault)
        return
    size = len(render(issue, words).html.encode())
    with tempfile.TemporaryDirectory(prefix="casereviews-") as folder:
        elsewhere = sample_site.sample_settings(settings, Path(folder))
        sample_site.fill_sample(effects, elsewhere)
        if own and (faults := sample_site.try_site(effects, elsewhere, own)):
            yield from map(fault_finding, faults)
            return
        answer = create_app(effects, elsewhere).test_client().get("/", base_url=elsewhere.base_url)
    if answer.status_code != 200:
        yield failure("templates", f"the front page answers {answer.status_code}", "Install casereviews again.")
        return
    yield ok("templates", f"a sample issue ({size:,} bytes of HTML) and the front page can be made")


def _sample_issue(effects: SideEffects, settings: Settings) -> Issue:
    """An issue with an invented review. Rendering it raises HouseError where its frame has no room."""
    now, words = effects.now(), current_wording(settings)
    period = period_of(local_date(now, settings.zone))
    until = month_bounds(period, settings.zone)[1]
    news = replace(sample_collection().current[0].review, id=1, first_seen=until - timedelta(days=1), baseline=False)
    return compose([news], period, words, until=until)
