"""Commands reviews questions, allow, refuse: entries that look like a review that was withdrawn here."""

from typing import TYPE_CHECKING

import click

from app.cli.cli_context import CliContext, dry_run_option, json_option, print_json

if TYPE_CHECKING:
    from core.states import TakedownAnswer


@click.command()
@json_option
@click.pass_obj
def questions(context: CliContext, json_: bool) -> None:
    """List the entries held back. They look like a review that was withdrawn here.

    For each: `reviews allow` reads it as another review, `reviews refuse` leaves it out, `reviews restore`
    undoes the withdrawal.

    Example: casereviews reviews questions
    """
    from db.collection.takedowns import list_questions
    from services.collect.operator_requests import describe_question
    from services.collect.takedown_questions import question_json

    waiting = list_questions(context.db)
    answers = [question_json(context.settings, context.db, question) for question in waiting]
    if json_:
        return print_json(answers)
    for question, known in zip(waiting, answers, strict=True):
        click.echo(f"{question.id:>6}  {describe_question(question)}")
        click.echo(f"        {known['title'] or 'look at the page that was kept, in /ops'}")
        click.echo(f"        another review: casereviews reviews allow {question.id}")
        click.echo(f"        the same one, to stay out: casereviews reviews refuse {question.id}")
        click.echo(f"        the same one, to be shown again: casereviews reviews restore {question.review_id}")
    return click.echo(f"{len(waiting) or 'none'} held back", err=True)


@click.command()
@click.argument("number", type=click.IntRange(1))
@dry_run_option
@json_option
@click.pass_obj
def allow(context: CliContext, number: int, dry: bool, json_: bool) -> None:
    """Say that an entry held back is another review. Not the withdrawn one: the next scrape reads it as new.

    NUMBER is that of `reviews questions`.

    Example: casereviews reviews allow 3
    """
    source = _answer(context, number, "another", dry, json_)
    if source:
        click.echo(f"entry {number} {'would be' if dry else 'is'} another review; casereviews scrape {source} reads it")


@click.command()
@click.argument("number", type=click.IntRange(1))
@dry_run_option
@json_option
@click.pass_obj
def refuse(context: CliContext, number: int, dry: bool, json_: bool) -> None:
    """Say that an entry held back is the withdrawn review. It stays out, and is asked about when its words change.

    NUMBER is that of `reviews questions`.

    Example: casereviews reviews refuse 3
    """
    if _answer(context, number, "same", dry, json_):
        click.echo(f"entry {number} {'would stay' if dry else 'stays'} out")


def _answer(context: CliContext, number: int, what: "TakedownAnswer", dry: bool, json_: bool) -> str:
    """Answer, and print the question as JSON where that is asked for; else its source's name comes back."""
    from services.collect.takedown_questions import answer_question, question_json

    question = answer_question(context.db, number, what, dry)
    if json_:
        print_json(question_json(context.settings, context.db, question))
    return "" if json_ else question.source
