"""Clock repair: instants written while the machine's clock was ahead are set back to now."""

from datetime import datetime, timedelta

from db.schema.connect import Database
from db.schema.timestamps import to_text

TOLERANCE = timedelta(days=1)  # what is less ahead is no matter: it waits no longer than that
MAX_FUTURE = (  # table, instant, and how far ahead of now it may rightly lie
    ("link_checks", "due_at", timedelta(days=31)),
    ("link_checks", "checked_at", TOLERANCE),
    ("sources", "not_before", timedelta(days=8)),
    ("sources", "read_at", TOLERANCE),
    ("sources", "walked_at", TOLERANCE),
)
EVENT_COLUMNS = (
    ("reviews", "first_seen"),
    ("review_versions", "seen_at"),
    ("subscribers", "status_since"),
    ("subscribers", "wishes_since"),
    ("saved_search_matches", "matched_at"),
)  # news, and who is forgotten


def repair_future_times(db: Database, now: datetime) -> None:
    """Have what lies too far ahead be due now, and forget what was noted, counted or drafted then.

    Inside the caller's transaction. Deliveries and transactional mail are put right
    where they are taken from their queues.
    """
    at, tomorrow = to_text(now), to_text(now + TOLERANCE)
    for table, column, longest in MAX_FUTURE:
        db.execute(f"UPDATE {table} SET {column} = ? WHERE {column} > ?", [at, to_text(now + longest)])
    db.execute(
        "UPDATE link_checks SET first_failed_on = ?, last_failed_on = ? WHERE last_failed_on > ?",
        [at[:10], at[:10], tomorrow[:10]],
    )
    db.execute("UPDATE link_checks SET dead_since = ? WHERE dead_since > ?", [at[:10], tomorrow[:10]])
    db.execute("DELETE FROM signup_attempts WHERE at > ?", [tomorrow])
    for table, column in (("job_log", "at"), ("job_failures", "since"), ("alerts_sent", "at")):
        db.execute(f"DELETE FROM {table} WHERE {column} > ?", [tomorrow])
    db.execute("DELETE FROM issue_marks WHERE at > ? AND mark NOT IN ('restored', 'settled')", [tomorrow])
    db.execute("UPDATE issues SET drafted_at = NULL WHERE status = 'draft' AND drafted_at > ?", [tomorrow])


def clamp_event_times(db: Database, now: datetime) -> None:
    """What happened on a day to come has happened by now: else it would be no news, or not be forgotten, for so long.

    Inside the caller's transaction; not where a rehearsal has set the day of a read.
    """
    for table, column in EVENT_COLUMNS:
        db.execute(f"UPDATE {table} SET {column} = ? WHERE {column} > ?", [to_text(now), to_text(now + TOLERANCE)])
    db.execute(
        "UPDATE sightings SET missing_since = ? WHERE missing_since > ?",
        [to_text(now)[:10], to_text(now + TOLERANCE)[:10]],
    )
