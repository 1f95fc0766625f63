"""IMAP mailbox: reads the messages in the folder for bounces."""

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from core.config.schema import BounceSettings
from core.errors import HouseError, MailRefused, MailUnavailable
from core.folding import one_line
from core.redact import redact, secret_forms

MAX_MESSAGES = 1_000  # messages that one visit reads; the rest is left to the next
CERTIFICATE_FIX = "Its certificate must be valid for bounces.imap_host; no log-in was sent."
RETRY_FIX = "See [bounces]; nothing is lost, what waits is read at the next visit."


class ImapMailbox:
    """A mailbox open for reading, its messages named by UID. Raises MailUnavailable when the server goes away."""

    def __init__(self, server: imaplib.IMAP4, processed: str) -> None:
        self._server = server
        self._processed = _quote_string(processed)
        self._made = False

    def unseen(self) -> list[str]:
        """The messages nobody has read yet, oldest first."""
        lines = [line for line in self._asked("SEARCH", "UNSEEN") if isinstance(line, bytes)]
        return [uid.decode("ascii", "replace") for line in lines for uid in line.split()][:MAX_MESSAGES]

    def read(self, uid: str, most: int) -> bytes:
        """The first bytes of a message, which stays unseen; empty when it has gone meanwhile."""
        answer = self._asked("FETCH", uid, f"(BODY.PEEK[]<0.{most}>)")
        return next((part[1] for part in answer if isinstance(part, tuple)), b"")[:most]

    def mark_seen(self, uid: str) -> None:
        """Mark a message as seen, so that the next visit passes it by."""
        self._asked("STORE", uid, "+FLAGS.SILENT", r"(\Seen)")

    def move_to_processed(self, uid: str) -> None:
        """Mark a message as seen and move it to the folder of the processed (RFC 6851 where the server has it)."""
        self.mark_seen(uid)
        if not self._made:
            with suppress(imaplib.IMAP4.error):
                self._server.create(self._processed)  # it says no where the folder is there already
            self._made = True
        if "MOVE" in self._server.capabilities:
            self._asked("MOVE", uid, self._processed)
            return
        self._asked("COPY", uid, self._processed)
        self._asked("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)")
        if "UIDPLUS" in self._server.capabilities:  # else it would expunge what others have deleted, too
            self._asked("EXPUNGE", uid)

    def _asked(self, command: str, *arguments: str) -> list[object]:
        said, answer = self._server.uid(command, *arguments)
        if said != "OK":
            raise MailUnavailable("the mailbox did not do as asked", f"{command} ({_answer_text(answer)})", RETRY_FIX)
        return list(answer)


@contextmanager
def open_mailbox(bounces: BounceSettings) -> Iterator[ImapMailbox]:
    """Log in and open the folder; the connection is verified, or stays on this machine.

    Raises MailRefused for a log-in that is refused, HouseError for a folder that is not there, MailUnavailable for a
    server that cannot be reached or goes away.
    """
    where = f"{bounces.imap_host}:{bounces.imap_port}"
    try:
        server = _connect(bounces)
        try:
            _log_in(server, bounces, where)
            said, answer = server.select(_quote_string(bounces.imap_folder))
            if said != "OK":
                fix = "Correct bounces.imap_folder."
                raise HouseError("no such mail folder", f"{bounces.imap_folder} ({_answer_text(answer)})", fix)
            yield ImapMailbox(server, bounces.imap_processed)
        finally:
            with suppress(imaplib.IMAP4.error, OSError):
                server.logout()
            with suppress(OSError):
                server.shutdown()  # it is not done where the log-out failed
    except (imaplib.IMAP4.error, OSError) as e:
        said = getattr(e, "verify_message", "") or getattr(e, "strerror", "") or str(e)
        why = redact(" ".join(said.split()), _login_secrets(bounces)) or type(e).__name__
        fix = CERTIFICATE_FIX if isinstance(e, ssl.SSLCertVerificationError) else RETRY_FIX
        raise MailUnavailable("the mailbox cannot be read", f"{where} ({why})", fix) from e


def _connect(bounces: BounceSettings) -> imaplib.IMAP4:
    host, port, patience = bounces.imap_host, bounces.imap_port, bounces.imap_timeout
    if bounces.imap_security == "none":
        return imaplib.IMAP4(host, port, timeout=patience)
    return imaplib.IMAP4_SSL(host, port, ssl_context=ssl.create_default_context(), timeout=patience)


def _login_secrets(bounces: BounceSettings) -> tuple[str, ...]:
    """What a server was told to log in: it may say it back, and its words are shown and kept."""
    return tuple(secret_forms(bounces.imap_password.get_secret_value(), bounces.imap_username))


def _log_in(server: imaplib.IMAP4, bounces: BounceSettings, where: str) -> None:
    user, password = bounces.imap_username, bounces.imap_password.get_secret_value()
    try:
        if "AUTH=PLAIN" in server.capabilities:  # any letters may stand in a password there (RFC 4616)
            server.authenticate("PLAIN", lambda _: f"\0{user}\0{password}".encode())
        else:
            server.login(_quote_string(user), password)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, UnicodeEncodeError) as e:
        why = "" if isinstance(e, UnicodeEncodeError) else f" ({redact(_answer_text(e.args), _login_secrets(bounces))})"
        fix = "Correct bounces.imap_username and bounces.imap_password."
        raise MailRefused("the mail server refused the log-in", f"{where}{why}", fix) from e


def _quote_string(name: str) -> str:
    """A name as IMAP's quoted string (RFC 3501 §4.3)."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _answer_text(answer: object) -> str:
    said = answer[0] if isinstance(answer, list | tuple) and answer else answer
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said or "")
    return one_line(text)
