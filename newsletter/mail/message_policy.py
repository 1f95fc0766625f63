"""Message policy: how the headers of every message fold, how its parts are encoded, what it asks of other programs.

Lines keep to 76 columns, as RFC 2045 §6.7 sets for quoted-printable and RFC 2047 §2 for encoded words. Only an address
or identifier is longer, which cannot be broken.
"""

import re
from email import message_from_bytes
from email import policy as email_policy
from email.header import Header, decode_header, make_header
from email.headerregistry import Address, Group
from email.message import EmailMessage
from email.policy import EmailPolicy, compat32
from email.utils import parseaddr
from textwrap import TextWrapper

COLUMNS = 76
MAILBOX_HEADERS = ("from", "reply-to", "to")
WORD_HEADERS = ("subject",)
_UNFOLDED_HEADERS = ("message-id", "precedence", "auto-submitted")
_SPECIALS = re.compile(r'[][\\()<>@,:;".]')  # of RFC 5322 §3.2.3
AUTOMATIC_HEADERS = (
    ("Auto-Submitted", "auto-generated"),  # RFC 3834 §5
    # Exchange sends no receipts and no automatic replies, but still says what it could not deliver ([MS-OXCMAIL])
    ("X-Auto-Response-Suppress", "DR, RN, NRN, OOF, AutoReply"),
)


class _MessagePolicy(EmailPolicy):
    """Folds List-* headers at commas only, mailboxes and subjects at words, and identifiers never.

    EmailMessage would turn a List-* header of more than some 77 characters into "=?utf-8?q?…", which no
    mail program reads as an address.
    """

    def fold(self, name: str, value: str) -> str:
        if name.lower().startswith("list-"):
            return f"{name}: {str(value).replace(', ', ',' + self.linesep + ' ')}{self.linesep}"
        if name.lower() in _UNFOLDED_HEADERS:
            return f"{name}: {value}{self.linesep}"
        if name.lower() in MAILBOX_HEADERS and (mailbox := _single_mailbox(value)):
            return f"{_fold_mailbox(name, mailbox, self.linesep)}{self.linesep}"
        if name.lower() in WORD_HEADERS:
            return f"{_fold_words(name, str(value), self.linesep)}{self.linesep}"
        folded: str = super().fold(name, value)
        return folded

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower().startswith("list-") or name.lower() in (*_UNFOLDED_HEADERS, *MAILBOX_HEADERS, *WORD_HEADERS):
            return self.fold(name, value).encode("ascii")
        return super().fold_binary(name, value)


# Seven bits: a server that rewrites eight would break DKIM.
MESSAGE_POLICY = _MessagePolicy(linesep="\r\n", cte_type="7bit", max_line_length=COLUMNS)


def _single_mailbox(value: object) -> Address | None:
    """The one mailbox of a header of addresses; None where it has several, a group of them or none."""
    groups: tuple[Group, ...] = getattr(value, "groups", ())
    mailboxes: list[Address] = [one for group in groups for one in group.addresses if one.domain]
    return mailboxes[0] if len(mailboxes) == len(groups) == 1 and groups[0].display_name is None else None


def _fold_mailbox(name: str, mailbox: Address, linesep: str) -> str:
    """A header with one mailbox: the name quoted or encoded as it needs."""
    display = mailbox.display_name
    if display.isascii() and _SPECIALS.search(display):
        display = '"' + re.sub(r'(["\\])', r"\\\1", display) + '"'
    head = _fold_words(name, display, linesep)
    address = f"<{mailbox.addr_spec}>" if display else mailbox.addr_spec
    too_long = display and len(head.rpartition(linesep)[2]) + 1 + len(address) > COLUMNS
    return f"{head}{linesep if too_long else ''} {address}" if display else f"{head}{address}"


def _fold_words(name: str, words: str, linesep: str) -> str:
    """A header with words, broken between them; encoded where they hold more than ASCII (RFC 2047).

    EmailMessage may begin the words on the second line, from which some programs read a space too many.
    """
    if not words.isascii() or "=?" in words:
        return f"{name}: {Header(words, 'utf-8', COLUMNS, header_name=name).encode(linesep=linesep)}"
    whole = TextWrapper(COLUMNS, subsequent_indent=" ", break_long_words=False, break_on_hyphens=False)
    return f"{name}: " + linesep.join(whole.wrap(f"{name}: {words}")).removeprefix(f"{name}:").strip()


def read_back_mailbox(value: str) -> tuple[str, str] | None:
    """The name and address that are read of a From header as we write it; None where it is not one mailbox."""
    mail = EmailMessage(policy=MESSAGE_POLICY)
    mail["From"] = value
    raw = mail.as_bytes()
    if not _single_mailbox(message_from_bytes(raw, policy=email_policy.default)["From"]):
        return None
    # Python 3.11 reads folded encoded words with spaces between them; its older way does not.
    name, address = parseaddr(re.sub(r"\r\n(?=[ \t])", "", str(message_from_bytes(raw, policy=compat32)["From"])))
    return str(make_header(decode_header(name))), address
