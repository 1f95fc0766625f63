"""Secrets of a configuration, in every form that a log line may repeat them."""

from collections.abc import Iterator

from core.config.schema import Settings
from core.config.settings_table import SettingsTable
from core.config.value_forms import SecretStr
from core.redact import MIN_SECRET_CHARS, secret_forms


def settings_secrets(settings: Settings) -> tuple[str, ...]:
    """The secrets of a configuration in every form that a message may hold them, the longest first."""
    forms = {form for secret in _secret_values(settings) for form in secret_forms(secret)}
    forms.update(form for password in settings.cluster.passwords() for form in secret_forms(password))
    box = settings.bounces
    relays = [(relay.mail.username, relay.mail.password) for relay in settings.mail.relay_list]
    for user, password in (*relays, (box.imap_username, box.imap_password)):
        forms.update(secret_forms(password.get_secret_value(), user))
    return tuple(sorted((form for form in forms if len(form) >= MIN_SECRET_CHARS), key=len, reverse=True))


def _secret_values(part: SettingsTable) -> Iterator[str]:
    for name in part.KEYS:
        value = getattr(part, name)
        if isinstance(value, SecretStr):
            yield value.get_secret_value()
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, SettingsTable):
                yield from _secret_values(inner)
