"""Commands reviews list, show, search, export, withdraw, restore: the collection."""

import shlex
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

import click

from app.cli.check_links_command import check_links
from app.cli.cli_context import CliContext, DayParam, dry_run_option, json_option, print_json, print_json_list
from app.cli.completion import complete_sources
from app.cli.takedown_commands import allow, questions, refuse
from app.cli.terminal_output import print_list
from core.dates import DAY_COLUMNS, from_iso, local_day
from core.plurals import plural
from core.states import REVIEW_STATUSES

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from core.records import Review

CSV_COLUMNS = (
    "id key source year month publisher name title summary sections keywords links nation status "
    "first_seen last_seen baseline issue"
).split()


@click.group()
def reviews() -> None:
    """The collection: list, show, search, export.

    Example: casereviews reviews search "safe sleep" --facet nation=England
    """


def _parse_facets(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> list[tuple[str, str]]:
    from db.collection.reviews import FACET_CONDITIONS

    facets = []
    for value in values:
        name, equals, facet_value = value.partition("=")
        if not equals or name not in FACET_CONDITIONS:
            raise click.BadParameter(f"{value!r}; write NAME=VALUE with one of {', '.join(FACET_CONDITIONS)}.")
        facets.append((name, facet_value))
    return facets


for command in (check_links, questions, allow, refuse):
    reviews.add_command(command)
facet_option = click.option(
    "--facet", multiple=True, callback=_parse_facets, metavar="NAME=VALUE", help="Only those with this."
)


@reviews.command("list")
@click.option("--since", type=DayParam(["%Y-%m-%d"]), help="First seen on this day or later.")
@click.option("--source", shell_complete=complete_sources, help="Only from this source.")
@click.option("--status", type=click.Choice(REVIEW_STATUSES), help="Only those that are so.")
@facet_option
@json_option
@click.pass_obj
def list_reviews(
    context: CliContext,
    since: datetime | None,
    source: str | None,
    status: str | None,
    facet: list[tuple[str, str]],
    json_: bool,
) -> None:
    """List reviews, newest first.

    Example: casereviews reviews list --since 2026-10-01
    """
    from core.json_views import review_json
    from db.collection.reviews import listing
    from db.collection.sources import has_baseline

    if source and not has_baseline(context.db, source):  # a former source's reviews are kept
        from services.collect.scrape_sources import select_sources

        select_sources(context.settings, [source])
    day = since.replace(tzinfo=context.settings.zone) if since else None
    conditions = [(name, value) for name, value in (("source", source), ("status", status)) if value]
    matches = listing(context.db, day, [*facet, *conditions])
    if json_:
        return print_json_list(map(review_json, matches))
    count = print_list(
        matches,
        (">Number", ">First seen", "Year", "Title", "State"),
        lambda review: review_cells(review, context.settings.zone),
        lambda review: format_review(review, context.settings.zone),
    )
    return click.echo(plural(count, "review"), err=True)


def review_cells(review: "Review", zone: "ZoneInfo") -> tuple[str, str, str, str, str]:
    """A review's number, the day it was first seen, its year, its title, what else is to know of it."""
    day = local_day(review.first_seen, zone) if review.first_seen else ""
    marks = ", ".join(mark for mark in (review.status if review.status != "current" else "", review.issue) if mark)
    return f"{review.id}", day, f"{review.year or ''}", review.title, marks


def format_review(review: "Review", zone: "ZoneInfo") -> str:
    """A review in a line."""
    number, day, year, title, marks = review_cells(review, zone)
    return f"{number:>6}  {day:>{DAY_COLUMNS}}  {year:>4}  {title}{f'  ({marks})' if marks else ''}"


@reviews.command()
@click.argument("id")
@json_option
@click.pass_obj
def show(context: CliContext, id: str, json_: bool) -> None:
    """Show one review: by its number here, or the catalogue's.

    Example: casereviews reviews show C6021
    """
    from core.json_views import review_json
    from core.section_text import around_items
    from db.collection.review_events import listing as list_events
    from db.collection.reviews import get, list_versions

    review = get(context.db, id)
    if json_:
        return print_json(review_json(review))
    click.echo(f"{review.title}\n")
    if review.taken_down:
        return click.echo(f"Undo it with: casereviews reviews restore {review.id}")
    facts = [str(review.year or ""), review.nation or "", review.kind or "", review.status, review.catalogue]
    click.echo(" · ".join(part for part in facts if part))
    zone = context.settings.zone
    first, last = (local_day(at, zone) if at else "never" for at in (review.first_seen, review.last_seen))
    click.echo(f"First seen {first}, last seen {last}\n")
    click.echo(review.summary)
    for section in review.sections:
        click.echo(f"\n{section.label or 'More'}:")
        before, after = around_items(section)
        click.echo("\n".join(filter(None, [before, *(f"- {item}" for item in section.items), after])))
    if review.keywords:
        click.echo(f"\nKeywords: {', '.join(review.keywords)}")
    for link in review.links:
        click.echo(f"\n{link.text} ({link.state})\n{link.url}")
    for version in list_versions(context.db, review.id):
        fields = ", ".join(change.field for change in version.changes)
        click.echo(f"\nVersion {version.version}, {local_day(version.seen_at, zone)}: {fields} changed")
    for kind, at, words in list_events(context.db, review.id):
        click.echo(f"\n{local_day(from_iso(at), zone)}: {kind}{f' ({words})' if words else ''}")
    return None


@reviews.command()
@click.argument("query")
@facet_option
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Print no more than so many."
)
@json_option
@click.pass_obj
def search(context: CliContext, query: str, facet: list[tuple[str, str]], limit: int, json_: bool) -> None:
    """Search every field of the reviews. By the words typed and other words for the same.

    Quotes hold a phrase together and search these words alone; a star stands for any ending: brui*. "neglect OR abuse"
    finds either, "neglect NOT suicide" leaves out, "2016..2019" is a range of years.

    Example: casereviews reviews search '"safe sleep" suffolk' --facet year=2016
    """
    from core.json_views import review_json
    from core.search_words import also_searched, as_typed, widen
    from db.collection.reviews import search as find
    from db.read.spelling import respell

    matches = find(context.db, query, facet, limit)
    if json_:
        return print_json([review_json(review) | {"extract": extract} for review, extract in matches])
    for review, extract in matches:
        click.echo(f"{format_review(review, context.settings.zone)}\n        {' '.join(extract.split())}")
    click.echo(f"{len(matches)} found", err=True)
    if also := also_searched(query):
        only = shlex.quote(as_typed(query))
        click.echo(
            f"Also searched: {'; '.join(also)}. Only the words typed: casereviews reviews search {only}", err=True
        )
    if not matches:
        for question, other in (("", respell(context.db, query, {})), (" all words beginning so", widen(query))):
            if other and find(context.db, other, facet, limit):
                click.echo(f"Did you mean{question}? casereviews reviews search {shlex.quote(other)}", err=True)
    return None


