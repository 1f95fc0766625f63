"""Redaction of a log text: no address in full, no subscriber token, no secret; pure."""

import re
from collections.abc import Iterable, Iterator

from pydantic import BaseModel, SecretStr

from core.address_patterns import AT, IN_LOG
from core.config.schema import Settings
from core.redact_secrets import MIN_SECRET_CHARS, REDACTION_MARK, secret_forms
from core.subscriber_rules import mask_address

TOKEN_PATTERN = re.compile(  # whoever has it is the reader
    r"((?:/|%2f)(?:confirm|unsubscribe|preferences)(?:/|%2f)+|\btoken=)[^\s/?#&\"'<>]+", re.I
)


def redact_text(text: str, secrets: Iterable[str] = ()) -> str:
    """A text without what nobody is to read in it; `secrets`: further words that are hidden."""
    for secret in secrets:
        text = text.replace(secret, REDACTION_MARK)
    text = TOKEN_PATTERN.sub(r"\1…", text)
    if AT.search(text):
        text = IN_LOG.sub(lambda found: mask_address(f"{found[1]}@{found[2]}"), text)
    return text


def escape_controls(text: str) -> str:
    """A text that cannot pass for two lines of the log, nor command a terminal."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def settings_secrets(settings: Settings) -> tuple[str, ...]:
    """The secrets of a configuration in every form that a message may hold them, the longest first."""
    forms = {form for secret in _secret_values(settings) for form in secret_forms(secret)}
    mail, box = settings.mail, settings.bounces
    for user, password in ((mail.username, mail.password), (box.imap_username, box.imap_password)):
        forms.update(secret_forms(password.get_secret_value(), user))
    return tuple(sorted((form for form in forms if len(form) >= MIN_SECRET_CHARS), key=len, reverse=True))


def _secret_values(part: BaseModel) -> Iterator[str]:
    for name in type(part).model_fields:
        value = getattr(part, name)
        if isinstance(value, SecretStr):
            yield value.get_secret_value()
        elif isinstance(value, BaseModel):
            yield from _secret_values(value)
