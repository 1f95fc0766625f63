"""IMAP mailbox: reads the messages in the folder for bounces."""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from core.bounce_rules import redact_reply
from core.config.schema import BounceSettings
from core.connection_errors import describe_connection_error
from core.errors import HouseError, MailRefused, MailUnavailable
from core.folding import one_line
from core.redact import redact, secret_forms
from newsletter.oauth.mail_token import TokenSource, use_token
from newsletter.oauth.xoauth2 import MECHANISM, token_forms, xoauth2

MAX_MESSAGES = 1_000  # messages that one visit reads; the rest is left to the next
UID_WINDOW = 50_000  # UIDs that are asked for at once in a larger folder, so that no answer is too long a line
CERTIFICATE_FIX = "Its certificate must be valid for bounces.imap_host; no log-in was sent."
RETRY_FIX = "See [bounces]; nothing is lost, what waits is read at the next visit."
_NAMESPACE_PREFIX = re.compile(rb'\(\("((?:[^"\\]|\\.)*)"')  # of one's own folders, the first (RFC 2342 §5)
_LIST_DELIMITER = re.compile(rb'\) "((?:[^"\\]|\\.))"')


class CommandRefused(MailUnavailable):
    """The server did not do what it was asked, and can be asked for more."""


class ImapMailbox:
    """A mailbox open for reading, its messages named by UID. Raises MailUnavailable when the server goes away."""

    def __init__(self, server: imaplib.IMAP4, bounces: BounceSettings) -> None:
        self._server = server
        self._capabilities = _list_capabilities(server)
        self._prefix: str | None = None  # not asked for yet
        self._folder, self._wanted = bounces.imap_folder, bounces.imap_processed
        self._processed = self._last_answer = ""
        self.count = self.uid_validity = self.uid_next = 0  # not told

    def select(self) -> None:
        """Open the folder, as it was written, or below the prefix of one's own. Raises HouseError where it is not."""
        answers = [self._server.select(_quote_string(self._folder))]
        if answers[0][0] != "OK" and (name := self._prefixed(self._folder)):
            answers.append(self._server.select(_quote_string(name)))
        said, answer = answers[-1]
        if said != "OK":
            which = f"{self._folder} ({redact_reply(_answer_text(answers[0][1]))})"
            raise HouseError("no such mail folder", which, "Correct bounces.imap_folder.")
        self.count = _to_number(answer[0])
        self.uid_validity = self._told_number("UIDVALIDITY")
        self.uid_next = self._told_number("UIDNEXT")

    def _told_number(self, name: str) -> int:
        return _to_number(self._server.response(name)[1][-1])

    def list_after(self, uid: int) -> list[int]:
        """The messages with a higher UID, opened by somebody or not; oldest first, not more than one visit reads."""
        first, found = uid + 1, list[int]()
        at_once = self.count <= UID_WINDOW or not self.uid_next
        while len(found) < MAX_MESSAGES and (not self.uid_next or first < self.uid_next):
            last = "*" if at_once else f"{first + UID_WINDOW - 1}"
            lines = [line for line in self._asked("SEARCH", "UID", f"{first}:{last}") if isinstance(line, bytes)]
            # "9:*" names the last message also where its UID is lower (RFC 3501 §6.4.8)
            found += sorted(one for one in map(_to_number, b" ".join(lines).split()) if one >= first)
            if at_once:
                break
            first += UID_WINDOW
        return found[:MAX_MESSAGES]

    def read(self, uid: int, most: int) -> bytes:
        """The first bytes of a message, which stays unseen; empty when it has gone meanwhile."""
        answer = self._asked("FETCH", f"{uid}", f"(BODY.PEEK[]<0.{most}>)")
        return next((part[1] for part in answer if isinstance(part, tuple)), b"")[:most]

    def move_to_processed(self, uid: int) -> None:
        """Mark a message as seen and move it to the folder of the processed (RFC 6851 where the server has it)."""
        folder = _quote_string(self.open_processed())
        self._asked("STORE", f"{uid}", "+FLAGS.SILENT", r"(\Seen)")
        if "MOVE" in self._capabilities:
            self._asked("MOVE", f"{uid}", folder)
            return
        self._asked("COPY", f"{uid}", folder)
        self._asked("STORE", f"{uid}", "+FLAGS.SILENT", r"(\Deleted)")
        if "UIDPLUS" in self._capabilities:  # else it would expunge what others have deleted, too
            self._asked("EXPUNGE", f"{uid}")

    def open_processed(self) -> str:
        """The folder of the processed by the server's name for it, made where it is not there.

        Raises CommandRefused where it can neither be opened nor made.
        """
        names = [*filter(None, (self._wanted, self._prefixed(self._wanted)))]
        if "NAMESPACE" in self._capabilities:  # what is above one's own prefix may be everybody's
            names.reverse()
        if not self._processed:
            self._processed = next((name for name in names if self._does("STATUS", name, "(UIDNEXT)")), "")
        if not self._processed:
            self._processed = next((name for name in names if self._does("CREATE", name)), "")
        if not self._processed:
            fix = "Make it, or set bounces.imap_processed."
            which = f"{self._wanted} ({redact_reply(self._last_answer)})"
            raise CommandRefused("no mail folder for what was read", which, fix)
        return self._processed

    def _does(self, command: str, folder: str, *arguments: str) -> bool:
        try:
            said, answer = getattr(self._server, command.lower())(_quote_string(folder), *arguments)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as e:
            said, answer = "BAD", e.args
        self._last_answer = _answer_text(answer)
        return said == "OK" or (command == "CREATE" and "exists" in self._last_answer.lower())  # RFC 5530 or older

    def _prefixed(self, name: str) -> str:
        """A folder's name below the prefix of one's own folders; empty where that is no other."""
        if self._prefix is None:
            self._prefix = _personal_prefix(self._server, self._capabilities)
        below = self._prefix and name.upper() != "INBOX" and not name.startswith(self._prefix)
        return f"{self._prefix}{name}" if below else ""

    def _asked(self, command: str, *arguments: str) -> list[object]:
        try:
            said, answer = self._server.uid(command, *arguments)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as e:  # BAD
            said, answer = "BAD", list(e.args)
        if said != "OK":
            which = f"{command} ({redact_reply(_answer_text(answer))})"
            raise CommandRefused("the mailbox did not do as asked", which, RETRY_FIX)
        return list(answer)


