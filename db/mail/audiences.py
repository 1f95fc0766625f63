"""Audience of an issue: the subscribers who may get it, how many of which domains it goes to, to whom once more."""

import json
from collections.abc import Iterable
from datetime import datetime

from core.dates import ALERT_RUN_PREFIX
from db.files import journal
from db.schema.connect import Database
from db.schema.timestamps import to_text


def list_choosy_wishes(db: Database) -> list[tuple[str, str, int]]:
    """What those active subscribers wish for who want mail only when something matches, each wish once.

    Topics and nations, as they are stored, and of how many.
    """
    rows = db.execute(
        """
        SELECT topics, nations, COUNT(*) FROM subscribers INDEXED BY subscribers_only_matching
        WHERE status = 'active' AND only_when_matching = 1 GROUP BY topics, nations ORDER BY topics, nations
        """
    )
    return [(row[0], row[1], row[2]) for row in rows]


def count_monthly(db: Database) -> int:
    """How many active subscribers get every issue, whatever matches."""
    row = db.execute(
        "SELECT SUM(count) FROM subscriber_tallies WHERE status = 'active' AND only_when_matching = 0"
    ).fetchone()
    return int(row[0] or 0)


def count_audience(db: Database, period: str, domain: str = "", limit: int = -1) -> int:
    """How many readers an issue, or a day's alerts, go or went to, of whom we know who they are; at one domain, or all.

    Those of an issue are counted already. `limit`: else no more are, for whoever only wants to know whether there are
    so many.
    """
    if not (domain or period.startswith(ALERT_RUN_PREFIX)):
        sql = """
            SELECT TOTAL(count) - (SELECT COUNT(*) FROM deliveries WHERE period = ?1 AND subscriber_id IS NULL)
            FROM delivery_tallies WHERE period = ?1
            """
        return int(db.execute(sql, [period]).fetchone()[0])
    if period.startswith(ALERT_RUN_PREFIX):
        sql = """
            SELECT DISTINCT t.subscriber_id FROM transactional_mail AS t JOIN subscribers AS s ON s.id = t.subscriber_id
            WHERE t.kind = 'alert' AND substr(t.requested_at, 1, 10) = ?
                AND substr(s.mailbox, instr(s.mailbox, '@') + 1) LIKE ?
            """
        values = [period.removeprefix(ALERT_RUN_PREFIX), domain or "%"]
    else:
        sql = """
            SELECT 1 FROM subscribers AS s CROSS JOIN deliveries AS d ON d.period = ? AND d.subscriber_id = s.id
            WHERE substr(s.mailbox, instr(s.mailbox, '@') + 1) = ?
            """
        values = [period, domain]
    return int(db.execute(f"SELECT COUNT(*) FROM ({sql} LIMIT ?)", [*values, limit]).fetchone()[0])


def has_several_domains(db: Database, period: str) -> bool:
    """Whether the readers whom an issue goes or went to are of more than one domain."""
    row = db.execute(
        """
        SELECT COUNT(*) FROM (
            SELECT DISTINCT substr(s.mailbox, instr(s.mailbox, '@') + 1) AS domain
            FROM deliveries AS d CROSS JOIN subscribers AS s ON s.id = d.subscriber_id WHERE d.period = ? LIMIT 2
        )
        """,
        [period],
    ).fetchone()
    return int(row[0]) > 1


def requeue_refused(
    db: Database, period: str, subscriber_ids: Iterable[int], due: datetime, tried_since: datetime | None = None
) -> int:
    """Queue once more what was refused or came back, for these of the subscribers who still want it; how many.

    What waits to be tried again is due then, too. `tried_since`: only what was first tried since then, and its tries
    count on. The journal lets them leave again. Inside the caller's transaction.
    """
    since = to_text(tried_since) if tried_since else None
    rows = db.execute(
        """
        UPDATE deliveries SET state = 'queued', due_at = ?1, attempts = iif(?2 IS NULL, 0, attempts),
            first_tried_at = iif(?2 IS NULL, NULL, first_tried_at), reply = iif(?2 IS NULL, '', reply)
        WHERE period = ?3 AND (state = 'refused' OR (?2 IS NULL AND state = 'queued'))
            AND (?2 IS NULL OR first_tried_at >= ?2)
            AND subscriber_id IN (SELECT value FROM json_each(?4)) AND EXISTS (
                SELECT 1 FROM subscribers WHERE id = deliveries.subscriber_id AND status = 'active'
            )
        RETURNING token
        """,
        [to_text(due), since, period, json.dumps(list(subscriber_ids))],
    ).fetchall()
    if not db.is_dry:
        journal.let_leave_again(db.file.parent, period, [row["token"] for row in rows])
    return len(rows)
