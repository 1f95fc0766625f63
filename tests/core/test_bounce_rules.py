"""What a refusal says of a reader, and when a subscription ends."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.bounce_rules import (
    FULL_WEIGHT_AGE,
    MAX_STORED_CHARS,
    SENDER_CODES,
    SOFT_BOUNCE_LIMIT,
    RecipientReport,
    bounce_fingerprint,
    classify_refusal,
    classify_report,
    parse_codes,
    redact_reply,
    refusal_signature,
    says_mailbox_is_gone,
    status_after_bounce,
    worst_bounce,
)
from core.states import BounceKind

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
READER = "reader@example.org"

REPLIES = [  # what it says of the reader, and a server's answer while a message was being sent
    ("hard", "550 5.1.1 <r@example.org>: Recipient address rejected: User unknown in virtual mailbox table"),
    (
        "hard",
        "550-5.1.1 The email account that you tried to reach does not exist. Please try\n550 5.1.1 double-checking",
    ),
    ("hard", "550-The email account that you tried to reach does not\n550-exist. Please try double-checking it"),
    ("hard", "550 5.2.1 The email account that you tried to reach is disabled."),
    ("domain", "550 5.1.2 Bad destination system address"),
    ("hard", "550 5.1.3 Bad destination mailbox address syntax"),
    ("hard", "551 5.1.6 recipient no longer on server: r@example.org"),
    ("hard", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient r@example.org not found by SMTP address lookup"),
    ("domain", "556 5.1.10 Recipient address has null MX"),
    ("domain", "556 Domain does not accept mail"),
    ("hard", "550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [x.outlook.example]"),
    ("hard", "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302)."),
    ("hard", "554 delivery error: dd This user doesn't have a yahoo.example account (r@yahoo.example) [0]"),
    ("hard", "550 5.1.1 unknown or illegal alias: r@example.org"),
    ("hard", "550 Invalid Recipient - https://community.example.com/docs/DOC-1369#550"),
    ("hard", "550 #5.1.0 Address rejected."),
    ("hard", "550 User r (r@example.org) not listed in Domino Directory"),
    ("hard", "550 No such user here"),
    ("hard", "550 5.7.1 No such user"),
    ("hard", "550 5.1.1 user unknown; see our anti-spam policy"),
    ("hard", "550 5.1.1 <spam@example.org>: user unknown"),
    ("spam", "550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents more."),
    ("soft", "552-5.2.2 The email account that you tried to reach is over quota and inactive."),
    ("soft", "552 5.2.2 Mailbox full"),
    ("soft", "550 5.1.1 mailbox is full"),
    ("spam", "552 5.3.4 Message size exceeds fixed limit"),
    ("domain", "550 5.4.4 unable to route"),
    ("spam", "554 5.7.1 <r@example.org>: Relay access denied"),
    ("soft", "450 4.1.1 <r@example.org>: Recipient address rejected: unverified address"),
    ("soft", "450 4.1.1 user unknown"),
    ("soft", "451 4.3.0 try later"),
    ("soft", "421 4.4.2 connection dropped"),
    ("unknown", "554 Transaction failed"),
    ("unknown", "550 5.0.0 the owl is asleep"),
    ("unknown", "451 the owl is asleep"),
    ("unknown", "550"),
    ("soft", "552 the owl is asleep"),
    ("spam", "550 5.7.1 messages from [192.0.2.1] weren't sent. part of their network is on our block list (S3140)."),
    ("spam", "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.blocklist.example"),
    ("spam", "550-5.7.26 This mail has been blocked because the sender is unauthenticated."),
    ("spam", "550 5.7.509 Access denied, sending domain does not pass DMARC verification"),
    ("spam", "554 5.7.1 <r@example.org>: Recipient address rejected: Access denied"),
    ("spam", "550 Rejected by header based Anti-Spoofing policy: news@example.org"),
    ("spam", "550 High probability of spam"),
    ("spam", "550 5.1.1 message refused by policy"),
    ("spam", "554 5.6.0 Message contents not acceptable"),
    ("spam", "550 5.1.8 <news@example.org>: Sender address rejected: Domain not found"),
    (
        "spam",
        "550-Verification failed for <b@example.org>\n550-Response: 550 5.1.1 user unknown\n550 Sender verify failed",
    ),
    ("spam", "421 4.7.0 [TSS04] temporarily deferred due to unexpected volume or user complaints"),
    ("soft", "552 5.2.2 Mailbox size limit exceeded"),
    ("soft", "550 5.7.1 Requested mail action aborted: exceeded storage allocation"),
    ("soft", "552 The message exceeds the storage quota of its recipient"),
    ("soft", "550 5.1.1 not enough disk space"),
    ("soft", "550 5.1.1 Boîte du destinataire pleine"),
    ("soft", "550 Postfach ist voll"),
    ("soft", "451 4.7.1 <r@example.org>: Recipient address rejected: Greylisting in effect"),
    ("soft", "550 5.1.1 too many hops"),
    ("hard", "550 Benutzer unbekannt"),
    ("hard", "550 Utilisateur inconnu"),
    ("hard", "550 Usuario desconocido"),
    ("hard", "550 Defnyddiwr anhysbys"),
    ("hard", "550 ユーザーが見つかりません"),
    ("hard", "553 sorry, this recipient is not in my validrcptto list (#5.7.1)"),
    ("hard", "550 5.4.1 All recipient addresses rejected : Access denied AS(201806271)"),
    ("hard", "550 Account unavailable"),
    ("unknown", "550 Mailbox unavailable or access denied"),
    ("spam", "550 5.1.1 Your IP address is not known here"),
    ("unknown", "550 the message has left the queue"),
    ("spam", "550 5.1.1 <bounces+oct-Reader_Token-22chr@example.org>: user unknown"),
    ("unknown", "550 5.1.1 <bounces+oct-Reader_Token-22chr@example.org>: the owl is asleep"),
    ("hard", "550 <r@example.org>: user unknown, for bounces+oct-Reader_Token-22chr@example.org"),
    ("hard", "550 <r@example.org> does not exist"),
    ("unknown", "550 the certificate is no longer valid"),
    ("spam", "550 5.1.1 POL-P7 the message is not to our liking"),
    ("spam", "550 5.1.1 all messages will be permanently deferred"),
    ("spam", "550 5.7.1 Account unavailable"),  # the code says why
    ("domain", "550 unable to look up host example.org: nodename nor servname provided, or not known"),
    ("spam", "550 5.1.1 Blocked for abuse"),
    ("spam", "550 5.1.1 too many invalid recipients from your host"),
    ("spam", "550 5.1.1 <r@example.org> - 192.0.2.0 has sent to too many recipients this hour. IB607"),
    ("spam", "553 5.1.3 http://www.spamhaus.org/query/bl?ip=192.0.2.222"),
    ("spam", "5.1.0 - Unknown address error 550-'5.7.1 <bounces@example.org>... Access denied' (delivery attempts: 0)"),
    ("spam", "550 5.2.0 Mail rejete. Mail rejected. ofr_506 [506]"),
    ("spam", "554 Host network not allowed - https://community.example.com/docs/DOC-1369#554 [z7qZw5BPd1]"),
    ("spam", "550 5.1.1 Your access to this system was rejected"),
    ("spam", "550 5.1.1 you are not allowed to post to this mailing list"),
    ("spam", "550 5.1.1 BATV failed to verify"),
    ("spam", "550 Requested action not taken: mailbox unavailable invalid DNS MX or A/AAAA resource record"),
    ("spam", "550 Administrative prohibition - envelope blocked"),
    ("spam", "550 5.1.90 you've reached your daily limit for message recipients"),
    ("spam", "553 sorry, that domain isn't in my list of allowed rcpthosts"),
    ("spam", "550 5.2.1 Mailbox unavailable. Your IP address 192.0.2.1 is blacklisted using EXAMPLE-XBL"),
    ("spam", "550 Error: no valid recipients from mail.example.org"),
    ("spam", "550 5.7.0 Mail sending denied: the sender account is disabled"),
    ("spam", "501 Invalid address rejected for sender bounces@example.org"),
    ("spam", "550 5.1.2 <mail.example.org>: Helo command rejected: Host not found"),
    ("spam", "554 IP:192.0.2.1 - A problem occurred. (Ask your postmaster for help.)"),
    ("spam", "550 5.4.6 Unusual sending activity detected"),
    ("spam", "421 Your message exceeded its quota for sending messages with the same Message-ID"),
    ("spam", "550 5.1.1 This route requires TLS version 1.2 or greater"),
    ("spam", "553 Exceeded maximum inbound message size"),
    ("spam", "host mx.example.org said: 554 Denied [CS] [3e2a.mx.example.net] (Mode: normal)"),
    ("spam", "550 Messages without To: fields are not accepted here"),
    ("soft", "552 5.2.2 This message is larger than the limit or the recipient's mailbox is full"),
    ("soft", "550 5.2.3 the user's maildir has overdrawn his diskspace quota"),
    ("soft", "554 Message exceeded 50 hops, this may indicate a mail loop"),
    ("soft", "550 Name service error for name=example.org type=MX: Malformed name server reply"),
    ("soft", "550 connect to mail.example.org[192.0.2.25]:25: Connection timed out"),
    ("soft", "554 Sorry, I wasn't able to establish an SMTP connection"),
    ("hard", "550 User [r@example.org] does not exist"),
    ("hard", '550 Mailbox "r@example.org" does not exist'),
    ("hard", "554 delivery error: dd r@example.org is no longer valid"),
    ("hard", "550 BAD_RECIPIENT - see below"),
    ("hard", "550 This recipient is not in our directory"),
    ("hard", "550 Esta casilla ha expirado por falta de uso"),
    ("hard", "550 unknown user: r@example.org (Exim 4.92.3)"),
    ("hard", "550 5.0.1 Recipient rejected"),
    ("hard", "554 RCPT (r@example.org) dosn't exist"),
    ("hard", "550 mailbox r@example.org unavailable"),
    ("spam", "550 Mailing to remote domains not supported"),
    ("domain", "550 no valid MX hosts found"),
    ("soft", "554 could not connect and send the mail to 192.0.2.1"),
    ("spam", "550 5.1.1 sender mailbox does not exist"),
    ("spam", "550 5.7.1 your account has been suspended"),
    ("spam", "550 The sender's account does not exist"),
    ("spam", "550 5.4.4 Your domain could not be resolved"),
    ("spam", "550 client host not found"),
    ("spam", "550 reply-to address does not exist"),
    ("spam", "550 5.1.1 user account disabled for outbound mail"),
    ("spam", "550 5.1.1 Relaying not allowed"),
    ("spam", "550 5.1.1 Protocol error: command out of sequence"),
    ("spam", "550 5.1.1 You are not permitted to send to this address"),
    ("spam", "550 5.1.1 Reject: listed by EXAMPLEPROTECT"),
    ("spam", "550 5.1.1 quota of messages per hour for your IP reached"),
    ("spam", "550 email address not on the approved senders list"),
    ("hard", "550 The user you wrote to does not exist"),
    ("hard", "550 r is no longer employed here"),
    ("hard", "550 Unable to find the recipient r@example.org in the directory"),
    ("hard", "550 Mailbox removed"),
    ("hard", "550 r@example.org no longer exists"),
    ("hard", "550 Recipient not in allowed recipient list"),
    ("domain", "550 We do not host this domain"),
    ("soft", "550 message store full"),
    ("soft", "550 mailbox locked"),
    ("spam", "550 Sender news@example.org has no A, AAAA, or MX DNS records"),
    ("spam", "550 Domain may not exist or DNS check failed"),
    ("spam", "550 JunkMail rejected"),
    ("spam", "550 you aren't, or your host isn't allowed to relay"),
    ("hard", "550 I cannot deliver mail for r@example.org"),
    ("hard", "550 recipient unrecognized"),
    ("hard", "550 User account not activated"),
    ("soft", "554 MailLoop"),
    ("soft", "441 4.4.1 No answer from host"),
    ("soft", "450 4.2.0 Mailbox currently unavailable"),
    ("spam", "421 Too many messages in a session, reconnect"),
    ("hard", "550 We have no record of that recipient"),
    ("hard", "550 No se ha encontrado la dirección de r@example.org"),
    ("hard", "550 Indirizzo non trovato"),
    ("hard", "550 the group that you tried to contact (r) doesn't exist"),
    ("spam", "550 Your message to r@example.org has been blocked"),
    ("soft", "550 mailbox for r is full"),
    ("domain", "550 all relevant MX records point to non-existent hosts"),
    ("domain", "550 an MX or SRV record indicated no SMTP service"),
    ("", "250 2.0.0 Ok: queued"),
    ("", "250 2.1.5 <r@example.org>: user unknown here, forwarded"),
    ("", "I am away until Monday"),
    ("", ""),
]


@pytest.mark.parametrize(
    ("kind", "reply"), REPLIES, ids=[reply.partition("\n")[0][:50] or "nothing" for _, reply in REPLIES]
)
def test_a_refusal_says_whether_the_mailbox_is_there(kind: str, reply: str) -> None:
    code, enhanced = parse_codes(reply)

    assert classify_refusal(code, enhanced, reply, "") == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("USER   UNKNOWN", "hard"),
        ("user unknown; sender address rejected", "spam"),
        ("user unknown; policy; try again later", "spam"),
        ("user unknown; policy", "spam"),
        ("host spam.example said: no", "unknown"),  # what a host or an address is called says nothing
        ("see https://example.org/blacklist: user unknown", "hard"),
        ("spam@example.org is not to our liking", "unknown"),
        ("relay access denied", "spam"),
        ("no", "unknown"),
        ("x" * 1_980 + " user unknown", "hard"),
        ("x" * 1_990 + " user unknown", "unknown"),  # past what is read
    ],
)
def test_a_server_s_words_go_before_its_code(text: str, kind: str) -> None:
    assert classify_refusal(550, "", text, "failed") == kind


@pytest.mark.parametrize(
    ("code", "enhanced", "kind"),
    [
        (0, "", ""),
        (399, "", ""),
        (400, "", "unknown"),
        (550, "", "unknown"),
        (0, "2.1.5", ""),
        (550, "2.1.5", ""),
        (0, "4.1.1", "soft"),
        (0, "5.1.1", "hard"),
        (250, "5.1.1", "soft"),  # the two do not agree
        (0, "words, not a code", ""),
    ],
)
def test_where_no_action_is_told_the_codes_say_whether_it_failed(code: int, enhanced: str, kind: str) -> None:
    assert classify_refusal(code, enhanced, "", "") == kind


@pytest.mark.parametrize("action", ["delayed", "Delayed", "delivered", "relayed", "expanded"])
def test_a_word_on_the_way_is_no_bounce(action: str) -> None:
    assert classify_refusal(550, "5.1.1", "user unknown", action) == ""


@pytest.mark.parametrize(
    ("code", "enhanced", "text", "kind"),
    [
        (0, "5.1.1", "", "hard"),
        (0, "5.1.1 (bad destination mailbox address)", "", "hard"),
        (0, "5.01.001", "", "hard"),
        (0, "", "user unknown", "hard"),
        (0, "", "", "unknown"),
        (0, "5.0.0", "", "unknown"),
        (0, "4.4.7", "message expired; last answer: user unknown", "soft"),
        (450, "5.1.1", "user unknown", "soft"),
        (0, "4.7.0", "", "spam"),
        (0, "2.0.0", "", "unknown"),
        (0, "5.1.1.3", "", "unknown"),
        (0, "nonsense", "nonsense", "unknown"),
        (499, "5.1.1", "", "soft"),
        (500, "5.1.1", "", "hard"),
        (499, "", "user unknown", "soft"),
        (500, "", "user unknown", "hard"),
        (0, "4.1.1", "user unknown", "soft"),
        (0, "4.1.1", "our policy", "spam"),  # what is no fault of the reader is told at once
        (551, "", "", "hard"),
        (556, "", "", "hard"),
        (550, "", "", "unknown"),
        (0, "5.2.3", "", "spam"),
        (0, "5.2.4", "", "soft"),
        (551, "5.0.0", "", "hard"),
        (551, "5.3.0", "", "unknown"),
        (551, "", "try again later", "soft"),
        (0, "5.1.10", "", "hard"),
        (0, "5.2.1", "", "hard"),
        (0, "5.1.1", "mailbox is full", "soft"),
        (0, "5.6.1", "", "spam"),
        (0, "5.7.0", "", "spam"),
        (0, "5.1.7", "", "spam"),
        (0, "5.1.8", "", "spam"),
        (0, "5.10.1", "", "unknown"),
        (0, "5.1.0", "address rejected", "hard"),
        (0, "5.4.1", "address rejected: access denied", "hard"),
        (0, "5.4.1", "address rejected", "soft"),
        (0, "5.3.0", "address rejected", "unknown"),
    ],
)
def test_a_report_of_failure_is_weighed_by_what_it_tells(code: int, enhanced: str, text: str, kind: str) -> None:
    assert classify_refusal(code, enhanced, text, "failed") == kind
    assert classify_refusal(code, enhanced, text, " Failed ") == kind


@pytest.mark.parametrize("detail", sorted(SENDER_CODES))
@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Invalid address", "spam"),
        ("Address does not exist", "spam"),
        ("Mailbox not found", "spam"),
        ("User account disabled", "spam"),
        ("Domain not found", "spam"),
        ("<r@example.org> does not exist", "spam"),
        ("Recipient not found", "hard"),
        ("User unknown", "hard"),
        ("Benutzer unbekannt", "hard"),
        ("Mailbox is full", "soft"),
        ("Greylisted", "soft"),
    ],
)
def test_what_a_code_says_of_the_sender_is_no_fault_of_the_reader(detail: str, words: str, kind: str) -> None:
    assert classify_refusal(550, f"5.{detail}", f"550 5.{detail} {words}", "failed") == kind


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("550 5.1.1 user unknown", (550, "5.1.1")),
        ("smtp; 550-5.1.1 The email account", (550, "5.1.1")),
        ("554 #5.1.0 Address rejected", (554, "5.1.0")),
        ("Remote host said: 550 no (#5.1.1)", (550, "5.1.1")),
        ("host mx[192.0.2.250] said: 452 4.2.2 full", (452, "4.2.2")),
        ("connect to 5.1.1.3: timed out", (0, "")),
        ("250 Ok", (250, "")),
        ("550", (550, "")),
        ("", (0, "")),
    ],
)
def test_codes_are_found_in_what_a_server_wrote(text: str, found: tuple[int, str]) -> None:
    assert parse_codes(text) == found


def test_a_status_that_says_nothing_gives_way_to_the_server_s_own() -> None:
    assert classify_report(RecipientReport("failed", "5.0.0", "550 5.1.1 gone"), READER) == "hard"
    assert classify_report(RecipientReport("failed", "5.2.2", "550 5.1.1 gone"), READER) == "soft"


@pytest.mark.parametrize(
    ("report", "kind"),
    [
        (RecipientReport("", "5.0.0", ""), "unknown"),
        (RecipientReport("", "5.1.1", ""), "hard"),
        (RecipientReport("", "", "550 5.1.1 gone"), "hard"),
        (RecipientReport("", "nonsense", "550 5.1.1 gone"), "hard"),
        (RecipientReport("", "", "399 no"), ""),
        (RecipientReport("", "", "400 no"), "unknown"),
        (RecipientReport("failed", "5.1.1", "250 queued, later: gone"), "hard"),  # a code of success is of another time
        (RecipientReport("delayed", "5.1.1", "550 5.1.1 gone"), ""),
        (RecipientReport("failed", "", "450 user unknown"), "soft"),
        (RecipientReport("failed", "", "400 user unknown"), "soft"),
        (RecipientReport("failed", "5.0.1", "550 5.1.1 gone"), "hard"),
        (RecipientReport("failed", "5.2.0", "550 5.1.1 gone"), "unknown"),
    ],
)
def test_a_report_is_read_by_its_status_and_the_server_s_words(report: RecipientReport, kind: str) -> None:
    assert classify_report(report, READER) == kind


@pytest.mark.parametrize(
    ("named", "kind"),
    [
        (" reader@example.org. ", "hard"),
        (READER, "hard"),
        ("Reader@Example.ORG", "hard"),
        ("", "hard"),
        ("leaver@example.org", "soft"),
        ("reader@other.example", "soft"),
        ("@", "soft"),
    ],
)
def test_the_death_of_another_address_does_not_end_the_subscription(named: str, kind: str) -> None:
    assert classify_report(RecipientReport("failed", "5.1.1", "550 5.1.1 user unknown", named), READER) == kind


def test_the_gravest_of_several_reports_counts() -> None:
    passed, full = RecipientReport("delivered", "2.0.0", ""), RecipientReport("failed", "5.2.2", "full", READER)
    gone, spam = RecipientReport("failed", "5.1.1", "", READER), RecipientReport("failed", "5.7.1", "", READER)

    assert worst_bounce([passed, spam, full, gone], READER) == ("hard", gone)
    assert worst_bounce([passed, spam, full], READER) == ("soft", full)
    assert worst_bounce([passed, spam], READER) == ("spam", spam)
    assert worst_bounce([passed], READER) == ("", passed)
    assert worst_bounce([], READER) == ("", None)


def days(*ago: int) -> list[datetime]:
    return [NOW - timedelta(days=number) for number in ago]


@pytest.mark.parametrize(
    ("softs", "ends"),
    [
        (days(0), ""),
        (days(0, 31, 61), ""),
        (days(0, 30, 61, 92), "bounced"),  # four issues running
        (days(0, 61, 122, 183, 244), ""),  # every other issue
        (days(0, 30, 61, 100, 130), "bounced"),  # 1 + 1 + 1 + a half + a half
        (days(0, 30, 61, 100), ""),
        (days(0, 200, 210, 220, 230, 240, 250, 260, 270), ""),  # long ago
        (days(0, 1, 2, 150, 199), "bounced"),
        (days(0, 1, 2, 150, 200), ""),
        (days(0, 1, 2, 99), "bounced"),
        (days(-400, -370, -340, -310), "bounced"),  # the clock was put back
    ],
)
def test_soft_bounces_add_up_and_are_forgotten(softs: list[datetime], ends: str) -> None:
    assert status_after_bounce("soft", [("soft", at) for at in softs], NOW) == ends


def test_what_ends_a_subscription_at_once_and_what_never_does() -> None:
    many: list[tuple[BounceKind, datetime]] = [("soft", at) for at in days(*range(20))]

    ends = [status_after_bounce(kind, [], NOW, is_lone_and_plain=True) for kind in get_args(BounceKind)]

    assert ends == ["bounced", "", "", "", "", "complained"]
    assert [status_after_bounce(kind, many, NOW) for kind in ("spam", "unknown", "")] == ["", "", ""]
    assert timedelta(days=92) < FULL_WEIGHT_AGE < timedelta(days=120)
    assert SOFT_BOUNCE_LIMIT == 4


def test_a_domain_that_is_gone_ends_a_subscription_at_the_second_bounce() -> None:
    assert status_after_bounce("domain", [("domain", NOW)], NOW) == ""
    assert status_after_bounce("domain", [("domain", NOW - timedelta(days=31)), ("domain", NOW)], NOW) == "bounced"
    assert status_after_bounce("domain", [("soft", NOW - timedelta(days=31)), ("domain", NOW)], NOW) == ""


def test_a_hard_bounce_that_is_not_alone_and_plain_takes_a_second_sign_on_another_day() -> None:
    assert status_after_bounce("hard", [("hard", NOW)], NOW) == ""
    assert status_after_bounce("hard", [("hard", NOW - timedelta(hours=3)), ("hard", NOW)], NOW) == ""
    assert status_after_bounce("hard", [("hard", NOW - timedelta(days=1)), ("hard", NOW)], NOW) == "bounced"
    assert status_after_bounce("hard", [("domain", NOW - timedelta(days=31)), ("hard", NOW)], NOW) == "bounced"
    assert status_after_bounce("hard", [("soft", NOW - timedelta(days=31)), ("hard", NOW)], NOW) == ""
    assert status_after_bounce("hard", [("hard", NOW - timedelta(days=200)), ("hard", NOW)], NOW) == ""


@pytest.mark.parametrize(
    ("reply", "plain"),
    [
        ("550 5.1.1 <r@example.org>: Recipient address rejected: User unknown", True),
        ("550 No such user here", True),
        ("550 #5.1.0 Address rejected.", True),
        ("550 5.1.1 <r@example.org>: the owl is asleep", False),  # a code that nobody's words bear out
        ("550 5.1.1", False),
        ("550 5.1.1 user unknown; policy; try again later", False),
        ("", False),
    ],
)
def test_a_refusal_is_plain_where_its_words_say_that_the_mailbox_is_gone(reply: str, plain: bool) -> None:
    assert says_mailbox_is_gone(reply) is plain


def test_refusals_are_alike_whomever_they_name_and_whoever_tells() -> None:
    one, other = "ann@a.example.org", "ben@b.example.net"
    refused = refusal_signature("554 5.7.1 <ann@a.example.org>: Denied for A.example.org id 4711x", one)

    assert refused == refusal_signature("554 5.7.1 <ben@b.example.net>: denied for b.example.net id 4712y", other)
    returned = "host mx.a.example.org[192.0.2.1] said: 554 5.7.1 <a…@a.example.org>: Denied for A.example.org id 1a2"
    assert refused == refusal_signature(f"{returned} (in reply to RCPT TO command)", one)
    assert refused != refusal_signature("554 5.7.1 <ben@b.example.net>: blocked", other)
    assert refused != refusal_signature("550 5.7.1 <ann@a.example.org>: denied for a.example.org", one)
    assert refusal_signature("no code at all", one) == "0  no code at all"
    assert len(refusal_signature(f"550 5.1.1 {'x' * 1000}", one)) < 150


def test_a_bounce_has_one_print_however_its_token_is_written() -> None:
    assert bounce_fingerprint("AbC", "soft") == bounce_fingerprint("aBc", "soft")
    assert len({bounce_fingerprint("a", "soft"), bounce_fingerprint("a", "hard"), bounce_fingerprint("b", "soft")}) == 3
    assert "secret" not in bounce_fingerprint("secret", "soft")


def test_a_bounce_s_print_is_the_one_it_has_always_been() -> None:
    assert bounce_fingerprint("AbC", "soft") == hashlib.sha256(b"abc soft").hexdigest()


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("550 5.1.1 <reader@example.org>: user unknown", "550 5.1.1 <r…@example.org>: user unknown"),
        ("to reader@example.org,other@example.org.", "to r…@example.org,o…@example.org."),
        ("550 a\r\nInjected: b\x1b[2J\0", "550 a Injected: b [2J"),
        ("bounces+oct-Reader_Token-22chr@news.example", "b…@news.example"),
        ("ref OCT-READER_TOKEN-22CHR", "ref …"),
    ],
)
def test_a_server_s_words_are_kept_without_address_and_token(said: str, shown: str) -> None:
    assert redact_reply(said, ["oct-Reader_Token-22chr"]) == shown


def test_a_link_of_a_reader_s_that_a_server_repeats_is_cut_before_its_token_though_nobody_named_it() -> None:
    said = "554 5.7.1 listed: https://news.example.org/unsubscribe/oct-Reader_Token-22chr?x=1"

    assert redact_reply(said) == "554 5.7.1 listed: https://news.example.org/unsubscribe/…?x=1"


def test_the_address_a_message_was_for_is_masked_in_any_form() -> None:
    assert redact_reply("550 no o d d@example.org", ["token"], ["o d d@example.org"]) == "550 no o…@example.org"


def test_a_server_s_words_that_fit_are_kept_whole() -> None:
    assert redact_reply("x" * MAX_STORED_CHARS) == "x" * MAX_STORED_CHARS
    assert redact_reply("x" * (MAX_STORED_CHARS + 1)) == "x" * (MAX_STORED_CHARS - 1) + "…"


def test_a_server_s_words_are_cut_after_their_masking() -> None:
    said = redact_reply(f"{'x' * (MAX_STORED_CHARS - 5)} reader@example.org and more")

    assert len(said) == MAX_STORED_CHARS
    assert "reader" not in said


@given(st.integers(), st.text(), st.text(), st.text())
def test_weighing_takes_any_text(code: int, enhanced: str, text: str, action: str) -> None:
    assert classify_refusal(code, enhanced, text, action) in ("", "hard", "domain", "soft", "spam", "unknown")


@pytest.mark.parametrize("piece", ["user ", "a@", "5.1.1 ", "550-", "mailbox x you tried to reach ", "-", "("])
def test_of_a_long_refusal_only_the_beginning_is_read(piece: str) -> None:
    text = piece * 100_000  # which would take minutes to read, were it read whole

    assert classify_refusal(550, text, text, "failed") == classify_refusal(550, text[:2_000], text[:2_000], "failed")
    assert redact_reply(text) == redact_reply(text[:2_000])
