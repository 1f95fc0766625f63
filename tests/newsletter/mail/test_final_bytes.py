"""The bytes that leave, as other people's programs read them: parsers, DKIM verifiers, SpamAssassin."""

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cache
from pathlib import Path

import dns.flags
import dns.message
import dns.rrset
import mailparser
import pytest

from core.clean_text import TOKEN_PLACEHOLDER
from newsletter.issue.compose import compose
from newsletter.issue.reason import reason_asked
from newsletter.issue.render import RenderedIssue, render
from newsletter.mail.dkim import make_signer
from newsletter.mail.issue_message import build_issue_message
from newsletter.mail.merge import MergeTemplate, build_merge_message
from newsletter.mail.transport import dot_stuff
from tests.newsletter.mail.test_dkim import DOMAIN, SELECTOR, key, pem, record, verified
from tests.newsletter.mail.test_issue_message import DELIVERY, LONG, NOON, OTHER, TOKEN
from tests.newsletter.samples import EDITED, FOUR, GONE, PERIOD, UNTIL, WORDING
from tests.support.processes import run
from tests.support.waiting import HANG

TITLE = "Adolygiadau achosion 🌻: ŵyl y tŷ"
WELSH = replace(
    WORDING,
    title=TITLE,
    sender='"Ŵyl, Adolygiadau 🌻" <news@example.org>',
    base_url=LONG,
    unsubscribe_mailbox="leave@example.org",
)
NAMES = (
    "Adolygiad Ymarfer Plant Unedig: “Gŵyl y Tŷ Hŷn” 🌻",
    "Overview of " + "everything that agencies knew and when they knew it, " * 3 + "in brief",
    "Baby 👶🏽 Á — “N”",
    "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch",
)
SUMMARY = "...dechreuodd yr adolygiad — “’r plentyn” 🌻 = 1.\n" + "The agencies met often, yet seldom together. " * 14
Make = Callable[[str], bytes]
HOST = "news.example.org"
READER_AT = "reader@example.org"
EDITIONS = ("full", "short")


@cache
def rendered(edition: str) -> RenderedIssue:
    """An issue of twenty reviews with names of every kind."""
    twenty = [
        replace(FOUR[n % 4], id=n + 1, key=str(n), publisher=f"Cwm Sampl {n}", name=NAMES[n % 4], summary=SUMMARY)
        for n in range(20)
    ]
    issue = compose(twenty, PERIOD, WELSH, until=UNTIL, note="Nodyn: ŵ.", updated=(EDITED,), withdrawn=(GONE,))
    return render(issue, WELSH, short=edition == "short")


@cache
def stamp(edition: str, days: int = 0) -> MergeTemplate:
    return MergeTemplate(build_merge_message(rendered(edition), WELSH, host=HOST, date=NOON + timedelta(days)))


@cache
def raw(edition: str) -> bytes:
    """The message of one reader, as it is before DATA."""
    return stamp(edition)(READER_AT, TOKEN, DELIVERY, reason_asked(WELSH))


@cache
def signed(edition: str) -> bytes:
    return make_signer(DOMAIN, SELECTOR, pem(key()))(raw(edition))


