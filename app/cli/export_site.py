"""Command export-site: the static export of the issue archive."""

from pathlib import Path

import click

from app.cli.cli_context import CliContext, dry_run_option, json_option, print_json
from app.cli.terminal_output import progress_bar
from core.sizes import byte_size


@click.command("export-site")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@dry_run_option
@json_option
@click.pass_obj
def export_site(context: CliContext, folder: Path, dry: bool, json_: bool) -> None:
    """Write the archive into a folder. Issues, reviews, topics and feeds, to open without a server.

    The folder must be empty, or hold an earlier export, which is replaced. It is written whole or not at all.

    Example: casereviews export-site archive
    """
    from app.runtime.side_effects import system_effects
    from app.web import site_export

    site_export.check_target_folder(folder.absolute())
    if dry:
        return click.echo(f"Would write the archive into {folder}")
    with progress_bar("Files written") as show:
        result = site_export.write_site(
            system_effects(), context.settings, context.db, folder, lambda files, known: show(files)
        )
    if json_:
        return print_json({"folder": str(result.folder), "files": result.files, "bytes": result.bytes})
    return click.echo(
        f"Wrote {result.files:,} files, {byte_size(result.bytes, 'MB')}, into {result.folder}. Open index.html there."
    )
