"""Checks of the webhooks: libraries, keys, and whether providers can reach them."""

from collections.abc import Iterator
from importlib.util import find_spec

from app.checks.finding import Finding, error_finding, failure, ok, warning
from core.actions import INSTALL_LIBRARY
from core.config.schema import Settings
from core.errors import HouseError


def check_hooks(settings: Settings) -> Iterator[Finding]:
    """A line about [hooks], and one about each thing that is wrong with it."""
    from app.web.hooks import WEBHOOKS
    from app.web.hooks.sendgrid import load_key

    hooks = settings.hooks
    named = [name for name, webhook in WEBHOOKS.items() if webhook.is_set(hooks)]
    if not named:
        if providers := settings.mail.providers:
            words = f"mail.provider is {', '.join(providers)}, and nothing of it is set in [hooks]"
            yield warning("hooks", words, "Set them up as docs/mail.md says: a provider seldom returns mail to us.")
        return
    if hooks.ses_topics and not find_spec("cryptography"):
        yield failure("hooks", "signatures of Amazon need the library cryptography", INSTALL_LIBRARY.command)
    if hooks.generic_secret.get_secret_value() and not find_spec("standardwebhooks"):
        yield failure("hooks", "the generic hook needs the library standardwebhooks", INSTALL_LIBRARY.command)
    if hooks.sendgrid_key:
        try:
            load_key(hooks.sendgrid_key)
        except HouseError as e:
            yield error_finding("hooks", e)
    if not settings.base_url.startswith("https:"):
        yield warning("hooks", "base_url is not https: reports travel in clear", "Serve the pages with https.")
    yield ok("hooks", ", ".join(f"{settings.base_url}/hooks/{name}" for name in named))
