"""Bounce rules: hard, soft, spam or not understood, when a bounce ends a subscription; pure."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from core.address_patterns import IN_REPLY, IN_TEXT
from core.folding import one_line
from core.lazy_pattern import lazy_pattern
from core.redact import READER_LINK, mask_address, mask_in
from core.refusal_labels import MAX_READ_CHARS, RefusalLabel, find_label
from core.states import BounceKind, BounceSource, BounceStanding, EndedStatus, PriorStatus, RefusalMeaning
from core.subscriber_rules import envelope_key

RefusalVerdict = Literal["hard", "domain", "soft", "spam", "unknown", ""]  # empty: it says nothing of the reader
_GRAVITY: tuple[RefusalVerdict, ...] = get_args(RefusalVerdict)  # the first counts most
FULL_WEIGHT_AGE = timedelta(days=100)  # a soft bounce weighs 1 for so long, half for as long again, then nothing
# A dead domain ends it at the second; a hard bounce too, unless it is alone and plain: then at once.
BOUNCE_WEIGHTS: dict[BounceKind, float] = {"soft": 1.0, "domain": 2.0, "hard": 2.0}
SOFT_BOUNCE_LIMIT = 4.0  # of such weight end a subscription: four monthly issues running, or as many over a longer time
MAX_STORED_CHARS = 300  # characters of one that are kept
MAX_SIGNATURE_CHARS = 120  # characters of one by which it is compared

NON_FAILURE_ACTIONS = ("delayed", "delivered", "relayed", "expanded")  # RFC 3464 §2.3.3: no failure, or not yet
# RFC 3463 §3.2 and §3.3; 1.10 is RFC 7505. 1.6: moved, without a word where to.
MAILBOX_GONE_CODES = frozenset("1.1 1.3 1.6 1.10 2.1".split())
DOMAIN_GONE_CODES = frozenset("1.2 4.4".split())  # RFC 3463 §3.2, §3.5
FULL_REPLY_CODES = (452, 552)  # RFC 5321 §4.2.3: too little storage
SIZE_CODES = frozenset("2.3 3.4".split())  # the message is longer than may be (RFC 3463 §3.3, §3.4)
# The sender's address, log-in, DKIM, SPF, host name, flood (RFC 3463 §3.2, and the registry that RFC 5248 began): an
# address, account or domain that is wrong by these is the sender's.
SENDER_CODES = frozenset("1.7 1.8 7.8 7.9 7.11 7.13 7.14".split()) | {f"7.{detail}" for detail in range(20, 30)}

ThrottleSign = Literal["pace", "name", ""]  # its words say that we are too quick; its code says only that it is we
# What a refusal's words are about.
RefusalKind = Literal["sender", "content", "gone", "domain", "passing", "full", "throttle"]


class RefusalWords(NamedTuple):
    """What servers write in one case, as a person reviewed it."""

    kind: RefusalKind
    pattern: re.Pattern[str]
    details: tuple[str, ...] = ()  # enhanced codes without their class that it goes with; none: any


@cache
def load_refusal_words() -> tuple[RefusalWords, ...]:
    """The reviewed table of refusals (core/refusal_words.json), in its order."""
    table = json.loads(Path(__file__).with_name("refusal_words.json").read_bytes())
    return tuple(
        RefusalWords(kind, lazy_pattern(row["words"]), tuple(row.get("with", ())))
        for kind in get_args(RefusalKind)
        for row in table[kind]
    )


_LABEL_VERDICTS: dict[RefusalMeaning, RefusalVerdict] = {
    "gone": "hard",
    "domain": "domain",
    "passing": "soft",
    "content": "spam",
    "sender": "spam",
    "nothing": "",
}
_REPLY_CODE = lazy_pattern(r"(?<![\d.=])([2-5]\d\d)(?=[ \-#]|$)")
_PAIRED_REPLY_CODE = lazy_pattern(r"(?<![\d.])([2-5]\d\d)[ \-]{1,2}[(#']{0,2}(?=[2-5]\.\d{1,3}\.\d{1,3})")
# RFC 3463 §2; its subjects have one digit, versions of programs more ("Exim 4.92.3").
_ENHANCED_CODE = lazy_pattern(r"(?<![\d.])([245])\.(0*\d)\.(\d{1,3})(?!\.?\d)")
_TELLING_DETAIL = lazy_pattern(r"[1-7]\.0*[1-9]\d*")  # RFC 3463 §3: 0 is "other or undefined"
_LINE_CODES = lazy_pattern(r"\b[245]\d\d[ \-#]+([245]\.\d{1,3}\.\d{1,3})?")  # they begin each line of a reply
_GREYLISTING = lazy_pattern(r"gr[ae]y-?list")
# Words for whom a message is to, and never for whom it is from.
_RECIPIENT_WORD = lazy_pattern(
    r"\b(recipient|rcpt|addressee|user\b(?! account)|empf(ä|ae)nger|benutzer|destinat|utilisateur|usu[aá]rio|utente)"
)
_ADDRESS_PLACE = lazy_pattern(r"[<\[({\"'*]{0,3}\x00[>\])}\"'*]{0,3}")  # with whatever marks stand around it
_OWN_RETURN_PATH = lazy_pattern(
    r"[+-](?=[a-z_-]*[A-Z0-9])[A-Za-z0-9_-]{22}@"
)  # no words that people join have that form
_IN_REPLY_TO = lazy_pattern(r"\(in reply to [^)]*\)", re.I)  # Postfix's, in a report
_HOST_NAME = lazy_pattern(r"\b(host|server|mta|mx) (?=\S+\.\S)\S+|https?://\S+")
_HOST_MARKS = {  # what is put behind a text that names such a host, whose address alone may be all that is said
    " (block list)": lazy_pattern(r"spamhaus|dnsbl|barracuda\w*central|spamcop|blocklist|abuseat|surbl|sorbs"),
    " (docomo)": lazy_pattern(r"\bdocomo\.(\w+\.)?ne\.jp"),
}


@dataclass(frozen=True, slots=True)
class RecipientReport:
    """What a report says of one recipient."""

    action: str  # failed, delayed, delivered, relayed, expanded; empty: not said
    status: str  # RFC 3463: 5.1.1; empty: not said
    text: str = field(repr=False)  # the refusing server's own words
    recipient: str = field(default="", repr=False)  # the address it failed for; empty: not said


@dataclass(frozen=True, slots=True)
class Bounce:
    """One message that came back, or was complained of; identified by its print."""

    subscriber_id: int
    period: str
    kind: BounceKind
    at: datetime  # UTC; when we heard of it
    words: str  # without addresses or tokens
    print: str  # the same however often it is read
    domain: str = ""  # of the mailbox
    signature: str = ""  # the same for words that differ only in whom they name
    source: BounceSource = "returned"
    standing: BounceStanding = "counted"
    ended: PriorStatus = ""  # the status that it ended
    hold_id: int | None = None  # the question that it is part of
    id: int = 0  # 0: not stored yet


def parse_codes(text: str) -> tuple[int, str]:
    """The reply code and the enhanced one in a server's words; 0 and empty where they are not said."""
    paired = _PAIRED_REPLY_CODE.search(text)
    found = paired or _REPLY_CODE.search(text)
    enhanced = _ENHANCED_CODE.search(text, paired.end() if paired else 0)
    return int(found[1]) if found else 0, enhanced[0] if enhanced else ""


