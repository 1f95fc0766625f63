"""Bounce parser: DSN bounces, complaints (ARF), auto-replies, matched to our messages by token."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.header import decode_header
from html import unescape

from core.address_patterns import IN_TEXT
from core.bounce_rules import RecipientReport
from core.states import InboundForm
from newsletter.inbound.mime_reader import MimeHeaders, MimePart, first_header, parse_headers, read_parts
from newsletter.inbound.own_words import LeaveWish, leave_wish, own_words
from newsletter.inbound.ses_notice import read_notice

MAX_MESSAGE_BYTES = 10_485_760  # bytes of a message that are worth reading
MAX_TOKENS = 10  # of ours that one message may name
# abuse and fraud: RFC 5965 §7.3; opt-out: its drafts, and still sent. The rest is no wish of a reader's.
COMPLAINT_TYPES = ("abuse", "fraud", "opt-out", "opt-out-list")

_VERP_TOKEN = re.compile(r"[+-]([A-Za-z0-9_-]{22})@")  # whichever delimiter was set when it was sent
_MESSAGE_ID_TOKEN = re.compile(r"<[0-9]{4}-[0-9]{2}\.([A-Za-z0-9_-]{22})@")
_UNSUBSCRIBE_TOKEN = re.compile(r"/unsubscribe/([A-Za-z0-9_-]{22})(?![A-Za-z0-9_-])")
_ANY_TOKEN = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{22}(?![A-Za-z0-9_-])")
# As gateways write it: in a link's query (%2F), between marks of their own (urldefense), behind a word.
_REWRITTEN_TOKEN = re.compile(
    r"(?<![a-z0-9-])(?:2f|3d|20|a0|[a-z]{1,20}[_-])([a-z0-9_-]{22})(?![a-z0-9_-])|/([a-z0-9_-]{22})__;", re.I
)
_RECIPIENT_HEADERS = "delivered-to x-original-to envelope-to x-envelope-to apparently-to to cc".split()
_DAEMON_SENDER = re.compile(
    r"mailer-?daemon|post_?master|mail delivery|mail administrator|delivery subsystem|mdaemon|microsoftexchange", re.I
)
_AUTO_REPLY_SUBJECT = re.compile(
    r"out of (the )?office|automatic reply|auto(matic)?[- ]?(reply|response)|vacation|on leave", re.I
)
_ORIGINAL_COPY = re.compile(  # where the copy of our own message begins: a line that says so, or its first header
    r"^[> \t]{0,9}(-{2,80}(?!-)[^\n-]{0,60}(copy of|original mess|message header|unsent mess|returned mess|source mail"
    r"|returned mail|top \d+ lines|mensaje original|message d'origine|urspr|messaggio originale)|_{8,80}|-- ?$"
    r"|(original |returned )?message( headers?)? follows?\b|original message headers?:|included is a copy"
    r"|below is a copy|a summary of the|old message:)|^(return-path|received|message-id): ",
    re.I | re.M,
)
# A reply of SMTP (RFC 5321 §4.2.3), with an enhanced code (RFC 3463 §2) or without; or such a code alone.
_REPLY_LINE = re.compile(
    r"(?<![\w.,@/+=-])([45][0-57]\d[ \-]{1,2}[(#]{0,2}[45]\.\d{1,3}\.\d|(4[2-57]|5[0-57])\d(?=[ :;-][^\n]|\W{0,2}$)"
    r"|[45]\.\d{1,3}\.\d{1,3}(?!\.?\d))",
    re.M,
)
_EXIM_PHASE = re.compile(r"SMTP error from remote mail server after (?:pipelined )?(MAIL FROM):.{1,300}:$")
_TAG = re.compile(r"<[a-z/!][^<>]{0,1000}>", re.I)
_LINE_TAG = re.compile(r"<(br|/?(p|div|tr|li|h\d|table|pre|blockquote))\b[^<>]{0,1000}>", re.I)  # those that end a line
# What is told of our own message beside the reason: its title may hold any word, and who sent it is no answer.
_DETAIL_LINE = re.compile(
    r"^[> \t]*(subject|betreff|objet|asunto|oggetto|assunto|onderwerp|pwnc|件名|(original )?sender( address)?"
    r"|from( address)?|(created |sent )?date|sent)[ \t]*:[^\n]*$",
    re.I | re.M,
)
_WORD = re.compile(r"[^\W\d_]{2}")
_STYLE = re.compile(r"<(style|script|title)\b[^<]*</\1>", re.I)
_UNDELIVERED = re.compile(  # what is said of a message that did not arrive, where no server's reply is shown
    r"undeliver|(could|can|was|were)(n[o']t| not)( be| able to)? (be )?(deliver|reach)|(unable|failed) to deliver"
    r"|deliver\w* fail|fail\w* (to be delivered|notice|message)|return(ed|ing)? (mail|to sender)|mail failed"
    r"|was aborted|permanent (fatal )?error|delivery error|(did not|can(no|')t) reach|has been rejected"
    r"|errors? (has )?(occurred|sending)|deliver\w*[^.\n]{0,60} (has |have )?failed"
    r"|mail failure|malformed (recipient )?address|not been delivered|non-?delivery|error during delivery"
    r"|has been returned"
    r"|user unknown|unknown user|no such user|not a valid user"
    r"|nicht (zugestellt|übermittelt|ausgeliefert)|unzustellbar|zustellung .{0,40}fehlgeschlagen"
    r"|nachrichtenzustellung|non (remis|distribué|délivré)|pas .{0,20}(remis|distribué|délivré|acheminé|parvenu)"
    r"|échec de (la )?(remise|livraison)"
    r"|no .{0,20}entrega(d|r)|não .{0,20}entreg|non .{0,30}(consegnat|recapitat)|mancata consegna|mancato recapito"
    r"|onbestelbaar|niet .{0,20}(afgeleverd|bezorgd)|(methu|methwyd|ni) (danfon|ddanfon|anfon|cyflwyno)"
    r"|配信不能|配信できません|配信に失敗|届けられません|配達できません|退信|无法(投递|送达)",
    re.I,
)
_SUBJECT_REASON = re.compile(r"returned mail: (.{1,200})", re.I)  # sendmail's: "Returned mail: User unknown"
_BOUNCE_SUBJECT = re.compile(  # which no person writes, from its beginning
    r"undeliver(ed|able)( mail|:)|returned mail\b|mail (delivery (fail|error)|could not be delivered|system error)"
    r"|delivery (failure|status notification|error)|non-?delivery:|failure notice$|permanent delivery failure",
    re.I,
)
_AGGREGATE_SUBJECT = re.compile(r"\W*(preview\W*)?report domain:", re.I)  # RFC 7489 §7.2.1.1, RFC 8460 §5.3
_ANSWER_SUBJECT = re.compile(r"(re|fwd?|aw|wg|tr|rv|sv|antw|ymlaen) ?:", re.I)  # which people's programs write
_DELAYED = re.compile(
    r"delay|warning|not yet been delivered|will (be retried|keep trying|continue)|still (trying|being)"
    r"|verzögert|retardée?|différée?|retrasad|demorad|ritardat|vertraagd|\boedi\b|遅延|延迟",
    re.I,
)


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A message that came back to us, identified by `ident`."""

    # automatic: a reply of no meaning; other: a person's
    form: InboundForm
    reports: tuple[RecipientReport, ...] = ()
    tokens: tuple[str, ...] = field(default=(), repr=False)  # of our messages that it is about, the surest first
    readers: tuple[str, ...] = field(default=(), repr=False)  # tokens of readers, in the links of our own message
    to: tuple[str, ...] = field(default=(), repr=False)  # where it was sent, in lower case
    # What may be a reader's token, where one asks to leave: in the address, the subject or own words; and elsewhere.
    asked: tuple[str, ...] = field(default=(), repr=False)
    quoted: tuple[str, ...] = field(default=(), repr=False)
    wish: LeaveWish = "none"  # what its writer's own words say
    ident: str = field(default="", repr=False)  # the same when it is read again
    # What a mail system's message says that is neither bounce nor complaint nor automatic reply, as far as is known.
    unknown_words: str = field(default="", repr=False)
    sender: str = field(default="", repr=False)  # whose address it bears, which anybody can write; in lower case


