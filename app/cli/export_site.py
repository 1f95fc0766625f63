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
    """Write the archive into a folder. Issues, reviews, topics, feeds and a search, to open without a server.

    The folder must be empty, or hold an earlier export: then only what has changed is written, and what is gone is
    removed. Each file is renamed into its place, so that a web server or `rclone sync` never sees a half one.

    Example: casereviews export-site archive
    """
    from app.runtime.side_effects import system_effects
    from app.web import site_export
    from services.operator.downloads import delete_old_attempts

    site_export.check_target_folder(folder.absolute())
    if dry:
        return click.echo(f"Would write the archive into {folder}")
    effects = system_effects()
    delete_old_attempts(folder.absolute(), effects.now())
    with progress_bar("Files made") as show:
        result = site_export.write_site(effects, context.settings, context.db, folder, lambda files, known: show(files))
    if json_:
        counts = {name: getattr(result, name) for name in ("files", "bytes", "written", "unchanged", "removed")}
        return print_json({"folder": str(result.folder), **counts})
    return click.echo(
        f"{result.files:,} files, {byte_size(result.bytes, 'MB')}, in {result.folder}: {result.written:,} written, "
        f"{result.unchanged:,} unchanged, {result.removed:,} removed. Open index.html there."
    )
