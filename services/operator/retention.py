"""Retention: what no longer has to be kept is deleted, once a day; old deliveries become counts."""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.config.schema import Settings
from core.errors import StoreError
from core.lazy_pattern import lazy_pattern
from core.side_effects import SideEffects
from db.collection import pages, runs
from db.files import journal
from db.mail import bounce_holds, delivery_retention, provider_events, unknown_refusals
from db.operator import alerts_sent, audit_trail
from db.schema.connect import Database, optimize, truncate_wal, write_transaction
from db.schema.write_batches import PAUSE
from services.delivery.provider_reports import EVENT_RETENTION
from services.operator.backup import day_in_name
from services.operator.downloads import delete_old_downloads
from services.readers.list_uploads import UPLOAD_RETENTION

REPLACED_NAME_PATTERN = lazy_pattern(r"replaced-(\d{4}-\d\d-\d\d)T\d{6}(?:-\d+)?\.db(-wal|-shm|-journal)?")
BATCH = 10_000  # deliveries, or events: the write lock is held for some tenths of a second
SPARE_COPY_RETENTION = timedelta(days=28)  # as long as core.retention_times.ENDED_RETENTION keeps who left
UNKNOWN_RETENTION = timedelta(days=90)  # what servers wrote that nobody understood: three issues' time
RECORD_RETENTION = timedelta(days=400)  # 13 months: the same month of last year can still be looked up


def delete_old_files(settings: Settings, now: datetime) -> tuple[int, int]:
    """Delete what was kept for long enough: messages in the outbox; spare copies of the database. How many of each.

    Raises StoreError when one could not be deleted.
    """
    try:
        days = settings.mail.outbox_days
        messages = _delete_older_files(settings.data_dir / "outbox", now - timedelta(days=days)) if days else 0
        copies = sum(_delete_older(file, now - SPARE_COPY_RETENTION) for file in _list_spare_copies(settings))
        delete_old_downloads(settings, now)
        journal.delete_before(settings.data_dir, now - RECORD_RETENTION)
        _delete_older_files(settings.data_dir / "imports", now - UPLOAD_RETENTION)
    except OSError as e:
        raise StoreError("an old file could not be deleted", f"{e.filename}: {e.strerror}", "Delete it by hand.") from e
    return messages, copies


def _list_spare_copies(settings: Settings) -> list[Path]:
    """Copies made before migrations, replaced databases, and what killed copying has left."""
    data, folders = settings.data_dir, {settings.data_dir / "backups", settings.backups}
    copies = [file for file in data.glob("replaced-*") if day_in_name(REPLACED_NAME_PATTERN, file)]
    copies += (data / "backups").glob("before-*.db")
    return copies + [file for folder in folders for file in folder.glob(".*.part*")]


def _delete_older(file: Path, before: datetime) -> bool:
    """Delete a file that is there since before then; whether it was. One that another process moves meanwhile stays.

    A replaced database's own time is that of its last change.
    """
    with suppress(FileNotFoundError):
        day = day_in_name(REPLACED_NAME_PATTERN, file)
        since = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        if (datetime(day.year, day.month, day.day, tzinfo=UTC) if day else since) < before:
            file.unlink()
            return True
    return False


def _delete_older_files(folder: Path, before: datetime) -> int:
    """Delete the files changed last before then, and the folders this leaves empty; how many files."""
    count = 0
    for place, _, names in os.walk(folder, topdown=False):
        old = sum(_delete_older(Path(place, name), before) for name in names)
        if old and Path(place) != folder:
            with suppress(OSError):  # it holds others
                Path(place).rmdir()
        count += old
    return count


@dataclass(frozen=True, slots=True)
class RetentionResult:
    """How much was deleted of what."""

    deliveries: int = 0
    runs: int = 0
    pages: int = 0
    audit_lines: int = 0
    alerts: int = 0
    refusals: int = 0


def delete_old_records(effects: SideEffects, settings: Settings, db: Database, now: datetime) -> RetentionResult:
    """Delete deliveries of old issues but their counts, and old runs, pages, audit lines, alerts, refusals.

    Whoever calls holds the lock of the sources: a page that is being read must not lose its body. Raises StoreError.
    """
    before = now - RECORD_RETENTION
    folded = _repeat(effects, db, lambda most: delivery_retention.fold_old(db, before, most))
    _repeat(effects, db, lambda most: provider_events.delete_before(db, now - EVENT_RETENTION, most))
    with write_transaction(db):
        reads = runs.delete_before(db, before)
        count, bodies = pages.delete_before(db, now - timedelta(days=settings.fetch.keep_days))
        unknown = unknown_refusals.delete_before(db, now - UNKNOWN_RETENTION)
        bounce_holds.delete_before(db, before)
        lines, told = audit_trail.delete_before(db, before), alerts_sent.delete_before(db, before)
    pages.delete_bodies(db, settings.data_dir / "pages", bodies)
    if folded or lines:
        truncate_wal(db)
    optimize(db)
    return RetentionResult(folded, reads, count, lines, told, unknown)


def _repeat(effects: SideEffects, db: Database, delete: Callable[[int], int]) -> int:
    """Delete so many at a time until there are no more, between which others write; how many were."""
    deleted = 0
    while True:
        with write_transaction(db):
            batch = delete(BATCH)
        deleted += batch
        if batch < BATCH:
            return deleted
        effects.sleep(PAUSE)
