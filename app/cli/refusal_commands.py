"""Commands refusals list, label, unlabel: what servers said that nobody has understood yet."""

import click

from app.cli.cli_context import CliContext, dry_run_option, json_option, print_json
from app.cli.terminal_output import print_list
from core.dates import iso_utc
from core.plurals import plural
from core.states import REFUSAL_MEANINGS, RefusalMeaning


@click.group()
def refusals() -> None:
    """What servers said that is not understood. List, label, unlabel.

    Such a refusal counts against no reader.

    Example: casereviews refusals list
    """


@refusals.command("list")
@click.option("--labels", is_flag=True, help="What was said to mean what, instead.")
@json_option
@click.pass_obj
def list_refusals(context: CliContext, labels: bool, json_: bool) -> None:
    """List what was not understood lately. The most frequent first, each with its number.

    Example: casereviews refusals list
    """
    if labels:
        return _list_labels(context, json_)
    from db.mail.unknown_refusals import listing

    kept = listing(context.db)
    if json_:
        return print_json(
            [
                {
                    "id": one.id,
                    "count": one.count,
                    "last": iso_utc(one.last_at),
                    "phrase": one.phrase,
                    "words": one.words,
                }
                for one in kept
            ]
        )
    print_list(
        kept,
        (">Number", ">Times", "Last on", "Words"),
        lambda one: (f"{one.id}", f"{one.count:,}", f"{one.last_at:%Y-%m-%d}", one.words),
        lambda one: f"{one.id:>6}  {plural(one.count, 'time')}, last on {one.last_at:%Y-%m-%d}: {one.words}",
    )
    return click.echo(f"{plural(sum(one.count for one in kept), 'refusal', none='no')} not understood", err=True)


def _list_labels(context: CliContext, json_: bool) -> None:
    from db.mail.refusal_labels import listing

    known = listing(context.db)
    if json_:
        return print_json([{"phrase": one.phrase, "meaning": one.meaning, "at": iso_utc(one.at)} for one in known])
    print_list(
        known,
        ("Means", "Words"),
        lambda one: (one.meaning, one.phrase),
        lambda one: f"{one.meaning:<8}  {one.phrase}",
    )
    return click.echo(plural(len(known), "label", none="no"), err=True)


@refusals.command()
@click.argument("number", type=click.IntRange(1))
@click.argument("meaning", type=click.Choice(REFUSAL_MEANINGS))
@click.option("--words", default="", help="Those of its words that tell; all of them unless given.")
@dry_run_option
@json_option
@click.pass_obj
def label(context: CliContext, number: int, meaning: RefusalMeaning, words: str, dry: bool, json_: bool) -> None:
    """Say what a refusal means. Refusals with the same words are understood from now on.

    NUMBER is that of `refusals list`. MEANING: gone (the mailbox is not there), domain (its domain is not), passing
    (full, or not reachable for now), content (our message is refused for what it is), sender (our server or address
    is), nothing (no refusal at all).

    Example: casereviews refusals label 3 gone --words "has left the building"
    """
    from app.runtime.side_effects import system_effects
    from services.delivery.refusal_labelling import MEANING_PHRASES, label_refusal

    made, explained = label_refusal(context.db, number, meaning, words, system_effects().now(), dry)
    if json_:
        return print_json({"phrase": made.phrase, "meaning": made.meaning, "explained": explained})
    would = "would mean" if dry else "means from now on"
    return click.echo(f'"{made.phrase}" {would}: {MEANING_PHRASES[meaning]}; {plural(explained, "refusal")} explained')


@refusals.command()
@click.argument("words")
@dry_run_option
@json_option
@click.pass_obj
def unlabel(context: CliContext, words: str, dry: bool, json_: bool) -> None:
    """Take a label back. By its words, as `refusals list --labels` shows them.

    Example: casereviews refusals unlabel "has left the building"
    """
    from core.refusal_labels import refusal_phrase
    from services.delivery.refusal_labelling import remove_label

    label = remove_label(context.db, refusal_phrase(words) or words, dry)
    if json_:
        return print_json({"phrase": label.phrase, "meaning": label.meaning})
    return click.echo(f'"{label.phrase}" {"would no longer be" if dry else "is no longer"} understood by a label')
