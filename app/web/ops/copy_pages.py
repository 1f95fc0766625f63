"""Copy pages: a backup to be downloaded, the archive as files to be downloaded or in its folder."""

import shutil
from pathlib import Path
from threading import Event

from flask import abort, request, url_for
from werkzeug.wrappers import Response as Answer

from app.web.context import context
from app.web.ops import ops_phrases
from app.web.ops.audit_writer import set_action
from app.web.ops.background_work import BackgroundWork, ProgressMeter, WorkFile, WorkFunction
from app.web.ops.desk import blueprint, render_page
from app.web.ops.progress_page import start_work
from app.web.site_export import SiteExport, write_site
from core.dates import day_name, local_date
from core.errors import HouseError
from core.sizes import byte_size
from db.schema.connect import Database
from services.operator.backup import latest_backup
from services.operator.downloads import delete_old_attempts, make_backup_download, pack_folder, prepare_folder

MEGABYTE = 1_000_000  # bytes
COPIED_TABLES = {"reviews": "review", "issues": "issue", "subscribers": "subscriber", "deliveries": "delivery"}


@blueprint.get("/copies")
def copies() -> str:
    """What can be taken away, what it holds, and when the last daily copy was made."""
    settings = context().settings
    daily = latest_backup(settings.backups)
    return render_page(
        "copies.html",
        "Copies to keep elsewhere",
        size=byte_size(settings.database.stat().st_size),
        daily=f"{day_name(daily.day)}, {byte_size(daily.size)}" if daily else "",
        folder=str(_export_folder() or ""),
    )


def _export_folder() -> Path | None:
    """The folder that the archive may be written into from here; one that is relative is beside the data."""
    settings = context().settings
    return settings.data_dir.parent / settings.web.export_folder if settings.web.export_folder else None


def _stop_when_asked(stop: Event) -> None:
    """Raises HouseError: nothing of a copy is kept that was stopped."""
    if stop.is_set():
        raise HouseError("it was stopped", "nothing of the copy was kept")


@blueprint.post("/copies/backup")
def make_copy() -> Answer:
    """Make a copy of the database, read it back, and offer it."""
    effects, settings = context().effects, context().settings

    def job(work: BackgroundWork, db: Database, stop: Event) -> None:
        meter = ProgressMeter(work, effects.clock, "MB", "MB")

        def progress(done: int, total: int) -> None:
            _stop_when_asked(stop)
            meter.show(done // MEGABYTE, max(1, total // MEGABYTE), "Copying")

        copy = make_backup_download(effects, settings, progress)
        rows = ", ".join(ops_phrases.format_count(copy.rows[name], one, name) for name, one in COPIED_TABLES.items())
        work.add_line(f"The copy was made and read back well: {rows}.")
        work.add_line("It can be downloaded once, and is then deleted here; if nobody does, within a day.")
        moment = effects.now().astimezone(settings.zone)
        words = f"Download it ({byte_size(copy.bytes)})"
        work.file = WorkFile(copy.file, f"casereviews-{moment:%Y-%m-%dT%H%M}.db", words)

    return _start("backup", "Copy the database", "made a copy of the database to download", job)


@blueprint.post("/copies/site")
def make_site() -> Answer:
    """Write the archive as files: into its folder, or into one file that is offered."""
    effects, settings = context().effects, context().settings
    target = _export_folder() if request.form.get("into") == "folder" else None
    if target is None and request.form.get("into") == "folder":
        abort(400)

    def write(work: BackgroundWork, db: Database, stop: Event) -> None:
        def progress(done: int, known: int) -> None:
            _stop_when_asked(stop)
            meter.show(done, known, "Writing pages")

        meter = ProgressMeter(work, effects.clock, "file", least=True)
        name = f"casereviews-archive-{local_date(effects.now(), settings.zone)}"
        with effects.lock(settings.data_dir, "download"):
            if target:
                delete_old_attempts(target, effects.now())
                made = write_site(effects, settings, db, target, progress)
                work.add_line(f"{_describe_export(made)} in {made.folder}.")
                return
            folder = prepare_folder(settings, effects.now()) / effects.token()
            try:
                made = write_site(effects, settings, db, folder, progress)
                file = folder.with_suffix(".zip")
                meter = ProgressMeter(work, effects.clock, "file")
                size = pack_folder(folder, file, name, lambda done, total: meter.show(done, total, "Packing"))
            finally:
                shutil.rmtree(folder, ignore_errors=True)
        work.add_line(f"{_describe_export(made)}. Open index.html in it: no server is needed.")
        work.file = WorkFile(file, f"{name}.zip", f"Download it ({byte_size(size)})")

    where = "into its folder" if target else "to download"
    return _start("export", f"Write the archive {where}", f"wrote the archive {where}", write)


def _describe_export(made: SiteExport) -> str:
    changes = f" ({made.written:,} written, {made.removed:,} removed)" if made.unchanged or made.removed else ""
    return f"{ops_phrases.format_count(made.files, 'file')}, {byte_size(made.bytes)}{changes}"


def _start(kind: str, title: str, audit_words: str, job: WorkFunction) -> Answer:
    back = (url_for("ops.copies"), "Back to the copies")
    answer, fresh = start_work(kind, title, back, job, audit_words, can_stop=True)
    if not fresh:
        set_action(f"{title}: asked while that was being done")
    return answer