def parse_inbound(raw: bytes, recipient: str = "") -> InboundMessage:
    """Read a message; `recipient`: where the mail server says it was sent. Raises nothing, whatever the bytes.

    Delivery status notifications (RFC 3464) and feedback reports (RFC 5965) are read by their fields, all other forms
    by the first reply of a server that they show.
    """
    raw = raw[:MAX_MESSAGE_BYTES]
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")  # stored by a program that ends lines so
    top, parts = read_parts(raw)
    parts = [*parts, *_read_wrapped_report(top, parts)]
    back = [parse_headers(part.decoded()) for part in parts if part.kind in _ORIGINAL_TYPES]
    named = [recipient, *(value for name in _RECIPIENT_HEADERS for value in top.get(name, []))]
    form, reports = _classify_message(top, parts)
    said = (own_words(part.text(), kind == "text/html") for kind in _TEXTS for part in parts if part.kind == kind)
    own = next(filter(None, said), "")
    asked, quoted = _find_reader_tokens(named, top, parts, own)
    return InboundMessage(
        form,
        reports,
        tokens=_find_tokens(named, top, parts, back),
        readers=tuple(
            _unique_values(_UNSUBSCRIBE_TOKEN.findall(v) for h in back for v in h.get("list-unsubscribe", []))
        ),
        to=tuple(_unique_values(IN_TEXT.findall(value.lower()[:4096]) for value in named)),
        asked=asked,
        quoted=quoted,
        wish=leave_wish(_ANY_TOKEN.sub("", _subject(top)), own),
        ident=first_header(top, "message-id") or hashlib.sha256(raw).hexdigest(),
        unknown_words=_machine_words(top, parts) if form == "other" else "",
        sender=next(reversed(IN_TEXT.findall(first_header(top, "from").lower()[:4096])), ""),
    )


