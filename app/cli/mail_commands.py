"""Commands mail: log-ins of mail servers that take tokens (OAuth) in place of passwords."""

import click

from app.cli.cli_context import CliContext, dry_run_option


@click.group()
def mail() -> None:
    """Log in where mail is sent and read.

    Example: casereviews mail authorise
    """


@mail.command()
@click.argument("mailbox", required=False)
@dry_run_option
@click.pass_obj
def authorise(context: CliContext, mailbox: str | None, dry: bool) -> None:
    """Sign in once where mail needs a token, no password. At Microsoft, Google or another token server.

    It names an address and a code, or an address to copy back; whoever has the password of MAILBOX signs in there, in
    any browser, on any machine. Without MAILBOX it does so for each that mail.auth and bounces.imap_auth log in to by
    "oauth". Where [oauth] needs nobody to sign in, it tries whether a token is given.

    Example: casereviews mail authorise news@example.org
    """
    from app.runtime.side_effects import system_effects
    from core.errors import SettingsError
    from newsletter.oauth.mail_token import token_sources
    from newsletter.oauth.oauth_client import configured_client
    from services.operator.authorise_mail import authorise as sign_in

    sources = [one for one in token_sources(context.settings) if mailbox in (None, one.username)]
    if not sources:
        fix = 'Set mail.auth or bounces.imap_auth to "oauth", and its user name.'
        raise SettingsError("no mailbox that is logged in to with a token", mailbox or "", fix)
    for source in sources:
        client = configured_client(source.oauth)
        if dry:
            click.echo(f"would get a token for {source.username} from {client.where} ({client.grant})")
            continue
        sign_in(system_effects(), source, lambda words: click.echo(words, err=True), _ask)
        click.echo(f"{source.username}: a token was given. Try it: casereviews check --live")


def _ask(question: str) -> str:
    return str(click.prompt(question, err=True))