def read(whole: bytes) -> EmailMessage:
    mail = message_from_bytes(whole, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def head(whole: bytes) -> list[bytes]:
    """The headers, unfolded."""
    return re.sub(rb"\r\n(?=[ \t])", b"", whole.partition(b"\r\n\r\n")[0]).split(b"\r\n")


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_stamped_message_is_the_one_that_would_be_made_for_the_reader_alone(edition: str) -> None:
    for reader, token, delivery in ((READER_AT, TOKEN, DELIVERY), ("o@example.net", OTHER, "-_" * 11)):
        alone = build_issue_message(
            rendered(edition), WELSH, to=reader, token=token, message_token=delivery, host=HOST, date=NOON
        )

        assert stamp(edition)(reader, token, delivery, reason_asked(WELSH)) == alone


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("make", [raw, signed])
def test_bytes_are_fit_for_any_mail_server(make: Make, edition: str) -> None:
    whole = make(edition)
    lines = whole.split(b"\r\n")

    assert whole.isascii() and b"\x00" not in whole
    assert whole.count(b"\r\n") == whole.count(b"\n") == whole.count(b"\r")
    assert max(map(len, lines)) <= 998  # RFC 5322 §2.1.1
    assert [line for line in lines if len(line) > 76 and LONG.encode() not in line and b"<mailto:" not in line] == []
    assert whole.endswith(b"\r\n")
    assert 30_000 < len(whole) < 200_000


@pytest.mark.parametrize("edition", EDITIONS)
def test_headers_are_those_of_a_polite_list(edition: str) -> None:
    headers = head(raw(edition))
    lists = [line for line in headers if line.lower().startswith(b"list-")]

    assert lists == [
        f"List-Unsubscribe: <{LONG}/unsubscribe/{TOKEN}>, <mailto:leave+{TOKEN}@example.org?subject={TOKEN}>".encode(),
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click",  # RFC 8058 §3.1: these very letters
        f"List-Archive: <{LONG}/issues>".encode(),
        b"List-Id: <adolygiadau-achosion-wyl-y-ty.news.example.org>",
    ]
    assert not [line for line in lists if b"=?" in line]
    assert b"Precedence: bulk" in headers and b"Auto-Submitted: auto-generated" in headers
    assert f"Message-ID: <{PERIOD}.{DELIVERY}@{HOST}>".encode() in headers
    assert f"To: {READER_AT}".encode() in headers
    names = [line.partition(b":")[0].lower() for line in headers]
    assert len(set(names)) == len(names) == 15


def test_a_resend_days_later_has_the_same_message_id_and_differs_in_its_date_alone() -> None:
    again = stamp("full", 3)(READER_AT, TOKEN, DELIVERY, reason_asked(WELSH))

    assert again.replace(b"Date: Tue, 04 Oct", b"Date: Sat, 01 Oct") == raw("full") != again


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("make", [raw, signed])
def test_python_reads_back_what_was_written(make: Make, edition: str) -> None:
    mail = read(make(edition))
    parts = list(mail.walk())

    assert [part.get_content_type() for part in parts] == ["multipart/alternative", "text/plain", "text/html"]
    assert [defect for part in parts for defect in part.defects] == []
    assert [defect for part in parts for value in part.values() for defect in value.defects] == []
    assert mail["Subject"] == f"{TITLE}: September 2016 (20 new)"
    assert mail["From"].addresses[0].display_name == "Ŵyl, Adolygiadau 🌻"
    text, html = parts[1].get_content(), parts[2].get_content()
    assert text.replace("\r\n", "\n") == rendered(edition).text.replace(TOKEN_PLACEHOLDER, TOKEN)
    assert html.splitlines() == rendered(edition).html.replace(TOKEN_PLACEHOLDER, TOKEN).splitlines()
    assert all(name in " ".join(text.split()) and name in html for name in NAMES)


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("make", [raw, signed])
def test_mail_parser_reads_the_same(make: Make, edition: str) -> None:
    whole = make(edition)
    ours, theirs = read(whole), mailparser.parse_from_bytes(whole)
    _, text, html = ours.walk()

    assert not theirs.has_defects
    assert theirs.subject == ours["Subject"]
    assert theirs.from_ == [("Ŵyl, Adolygiadau 🌻", "news@example.org")]
    assert theirs.to == [("", READER_AT)]
    assert theirs.message_id == ours["Message-ID"]
    assert theirs.date is not None and theirs.date.timestamp() == NOON.timestamp()
    assert theirs.text_plain == [text.get_content()]
    assert theirs.text_html == [html.get_content()]
    assert theirs.text_not_managed == theirs.attachments == []
    assert list(theirs.headers) == list(ours.keys())
    for name in ("List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "List-Archive", "Precedence"):
        assert " ".join(theirs.headers[name].split()) == ours[name]


def taken_out(data: bytes) -> bytes:
    """What a server keeps of DATA (RFC 5321 §4.5.2)."""
    return b"\r\n".join(line.removeprefix(b".") for line in data.split(b"\r\n"))


@pytest.mark.parametrize("edition", EDITIONS)
def test_signature_verifies_before_and_after_dots_are_doubled(edition: str) -> None:
    whole = signed(edition)
    data = dot_stuff(whole)

    assert data.count(b"\r\n..") >= 20 and data != whole
    assert taken_out(data) == whole
    assert verified(whole) and verified(taken_out(data))
    assert not verified(data)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click", b"List-Unsubscribe-Post: List-Unsubscribe=Two-Click"),
        (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n", b""),
        (b"/unsubscribe/" + TOKEN.encode() + b">", b"/unsubscribe/" + OTHER.encode() + b">"),
        (b"/preferences/", b"/elsewhere//"),
        (b"Subject: ", b"Subject: Re: "),
    ],
)
def test_tampering_breaks_the_signature(was: bytes, becomes: bytes) -> None:
    whole = signed("full")
    assert was in whole

    assert not verified(whole.replace(was, becomes, 1))


@contextmanager
def name_server(answer: bytes) -> Iterator[int]:
    """A name server on a port of 127.0.0.1 that knows one TXT record."""
    name = f"{SELECTOR}._domainkey.{DOMAIN}."
    halves = " ".join(f'"{answer[at : at + 250].decode()}"' for at in range(0, len(answer), 250))

    def serve() -> None:
        while (asked := server.recvfrom(4096))[0]:
            reply = dns.message.make_response(query := dns.message.from_wire(asked[0]))
            reply.flags |= dns.flags.RA
            if query.question[0].name.to_text() == name:
                reply.answer = [dns.rrset.from_text(name, 60, "IN", "TXT", halves)]
            server.sendto(reply.to_wire(), asked[1])

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.sendto(b"", server.getsockname())
            thread.join()


# dkimverify has no option for a name server: dnspython's own default resolver is set before the script runs.
DKIMVERIFY = """
import runpy, sys, dns.resolver
_, script, port = sys.argv
sys.argv = [script]
dns.resolver.default_resolver = ours = dns.resolver.Resolver(configure=False)
ours.nameservers, ours.port = ["127.0.0.1"], int(port)
runpy.run_path(script, run_name="__main__")
"""
PERL = """
use Mail::DKIM::Verifier; use Mail::DKIM::DNS; use Net::DNS; binmode STDIN;
Mail::DKIM::DNS::resolver(Net::DNS::Resolver->new(nameservers => ["127.0.0.1"], port => shift, udp_timeout => 5));
my $verifier = Mail::DKIM::Verifier->new; $verifier->load(\\*STDIN); print $verifier->result_detail;
"""


def told(command: list[str], whole: bytes) -> tuple[int, str]:
    """A program's exit code and what it printed."""
    done = run(command, input=whole, stdout=subprocess.PIPE, timeout=HANG)
    return done.returncode, done.stdout.decode().strip()


@pytest.mark.loopback
@pytest.mark.enable_socket
@pytest.mark.parametrize("edition", EDITIONS)
def test_dkimverify_says_that_the_signature_is_ok(edition: str) -> None:
    script = str(Path(sys.executable).with_name("dkimverify"))
    spoilt = signed(edition).replace(b"One-Click", b"Two-Click", 1)
    with name_server(record(key())) as port:
        command = [sys.executable, "-c", DKIMVERIFY, script, str(port)]

        assert told(command, signed(edition)) == (0, "signature ok")
        assert told(command, spoilt) == (1, "signature verification failed")


@pytest.mark.loopback
@pytest.mark.enable_socket
@pytest.mark.parametrize("edition", EDITIONS)
def test_the_verifier_of_spamassassin_passes_it(edition: str) -> None:
    there = ["perl", "-MMail::DKIM", "-MNet::DNS", "-e1"]
    if not shutil.which("perl") or subprocess.run(there, stderr=subprocess.DEVNULL).returncode:
        pytest.skip("Mail::DKIM is not installed: apt-get install libmail-dkim-perl")
    spoilt = signed(edition).replace(b"One-Click", b"Two-Click", 1)
    with name_server(record(key())) as port:
        assert told(["perl", "-e", PERL, str(port)], signed(edition)) == (0, "pass")
        assert told(["perl", "-e", PERL, str(port)], spoilt)[1].startswith("fail")


# What the first mail server of the reader's would write above it. Without it, rules that compare the Date with
# the day of arrival would be silent; the relay is the machine itself, since every address of a documentation
# network (RFC 5737) is a forged one to SpamAssassin.
RECEIVED = (
    b"Received: from news.example.org (localhost [127.0.0.1]) by mx.example.com (Postfix) with ESMTP id NUMBER\r\n"
    b"\tfor <reader@example.org>; Sat, 01 Oct 2016 09:00:04 +0100 (BST)\r\n"
)


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, float]]:
    """What SpamAssassin finds in each message; it takes a second to begin, and so is given all of them at once."""
    spoilt = re.sub(rb"(?m)^(Date|Message-ID|Subject): .*\r\n", b"", raw("short"))
    messages = {f"{make.__name__} {edition}": make(edition) for make in (raw, signed) for edition in EDITIONS}
    messages["spoilt"] = spoilt
    met = found([*messages.values()], tmp_path_factory.mktemp("spamassassin"))
    return {name: met[str(number)] for number, name in enumerate(messages)}


