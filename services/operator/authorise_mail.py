"""Sign-in for mail tokens: a person lets us into a mailbox once, by a device code or in a browser."""

from collections.abc import Callable
from typing import assert_never

from core.actions import terminal_action
from core.errors import MailRefused, MailUnavailable
from core.side_effects import SideEffects
from newsletter.oauth.mail_token import TokenSource
from newsletter.oauth.oauth_client import OAuthClient, configured_client
from newsletter.oauth.token_server import Token, finish_browser, poll_device, start_browser, start_device


def authorise(
    effects: SideEffects, source: TokenSource, tell: Callable[[str], None], ask: Callable[[str], str]
) -> None:
    """Have a person sign in for a mailbox, and keep the token. Where nobody need, try whether a token is given.

    `tell` shows a line to the person, `ask` has them answer one. Raises SettingsError, MailRefused, MailUnavailable,
    StoreError.
    """
    client = configured_client(source.oauth)
    match client.grant:
        case "device-code":
            source.keep(_by_device(effects, client, source.username, tell))
        case "authorization-code":
            source.keep(_by_browser(effects, client, source.username, tell, ask))
        case "client-credentials" | "service-account":
            source.token(anew=True)
        case _ as never:
            assert_never(never)


def _by_device(effects: SideEffects, client: OAuthClient, username: str, tell: Callable[[str], None]) -> Token:
    code = start_device(client)
    tell(f"Open {code.address} in any browser, type {code.user_code}, and sign in as {username}.")
    waited, interval = 0.0, code.interval
    while waited < code.expires_in:
        effects.sleep(interval)
        waited += interval
        try:
            answer = poll_device(client, code)
        except MailUnavailable:  # for now: the person may be about to type the code
            answer = interval  # twice as long, as RFC 8628 §3.5 has it
        if isinstance(answer, dict):
            return answer
        interval += answer
    action = terminal_action("How a mailbox is signed in to", "Begin again: casereviews mail authorise")
    raise MailRefused("nobody has typed the code in time", client.where, action=action)


def _by_browser(
    effects: SideEffects, client: OAuthClient, username: str, tell: Callable[[str], None], ask: Callable[[str], str]
) -> Token:
    sign_in = start_browser(client, effects.token(), username)
    tell(f"Open this address in a browser, and sign in as {username}:\n{sign_in.address}")
    tell("At the end the browser shows an error, since nobody listens at http://localhost: that is as it should be.")
    return finish_browser(client, sign_in, ask("The whole address that the browser shows then"))
