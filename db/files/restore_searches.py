"""Restore merge of saved searches: what readers have saved, changed, deleted and been told since the backup was made.

The replaced database is attached as `was`, in the caller's transaction; readers are paired by the key of their mailbox.
"""

from collections.abc import Mapping

from db.mail.alert_mail import LOST_MAIL
from db.schema.connect import Database


def merge_searches(db: Database, review_ids: Mapping[int, int]) -> None:
    """Searches of readers of both are as they last were, and what was told is not told again.

    `review_ids`: numbers of reviews, theirs to ours.
    """
    db.execute(
        """
        DELETE FROM main.saved_searches WHERE subscriber_id IN (
            SELECT s.id FROM main.subscribers AS s JOIN was.subscribers AS w ON w.key = s.key
        )
        """
    )
    copy_searches(db)
    unmatched = {row[0] for row in db.execute("SELECT review_id FROM was.unmatched_news ORDER BY review_id")}
    db.conn.executemany(
        "DELETE FROM main.unmatched_news WHERE review_id = ?",
        [(ours,) for theirs, ours in review_ids.items() if theirs not in unmatched],
    )


def copy_searches(db: Database, keys: str | None = None) -> None:
    """Bring the searches of readers who are here, or of these (JSON: their keys), with what each has found.

    They have their numbers where these are free. Of an alert that was under way there nobody knows here.
    """
    db.execute(
        """
        INSERT INTO main.saved_searches (id, subscriber_id, words, filters, cadence, saved_at, paused_until)
        SELECT CASE WHEN o.id IN (SELECT id FROM main.saved_searches) THEN NULL ELSE o.id END,
            s.id, o.words, o.filters, o.cadence, o.saved_at, o.paused_until
        FROM was.saved_searches AS o JOIN was.subscribers AS w ON w.id = o.subscriber_id
        JOIN main.subscribers AS s ON s.key = w.key
        WHERE ?1 IS NULL OR w.key IN (SELECT value FROM json_each(?1)) ORDER BY o.id
        ON CONFLICT (subscriber_id, words, filters) DO NOTHING
        """,
        [keys],
    )
    db.execute(
        """
        INSERT INTO main.saved_search_matches (search_id, review_id, matched_at, mail_id)
        SELECT x.id, r.id, m.matched_at, CASE WHEN m.mail_id IS NULL OR t.state = 'queued' THEN NULL ELSE ?2 END
        FROM was.saved_search_matches AS m JOIN was.saved_searches AS o ON o.id = m.search_id
        JOIN was.subscribers AS w ON w.id = o.subscriber_id JOIN main.subscribers AS s ON s.key = w.key
        JOIN main.saved_searches AS x ON (x.subscriber_id, x.words, x.filters) = (s.id, o.words, o.filters)
        JOIN was.reviews AS v ON v.id = m.review_id JOIN main.reviews AS r ON r.key = v.key
        LEFT JOIN was.transactional_mail AS t ON t.id = m.mail_id
        WHERE ?1 IS NULL OR w.key IN (SELECT value FROM json_each(?1)) ORDER BY x.id, r.id
        ON CONFLICT DO NOTHING
        """,
        [keys, LOST_MAIL],
    )
