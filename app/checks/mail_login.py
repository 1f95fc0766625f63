"""Checks of mail log-ins: what known providers want, tokens (OAuth), who has signed in."""

from collections.abc import Iterator

from app.checks.finding import Finding, ok, warning
from core.config.schema import Settings
from core.provider_logins import ProviderLogin, find_provider
from newsletter.mail.transport import read_routing
from newsletter.oauth.mail_token import token_sources
from newsletter.oauth.oauth_client import configured_client


def check_tokens(settings: Settings) -> Iterator[Finding]:
    """A line for each mailbox that is logged in to with a token. Raises SettingsError, StoreError."""
    for source in token_sources(settings):
        client = configured_client(source.oauth)
        words = f"{source.username}: from {client.where}, {client.grant}"
        if client.is_unattended or source.has_token():
            yield ok("OAuth", words)
        else:
            yield warning("OAuth", f"{words}; nobody has signed in", "Sign in: casereviews mail authorise")


def check_providers(settings: Settings) -> Iterator[Finding]:
    """How each mail server's provider wants to be logged in to, where it is a known one; no line for any other."""
    mail, box = settings.mail, settings.bounces
    servers: list[tuple[str, str, bool]] = []
    if read_routing(mail).reach != "nobody":
        for relay, of in ((one, one.mail) for one in mail.relay_list):
            key = f"auth of mail.relays, {relay.name}," if relay.name else "mail.auth"
            servers.append((of.host, key, of.auth == "oauth"))
    if box.imap_host:
        servers.append((box.imap_host, "bounces.imap_auth", box.imap_auth == "oauth"))
    for host, key, by_token in servers:
        if provider := find_provider(host):
            yield _judge_login(provider, host, key, by_token)


def _judge_login(provider: ProviderLogin, host: str, key: str, by_token: bool) -> Finding:
    who = f"{provider.name} ({host})"
    if by_token and provider.oauth:
        return ok("provider", f"{who}: OAuth, as it should be")
    if by_token:
        return warning("provider", f"{who} gives no tokens for mail: {provider.way}", f'Set {key} to "password".')
    if provider.password in ("no", "ending"):
        fix = f'Set {key} to "oauth", and oauth.provider to "{provider.oauth}": docs/mail.md has the steps.'
        return warning("provider", f"{who}: {provider.way}", fix)
    return ok("provider", f"{who}: {provider.way}")
