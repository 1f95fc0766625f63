"""The command check on what is written in casereviews.toml: each line names the key and what to do."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from db.operator import accounts
from db.schema.connect import connect, create
from tests.app.checks.test_check import PUBLIC, SMTP, SOURCE, about, found, written
from tests.app.web.operator import HASH
from tests.conftest import Typed
from tests.support.signups import NOW

Type = Callable[..., Typed]
HYPHEN = "bounce_address = '{}@example.org'\nrecipient_delimiter = '-'"
BROKEN = [  # what stands in the file, what the line must name, and how it is to be put right
    ("[mail]\nprot = 25", "mail.prot in casereviews.toml", "Did you mean port?"),
    ("data_dri = 'x'", "data_dri", "Did you mean data_dir?"),
    ("[mial]\nport = 25", "mial", "Did you mean mail?"),
    ("port = 25", "port in casereviews.toml", "Did you mean mail.port?"),
    (SOURCE.format("a", "heritage", "https://a.example.org") + "knd = 'x'", "sources[1].knd", "Did you mean kind?"),
    ("[support]\nlines = [{name = 'x', fone = '1'}]", "support.lines[1].fone", "Did you mean phone?"),
    ("[mail\nport = 25", "casereviews.toml: Expected ']'", "Correct it as TOML."),
    ("data_dir = data", "at line 1", "Correct it as TOML."),
    ("timezone = 'Europe/Londn'", "timezone = 'Europe/Londn'", "did you mean Europe/London?"),
    ("base_url = 'https://example.org/reviews'", "base_url = 'https://example.org/reviews'", "a page of ours"),
    ("base_url = 'https://example.org/a b'", "base_url", "a path of letters"),
    ("base_url = 'https://example.org/../x'", "base_url", "a path of letters"),
    ("base_url = 'news.example.org'", "base_url = 'news.example.org'", "write it as https://news.example.org"),
    (f"base_url = 'https://example.org/{'a' * 200}'", "base_url", "a path of at most 100"),
    ("[mail]\nsender = 'A <b> c <news@example.org>'", "mail.sender", "write an address"),
    ("base_url = 'https://example.org?x=1'", "base_url", "perhaps :PORT and a path"),
    ("[mail]\nport = 99999", "mail.port = 99999", "less than or equal to 65535"),
    ("[mail]\nport = 'smtp'", "mail.port = 'smtp'", "write a whole number"),
    ("[mail]\nlive = 'perhaps'", "mail.live = 'perhaps'", "write true or false"),
    ("[mail]\ntransport = 'stmp'", "mail.transport = 'stmp'", "did you mean 'smtp'?"),
    ("[mail]\nsecurity = 'ssl'", "mail.security = 'ssl'", "'starttls', 'tls' or 'none'"),
    ("[mail]\nhost = 'smtp.example.org:587'", "mail.host = 'smtp.example.org:587'", "the server alone"),
    ("[mail]\nsender = 'The newsletter'", "mail.sender = 'The newsletter'", "write an address as news@example.org"),
    ("[mail]\nsender = \"A\\tB <news@example.org>\"", "mail.sender = 'A\\tB", "write an address as news@example.org"),
    ("[mail]\nallow_list = ['nonsense']", "'nonsense' is no address", "Correct the address."),
    ("[mail]\npassword = 5", "mail.password = (hidden)", "write text, in quotation marks"),
    ("[mail]\nbounce_address = 'Bounces <b@example.org>'", "mail.bounce_address", "write one plain address"),
    ("operator = 'nobody'", "operator = 'nobody'", "write an address"),
    ("[schedule]\nscrape_at = '01:30'", "schedule.scrape_at = '01:30'", "take another hour"),
    ("[schedule]\nissue_day = 31", "schedule.issue_day = 31", "take a day from 1 to 28"),
    ("[schedule]\nissue_day = 'first workday'", "schedule.issue_day", "did you mean 'first working day'?"),
    ("[newsletter]\npublish = 'aproove'", "newsletter.publish = 'aproove'", "did you mean 'approve'?"),
    ("[web]\nmetrics_from = ['10.0.0.1/8']", "web.metrics_from", "write a network as 10.0.0.0/8"),
    (SOURCE.format("A list", "nspcc-listing", "https://a.example.org"), "sources[1].name = 'A list'", "small letters"),
    ("[[sources]]\nname = 'a'", "sources[1].url is missing", "Correct it"),
    (SOURCE.format("a", "nspcc-listing", "a.example.org"), "sources[1].url = 'a.example.org'", "write it as https://"),
    (SOURCE.format("a", "nspc-listing", "https://a.example.org"), "sources[1].kind", "Did you mean nspcc-listing?"),
    ("sources = []", "sources = []", "at least 1 item"),
    ("[support]\nchecked = 'yesterday'", "support.checked = 'yesterday'", "write a day as 2026-11-23"),
    ("[support]\nchecked = 2199-01-01", "support.checked = 2199-01-01 lies in the future", "set support.checked"),
    ("[bounces]\nimap_host = 'imap.example.org'\nimap_security = 'none'", "bounces.imap_security", 'set it to "tls"'),
    ("[bounces]\nimap_host = 'imap.example.org'", "bounces.imap_username is not", "Set it."),
    ("base_url = 'http://0.0.0.0:8765'\n" + SMTP, "links in mail would lead nowhere", "public address"),
    (SMTP, "links in mail would lead nowhere", 'as "https://news.example.org"'),
    (PUBLIC + SMTP.replace("example.org>", "localhost>"), "mail.sender", "of your own domain"),
    (PUBLIC + SMTP + "username = 'u'", "mail.password is not", "CASEREVIEWS_MAIL__PASSWORD_FILE"),
    (PUBLIC + SMTP + "username = 'u'\npassword = 'p'\nsecurity = 'none'", "in clear to mail.example.org", '"starttls"'),
    (PUBLIC + SMTP + "dkim_domain = 'example.org'\ndkim_key = 'x'", "mail.dkim_key", "openssl genrsa 2048"),
    (PUBLIC + SMTP + "dkim_domain = 'ex ample'", "mail.dkim_domain = 'ex ample'", "Use letters, digits"),
    ("[backup]\nkeep_days = 999999", "backup.keep_days = 999999", "less than or equal to 36500"),
    ("[mail]\noutbox_days = 999999", "mail.outbox_days = 999999", "less than or equal to 36500"),
    ("[fetch]\nstale_days = 9999999999", "fetch.stale_days", "less than or equal to 36500"),
    ("operator = 'a@example.org, b@example.org'", "operator = 'a@example.org, b@example.org'", "write an address"),
    ("base_url = 'https://example.org:99999'", "base_url = 'https://example.org:99999'", "Port out of range"),
    ("base_url = 'https://[:::]'", "base_url = 'https://[:::]'", "':::'"),
    (SOURCE.format("a", "nspcc-listing", "https://[::1"), "sources[1].url = 'https://[::1'", "Invalid IPv6"),
    ("[web]\npassword_hash = 'secret'", "web.password_hash is no hash", "casereviews password"),
    ("[newsletter]\napproval = 'two people'\npublish = 'approve'", "0 may approve it, 0 edit it", "another person"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _contact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody can be written to, so that this is not what is wrong."""
    monkeypatch.setenv("CASEREVIEWS_FETCH__CONTACT", "ann@example.org")


