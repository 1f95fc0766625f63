"""Command completion: shell completion of commands, options, sources, months."""

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from app.cli.cli_context import CliContext
from core.dates import local_date, period_of

if TYPE_CHECKING:
    from core.config.schema import Settings

COMPLETE_VARIABLE = "_CASEREVIEWS_COMPLETE"  # asks for completions; click looks for it
SHELLS = ("bash", "zsh", "fish")
Completer = Callable[[click.Context, click.Parameter, str], list[str]]


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print what makes a shell complete what you type. Commands, options, sources and months, when you press Tab.

    Readers' addresses are never completed. It is found with the next shell that you open, once it is in place:

    \b
    bash  ~/.local/share/bash-completion/completions/casereviews
          (make that folder first; Debian's package bash-completion reads it)
    zsh   ~/.casereviews.zsh, and in ~/.zshrc, after compinit:
          source ~/.casereviews.zsh
    fish  ~/.config/fish/completions/casereviews.fish

    Example: casereviews completion bash > casereviews.bash
    """
    from click.shell_completion import get_completion_class

    shell_class = get_completion_class(shell)
    assert shell_class is not None
    script = shell_class(ctx.find_root().command, {}, "casereviews", COMPLETE_VARIABLE)
    click.echo(script.source_template % script.source_vars())


def _make_completer(values: Callable[["Settings"], Iterable[str]]) -> Completer:
    """What completes a word with some values. Where anything is amiss there are none, and nothing is said."""

    def complete(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
        parameters, before = ctx.find_root().params, logging.root.manager.disable
        logging.disable(logging.CRITICAL)
        try:
            settings = CliContext(parameters.get("config"), parameters.get("data_dir"), False, False).settings
            return [value for value in values(settings) if value.startswith(incomplete)]
        except Exception:  # nothing is said in the middle of what somebody types
            return []
        finally:
            logging.disable(before)

    return complete


def _issue_periods(settings: "Settings") -> list[str]:
    """The months that have an issue, and those whose issue may be made: last month and this one."""
    from app.runtime.side_effects import system_effects
    from db.read.completion import list_periods

    today = local_date(system_effects().now(), settings.zone)
    recent = [period_of(day) for day in (today, today.replace(day=1) - timedelta(days=1))]
    return sorted({*recent, *list_periods(settings.database)}, reverse=True)


complete_sources = _make_completer(lambda settings: [source.name for source in settings.sources])
complete_periods = _make_completer(_issue_periods)
