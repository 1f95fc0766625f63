"""Email address validation: which syntax is accepted, which mailbox an address means."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from core.lazy_pattern import lazy_pattern
from core.subscriber_rules import InvalidInput, mailbox_key

MAX_ADDRESS_LENGTH = 254  # characters: RFC 5321 §4.5.3.1.3, less the angle brackets
FORBIDDEN_CHARACTERS = frozenset('",;:<>()[]\\`')  # a list, a name, a comment, a quoted or a literal part
ROUTING_CHARACTERS = frozenset("%!|/")  # some old servers read these as a route, a program or a file
LATIN_LOOKALIKES = frozenset("асԁеһіјӏорԛѕԝхуѵԍοαινρυχτκ")  # Cyrillic and Greek letters that pass for Latin ones
COMPATIBLE_SCRIPTS = (  # scripts that one word may mix: UTS 39 §5.2, "highly restrictive"
    {"LATIN", "CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"},
    {"LATIN", "CJK", "HANGUL"},
    {"LATIN", "CJK", "BOPOMOFO"},
)
# As nearly all are: what the library takes unchanged, but for capitals in the domain, so that it need not be asked. Its
# words end in letters and digits; one whose third and fourth characters are dashes (xn--) is the library's to read.
_LABEL = "(?![^.]{2}--)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
PLAIN_ADDRESS = lazy_pattern(rf"([A-Za-z0-9_+](?:\.?[A-Za-z0-9_+'=-]){{0,63}})@((?:{_LABEL}\.)+([A-Za-z]{{2,63}}))")
RESERVED_TLDS = frozenset({"arpa", "invalid", "local", "localhost", "onion", "test"})  # where nobody has mail
MAX_LOCAL_LENGTH = 64  # characters: RFC 5321 §4.5.3.1.1


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """An address that was taken, identified by its key."""

    email: str  # as given, without the spaces around it, with plain apostrophes
    mailbox: str  # as it goes on the envelope: ASCII, the domain as A-labels
    key: str  # the same for every way of writing the one mailbox


def parse_address(text: str) -> EmailAddress:
    """The address that a person typed. Raises InvalidInput with the reason, which does not repeat the address."""
    email = text.strip(" \t").replace("’", "'").replace("ʼ", "'")  # as telephones and office programs write O'Neil
    return _parse_plain(email) or _parse_unusual(email)


def _parse_plain(email: str) -> EmailAddress | None:
    """What the library would take as it stands, without asking it; None: it is to be asked."""
    plain = PLAIN_ADDRESS.fullmatch(email)
    if not plain or len(email) > MAX_ADDRESS_LENGTH or len(plain[1]) > MAX_LOCAL_LENGTH:
        return None
    local, domain, top = plain[1], plain[2].lower(), plain[3].lower()
    return None if top in RESERVED_TLDS else EmailAddress(email, f"{local}@{domain}", mailbox_key(local, domain))


def _parse_unusual(email: str) -> EmailAddress:
    """Whatever may be an address, by the library's grammar and our own doubts. Raises InvalidInput."""
    from email_validator import EmailNotValidError, validate_email

    if why := _syntax_problem(email):
        raise InvalidInput(why)
    try:
        found = validate_email(email, check_deliverability=False, strict=True, allow_smtputf8=False)
    except EmailNotValidError as e:
        raise InvalidInput(" ".join(str(e).split()).rstrip(".").replace("period", "dot")) from e
    local, _, typed = email.rpartition("@")
    domain = found.ascii_domain.lower()
    if not typed.isascii() and unicodedata.normalize("NFC", typed).lower() != found.domain:  # UTS 46 mapped some
        raise InvalidInput("has look-alike characters after the @; write them plainly")
    if len(mailbox := f"{local}@{domain}") > MAX_ADDRESS_LENGTH:
        raise InvalidInput(f"longer than {MAX_ADDRESS_LENGTH} characters")
    if why := _lookalike_problem(found.domain):
        raise InvalidInput(why)
    return EmailAddress(email, mailbox, mailbox_key(local, domain))


def _syntax_problem(email: str) -> str:
    """Why the text is no plain address, before any grammar is asked; empty when it may be one."""
    if not email:
        return "no address"
    if len(email) > MAX_ADDRESS_LENGTH:
        return f"longer than {MAX_ADDRESS_LENGTH} characters"
    if any(unicodedata.category(char) == "Cc" for char in email):
        return "holds a line break or another control character"
    if bad := sorted(FORBIDDEN_CHARACTERS & set(email)):
        return f"holds {_quote(bad)}; write one plain address, without name, quotes or brackets"
    if any(unicodedata.category(char)[0] in "CZ" for char in email):  # formats, unassigned ones; spaces
        return "holds a space or an invisible character"
    local, at, _ = email.rpartition("@")
    if not at:
        return "has no @"
    if "@" in local:
        return "has more than one @"
    if not local.isascii():
        return "has letters before the @ that most mail servers cannot deliver to; use an address of plain ones"
    if bad := sorted(ROUTING_CHARACTERS & set(local)):
        return f"holds {_quote(bad)} before the @, which some servers read as a route"
    if local.startswith("-"):
        return "begins with a dash"
    return ""


def _quote(characters: Iterable[str]) -> str:
    return " ".join(f"“{one}”" for one in characters)


def _lookalike_problem(domain: str) -> str:
    """Why a domain, in its own letters, may pass for another one; empty when it does not."""
    labels = domain.split(".")
    for label in labels:
        letters = [char for char in label if char.isalpha()]
        scripts = {unicodedata.name(char, "UNKNOWN").split()[0] for char in letters}
        if len(scripts) > 1 and not any(scripts <= group for group in COMPATIBLE_SCRIPTS):
            return "mixes alphabets in one word after the @"
        if letters and labels[-1].isascii() and LATIN_LOOKALIKES.issuperset(letters):
            return "looks like another address: its letters after the @ pass for Latin ones"
    return ""