_TEXTS = ("text/plain", "text/html")
_ORIGINAL_TYPES = (
    *("message/rfc822", "text/rfc822-headers", "text/rfc822", "message/global", "message/global-headers"),
    "message/rfc822-headers",  # kundenserver.de's
)
_STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")


def _read_wrapped_report(top: MimeHeaders, parts: list[MimePart]) -> list[MimePart]:
    """The parts of a report that a gateway passes on whole within a message of its own; none where a person does."""
    for part in parts:
        if part.kind == "message/rfc822" and _is_from_mail_system(top):
            inner, inside = read_parts(part.body)
            if _is_delivery_report(inner):
                return inside
    return []


def _find_tokens(named: list[str], top: MimeHeaders, parts: list[MimePart], back: list[MimeHeaders]) -> tuple[str, ...]:
    """Tokens of ours: in the address it came to, in what it says of our message, in our message itself."""
    told = [value for part in parts if part.kind == "message/feedback-report" for value in _feedback_fields(part)]
    paths = [*named, *told, *(v for h in back for name in ("return-path", "x-return-path") for v in h.get(name, []))]
    idents = [v for h in (*back, top) for name in ("message-id", "in-reply-to", "references") for v in h.get(name, [])]
    texts = [part.text() for part in parts if part.kind.startswith("text/")]
    found = [*map(_VERP_TOKEN.findall, paths), *map(_MESSAGE_ID_TOKEN.findall, (*idents, *texts))]
    return tuple(_unique_values(found))[:MAX_TOKENS]


