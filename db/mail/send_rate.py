"""Send rate: when the last message left that counts against it."""

from db.schema.connect import Database


def last_send_time(db: Database) -> float:
    """When the last message left that counts against the rate, in Unix seconds; 0.0: never."""
    row = db.execute("SELECT last_sent_at FROM send_rate WHERE name = 'mail'").fetchone()
    return float(row[0]) if row else 0.0


def save_send_time(db: Database, at: float) -> None:
    """Remember when a message leaves, before it does."""
    db.execute(
        """
        INSERT INTO send_rate (name, last_sent_at) VALUES ('mail', ?)
        ON CONFLICT (name) DO UPDATE SET last_sent_at = excluded.last_sent_at
        """,
        [at],
    )