@pytest.mark.parametrize(("text", "named", "fix"), BROKEN, ids=[repr(one[0][:40]) for one in BROKEN])
def test_a_broken_configuration_fails_naming_the_key_and_the_fix(typed: Type, text: str, named: str, fix: str) -> None:
    create(Path("data/casereviews.db")).close()
    written(text)

    answer = typed("check")

    wrong = [line for line in answer.out.splitlines() if line.startswith("FAILURE")]
    assert answer.code == 1
    assert [line for line in wrong if named in line and fix in line], answer.out
    assert len(wrong) == 1


@pytest.mark.parametrize(
    ("text", "named", "verdict", "words"),
    [
        (PUBLIC + SMTP, "web.proxies", "warning", "all visitors would count as one"),
        (PUBLIC.replace("https", "http") + SMTP, "base_url", "warning", "not encrypted"),
        (PUBLIC + SMTP, "mail", "ok", "through mail.example.org:25 (starttls) to every reader"),
        (PUBLIC + SMTP.replace("true", "false"), "mail", "warning", "nobody gets real mail"),
        (PUBLIC + SMTP.replace("true", "false") + "allow_list = ['a@b.example']", "mail", "ok", "to the 1 address of"),
        (PUBLIC + SMTP + "security = 'none'", "mail.security", "warning", "readers' addresses travel in clear"),
        ("[mail]\nsender = 'News.Leeds. <news@example.org>'", "sender", "ok", '"News.Leeds." <news@example.org>'),
        ("[mail]\nsender = 'News: Leeds, [x] <n@example.org>'", "sender", "ok", '"News: Leeds, [x]" <n@example.org>'),
        ("[mail]\nsender = '\"A <b> c\" <news@example.org>'", "sender", "ok", '"A <b> c" <news@example.org>'),
        (PUBLIC + SMTP, "DKIM", "warning", "not signed here"),
        (PUBLIC + SMTP + "dkim_key = 'x'", "DKIM", "warning", "nothing is signed"),
        (PUBLIC + SMTP, "bounces", "warning", "nobody reads them"),
        (PUBLIC + SMTP + "bounce_address = 'b@example.org'", "bounces", "ok", "b+TOKEN@example.org"),
        (PUBLIC + SMTP + HYPHEN.format("b"), "bounces", "ok", "b-TOKEN@example.org"),
        (PUBLIC + SMTP + HYPHEN.format("a-b"), "bounces", "warning", "a-b@example.org has a - of its own"),
        ("", "operator", "warning", "nobody is told"),
        ("", "postal address", "warning", "who sends the newsletter"),
        ("", "operations pages", "warning", "nobody has an account"),
        (f"[web]\npassword_hash = '{HASH}'", "operations pages", "warning", "one password that all share"),
        ("[newsletter]\napproval = 'two people'", "newsletter.approval", "warning", 'publish = "hold" sends'),
        ("", "timer", "warning", "never run"),
        ("[support]\nchecked = 2025-01-01", "support lines", "warning", "over a year ago"),
        ("[backup]\nkeep_days = 0", "backups", "warning", "makes none"),
        (SOURCE.format("a", "heritage", "https://a.example.org") + SOURCE.format("b", "heritage", "https://a.example.org"),
         "source b", "warning", "the same address as a"),
    ],
)  # fmt: skip
def test_what_works_but_not_as_its_owner_expects_is_a_warning(
    typed: Type, text: str, named: str, verdict: str, words: str
) -> None:
    typed("init")
    written(text)

    one = about(found(typed), named)

    assert one.verdict == verdict
    assert words in one.words


def test_accounts_open_the_operations_pages_and_two_can_approve_for_each_other(typed: Type) -> None:
    typed("init")
    written("[newsletter]\napproval = 'two people'\npublish = 'approve'")
    with closing(connect(Path("data/casereviews.db"))) as db:
        for name in ("ada", "bea"):
            one = accounts.add(db, f"{name}@example.org", name, "approver", NOW)
            accounts.set_password_hash(db, one.id, HASH, NOW)

    told = {one["about"]: one for one in json.loads(typed("check", "--json").out)}

    assert told["operations pages"]["verdict"] == told["newsletter.approval"]["verdict"] == "ok"
    assert "for 2 accounts" in told["operations pages"]["words"]