@contextmanager
def open_mailbox(bounces: BounceSettings, tokens: TokenSource | None = None) -> Iterator[ImapMailbox]:
    """Log in, with a token where `tokens` are, and open the folder; the connection is verified, or stays here.

    Raises MailRefused for a log-in that is refused, HouseError for a folder that is not there, MailUnavailable for a
    server that cannot be reached or goes away; for a token also SettingsError and StoreError.
    """
    where = f"{bounces.imap_host}:{bounces.imap_port}"
    try:
        server = use_token(tokens, lambda token: _connect(bounces, token)) if tokens else _connect(bounces)
        try:
            mailbox = ImapMailbox(server, bounces)
            mailbox.select()
            yield mailbox
        finally:
            _close(server)
    except (imaplib.IMAP4.error, OSError) as e:
        why = redact_reply(redact(describe_connection_error(e), _login_secrets(bounces)))
        fix = CERTIFICATE_FIX if isinstance(e, ssl.SSLCertVerificationError) else RETRY_FIX
        raise MailUnavailable("the mailbox cannot be read", f"{where} ({why})", fix) from e


def _list_capabilities(server: imaplib.IMAP4) -> frozenset[str]:
    """What the server can do for who is logged in; many name MOVE and UIDPLUS only then."""
    lines = [line for line in server.capability()[1] if isinstance(line, bytes)]
    return frozenset(lines[-1].decode("ascii", "replace").upper().split() if lines else ())


