"""What a log may show: no address in full, no reader's token, no secret; pure."""

import re
from collections.abc import Iterable, Iterator

from pydantic import BaseModel, SecretStr

from core.address_patterns import AT, IN_LOG
from core.hiding import HIDDEN, SHORTEST, forms_of
from core.settings import Settings
from core.subscribers import masked

TOKEN = re.compile(  # whoever has it is the reader
    r"((?:/|%2f)(?:confirm|unsubscribe|preferences)(?:/|%2f)+|\btoken=)[^\s/?#&\"'<>]+", re.I
)


def discreet(text: str, secrets: Iterable[str] = ()) -> str:
    """A text without what nobody is to read in it; `secrets`: further words that are hidden."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    text = TOKEN.sub(r"\1…", text)
    if AT.search(text):
        text = IN_LOG.sub(lambda found: masked(f"{found[1]}@{found[2]}"), text)
    return text


def on_one_line(text: str) -> str:
    """A text that cannot pass for two lines of the log, nor command a terminal."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """The secrets of a configuration in every form that a message may hold them, the longest first."""
    forms = {form for secret in _secrets(settings) for form in forms_of(secret)}
    mail, box = settings.mail, settings.bounces
    for user, password in ((mail.username, mail.password), (box.imap_username, box.imap_password)):
        forms.update(forms_of(password.get_secret_value(), user))
    return tuple(sorted((form for form in forms if len(form) >= SHORTEST), key=len, reverse=True))


def _secrets(part: BaseModel) -> Iterator[str]:
    for name in type(part).model_fields:
        value = getattr(part, name)
        if isinstance(value, SecretStr):
            yield value.get_secret_value()
        elif isinstance(value, BaseModel):
            yield from _secrets(value)
