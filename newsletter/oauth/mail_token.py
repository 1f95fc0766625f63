"""Mail token: the access token that a mail server is logged in to with (XOAUTH2), current or had anew."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from core.actions import terminal_action
from core.config.oauth_table import OAuthSettings
from core.config.schema import MailSettings, Settings
from core.errors import MailRefused
from newsletter.oauth.oauth_client import OAuthClient, configured_client
from newsletter.oauth.token_file import open_tokens, read_tokens
from newsletter.oauth.token_server import Token, fetch_token, is_expired, refresh_token

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TokenSource:
    """Where the token of a mailbox comes from: the file of tokens, else the token server."""

    oauth: OAuthSettings
    data_dir: Path
    username: str

    def token(self, refused: str = "", anew: bool = False) -> str:
        """A token that is not over. `refused`: one that a mail server did not take, so that another is had; or `anew`.

        Raises SettingsError, MailRefused when a person must sign in, MailUnavailable, StoreError.
        """
        client = configured_client(self.oauth)
        key = self._key(client)
        with open_tokens(self.data_dir) as tokens:
            known = tokens.get(key)
            if known is None or anew or known["access_token"] == refused or is_expired(known):
                known = self._renew(client, known)
                self._put(tokens, key, known)
        return str(known["access_token"])

    def has_token(self) -> bool:
        """Whether somebody has signed in, or a token was given before. Raises SettingsError, StoreError."""
        return self._key(configured_client(self.oauth)) in read_tokens(self.data_dir)

    def keep(self, token: Token) -> None:
        """Keep a token that a person signed in for. Raises StoreError."""
        with open_tokens(self.data_dir) as tokens:
            self._put(tokens, self._key(configured_client(self.oauth)), token)

    def _key(self, client: OAuthClient) -> str:
        """Whose token it is; another one once the client is another."""
        digest = hashlib.sha256("\n".join((client.id, client.scope, client.token_url)).encode()).hexdigest()
        return f"{self.username} {digest[:16]}"

    def _put(self, tokens: dict[str, Token], key: str, token: Token) -> None:
        for other in [one for one in tokens if one.rpartition(" ")[0] == self.username]:
            del tokens[other]
        tokens[key] = token

    def _renew(self, client: OAuthClient, known: Token | None) -> Token:
        if client.is_unattended:
            return fetch_token(client, self.username)
        if known and known.get("refresh_token"):
            return refresh_token(client, known)
        which = f"{self.username} at {client.where}"
        action = terminal_action("How a mailbox is signed in to", "Sign in: casereviews mail authorise")
        raise MailRefused("nobody has signed in for the mailbox", which, action=action)


def sending_tokens(settings: Settings, relay: MailSettings) -> TokenSource | None:
    """Where the token for sending through a relay comes from; None where a password is used."""
    return _source(settings, relay.username) if relay.auth == "oauth" else None


def bounce_tokens(settings: Settings) -> TokenSource | None:
    """Where the token for the mailbox of bounces comes from; None where a password is used."""
    box = settings.bounces
    return _source(settings, box.imap_username) if box.imap_host and box.imap_auth == "oauth" else None


def token_sources(settings: Settings) -> list[TokenSource]:
    """The mailboxes that are logged in to with a token, each once."""
    sending = (sending_tokens(settings, one.mail) for one in settings.mail.relay_list)
    return list(dict.fromkeys(filter(None, (*sending, bounce_tokens(settings)))))


def use_token(tokens: TokenSource, log_in: Callable[[str], T]) -> T:
    """What `log_in` makes of a token. One that is refused is had anew once: it may have been withdrawn."""
    token = tokens.token()
    try:
        return log_in(token)
    except MailRefused:
        if (other := tokens.token(refused=token)) == token:  # as with a worker, who is given one alone
            raise
        return log_in(other)


def _source(settings: Settings, username: str) -> TokenSource:
    return TokenSource(settings.oauth, settings.data_dir, username)
