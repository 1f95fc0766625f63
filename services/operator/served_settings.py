"""Served settings: which files serve took its configuration from, and whether one was written since."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal

from core.actions import terminal_action
from core.config.schema import Settings
from core.dates import local_minute
from db.operator import job_log
from db.operator.job_log import SERVE_RUNNER, TICK_TASK
from db.schema.connect import Database, write_transaction
from services.operator.scheduler_status import StatusLine

ServedPart = Literal["web", "timer"]
PART_NAMES: dict[ServedPart, str] = {"web": "the pages", "timer": "the jobs of the timer"}
FileTimes = dict[str, int | None]  # when each file was last written, in nanoseconds; None: it is not there


def read_file_times(files: Iterable[Path]) -> FileTimes:
    """When each was last written. Asked before they are read, so that no later change is missed."""
    return {str(file.absolute()): _last_written(file) for file in files}


def save_served_settings(db: Database, parts: Iterable[ServedPart], times: FileTimes, now: datetime) -> None:
    """Write down that these parts of serve run with the settings of these files, as they were then."""
    with write_transaction(db):
        for part in parts:
            job_log.save(db, _task(part), now, json.dumps(times))


def forget_served_settings(db: Database, parts: Iterable[ServedPart]) -> None:
    """These parts run no more."""
    with write_transaction(db):
        for part in parts:
            job_log.delete(db, _task(part))


def list_settings_lines(settings: Settings, db: Database) -> Iterator[StatusLine]:
    """That serve runs with older settings than its files have, where it does."""
    parts, files, since = list[str](), set[str](), list[datetime]()
    last_tick = job_log.get(db, TICK_TASK)
    for part, name in PART_NAMES.items():
        served = job_log.get(db, _task(part))
        if part == "timer" and last_tick and last_tick.details != SERVE_RUNNER:
            continue  # cron has taken over, and reads its settings anew each time
        times: FileTimes = json.loads(served.details) if served else {}
        changed = {Path(file).name for file, written in times.items() if _last_written(Path(file)) != written}
        if served and changed:
            parts.append(name)
            files |= changed
            since.append(served.at)
    if parts:
        words = f"{' and '.join(parts)} run with the settings of {local_minute(min(since), settings.zone)}"
        command = "take them into use: systemctl reload casereviews, or stop casereviews serve and start it again"
        words = f"{words}, and {' and '.join(sorted(files))} changed since"
        action = terminal_action("How they are taken into use", command)
        yield StatusLine("settings", words, False, "serve runs with older ones", action=action)


def _task(part: ServedPart) -> str:
    return f"settings {part}"


def _last_written(file: Path) -> int | None:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return None
