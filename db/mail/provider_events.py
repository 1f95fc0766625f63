"""Provider events of webhooks that were taken, so that each counts once, with topics that wait for a confirmation."""

from dataclasses import dataclass
from datetime import datetime

from core.provider_events import TopicConfirmation
from core.states import HookName, ProviderEventMark
from db.schema.connect import Database
from db.schema.timestamps import to_instant, to_text


@dataclass(frozen=True, slots=True)
class ProviderEventCount:
    """How many events of a kind a provider has reported lately. Identified by the two."""

    provider: HookName
    kind: ProviderEventMark
    count: int
    last_at: datetime  # UTC


def add(db: Database, provider: HookName, digest: str, kind: ProviderEventMark, now: datetime) -> bool:
    """Write down that an event was taken; False when it was before."""
    cursor = db.conn.execute(
        """
        INSERT INTO provider_events (provider, digest, kind, at) VALUES (?, ?, ?, ?)
        ON CONFLICT (provider, digest) DO NOTHING
        """,
        [provider, digest, kind, to_text(now)],
    )
    return cursor.rowcount == 1


def counts(db: Database) -> list[ProviderEventCount]:
    """What each provider has reported lately, by provider and kind."""
    rows = db.execute(
        """
        SELECT provider, kind, count, (
            SELECT MAX(at) FROM provider_events AS e WHERE e.provider = t.provider AND e.kind = t.kind
        ) AS last_at
        FROM provider_tallies AS t WHERE kind <> 'request' AND count > 0 ORDER BY provider, kind
        """
    )
    return [ProviderEventCount(row["provider"], row["kind"], row["count"], to_instant(row["last_at"])) for row in rows]


def delete_before(db: Database, before: datetime, most: int) -> int:
    """Forget events that were taken before then, so many at most; how many."""
    return db.conn.execute(
        """
        DELETE FROM provider_events WHERE (provider, digest) IN (
            SELECT e.provider, e.digest FROM provider_tallies AS t
            CROSS JOIN provider_events AS e ON e.provider = t.provider AND e.kind = t.kind AND e.at < ? LIMIT ?
        )
        """,
        [to_text(before), most],
    ).rowcount


def save_confirmation(db: Database, confirmation: TopicConfirmation) -> None:
    """Keep that a topic asks, in place of what it asked before."""
    db.conn.execute(
        """
        INSERT INTO topic_confirmations (topic, url, at) VALUES (?, ?, ?)
        ON CONFLICT (topic) DO UPDATE SET url = excluded.url, at = excluded.at
        """,
        [confirmation.topic, confirmation.url, to_text(confirmation.at)],
    )


def list_confirmations(db: Database) -> list[TopicConfirmation]:
    """The topics that ask, by name."""
    rows = db.execute("SELECT topic, url, at FROM topic_confirmations ORDER BY topic")
    return [TopicConfirmation(row["topic"], row["url"], to_instant(row["at"])) for row in rows]


def delete_confirmation(db: Database, topic: str) -> None:
    """The topic was answered."""
    db.conn.execute("DELETE FROM topic_confirmations WHERE topic = ?", [topic])
