"""Alert mail: what saved searches found and their readers were not told yet, from the match to the email that tells.

An alert waits in the queue of transactional mail as a row that says whom it is for, and nothing more. What it tells is
taken when it is sent: all that is due to its reader then, each match once, written down before a byte leaves. One that
was not sent gives its matches back; of one that may have been sent they are never told again.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from core.dates import ALERT_RUN_PREFIX, alert_run
from core.records import Delivery
from db.schema.connect import Database, write_transaction
from db.schema.timestamps import instant_or_none, to_instant, to_text

LOST_MAIL = 0  # in place of the number of an alert that nobody knows any more
_DUE = """
    FROM saved_search_matches AS m JOIN saved_searches AS x ON x.id = m.search_id
    JOIN subscribers AS s ON s.id = x.subscriber_id JOIN reviews AS r ON r.id = m.review_id
    WHERE m.mail_id IS NULL AND s.status = 'active' AND r.status = 'current'
        AND (x.paused_until IS NULL OR x.paused_until <= :today)
        AND (x.cadence = 'day' OR (x.cadence = 'week' AND m.matched_at < :week)
            OR (x.cadence = 'month' AND m.matched_at <= (SELECT MAX(frozen_at) FROM issues)))
        AND r.source NOT IN (SELECT value FROM json_each(:doubted))
"""


class DueRule(NamedTuple):
    """What is due to be told: searches of each month once an issue is frozen, of each week once it has ended."""

    today: date  # a search that is paused until then is awake
    week: datetime  # UTC; the end of the last week
    doubted: str  # JSON: the sources whose last read is not believed, of whose reviews nothing is told

    def values(self) -> dict[str, str]:
        """As the statements ask for it."""
        return {"today": self.today.isoformat(), "week": to_text(self.week), "doubted": self.doubted}


class AlertCounts(NamedTuple):
    """How much is saved, and how much of it waits."""

    searches: int
    untold: int  # reviews that searches found and nobody was told of yet
    waiting: int  # alerts in the queue
    since: datetime | None  # UTC; the oldest of these was asked for then


def list_readers_due(db: Database, rule: DueRule, since: datetime, most: int) -> list[int]:
    """The readers for whom there is something to tell and no alert waits; not who had so many since then."""
    due = _DUE.replace(" JOIN ", " CROSS JOIN ")  # from what is not told, mostly little; not from all readers
    rows = db.execute(
        f"""
        SELECT DISTINCT x.subscriber_id {due} AND NOT EXISTS (
            SELECT 1 FROM transactional_mail
            WHERE subscriber_id = x.subscriber_id AND kind = 'alert' AND state = 'queued'
        ) AND (
            SELECT COUNT(*) FROM transactional_mail
            WHERE subscriber_id = x.subscriber_id AND kind = 'alert' AND requested_at > :since
        ) < :most ORDER BY x.subscriber_id
        """,
        rule.values() | {"since": to_text(since), "most": most},
    )
    return [row[0] for row in rows]


def take_matches(db: Database, mail_id: int, subscriber_id: int, token: str, rule: DueRule) -> dict[int, list[int]]:
    """Give an alert that is in hand its token and all that is due to its reader: by search, the reviews it found."""
    found: dict[int, list[int]] = defaultdict(list)
    with write_transaction(db):
        db.execute("UPDATE transactional_mail SET token = ? WHERE id = ?", [token, mail_id])
        rows = db.execute(
            f"SELECT m.search_id, m.review_id {_DUE} AND x.subscriber_id = :reader ORDER BY m.search_id, m.review_id",
            rule.values() | {"reader": subscriber_id},
        ).fetchall()
        for search_id, review_id in rows:
            found[search_id].append(review_id)
        db.conn.executemany(
            "UPDATE saved_search_matches SET mail_id = ? WHERE search_id = ? AND review_id = ?",
            [(mail_id, search_id, review_id) for search_id, review_id in rows],
        )
    return dict(found)


def give_back(db: Database, mail_id: int) -> None:
    """What an alert was to tell, which has not left, waits again."""
    with write_transaction(db):
        db.execute("UPDATE saved_search_matches SET mail_id = NULL WHERE mail_id = ?", [mail_id])


def give_back_refused(db: Database, run: str, subscriber_ids: Iterable[int]) -> None:
    """What the refused alerts of a day were to tell these readers waits again. Inside the caller's transaction."""
    db.execute(
        """
        UPDATE saved_search_matches SET mail_id = NULL WHERE mail_id IN (
            SELECT id FROM transactional_mail WHERE kind = 'alert' AND state = 'refused'
                AND substr(requested_at, 1, 10) = ? AND subscriber_id IN (SELECT value FROM json_each(?))
        )
        """,
        [run.removeprefix(ALERT_RUN_PREFIX), json.dumps(list(subscriber_ids))],
    )


def may_leave(db: Database, mail_id: int, matches: int) -> bool:
    """Whether an alert's reader still wants all that it tells, and no review of it was withdrawn meanwhile.

    `matches`: how many it was given.
    """
    row = db.execute(
        """
        SELECT COUNT(*) FROM saved_search_matches AS m JOIN reviews AS r ON r.id = m.review_id
        JOIN saved_searches AS x ON x.id = m.search_id JOIN subscribers AS s ON s.id = x.subscriber_id
        WHERE m.mail_id = ? AND r.status = 'current' AND s.status = 'active'
        """,
        [mail_id],
    ).fetchone()
    return int(row[0]) == matches


def get_token(db: Database, mail_id: int) -> str:
    """What names an alert; empty where it has not been in hand yet, or is not there any more."""
    row = db.execute("SELECT token FROM transactional_mail WHERE id = ?", [mail_id]).fetchone()
    return str(row[0]) if row else ""


def find_delivery(db: Database, token: str) -> Delivery | None:
    """The alert whose return path or Message-ID holds a token, as a delivery without a number; None for none."""
    row = db.execute(
        """
        SELECT t.*, s.email FROM transactional_mail AS t JOIN subscribers AS s ON s.id = t.subscriber_id
        WHERE t.token = ? AND t.token <> ''
        """,
        [token],
    ).fetchone()
    if row is None:
        return None
    at = to_instant(row["requested_at"])
    return Delivery(
        id=0,
        period=alert_run(at),
        subscriber_id=row["subscriber_id"],
        email=row["email"],
        token=row["token"],
        edition="full",
        state=row["state"],
        via="",
        attempts=row["attempts"],
        changed_at=at,
        due_at=to_instant(row["due_at"]),
        reply=row["reply"],
    )


def counts(db: Database) -> AlertCounts:
    """How much is saved, and how much of it waits."""
    row = db.execute(
        """
        SELECT (SELECT COUNT(*) FROM saved_searches),
            (SELECT COUNT(DISTINCT review_id) FROM saved_search_matches WHERE mail_id IS NULL),
            (SELECT SUM(count) FROM transactional_tallies WHERE kind = 'alert' AND state IN ('queued', 'sending')),
            (SELECT MIN(requested_at) FROM transactional_mail INDEXED BY transactional_mail_alerts
                WHERE kind = 'alert' AND state IN ('queued', 'sending'))
        """
    ).fetchone()
    return AlertCounts(row[0], row[1], row[2] or 0, instant_or_none(row[3]))
