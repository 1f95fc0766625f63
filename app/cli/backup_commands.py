"""Commands backup, restore, issue settle: copies of the database."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.cli_context import CliContext, PeriodParam, dry_run_option, json_option, print_json
from app.cli.terminal_output import progress_bar
from core.plurals import plural

if TYPE_CHECKING:
    from core.json_types import MergeJson, RestoreJson
    from db.files.restore_merge import MergeReport
    from services.operator.restore import RestoreResult

PATH_TYPE = click.Path(path_type=Path)
ROW_NOUNS = {"reviews": "review", "issues": "issue", "subscribers": "subscriber", "deliveries": "delivery"}


@click.command()
@click.argument("file", type=PATH_TYPE)
@click.option("--replace", is_flag=True, help="Take the place of a file that is there already.")
@dry_run_option
@json_option
@click.pass_obj
def backup(context: CliContext, file: Path, replace: bool, dry: bool, json_: bool) -> None:
    """Copy the database to FILE while anything runs. The copy is read back.

    In a folder the copy is named by the time; in that of the daily copies, data/backups, it is the day's. It holds
    readers' addresses and the keys: keep it as safe as the database. The pages that were read and the outbox are not
    in it.

    Example: casereviews backup /mnt/safe
    """
    from app.runtime.side_effects import system_effects
    from services.operator.backup import make_backup

    _ = context.db  # it is there, and up to date
    effects = system_effects()
    began = effects.clock()
    with progress_bar("Bytes copied") as show:
        copy = make_backup(effects, context.settings, file, replace, dry, show)
    seconds = round(effects.clock() - began, 2)
    if json_:
        facts = {"file": str(copy.file), "bytes": copy.bytes, "rows": dict(copy.rows), "seconds": seconds}
        return print_json(facts | {"dry_run": dry})
    if dry:
        return click.echo(f"Would copy {copy.bytes:,} bytes to {copy.file}")
    return click.echo(
        f"{copy.file}: {copy.bytes:,} bytes, {_describe_rows(copy.rows)}; read back well, {seconds:.1f} seconds"
    )


def _describe_rows(rows: Any) -> str:
    return ", ".join(plural(rows[name], one, name, thousands=",") for name, one in ROW_NOUNS.items() if name in rows)


@click.command()
@click.argument("file", type=PATH_TYPE)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--only-joined", is_flag=True, help="Bring only the readers whom FILE has and the database lacks.")
@dry_run_option
@json_option
@click.pass_obj
def restore(context: CliContext, file: Path, yes: bool, only_joined: bool, dry: bool, json_: bool) -> None:
    """Put the backup FILE in the place of the database. That is kept beside it.

    Nothing else may run meanwhile: stop serve and the timer first. A damaged file, one that is not ours and one of a
    newer version change nothing. What was sent since the backup is not sent again, and who left since stays away: that
    is taken over from the old database. Where it cannot be read, you are asked what went out. Who joined since can be
    brought afterwards, with --only-joined and the old database.

    Example: casereviews restore data/backups/casereviews-2026-11-24.db
    """
    from app.runtime.side_effects import system_effects
    from services.operator.restore import restore_backup

    if only_joined:
        return _bring_joined(context, file, dry, json_)
    settings = context.settings
    ask = sys.stdin.isatty() and not (yes or dry) and settings.database.exists()
    if ask and not click.confirm(f"Put {file} in the place of {settings.database}?", err=True):
        raise click.ClickException("nothing was restored.")
    result = restore_backup(system_effects(), settings, file, dry)
    if json_:
        return print_json(_restore_json(result, dry))
    for line in _describe_restore(context, result, dry):
        click.echo(line)
    if result.undecided:
        click.echo(f"Next: casereviews {'restore' if dry else 'status'}{f' {file}' if dry else ''}", err=True)
    return None


def _bring_joined(context: CliContext, file: Path, dry: bool, json_: bool) -> None:
    from app.runtime.side_effects import system_effects
    from services.operator.restore import bring_joined

    count = bring_joined(system_effects(), context.settings, context.db, file, dry)
    if json_:
        return print_json({"file": str(file), "joined": count, "dry_run": dry})
    return click.echo(f"{'Would bring' if dry else 'Brought'} {plural(count, 'reader', thousands=',')} from {file}")


def _restore_json(result: "RestoreResult", dry: bool) -> "RestoreJson":
    from core.dates import iso_utc_or_none

    merge = result.taken
    return {
        "file": str(result.file),
        "made_at": iso_utc_or_none(result.made_at),
        "rows": dict(result.rows),
        "migrated": list(result.migrated),
        "kept": str(result.kept) if result.kept else None,
        "taken_over": None if merge is None or merge.why else _merge_json(merge),
        "journal": {"left": result.forgotten.readers, "messages": result.forgotten.messages},
        "undecided": list(result.undecided),
        "dry_run": dry,
    }


def _merge_json(merge: "MergeReport") -> "MergeJson":
    return {
        "issues": list(merge.issues),
        "receipts": merge.receipts,
        "left": merge.left,
        "erased": merge.erased,
        "takedowns": merge.takedowns,
        "wishes": merge.wishes,
        "corrections": merge.corrections,
        "audit_lines": merge.audit_lines,
        "joined": merge.joined,
    }


def _describe_restore(context: CliContext, result: "RestoreResult", dry: bool) -> list[str]:
    from app.runtime.side_effects import system_effects
    from core.dates import local_minute
    from services.delivery import machine_guard

    made = f", made on {local_minute(result.made_at, context.settings.zone)}" if result.made_at else ""
    lines = [f"{'Would restore' if dry else 'Restored'} {result.file}{made}: {_describe_rows(result.rows)}"]
    if result.migrated:
        lines.append(f"Brought up to date: {', '.join(result.migrated)}")
    if result.kept:
        lines.append(f"The old database {'would be' if dry else 'is'} kept for 28 days: {result.kept}")
        lines += _describe_merge(result.taken, result.kept)
    if result.forgotten.readers or result.forgotten.messages:
        lines.append(
            f"Taken over from the journal beside it: {plural(result.forgotten.readers, 'reader')} who left, "
            f"{plural(result.forgotten.messages, 'message')} that had gone out"
        )
    for period in result.undecided:
        lines.append(f"Whether the issue of {period} went out since is not known")
    if not dry and machine_guard.is_away(system_effects(), context.settings, context.db):
        lines.append(f"Take care: {machine_guard.describe_away_typed(context.settings, context.db)}")
    if result.undecided:
        lines.append("Decide with casereviews issue settle (it went out), or issue send (it did not): see status")
    return lines


def _describe_merge(merge: "MergeReport | None", kept: Path) -> list[str]:
    if merge is None or merge.why:
        return [f"Nothing was taken over from it: {merge.why if merge else 'it is damaged'}"]
    issues = f"the issues of {', '.join(merge.issues)}" if merge.issues else "no issue"
    counts = (
        plural(merge.receipts, "receipt", thousands=","),
        f"{plural(merge.left, 'reader', thousands=',')} who left or paused",
        f"{merge.erased:,} erased",
        f"{plural(merge.takedowns, 'review', thousands=',')} taken down",
        plural(merge.wishes, "changed wish", "changed wishes", thousands=","),
        plural(merge.corrections, "correction", thousands=","),
        f"{plural(merge.audit_lines, 'line', thousands=',')} of the audit trail",
    )
    lines = [f"Taken over from it: {issues}, {', '.join(counts)}"]
    if merge.joined:
        those = plural(merge.joined, "reader", thousands=",")
        bring = f"casereviews restore {kept} --only-joined"
        lines.append(f"Not taken over: {those} who came since the backup; to bring them: {bring}")
    return lines


@click.command()
@click.argument("period", type=PeriodParam())
@dry_run_option
@click.pass_obj
def settle(context: CliContext, period: str, dry: bool) -> None:
    """Say that an issue went out before a restore. It is not sent again, and its reviews are no news.

    Example: casereviews issue settle 2026-10
    """
    from app.runtime.side_effects import system_effects
    from services.issues.resolve_restored import settle_issue

    count = settle_issue(system_effects(), context.settings, context.db, period, dry)
    unknown = f"; {plural(count, 'delivery is', 'deliveries are', thousands=',')} unknown" if count else ""
    click.echo(f"{period}: {'would be' if dry else 'is'} held as sent{unknown}. Nobody is mailed.")
