"""Command status: the health report on one screen."""

from typing import TYPE_CHECKING

import click

from app.cli.cli_context import CliContext, json_option, print_json
from core.plurals import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.json_types import HealthLineJson, StatusJson


@click.command()
@json_option
@click.pass_obj
def status(context: CliContext, json_: bool) -> None:
    """The state in one screen. The first line says whether all is well. Exit 1 when something is not.

    A line of what is not all right begins with an exclamation mark, and ends with what to do.

    Example: casereviews status
    """
    from app.runtime.side_effects import system_effects
    from services.operator.status import system_status

    report = system_status(context.settings, context.db, system_effects().now())
    if json_:
        print_json(report)
    else:
        from services.operator.sending_words import SendingWords

        for line in _status_lines(report):
            click.echo(line)
        for line in SendingWords(context.settings.zone).list_lines(report["sending"]):
            click.echo(f"  {line}")
    raise click.exceptions.Exit(0 if report["ok"] else 1)


def _status_lines(report: "StatusJson") -> "Iterator[str]":
    """The lines of the screen, in the order that a person asks."""
    reviews, issue = report["reviews"], report["last_issue"]
    yield report["summary"]
    for source, line in zip(report["sources"], report["health"], strict=False):
        yield _format_health_line(line)
        limits = source["limits"]
        share, text_share = f"{limits['fewest']:.0%}", f"{limits['fewest_text']:.0%}"
        yield (
            f"    believed with more than {share} of the reviews it had, {text_share} of them whole;"
            f" stale after {plural(limits['stale_days'], 'day')}"
        )
    yield f"  {plural(reviews['held'], 'review')} held, {reviews['waiting']} waiting for an issue"
    yield f"  last issue: {issue['period']} ({issue['status']})" if issue else "  no issue built yet"
    for line in report["health"][len(report["sources"]) :]:
        yield _format_health_line(line)


def _format_health_line(line: "HealthLineJson") -> str:
    return f"{' ' if line['ok'] else '!'} {line['words']}"