def found(messages: list[bytes], home: Path) -> dict[str, dict[str, float]]:
    """The rules of SpamAssassin that each message meets, with their scores; local tests only, nothing learnt.

    By the number of the message, since they are looked at in any order.
    """
    box = b"".join(
        b"From MAILER-DAEMON Sat Oct  1 09:00:04 2016\n%b%b\r\n" % (RECEIVED.replace(b"NUMBER", b"%d" % number), whole)
        for number, whole in enumerate(messages)
    )
    (prefs := home / "prefs").write_text("use_bayes 0\nuse_bayes_rules 0\nreport_safe 0\n")
    command = ["spamassassin", "--local", "--test-mode", "--mbox", f"--prefspath={prefs}"]
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}
    done = subprocess.run(command, input=box, capture_output=True, env=env, cwd=home, timeout=HANG, check=True)
    said = done.stdout.decode("utf-8", "replace")
    numbers, reports = re.findall(r"ESMTP id (\d+)", said), said.split("Content analysis details:")[1:]
    assert all(" pts rule name " in report for report in reports)
    return {
        number: {rule: float(score) for score, rule in re.findall(r"^ ?(-?\d+\.\d) (\w+)", report, re.MULTILINE)}
        for number, report in zip(numbers, reports, strict=True)
    }


needs_spamassassin = pytest.mark.skipif(
    not shutil.which("spamassassin"), reason="SpamAssassin is not installed: apt-get install spamassassin"
)


@needs_spamassassin
@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("make", [raw, signed])
def test_spamassassin_has_nothing_against_it(make: Make, edition: str, rules: dict[str, dict[str, float]]) -> None:
    met = rules[f"{make.__name__} {edition}"]

    assert "HTML_MESSAGE" in met  # the report was read
    assert {rule: score for rule, score in met.items() if score > 1.0} == {}  # of any kind, not of HTML alone


@needs_spamassassin
def test_spamassassin_would_say_so(rules: dict[str, dict[str, float]]) -> None:
    assert max(rules["spoilt"].values()) > 1.0
