"""Restore of a backup: it takes the database's place, who left since stays away, doubts wait for a person."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import get_args

from core.actions import terminal_action
from core.config.schema import Settings
from core.disk_advice import name_file, suggest_fix
from core.errors import HouseError, LockHeld, StoreError
from core.side_effects import LockName, SideEffects
from core.states import IssueStep
from db.files import backup, restore_doubt, restore_merge
from db.files import restore as files_restore
from db.files.restore_merge import MergeReport
from db.mail import issue_marks, issues
from db.operator import account_sessions
from db.schema.connect import Database, open_and_migrate, write_transaction
from services.delivery import machine_guard
from services.delivery.journal_check import ForgottenEvents, take_over_journal
from services.issues import build_issue, frozen_issue, issue_coverage
from services.issues.issue_schedule import issue_standings
from services.operator.served_settings import PART_NAMES, forget_served_settings

WRITER_LOCKS: tuple[LockName, ...] = get_args(LockName)  # of all who write for long
# no more to do then
FINISHED_STEPS: tuple[IssueStep, ...] = ("sent", "skipped", "gone", "settled", "ask", "asked")


@dataclass(frozen=True, slots=True)
class RestoreResult:
    """What a backup held, and what was made of it."""

    file: Path
    made_at: datetime | None  # UTC; None: it holds no instant at all
    rows: Mapping[str, int]  # of each table, by its name
    migrated: tuple[str, ...]  # the steps that brought it up to date
    kept: Path | None  # the old database; None where there was none
    taken: MergeReport | None  # what was taken over from the old database; None where there was none, or it is damaged
    undecided: tuple[str, ...]  # months that a person has to decide on
    forgotten: ForgottenEvents  # what only the journal beside the old database knew


def restore_backup(effects: SideEffects, settings: Settings, file: Path, dry: bool = False) -> RestoreResult:
    """Put a backup in the place of the database, which is kept; a dry run only says what it would do.

    What was mailed since the backup is not mailed again, and who left stays away: both are taken over from the old
    database where it can be read; what cannot be known waits for a person. Raises NotFound, StoreError, and LockHeld
    while anything runs.
    """
    data, now = settings.data_dir, effects.now()
    if settings.database.exists() and file.exists() and file.samefile(settings.database):
        raise HouseError("that is the database itself", str(file), action=files_restore.NAME_BACKUP)
    with _restore_workspace(effects, settings, dry) as work:
        staged = files_restore.stage_backup(file, work)
        replaced_file = (
            _unused_name(data, f"replaced-{now:%Y-%m-%dT%H%M%S}")
            if files_restore.has_database(settings.database)
            else None
        )
        sound = settings.database.is_file() and bool(settings.database.stat().st_size)
        sound = sound and (files_restore.is_sound if dry else files_restore.fold_wal)(settings.database)
        with closing(open_and_migrate(work)) as db:
            old = files_restore.migrate_copy(settings.database, work.with_name("old.db")) if sound else None
            merged = restore_merge.merge_replaced(db, old, data, effects.boot(), now) if old else None
            with write_transaction(db):
                frozen_issue.rerender_stale(settings, db, now)  # of what the old database has taken down since
            account_sessions.delete_all(db)  # who was logged in when it was made logs in again
            forget_served_settings(db, PART_NAMES)  # of serve when the backup was made
            forgotten = take_over_journal(db, data, now)
            undecided = _mark_undecided(settings, db, merged, staged.made_at, now)
            if machine_guard.is_away(effects, settings, db):
                machine_guard.note_place(effects, settings, db)  # so that status asks before anything runs
        if not dry:
            files_restore.finish_staged(work)
            if sound:
                files_restore.fold_wal(
                    settings.database
                )  # again: whoever has opened it meanwhile must not lose anything
            files_restore.replace_database(work, settings.database, replaced_file)
    return RestoreResult(file, staged.made_at, staged.rows, staged.missing, replaced_file, merged, undecided, forgotten)


def bring_joined(effects: SideEffects, settings: Settings, db: Database, file: Path, dry: bool = False) -> int:
    """Bring from a copy of the database the readers whom it has and this one lacks, and nothing else; how many.

    Raises NotFound, HouseError for another house's copy, StoreError.
    """
    with _temporary_database(settings.data_dir) as work:
        files_restore.stage_backup(file, work)
        open_and_migrate(work).close()
        if dry:
            ours = work.with_name("ours.db")
            backup.copy_database(settings.database, ours)
            with closing(open_and_migrate(ours)) as db:
                return restore_merge.bring_joined(db, work)
        return restore_merge.bring_joined(db, work)


@contextmanager
def _restore_workspace(effects: SideEffects, settings: Settings, dry: bool) -> Iterator[Path]:
    """Where a backup is made ready, while nobody else is at work; for a dry run anywhere, whoever is."""
    data = settings.data_dir
    with ExitStack() as stack:
        if not dry:
            _make_folder(data)
            stack.enter_context(_hold_all_locks(effects, data))
            files_restore.remove_leftovers(data, settings.database)
        yield stack.enter_context(_temporary_database(data))


def _unused_name(folder: Path, name: str) -> Path:
    names_there = {file.name for file in folder.glob(f"{name}*")}
    names = (f"{name}{suffix}.db" for suffix in ("", *(f"-{number}" for number in range(2, len(names_there) + 3))))
    return folder / next(one for one in names if one not in names_there)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as e:
        raise StoreError("cannot make the data directory", f"{folder}: {e.strerror}", suggest_fix(e)) from e


@contextmanager
def _hold_all_locks(effects: SideEffects, folder: Path) -> Iterator[None]:
    """Hold every lock. Raises LockHeld while any other run is at work."""
    with ExitStack() as stack:
        for name in WRITER_LOCKS:
            try:
                stack.enter_context(effects.lock(folder, name))
            except LockHeld as e:
                command = "Stop it first (casereviews serve, and the timer that runs tick); nothing was changed."
                action = terminal_action("How a backup is restored", command)
                raise LockHeld("another run is at work", f"{folder} ({name})", action=action) from e
        yield


@contextmanager
def _temporary_database(data: Path) -> Iterator[Path]:
    """Where a backup is made ready: beside the database, or anywhere for a dry run before there is one."""
    try:
        with tempfile.TemporaryDirectory(prefix=".restoring-", dir=data if data.is_dir() else None) as folder:
            yield Path(folder) / "casereviews.db"
    except OSError as e:
        raise StoreError("nothing can be written", name_file(e, data), suggest_fix(e)) from e


def _mark_undecided(
    settings: Settings, db: Database, merged: MergeReport | None, made_at: datetime | None, now: datetime
) -> tuple[str, ...]:
    """Mark the months of which nobody can know whether their issue went out after the backup was made.

    It is known where the old database says so. Else every month may have gone out that is due by now, was not sent
    then and was not too late then. Its draft is kept, so that a later issue does not carry its reviews.
    """
    certain = merged is not None and not merged.why
    restore_doubt.mark_unknown(db, transactional=not certain, now=now)
    sent_since = merged.out if merged else frozenset[str]()
    doubtful = {period for period in issues.list_sending(db) if period not in sent_since}
    if not certain:
        over = {
            standing.period
            for standing in issue_standings(settings, db, made_at or now)
            if standing.step in FINISHED_STEPS
        }
        doubtful |= {
            standing.period for standing in issue_standings(settings, db, now) if standing.step != "sent"
        } - over
    with write_transaction(db):
        backup.clear_stamp(db)
        for period in sorted(doubtful):
            _store_missing_draft(settings, db, period, now)
            issue_marks.save(db, period, "restored", made_at or now, "" if made_at else "undated")
        for one in issues.list_states(db).values():
            if one.status == "sent":
                issue_marks.delete(db, one.period, "restored")  # an older restoring's question has been answered
    return tuple(issue_marks.listing(db, "restored"))


def _store_missing_draft(settings: Settings, db: Database, period: str, now: datetime) -> None:
    """Keep the draft of a month that has none and would carry reviews."""
    if period not in issues.list_states(db) and not issue_coverage.quarantined_sources(settings, db):
        draft = build_issue.compose_draft(settings, db, period)
        if draft.issue.reviews:
            issues.save_draft(db, draft, now)