@reviews.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "json"]),
    default="json",
    show_default=True,
    help="For a spreadsheet, or for a program.",
)
@click.option("--since", type=DayParam(["%Y-%m-%d"]), help="First seen on this day or later.")
@facet_option
@click.pass_obj
def export(context: CliContext, form: str, since: datetime | None, facet: list[tuple[str, str]]) -> None:
    """Print the whole collection, as CSV or JSON. Of each review what may be passed on.

    Example: casereviews reviews export --format csv > reviews.csv
    """
    import csv
    import sys

    from core.csv_cells import escape_formula
    from core.detail import limit_review
    from core.json_views import review_json
    from db.collection.reviews import listing

    day = since.replace(tzinfo=context.settings.zone) if since else None
    rows = (review_json(limit_review(context.settings, review)) for review in listing(context.db, day, facet))
    if form == "json":
        return print_json_list(rows)
    writer = csv.DictWriter(sys.stdout, CSV_COLUMNS, extrasaction="ignore", lineterminator="\r\n")  # RFC 4180
    writer.writeheader()
    for row in rows:
        cells: dict[str, object] = {
            **row,
            "sections": "\n\n".join(f"{s['label']}: {s['text']}" for s in row["sections"]),
            "keywords": ", ".join(row["keywords"]),
            "links": "\n".join(link["url"] for link in row["links"]),
        }
        writer.writerow({name: escape_formula(value) for name, value in cells.items()})
    return None


@reviews.command()
@click.argument("id")
@click.option("--reason", required=True, help="Why, for the record; shown to nobody but the operator.")
@dry_run_option
@json_option
@click.pass_obj
def withdraw(context: CliContext, id: str, reason: str, dry: bool, json_: bool) -> None:
    """Take a review out of everything we publish, at once. It stays out whatever its source lists.

    Issues not yet sent are built anew without it. A sent one keeps a tombstone without content. Messages in the
    outbox that carry it are deleted; what was mailed cannot be called back.

    Example: casereviews reviews withdraw 12 --reason "Court order of 3 November."
    """
    from app.runtime.side_effects import system_effects
    from services.issues.withdraw_review import withdraw_review

    if not reason.strip():
        raise click.BadParameter("say why, for the record.", param_hint="--reason")
    result = withdraw_review(system_effects(), context.settings, context.db, id, reason, dry)
    _print_outcome(result.review, json_, "would be withdrawn" if dry else "withdrawn")
    if result.messages:
        many = f"{plural(result.messages, 'message', thousands=',')} in {context.settings.data_dir / 'outbox'}"
        click.echo(f"{many} that carried it {'would be ' if dry else ''}deleted", err=True)
    _print_unapproved(result.unapproved, dry)
    places = f"the database, the pages it was read from ({context.settings.data_dir / 'pages'}) and backups"
    click.echo(f"Shown nowhere, but kept so that it can be restored: in {places}", err=True)


@reviews.command()
@click.argument("id")
@dry_run_option
@json_option
@click.pass_obj
def restore(context: CliContext, id: str, dry: bool, json_: bool) -> None:
    """Undo a withdrawal of ours.

    Example: casereviews reviews restore 12
    """
    from app.runtime.side_effects import system_effects
    from services.issues.withdraw_review import restore_review

    result = restore_review(system_effects(), context.settings, context.db, id, dry)
    _print_outcome(result.review, json_, "would be restored" if dry else "restored")
    _print_unapproved(result.unapproved, dry)


def _print_unapproved(periods: Iterable[str], dry: bool) -> None:
    for period in periods:
        anew = "would be built anew, and wait" if dry else "is built anew, and waits"
        click.echo(f"{period}: {anew} for approval again: casereviews issue approve {period}", err=True)


def _print_outcome(review: "Review", json_: bool, what: str) -> None:
    from core.json_views import review_json

    if json_:
        return print_json(review_json(review))
    return click.echo(f"review {review.id} {what}")