def classify_refusal(
    code: int, enhanced: str, text: str, action: str, labels: Iterable[RefusalLabel] = ()
) -> RefusalVerdict:
    """What a refusal says of its reader: hard, soft, spam, what nobody knows (unknown), or nothing (empty).

    `code` is SMTP's (RFC 5321 §4.2), `enhanced` RFC 3463's, `action` RFC 3464's; 0 and empty where they are not
    known. hard: the mailbox is not there. domain: its domain is not. spam: it is there, and our message was refused
    for what it or its sender is, which is no fault of the reader. soft: it is known to be passing, or its code says
    why. unknown: neither words nor code tell. A server's words go before its codes, because many answer everything
    with one code; `labels`, the operator's own, go before all.
    """
    action, found = action.strip().lower(), _ENHANCED_CODE.search(enhanced[:MAX_READ_CHARS])
    if action in NON_FAILURE_ACTIONS or (action != "failed" and not found and not code):
        return ""
    if action != "failed" and (found[1] == "2" if found else code < 400):
        return ""
    words = _normalise_words(text)
    detail = f"{int(found[2])}.{int(found[3])}" if found else ""
    final = (found is None or found[1] != "4") and (code == 0 or code >= 500)
    label = find_label(labels, text)
    if label and label.meaning == "nothing":
        return ""
    if kind := _LABEL_VERDICTS[label.meaning] if label else _classify_words(words, detail):
        if not label and kind in ("hard", "domain") and _names_sender_alone(text):
            return "spam"
        return kind if final or kind not in ("hard", "domain") else "soft"
    if detail.startswith(("5.", "6.", "7.")) and detail != "5.0":
        return "spam"
    if any(row.kind == "passing" and row.pattern.search(words) for row in load_refusal_words()):
        return "soft"
    if final and _names_sender_alone(text):
        return "unknown"
    if final and (detail in MAILBOX_GONE_CODES or (not detail.strip("0.") and code in (542, 551, 556))):
        return "hard"
    if final and detail in DOMAIN_GONE_CODES:
        return "domain"
    return "soft" if _TELLING_DETAIL.fullmatch(detail) or code in FULL_REPLY_CODES else "unknown"


