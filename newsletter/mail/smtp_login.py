"""SMTP log-in: a connection that is verified (TLS), greeted and logged in, with a password or a token (XOAUTH2)."""

import smtplib
import socket
import ssl
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from core.bounce_rules import redact_reply
from core.config.schema import MailSettings
from core.connection_errors import describe_connection_error
from core.errors import HouseError, MailRefused, MailUnavailable
from core.folding import one_line
from core.redact import redact, secret_forms
from newsletter.oauth.xoauth2 import MECHANISM, token_forms, xoauth2

if TYPE_CHECKING:
    from newsletter.oauth.mail_token import TokenSource

CONNECT_TIMEOUT = 30.0  # seconds, at most, to be let in


class SmtpGreeting(NamedTuple):
    """What a mail server says of itself to somebody who sends nothing."""

    secured: str  # "TLSv1.3"; empty: in clear
    expires: datetime | None  # UTC; of its certificate
    pipelining: bool  # it takes several commands at once (RFC 2920)
    largest: int | None  # bytes of a message (RFC 1870); None: it does not say


def greet_server(mail: MailSettings, tokens: "TokenSource | None" = None) -> SmtpGreeting:
    """Connect, verify, log in and hang up: nothing is sent. Raises as `connect`."""
    server = connect(mail, tokens)
    try:
        with server:
            size = server.esmtp_features.get("size", "")
            return SmtpGreeting(
                *_tls_details(server.sock), server.has_extn("pipelining"), int(size) if size.isdecimal() else None
            )
    except (smtplib.SMTPException, OSError) as e:
        raise _unavailable_error(f"{mail.host}:{mail.port}", e) from e


def connect(mail: MailSettings, tokens: "TokenSource | None" = None) -> smtplib.SMTP:
    """A connection that is verified, greeted and logged in; with a token where `tokens` are.

    Raises MailRefused or MailUnavailable; for a token also SettingsError and StoreError.
    """
    if tokens is None:
        return _connect(mail)
    from newsletter.oauth.mail_token import use_token  # with the clients of token servers

    return use_token(tokens, lambda token: _connect(mail, token))


def printable_text(words: bytes | str) -> str:
    """What a server said, on one line."""
    return one_line(words.decode("utf-8", "replace") if isinstance(words, bytes) else words)


def _tls_details(sock: socket.socket | None) -> tuple[str, datetime | None]:
    if not isinstance(sock, ssl.SSLSocket):
        return "", None
    until = (sock.getpeercert() or {}).get("notAfter")
    seconds = ssl.cert_time_to_seconds(until) if isinstance(until, str) else None
    return sock.version() or "TLS", datetime.fromtimestamp(seconds, UTC) if seconds else None


def _connect(mail: MailSettings, token: str = "") -> smtplib.SMTP:
    where, patience = f"{mail.host}:{mail.port}", min(mail.timeout, CONNECT_TIMEOUT)
    secrets = [*secret_forms(mail.password.get_secret_value(), mail.username)]  # it may say them back to us
    secrets += token_forms(mail.username, token)
    trusted = ssl.create_default_context  # takes its time, so that it is called where TLS is
    own_name = mail.helo_name or None  # None: what this machine calls itself
    try:
        if mail.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(mail.host, mail.port, own_name, timeout=patience, context=trusted())
        else:
            server = smtplib.SMTP(mail.host, mail.port, own_name, timeout=patience)
    except (smtplib.SMTPException, OSError, UnicodeError) as e:  # UnicodeError: a host that no name can be
        raise _unavailable_error(where, e) from e
    try:
        if mail.security == "starttls":
            server.starttls(context=trusted())
        _log_in(server, mail, token)
        server.ehlo_or_helo_if_needed()
    except UnicodeError as e:
        server.close()
        fix = "Use ASCII characters only in mail.username and mail.password."
        raise MailRefused("the mail server cannot be told the log-in", where, fix) from e
    except (smtplib.SMTPException, OSError) as e:
        server.close()
        raise _login_error(mail, e, secrets) from e
    return server


def _log_in(server: smtplib.SMTP, mail: MailSettings, token: str) -> None:
    if not token:
        if mail.username:
            server.login(mail.username, mail.password.get_secret_value())
        return
    server.ehlo_or_helo_if_needed()
    if MECHANISM not in server.esmtp_features.get("auth", "").upper().split():
        raise smtplib.SMTPNotSupportedError(f"no {MECHANISM}")
    # Refused, it says why in a challenge first, which wants an empty answer. The token is never in the line of AUTH,
    # which may have 512 octets only (RFC 4954 §4): Postfix cuts it off at 2048.
    server.auth(
        MECHANISM, lambda challenge=None: "" if challenge else xoauth2(mail.username, token), initial_response_ok=False
    )


def _login_error(mail: MailSettings, error: Exception, secrets: Iterable[str]) -> HouseError:
    where = f"{mail.host}:{mail.port}"
    if isinstance(error, smtplib.SMTPAuthenticationError) and error.smtp_code >= 500:
        words = redact_reply(redact(printable_text(error.smtp_error), secrets))
        fix = "Correct mail.username and mail.password."
        if mail.auth == "oauth":
            fix = "A token was given, and it is not taken for mail.username: see docs/mail.md, and who signed in."
        return MailRefused("the mail server refused the log-in", f"{where} ({error.smtp_code} {words})", fix)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        fix = f"It offers no {'STARTTLS' if mail.security == 'starttls' else 'log-in'}; see mail.security."
        if mail.auth == "oauth" and MECHANISM in str(error):
            fix = f"It offers no {MECHANISM}; see mail.auth."
        down = MailUnavailable("the mail server cannot be used", f"{where} ({printable_text(str(error))})", fix)
        down.is_permanent = True
        return down
    return _unavailable_error(where, error, secrets)


def _unavailable_error(where: str, error: Exception, secrets: Iterable[str] = ()) -> HouseError:
    why = redact_reply(redact(describe_connection_error(error), secrets))
    fix = "See mail.host, mail.port and mail.security; nothing is lost, what waits is sent at the next try."
    if lasting := isinstance(error, ssl.SSLCertVerificationError):
        fix = "Its certificate must be valid for mail.host."
    down = MailUnavailable("the mail server cannot be reached", f"{where} ({why})", fix)
    down.is_permanent = lasting
    return down
