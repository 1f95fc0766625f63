"""Command sources try: how an unknown page can be read, and its table for the configuration."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.cli_context import CliContext, dry_run_option, json_option, print_json

if TYPE_CHECKING:
    from core.config.schema import Source
    from core.json_types import SourceTrialJson
    from scraper.discovery import Candidate
    from services.collect.try_source import SourceTrial

MAX_ROWS = 20  # entries that are shown
MAX_LEFTOVERS = 5


@click.command("try")
@click.argument("url")
@click.option("--name", default="", help="What the source is to be called; else after its host.")
@click.option(
    "--set", "options", multiple=True, metavar="KEY=VALUE", help="Set a key of its table yourself: item='main li'."
)
@click.option(
    "--from-file",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Read this saved page instead of the address.",
)
@click.option("--yes", "--write", "yes", is_flag=True, help="Add it to the configuration without asking.")
@dry_run_option
@json_option
@click.pass_obj
def try_page(
    context: CliContext,
    url: str,
    name: str,
    options: tuple[str, ...],
    file: Path | None,
    yes: bool,
    dry: bool,
    json_: bool,
) -> None:
    """Find out how a page can be read. By its feed, its WordPress interface, or what is repeated on it.

    Shows what would be read and the table for casereviews.toml; nothing is written until you say so. Then that page is
    kept too, with what was read from it: casereviews sources replay compares.

    Example: casereviews sources try https://www.example.org/case-reviews
    """
    trial = _try(context, _known_source(context, url, name, options), file)
    best = trial.candidates[0] if trial.candidates else None
    if json_:
        print_json(_trial_json(trial))
    elif best:
        _show(best, trial)
    if best is None:
        from core.errors import PageError

        fix = "Name its entries yourself: --set item='main li' (docs/add-a-partnership.md)."
        raise PageError("nothing on it looks like a list of reviews", "; ".join([url, *trial.failures]), fix)
    ask = f"Add it to {context.file or 'casereviews.toml'}?"
    if dry:
        return
    if yes or (not json_ and sys.stdin.isatty() and click.confirm(ask, err=True)):
        _write(context, best)
    elif not json_:
        click.echo("Nothing was written; to add it, type it again with --yes.", err=True)


def _known_source(context: CliContext, url: str, name: str, options: tuple[str, ...]) -> "Source":
    """The source's table as far as it was typed. Fails with a usage error where a key or value is none."""
    from core.config.schema import Source
    from core.config.value_forms import FormError
    from scraper.site_addresses import source_name

    address = url if "://" in url else f"https://{url}"
    taken = frozenset(source.name for source in context.settings.sources)
    if name in taken:
        raise click.BadParameter(f"there is a source called {name} already.", param_hint="--name")
    pairs = dict(option.partition("=")[::2] for option in options)
    if not pairs.keys() <= Source.KEYS.keys() - {"name", "url"}:
        raise click.BadParameter(f"KEY is one of: {', '.join(Source.KEYS)}.", param_hint="--set")
    try:
        return Source.read({**pairs, "url": address, "name": name or source_name(address, taken)})
    except FormError as e:
        path, value, why = e.faults[0]
        raise click.UsageError(f"{'.'.join(map(str, path))} = {value!r}: {why}.") from e


def _try(context: CliContext, known: "Source", file: Path | None) -> "SourceTrial":
    from app.runtime.side_effects import system_effects
    from core.records import Page
    from scraper.fetch import Fetcher
    from services.collect.fetch_policy import fetch_rules
    from services.collect.try_source import try_source

    effects = system_effects()
    page = Page(known.url, known.url, 200, (), file.read_bytes(), effects.now()) if file else None
    rules = fetch_rules(context.settings)
    with Fetcher(rules, now=effects.now, clock=effects.clock, sleep=effects.sleep) as fetcher:
        return try_source(fetcher, known, page)


def _show(best: "Candidate", trial: "SourceTrial") -> None:
    """What would be read, a line an entry, and the table."""
    from core.folding import one_line
    from services.collect.add_source import format_table
    from services.collect.try_source import describe_candidate, describe_doubts

    reading = best.reading
    click.echo(f"{best.source.url}\n{describe_candidate(best)}\n")
    for number, review in enumerate(reading.reviews[:MAX_ROWS], 1):
        when = f"{review.year or ''}{f'-{review.month:02}' if review.month else ''}"
        links = ", ".join(link.url.rstrip("/").rpartition("/")[2] for link in review.links)
        click.echo(f"{number:>3}. {when or '-':7} {one_line(review.name)[:80]}  [{one_line(links)[:60]}]")
    if len(reading.reviews) > MAX_ROWS:
        click.echo(f"     and {len(reading.reviews) - MAX_ROWS} more; all of them: --json")
    for leftover in reading.leftovers[:MAX_LEFTOVERS]:
        click.echo(f"     not read: {one_line(leftover.words)[:80]!r}, {leftover.why}")
    for other in trial.candidates[1:4]:
        if other.source.kind != best.source.kind:
            click.echo(f"     also: {describe_candidate(other)}, {other.source.url}")
    for failure in trial.failures:
        click.echo(f"     asked in vain: {one_line(failure)}", err=True)
    click.echo(f"\n{format_table(best.source)}")
    for doubt in describe_doubts(best):
        click.echo(doubt, err=True)


def _trial_json(trial: "SourceTrial") -> "SourceTrialJson":
    from core.json_views import review_json
    from services.collect.add_source import format_table

    best, *others = trial.candidates or (None,)
    reading = best.reading if best else None
    return {
        "url": trial.url,
        "kind": best.source.kind if best else None,
        "table": format_table(best.source) if best else None,
        "lists_none": bool(reading and reading.lists_none),
        "reviews": [review_json(review) for review in (reading.reviews if reading else ())],
        "leftovers": [{"words": one.words, "why": one.why} for one in (reading.leftovers if reading else ())],
        "others": [
            {"kind": one.source.kind, "url": one.source.url, "reviews": len(one.reading.reviews)}
            for one in others
            if one
        ],
        "failures": list(trial.failures),
    }


def _write(context: CliContext, best: "Candidate") -> None:
    """Add the table to the configuration, and keep the page."""
    from core.errors import SettingsError
    from services.collect.add_source import append_source
    from services.collect.source_example import keep_example

    if context.file is None:
        raise SettingsError("there is no configuration file", "casereviews.toml", "Write one with: casereviews init")
    append_source(context.file, best.source)
    folder = keep_example(context.settings.data_dir, best.source, best.page, best.reading)
    click.echo(
        f"added to {context.file}; the page is kept in {folder}. Next: casereviews scrape {best.source.name}", err=True
    )