def _names_sender_alone(text: str) -> bool:
    """Whether the only address in a reply's first line is our return path: it is not the reader's that is unknown."""
    named = IN_TEXT.findall(text[:MAX_READ_CHARS].strip().partition("\n")[0])
    return bool(named) and all(map(_OWN_RETURN_PATH.search, named))


def says_mailbox_is_gone(reply: str) -> bool:
    """Whether a refusal's words, not its code alone, say plainly that the mailbox is not there."""
    found = _ENHANCED_CODE.search(parse_codes(reply)[1])
    return _classify_words(_normalise_words(reply), f"{int(found[2])}.{int(found[3])}" if found else "") == "hard"


def refusal_signature(reply: str, mailbox: str) -> str:
    """The same for two refusals that differ only in whom they name, and in numbers, hosts and marks with a digit.

    Also for a refusal that was heard while sending, and one that came back in a report around it.
    """
    code = _REPLY_CODE.search(reply)
    text = _IN_REPLY_TO.sub(" ", IN_REPLY.sub(" ", reply[code.start() if code else 0 :][:MAX_READ_CHARS]))
    words = re.sub(re.escape(mailbox.rpartition("@")[2]), " ", text, flags=re.IGNORECASE).lower()
    letters = " ".join(re.findall(r"[^\W\d_]+", re.sub(r"\S*\d\S*", " ", words)))
    return " ".join((*map(str, parse_codes(reply)), letters[:MAX_SIGNATURE_CHARS]))


def _normalise_words(text: str) -> str:
    """A server's words on one line in lower case, without codes and hosts, which may hold any word as addresses may.

    These are `<>`; a second line has the words without.
    """
    text = text[:MAX_READ_CHARS].lower()
    words = _HOST_NAME.sub(" ", _ADDRESS_PLACE.sub("<>", IN_TEXT.sub("\x00", text)))
    lines = [" ".join(_LINE_CODES.sub(" ", words).split())]
    if "<>" in lines[0]:
        lines.append(" ".join(lines[0].replace("<>", " ").split()))
    return "\n".join(lines) + "".join(mark for mark, host in _HOST_MARKS.items() if host.search(text))


def _classify_words(words: str, detail: str) -> RefusalVerdict:
    """What a server's words say, where they say anything. What blames the sender counts before all else."""
    kinds = {
        row.kind
        for row in load_refusal_words()
        if (not row.details or detail in row.details) and row.pattern.search(words)
    }
    if detail == "2.2" and "full" in kinds:
        return "soft"  # who says by code and words that it is full, may name the message's size beside it
    if "sender" in kinds or (detail in SIZE_CODES and not kinds & {"gone", "full"}):
        return "spam"
    of_reader = "full" in kinds or ("gone" in kinds and _RECIPIENT_WORD.search(words)) or _GREYLISTING.search(words)
    if detail in SENDER_CODES and not of_reader:
        return "spam"
    if "gone" in kinds and not kinds & {"passing", "full"} and (detail in MAILBOX_GONE_CODES or "content" not in kinds):
        return "hard"
    if "content" in kinds:
        return "spam"
    if "full" in kinds or _GREYLISTING.search(words):
        return "soft"
    return "domain" if "domain" in kinds and "passing" not in kinds else ""


