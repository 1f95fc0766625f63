"""Checks of the machine: Python, SQLite, data directory, disk space, clock."""

import platform
import shutil
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from app.checks.finding import Finding, failure, ok, warning
from core.actions import typed_words
from core.config.schema import Settings
from core.dates import local_day, local_minute
from core.disk_advice import suggest_fix
from core.side_effects import SideEffects
from core.sizes import byte_size
from db.files.db_check import last_activity, sqlite_features
from db.operator.job_log import CLOCK_TOLERANCE
from db.schema.connect import Database
from services.delivery import machine_guard

MB, GB = 1_000_000, 1_000_000_000  # bytes
LOW_SPACE, CRITICAL_SPACE = GB, 100 * MB  # bytes free on the disk
DATABASE_COPIES = 3  # of the database should fit: itself while it is copied, and a restored one
NETWORK_FILE_SYSTEMS = {
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "ceph",
    "fuse.sshfs",
    "fuse.rclone",
    "fuse.s3fs",
}
MAX_IDLE = timedelta(days=366)  # without anything done
HOUR = timedelta(hours=1)


def check_software() -> Finding:
    """Python's version and SQLite's, which must have full-text search."""
    version, searches = sqlite_features()
    words = f"Python {platform.python_version()}, SQLite {version}"
    if not searches:
        fix = "Install a Python whose SQLite has FTS5: Debian's and python.org's do."
        return failure("software", f"{words} without full-text search (FTS5)", fix)
    return ok("software", words)


def check_data_directory(settings: Settings) -> Finding:
    """Whether we can write to it, found out by trying."""
    folder = settings.data_dir
    if not folder.is_dir():
        return failure("data directory", f"{folder} is not there", "Make it with: casereviews init")
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
    except OSError as e:
        denied = f"Let the user who runs casereviews write to it: chown -R USER {folder}"
        fix = denied if isinstance(e, PermissionError) else suggest_fix(e)
        return failure("data directory", f"{folder} cannot be written: {e.strerror}", fix)
    if (kind := _file_system_kind(folder.resolve())) in NETWORK_FILE_SYSTEMS:
        words = f"{folder} is on a network file system ({kind}), whose locks SQLite cannot trust"
        return warning("data directory", words, "Keep it on a disk of this machine.")
    return ok("data directory", str(folder))


def _file_system_kind(folder: Path, mounts: Path = Path("/proc/mounts")) -> str:
    """The kind of the file system that a folder is on; empty where nobody tells."""
    try:
        lines = [line.split()[1:3] for line in mounts.read_text("utf-8", "replace").splitlines()]
    except OSError:
        return ""
    over = [(where, kind) for where, kind in lines if folder.is_relative_to(where.replace("\\040", " "))]
    return max(over, key=lambda one: len(one[0]), default=("", ""))[1]


def check_home(effects: SideEffects, settings: Settings, db: Database | None) -> Finding:
    """Whether the database is at home here, and whether a copy of it elsewhere would be known as one."""
    if db and machine_guard.is_away(effects, settings, db):
        fix = typed_words(machine_guard.AWAY_FIX, machine_guard.MOVED_ACTION)
        return failure("machine", machine_guard.describe_away(settings, db), f"{fix}.")
    if not machine_guard.knows_machine(effects, settings):
        words = "this machine has no id, so that a copy of the database on another would mail readers, too"
        return warning("machine", words, 'Name it: machine = "news-1"; or let a container read /etc/machine-id.')
    return ok("machine", "a copy of the database on another asks before it mails")


def check_disk(settings: Settings) -> Finding:
    """Whether there is room to go on for months."""
    folder = next(one for one in (settings.data_dir.absolute(), *settings.data_dir.absolute().parents) if one.exists())
    free = shutil.disk_usage(folder).free
    size = settings.database.stat().st_size if settings.database.is_file() else 0
    words, fix = f"{byte_size(free, 'MB')} free", "Free some space, or give it a larger disk."
    if free < CRITICAL_SPACE:
        return failure("disk", words, fix)
    if free < max(LOW_SPACE, DATABASE_COPIES * size):
        return warning("disk", f"{words}; the database takes {byte_size(size, 'MB')}", fix)
    return ok("disk", words)


def check_clock(settings: Settings, db: Database | None, now: datetime) -> Finding:
    """Whether the clock goes with what is written down; what it shows here, and when it changes next."""
    last = last_activity(db) if db else None
    today, fix = local_minute(now, settings.zone), "Set this machine's clock, as with: timedatectl set-ntp true"
    if last and now < last - CLOCK_TOLERANCE:
        return warning("clock", f"it is {today}, yet something was done on {local_minute(last, settings.zone)}", fix)
    if last and now - last > MAX_IDLE:
        words = f"it is {today}; the last thing that was done here was on {local_minute(last, settings.zone)}"
        return warning("clock", words, f"{fix} If it is right, all is well.")
    change = _next_clock_change(settings, now)
    turns = f"; the clocks next change on {local_day(change, settings.zone)}" if change else ""
    return ok("clock", f"it is {today} in {settings.timezone}{turns}")


def _next_clock_change(settings: Settings, now: datetime) -> datetime | None:
    """When the zone's distance from UTC changes next, within a year and to the hour."""
    start, zone = now.replace(minute=0, second=0, microsecond=0), settings.zone
    day = timedelta(days=1)
    for days in range(370):
        start_of_day, end_of_day = start + days * day, start + (days + 1) * day
        if start_of_day.astimezone(zone).utcoffset() != end_of_day.astimezone(zone).utcoffset():
            hours = (start_of_day + hour * HOUR for hour in range(1, 25))
            return next(
                at for at in hours if at.astimezone(zone).utcoffset() != start_of_day.astimezone(zone).utcoffset()
            )
    return None
