"""The only module that speaks SMTP."""

import smtplib
import ssl
from email.utils import parseaddr
from pathlib import Path

from core.errors import HouseError
from core.settings import Mail

TIMEOUT = 30.0  # seconds for one answer of the mail server


def to_outbox(folder: Path, name: str, raw: bytes) -> Path:
    """Write a message as a file, whole or not at all; nothing is sent."""
    folder.mkdir(parents=True, exist_ok=True)
    file, aside = folder / f"{name}.eml", folder / f".{name}.part"
    aside.write_bytes(raw)
    return aside.replace(file)


def to_server(mail: Mail, raw: bytes, to: str) -> None:
    """Hand one message to the mail server over a verified connection. Raises HouseError."""
    context = ssl.create_default_context()
    try:
        with _connection(mail, context) as server:
            if mail.security == "starttls":
                server.starttls(context=context)
            if mail.username:
                server.login(mail.username, mail.password.get_secret_value())
            server.sendmail(parseaddr(mail.sender)[1], [parseaddr(to)[1]], raw)
    except (smtplib.SMTPException, OSError) as e:
        why = " ".join(str(e).split())
        raise HouseError("the mail server did not take it", f"{mail.host}:{mail.port} ({why})", "See [mail].") from e


def _connection(mail: Mail, context: ssl.SSLContext) -> smtplib.SMTP:
    if mail.security == "tls":
        return smtplib.SMTP_SSL(mail.host, mail.port, timeout=TIMEOUT, context=context)
    return smtplib.SMTP(mail.host, mail.port, timeout=TIMEOUT)
