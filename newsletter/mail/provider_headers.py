"""Provider headers: what a message tells the mail provider that takes it, and nobody else, as each wants it told.

A provider that replaces our Message-ID, or does not report it, is given the delivery's token to give back. One that
can be told in a message not to follow readers (opens, clicks) is told so; with the others it is a setting of the
account. Providers take these headers out before they pass a message on.
"""

from collections.abc import Iterable
from typing import assert_never

from core.states import MailProvider

REPORT_KEY = "casereviews"  # of what we send along, as reports give it back
_SENDGRID_OFF = ",\r\n ".join(
    f'"{name}": {{"settings": {{"enable": 0}}}}' for name in ("clicktrack", "opentrack", "subscriptiontrack")
)


def provider_headers(providers: Iterable[MailProvider], token: str = "") -> bytes:
    """The header lines for a message, each ended by CRLF; `token`: of its delivery, where it has one.

    Of several, any of which may be given it, it has them all: each passes over what is the others'.
    """
    return "".join(_header_lines(provider, token) for provider in providers).encode("ascii")


def _header_lines(provider: MailProvider, token: str) -> str:
    match provider:
        case "ses":
            return f"X-SES-MESSAGE-TAGS: {REPORT_KEY}={token}\r\n" if token else ""
        case "postmark":
            return "X-PM-KeepID: true\r\n" + (f"X-PM-Metadata-{REPORT_KEY}: {token}\r\n" if token else "")
        case "mailgun":
            return "X-Mailgun-Track: no\r\n"
        case "sendgrid":  # no token: what is sent along there can never be deleted
            return f'X-SMTPAPI: {{"filters": {{\r\n {_SENDGRID_OFF}}}}}\r\n'
        case "brevo":
            return f"X-Mailin-custom: {token}\r\n" if token else ""
        case never:
            assert_never(never)