def _personal_prefix(server: imaplib.IMAP4, capabilities: frozenset[str]) -> str:
    """What the names of one's own folders begin with, as INBOX. does on many servers; empty: nothing, or not told."""
    is_told = "NAMESPACE" in capabilities
    try:
        answer = server.namespace()[1] if is_told else server.list('""', '""')[1]
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        return ""
    lines = b"".join(line for line in answer if isinstance(line, bytes))
    if found := (_NAMESPACE_PREFIX.match(lines) if is_told else _LIST_DELIMITER.search(lines)):
        return f"{'' if is_told else 'INBOX'}{_unquote_string(found[1])}"
    return ""


def _connect(bounces: BounceSettings, token: str = "") -> imaplib.IMAP4:
    """A connection that is logged in."""
    server = _greet(bounces)
    try:
        _log_in(server, bounces, token)
    except BaseException:
        _close(server)
        raise
    return server


def _close(server: imaplib.IMAP4) -> None:
    with suppress(imaplib.IMAP4.error, OSError):
        server.logout()
    with suppress(OSError):
        server.shutdown()  # it is not done where the log-out failed


def _greet(bounces: BounceSettings) -> imaplib.IMAP4:
    host, port, patience = bounces.imap_host, bounces.imap_port, bounces.imap_timeout
    if bounces.imap_security == "none":
        return imaplib.IMAP4(host, port, timeout=patience)
    return imaplib.IMAP4_SSL(host, port, ssl_context=ssl.create_default_context(), timeout=patience)


def _login_secrets(bounces: BounceSettings) -> tuple[str, ...]:
    """What a server was told to log in: it may say it back, and its words are shown and kept."""
    return tuple(secret_forms(bounces.imap_password.get_secret_value(), bounces.imap_username))


def _log_in(server: imaplib.IMAP4, bounces: BounceSettings, token: str) -> None:
    user, password = bounces.imap_username, bounces.imap_password.get_secret_value()
    where, fix = f"{bounces.imap_host}:{bounces.imap_port}", "Correct bounces.imap_username and bounces.imap_password."
    try:
        if token:
            fix = (
                "A token was given, and it is not taken for bounces.imap_username: see docs/mail.md, and who signed in."
            )
            _log_in_by_token(server, user, token, where)
        elif "AUTH=PLAIN" in server.capabilities:  # any letters may stand in a password there (RFC 4616)
            server.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())
        else:
            server.login(_quote_string(user), password)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, UnicodeEncodeError) as e:
        secrets = (*_login_secrets(bounces), *token_forms(user, token))
        why = "" if isinstance(e, UnicodeEncodeError) else f" ({redact_reply(redact(_answer_text(e.args), secrets))})"
        raise MailRefused("the mail server refused the log-in", f"{where}{why}", fix) from e


def _log_in_by_token(server: imaplib.IMAP4, user: str, token: str, where: str) -> None:
    if f"AUTH={MECHANISM}" not in server.capabilities:
        raise MailUnavailable("the mailbox cannot be read", f"{where} offers no {MECHANISM}", "See bounces.imap_auth.")
    # Refused, it says why in a challenge first, which wants an empty answer
    server.authenticate(MECHANISM, lambda challenge: b"" if challenge else xoauth2(user, token).encode())


def _quote_string(name: str) -> str:
    """A name as IMAP's quoted string (RFC 3501 §4.3)."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _unquote_string(quoted: bytes) -> str:
    return re.sub(r"\\(.)", r"\1", quoted.decode("ascii", "replace"))


def _to_number(told: object) -> int:
    return int(told) if isinstance(told, bytes) and told.isdigit() else 0


def _answer_text(answer: object) -> str:
    said = answer[0] if isinstance(answer, list | tuple) and answer else answer
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said or "")
    return one_line(text)
