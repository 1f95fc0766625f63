"""Command check: prints the findings about configuration, machine, mail, DNS."""

import re
import sys
import tomllib
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.cli_context import CliContext, json_option, print_json
from app.cli.standard_streams import replace_controls, unguarded
from core.states import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.checks.finding import Finding
    from core.config.load import SettingValue

VERDICT_STYLES: dict[Verdict, tuple[str, str]] = {
    "ok": ("ok", "green"),
    "warning": ("warning", "yellow"),
    "failure": ("FAILURE", "red"),
}
VERDICT_WIDTH = 7  # of the longest
ORIGIN_COLUMN = 48  # at which origins stand, behind keys that are not longer


@click.command()
@click.option("--live", is_flag=True, help="Ask others too: DNS, the mail server, the mailbox, the sources, the pages.")
@click.option("--show-config", is_flag=True, help="Print every key with its value and where it comes from.")
@json_option
@click.pass_obj
def check(context: CliContext, live: bool, show_config: bool, json_: bool) -> None:
    """Look whether all is set up rightly. Each line is ok, a warning or a failure, with what to do about it.

    Changes nothing. With --live, name servers are asked for SPF, DKIM and DMARC, the mail server is logged in to
    without sending, and each source is asked whether we may read it. Exit 1 on a failure.

    Example: casereviews check --live
    """
    from core.config.load import read_config

    config = read_config(context.file, {"data_dir": context.data_dir} if context.data_dir else {})
    if show_config:
        from core.config.load import list_settings, require_settings

        require_settings(config)
        _print_config(list_settings(config), json_)
        return
    from app.checks.all_checks import run_live_checks, run_local_checks
    from app.runtime.side_effects import system_effects

    effects, findings = system_effects(), []
    live_findings = run_live_checks(effects, config.settings) if live and config.settings else ()
    for finding in chain(run_local_checks(effects, config, context.file), live_findings):
        findings.append(finding)
        if not json_:
            click.echo(format_finding(finding, effects.plain()), file=unguarded(sys.stdout))
    _print_summary(findings, json_)


def format_finding(finding: "Finding", plain: bool) -> str:
    """A finding as it is printed, as soon as it is known."""
    word, colour = VERDICT_STYLES[finding.verdict]
    verdict = word.ljust(VERDICT_WIDTH) if plain else click.style(word.ljust(VERDICT_WIDTH), fg=colour)
    words = finding.words if finding.words.endswith((".", "?", "!")) or not finding.fix else f"{finding.words}."
    rest = f"  {finding.about}: {words}{f' Fix: {finding.fix}' if finding.fix else ''}"
    return f"{verdict}{replace_controls(rest)}"


def _print_summary(findings: "Sequence[Finding]", json_: bool) -> None:
    from app.checks.finding import finding_json, summarize

    if json_:
        print_json([finding_json(finding) for finding in findings])
    else:
        click.echo(summarize(findings))
    raise click.exceptions.Exit(int(any(finding.verdict == "failure" for finding in findings)))


def _print_config(values: "Sequence[SettingValue]", json_: bool) -> None:
    """Every key in the order of the file that init writes."""
    file = tomllib.loads(Path(__file__).with_name("casereviews.toml").read_text("utf-8"))
    order = list(file)
    keys = sorted(values, key=lambda one: order.index(re.split(r"[.\[]", one.key)[0]))
    if json_:
        print_json({one.key: {"value": one.value, "origin": one.origin} for one in keys})
        return
    width = min(max(len(str(one)) for one in keys), ORIGIN_COLUMN)
    for one in keys:
        click.echo(f"{str(one).ljust(width)}  # {one.origin}")