def _find_reader_tokens(
    named: list[str], top: MimeHeaders, parts: list[MimePart], own: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Whatever has a token's form: in the address it came to, in the subject, in what its writer says; and elsewhere.

    Gateways write marks before the subject, people write words around it.
    """
    raw = first_header(top, "subject")[:2048]  # some encode it without need, and leave its "_" as it is
    texts = [part.text() for part in parts if part.kind.startswith("text/")]
    tagless = [_TAG.sub("", part.text()) for part in parts if part.kind == "text/html"]
    asked = [*_VERP_TOKEN.findall("\n".join(named)), *_tokens_in([*named, _decode_subject(raw), raw, own])]
    return tuple(dict.fromkeys(asked))[: 2 * MAX_TOKENS], tuple(_tokens_in([*texts, *tagless]))[: 2 * MAX_TOKENS]


def _tokens_in(places: list[str]) -> Iterator[str]:
    plain = [text.replace("-5F", "_").replace("-2D", "-") for text in places if "urldefense" in text]
    rewritten = ([found[1] or found[2]] for text in (*places, *plain) for found in _REWRITTEN_TOKEN.finditer(text))
    return _unique_values((*map(_ANY_TOKEN.findall, (*places, *plain)), *rewritten))


def _subject(top: MimeHeaders) -> str:
    return _decode_subject(first_header(top, "subject")[:1000])


def _decode_subject(raw: str) -> str:
    """A header's words (RFC 2047); as it stands where it is broken, or in a charset that nobody knows."""
    try:
        pieces = decode_header(raw)
        return "".join(one if isinstance(one, str) else one.decode(name or "ascii", "replace") for one, name in pieces)
    except (HeaderParseError, LookupError, ValueError):
        return raw


def _feedback_fields(part: MimePart) -> Iterator[str]:
    for name in ("original-mail-from", "original-envelope-id"):
        yield from parse_headers(part.decoded()).get(name, [])


def _unique_values(found: Iterable[Iterable[str]]) -> Iterator[str]:
    return iter(dict.fromkeys(one for some in found for one in some))


def _classify_message(top: MimeHeaders, parts: list[MimePart]) -> tuple[InboundForm, tuple[RecipientReport, ...]]:
    for part in parts:
        if part.kind == "message/feedback-report":
            kind = first_header(parse_headers(part.decoded()), "feedback-type").lower()
            return ("complaint" if kind in COMPLAINT_TYPES else "automatic"), ()
    if any("x-hmxmroriginalrecipient" in parse_headers(p.decoded()) for p in parts if p.kind == "message/rfc822"):
        return "complaint", ()  # Outlook's junk mail reports carry no form but our message
    if notice := next(filter(None, (read_notice(part.text()) for part in parts if part.kind == "text/plain")), None):
        return notice
    if _AGGREGATE_SUBJECT.match(_subject(top)):
        return "automatic", ()  # of many messages at once, by DMARC or TLS
    text = _bounce_text(parts)
    words = _from_reply_on(text)
    if reports := tuple(
        report for part in parts if part.kind in _STATUS_TYPES for report in _parse_reports(part, words)
    ):
        return "bounce", reports
    if failed := top.get("x-failed-recipients"):  # Exim's
        action = "delayed" if _is_delayed(_subject(top)) else "failed"
        return "bounce", tuple(
            RecipientReport(action, "", words, one) for one in _find_addresses(failed[0])[:MAX_TOKENS]
        )
    if report := _read_free_form(top, text, any(part.kind in _ORIGINAL_TYPES for part in parts)):
        return "bounce", (report,)
    if _is_auto_reply(top):
        return "automatic", ()
    return ("automatic" if first_header(top, "auto-submitted").lower().startswith("auto-") else "other"), ()


def _parse_reports(part: MimePart, words: str) -> Iterator[RecipientReport]:
    """The fields of each recipient (RFC 3464 §2.3): groups parted by blank lines, the first about the message."""
    for group in re.split(rb"\r?\n[ \t]*\r?\n", part.decoded())[: 10 * MAX_TOKENS]:
        fields = parse_headers(group)
        if not fields.keys() & {"action", "status", "final-recipient"}:
            continue
        action = re.match(r"\w*", first_header(fields, "action"))
        recipient = first_header(fields, "final-recipient") or first_header(fields, "original-recipient")
        addresses = _find_addresses(recipient.partition(";")[2] or recipient)
        status, text = first_header(fields, "status"), first_header(fields, "diagnostic-code").partition(";")
        said = text[2].strip() or text[0].strip(), first_header(fields, "x-supplementary-info")  # the latter is Cisco's
        told = " ".join(filter(None, said))
        if not _WORD.search(told) and status.split("(")[0].strip() in ("", "4.0.0", "5.0.0"):
            told = f"{told} {words}".strip()  # nothing but the words for people says why
        yield RecipientReport(
            action[0].lower() if action else "", status[:100], told or status, addresses[0] if addresses else ""
        )


def _find_addresses(text: str) -> list[str]:
    """The addresses at the start of a text in small letters, without what ends the sentence they stand in."""
    return [found.strip(".`*|!?…").lower() for found in IN_TEXT.findall(text[:4096])]


def _bounce_text(parts: list[MimePart]) -> str:
    """What a message says to people, without the copy of our own in it; of a bounce, what its writer's program says."""
    part = next((part for part in parts if part.kind in ("text/plain", "text/html")), None)
    if part is None:
        return ""
    text = part.text()
    if part.kind == "text/html":
        text = unescape(_TAG.sub(" ", _LINE_TAG.sub("\n", _STYLE.sub(" ", text))))
    copy = _ORIGINAL_COPY.search(text)
    text = _DETAIL_LINE.sub("", text[: copy.start() if copy else 8192])
    return "\n".join(filter(None, map(str.strip, text.splitlines())))


def _from_reply_on(text: str) -> str:
    """The text from the line of the first server's reply on, which tells most; all of it where there is none.

    What it answers follows in Postfix's words; Exim tells it in the line before.
    """
    if not (reply := _REPLY_LINE.search(text)):
        return text[:4096]
    before, _, line = text[: reply.start()].rpartition("\n")
    phase = _EXIM_PHASE.search(before)
    lines = f"{line}{text[reply.start() :]}"[:4096].splitlines()
    return "\n".join((f"{lines[0]} (in reply to {phase[1]} command)" if phase else lines[0], *lines[1:]))


def _read_free_form(top: MimeHeaders, text: str, has_original: bool) -> RecipientReport | None:
    """What a bounce in a form of its own says: the first reply of a server in it, else its words for people.

    None where it is no bounce. A mail system's has its name, no return path, or the message that it returns.
    """
    is_system = _is_from_mail_system(top) or (has_original and not _is_forward(top))
    answers = _is_auto_reply(top) or first_header(top, "auto-submitted").lower().startswith("auto-replied")
    if not is_system or (answers and not _is_named_daemon(top)):
        return None
    subject, reply = _subject(top), _REPLY_LINE.search(text)
    if _is_delayed(subject):
        return RecipientReport("delayed", "", text[:4096])
    if not reply and (_is_auto_reply(top) or not _UNDELIVERED.search(f"{subject}\n{text}")):
        return None
    to = "\n".join(value for name in _RECIPIENT_HEADERS for value in top.get(name, []))
    own = {*_find_addresses(to), *_find_addresses(_VERP_TOKEN.sub("@", to))}
    named = [
        one
        for one in _find_addresses(text[: reply.start() if reply else 4096])
        if one not in own and not _DAEMON_SENDER.search(one) and not _VERP_TOKEN.search(one)
    ]
    if not reply and (reason := _SUBJECT_REASON.match(subject)):
        text = f"{reason[1]}\n{text}"
    return RecipientReport("failed", "", _from_reply_on(text), named[-1] if named else "")


def _is_delayed(subject: str) -> bool:
    """Whether a subject says so; not so in the words of ours, which some write behind theirs.

    MDaemon's are called warnings, and some of them say that nobody is there.
    """
    return bool(_DELAYED.search(subject)) and not _UNDELIVERED.match(subject) and "unknown" not in subject.lower()


def _machine_words(top: MimeHeaders, parts: list[MimePart]) -> str:
    """The subject and what follows it, where no person wrote them; empty where one may have."""
    if not _is_from_mail_system(top):
        return ""
    return "\n".join((_decode_subject(first_header(top, "subject")[:2048]), _bounce_text(parts)))[:4096]


def _is_from_mail_system(top: MimeHeaders) -> bool:
    """Whether a mail system wrote it, by its name, its form or its subject, or because nothing is to go back to it
    (RFC 5321 §4.5.5). A person may write such a subject, but not to the address that their message came from.

    Nor does anything go back to who is away.
    """
    if _is_named_daemon(top) or "<>" in map(str.strip, top.get("return-path", [])):
        return True
    if _is_delivery_report(top):
        return True
    to = "".join(value for name in _RECIPIENT_HEADERS for value in top.get(name, []))
    return bool(_BOUNCE_SUBJECT.match(_subject(top))) and (not _is_answerable(top) or bool(_VERP_TOKEN.search(to)))


def _is_delivery_report(top: MimeHeaders) -> bool:
    kind = first_header(top, "content-type").lower()
    return kind.startswith("multipart/report") and "delivery-status" in kind


def _is_named_daemon(top: MimeHeaders) -> bool:
    name = first_header(top, "from").strip()[:1000]
    return name == "<>" or bool(_DAEMON_SENDER.search(name))


def _is_forward(top: MimeHeaders) -> bool:
    """Whether a person passes our message on: to whom one can answer, or by what their program writes before it."""
    return _is_answerable(top) or bool(_ANSWER_SUBJECT.match(_subject(top)))


def _is_answerable(top: MimeHeaders) -> bool:
    return any(one.strip() not in ("", "<>") and not _DAEMON_SENDER.search(one) for one in top.get("return-path", []))


def _is_auto_reply(top: MimeHeaders) -> bool:
    """Whether somebody's machine answers that they are not there, or wants us to prove that we are people."""
    answers = (
        first_header(top, "precedence").lower() == "auto_reply"
        or "vacation" in first_header(top, "auto-submitted").lower()
    )
    marks = {"x-autoreply", "x-autorespond", "x-autoresponse", "x-vacation"}
    return answers or bool(marks & top.keys()) or bool(_AUTO_REPLY_SUBJECT.search(_subject(top)))
