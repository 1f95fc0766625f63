"""casereviews status."""

from typing import TYPE_CHECKING, Any

import click

from app.cli.front import Front, as_json, print_json

if TYPE_CHECKING:
    from collections.abc import Iterator


@click.command()
@as_json
@click.pass_obj
def status(front: Front, json_: bool) -> None:
    """The state in one screen; the first line says whether all is well. Exit 1 when something is not.

    A line of what is not all right begins with an exclamation mark, and ends with what to do.

    Example: casereviews status
    """
    from app.state import state
    from app.world import World

    found = state(front.settings, front.db, World().now())
    if json_:
        print_json(found)
    else:
        for line in _screen(found):
            click.echo(line)
    raise click.exceptions.Exit(0 if found["ok"] else 1)


def _screen(found: dict[str, Any]) -> "Iterator[str]":
    """The lines of the screen, in the order that a person asks."""
    reviews, issue = found["reviews"], found["last_issue"]
    yield found["summary"]
    for source, line in zip(found["sources"], found["health"], strict=False):
        yield _marked(line)
        limits = source["limits"]
        share, whole = f"{limits['fewest']:.0%}", f"{limits['fewest_text']:.0%}"
        yield (
            f"    believed with more than {share} of the reviews it had, {whole} of them whole;"
            f" stale after {limits['stale_days']} days"
        )
    yield f"  {reviews['held']} reviews held, {reviews['waiting']} waiting for an issue"
    yield f"  last issue: {issue['period']} ({issue['status']})" if issue else "  no issue built yet"
    for line in found["health"][len(found["sources"]) :]:
        yield _marked(line)


def _marked(line: dict[str, Any]) -> str:
    return f"{' ' if line['ok'] else '!'} {line['words']}"
