"""Issue messages: each edition of a frozen issue as it was rendered, with marks where a reader's own go."""

from collections.abc import Mapping
from datetime import datetime

from core.errors import StoreError
from core.states import Edition, members
from db.schema.connect import Database
from db.schema.timestamps import to_text

# The reviews that an issue names and that are taken down, as `left_out` has them.
_TAKEN_DOWN = """
    (SELECT json_group_array(review_id) FROM (
        SELECT n.review_id FROM issue_mentions AS n JOIN takedowns USING (review_id)
        WHERE n.period = {period} ORDER BY n.review_id
    ))
"""


def save(db: Database, period: str, messages: Mapping[Edition, bytes], now: datetime) -> None:
    """Store an issue's messages, rendered without the reviews that are taken down now, in place of those before."""
    db.conn.executemany(
        f"""
        INSERT INTO issue_messages (period, edition, rendered_at, left_out, message)
        VALUES (?1, ?2, ?3, {_TAKEN_DOWN.format(period="?1")}, ?4)
        ON CONFLICT (period, edition) DO UPDATE SET
            rendered_at = excluded.rendered_at, left_out = excluded.left_out, message = excluded.message
        """,
        [(period, edition, to_text(now), message) for edition, message in messages.items()],
    )


def by_edition(db: Database, period: str) -> dict[Edition, bytes]:
    """The messages of a frozen issue, one an edition. Raises StoreError when they are not all there."""
    rows = db.execute("SELECT edition, message FROM issue_messages WHERE period = ? ORDER BY edition", [period])
    messages: dict[Edition, bytes] = dict(tuple(row) for row in rows)
    if missing := set(members(Edition)) - set(messages):
        raise StoreError("a frozen issue has lost its messages", f"{period}: {min(missing)}", "Restore a backup.")
    return messages


def list_stale(db: Database) -> list[str]:
    """The periods of the frozen issues that leave out other reviews than are taken down now, oldest first."""
    rows = db.execute(
        f"""
        SELECT DISTINCT i.period FROM issues AS i LEFT JOIN issue_messages AS m USING (period)
        WHERE i.status IN ('sending', 'sent') AND COALESCE(m.left_out, '[]') <> {_TAKEN_DOWN.format(period="i.period")}
        ORDER BY i.period
        """
    )
    return [row[0] for row in rows]