def throttle_sign(reply: str) -> ThrottleSign:
    """Whether a server puts a message off (4xx) for our pace or perhaps for our name, and not for its reader.

    Codes x.7.x are about who may send (RFC 3463 §3.8). Greylisting is of each reader by itself, and ends by itself.
    """
    code, enhanced = parse_codes(reply)
    found, words = _ENHANCED_CODE.search(enhanced), _normalise_words(reply)
    detail = f"{int(found[2])}.{int(found[3])}" if found else ""
    if not 400 <= code < 500 or detail.startswith("2.") or detail == "3.4" or _GREYLISTING.search(words):
        return ""
    if any(row.kind == "throttle" and row.pattern.search(words) for row in load_refusal_words()):
        return "pace"
    return "name" if detail.startswith("7.") else ""


def classify_report(report: RecipientReport, mailbox: str, labels: Iterable[RefusalLabel] = ()) -> RefusalVerdict:
    """What a report says of the subscriber who has the mailbox: hard, soft, spam, or nothing.

    Where it names another address, the subscriber's is an alias or is forwarded, and who knows to how many: the
    death of one of them is no more than a soft bounce.
    """
    code, enhanced = parse_codes(report.text)
    status = _ENHANCED_CODE.search(report.status)
    if status and (status[2] != "0" or not enhanced):
        enhanced = status[0]
    kind = classify_refusal(code if code >= 400 else 0, enhanced, report.text, report.action, labels)
    another = report.recipient and envelope_key(report.recipient) != envelope_key(mailbox)
    return "soft" if kind == "hard" and another else kind


def worst_bounce(
    reports: Iterable[RecipientReport], mailbox: str, labels: Iterable[RefusalLabel] = ()
) -> tuple[RefusalVerdict, RecipientReport | None]:
    """The judgement that counts of those in one message, and the report it comes from."""
    verdicts = [(classify_report(report, mailbox, labels), report) for report in reports]
    return min(verdicts, key=lambda one: _GRAVITY.index(one[0]), default=("", None))


def status_after_bounce(
    kind: RefusalVerdict | Literal["complaint"],
    counted: Iterable[tuple[BounceKind, datetime]],
    now: datetime,
    is_lone_and_plain: bool = False,
) -> Literal[EndedStatus, ""]:
    """The status that a subscription ends in after a bounce of this kind; empty: it goes on.

    `counted`: its bounces that count with their times, this one among them; of several of one day the gravest does.
    """
    if kind == "complaint":
        return "complained"
    days: dict[date, float] = {}
    for each, at in counted:
        days[at.date()] = max(days.get(at.date(), 0.0), BOUNCE_WEIGHTS.get(each, 0.0) * _age_weight(now - at))
    spent = kind in BOUNCE_WEIGHTS and sum(days.values()) >= SOFT_BOUNCE_LIMIT
    return "bounced" if spent or (kind == "hard" and is_lone_and_plain) else ""


def _age_weight(age: timedelta) -> float:
    return 1.0 if age < FULL_WEIGHT_AGE else 0.5 if age < 2 * FULL_WEIGHT_AGE else 0.0


def bounce_fingerprint(token: str, kind: BounceKind) -> str:
    """What is the same for every report of one delivery's end: a mail server may hand one over twice."""
    import hashlib

    return hashlib.sha256(f"{token.lower()} {kind}".encode()).hexdigest()


def redact_reply(text: str, tokens: Iterable[str] = (), addresses: Iterable[str] = ()) -> str:
    """A server's words on one line as a log may show them: addresses masked, tokens out, not too long.

    `addresses`: whose mail it is about; masked also where they stand in no form that an address usually has.
    """
    line = READER_LINK.sub(r"\1…", mask_in(one_line(text[:MAX_READ_CHARS]), addresses))
    for token in tokens:
        line = re.sub(re.escape(token), "…", line, flags=re.I)
    line = IN_TEXT.sub(lambda found: mask_address(found[0]), line)
    return line if len(line) <= MAX_STORED_CHARS else f"{line[: MAX_STORED_CHARS - 1]}…"
