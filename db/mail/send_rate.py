"""Send rate: when the last message left that counts against it, by the one mail server or by each relay."""

from db.schema.connect import Database

ONE_SERVER = "mail"  # what stands for the relay where there is only one


def last_send_time(db: Database, relay: str = "") -> float:
    """When the last message left that counts against the rate of a relay, in Unix seconds; 0.0: never."""
    row = db.execute("SELECT last_sent_at FROM send_rate WHERE name = ?", [_row_name(relay)]).fetchone()
    return float(row[0]) if row else 0.0


def save_send_time(db: Database, at: float, relay: str = "") -> None:
    """Remember when a message leaves, before it does."""
    db.execute(
        """
        INSERT INTO send_rate (name, last_sent_at) VALUES (?, ?)
        ON CONFLICT (name) DO UPDATE SET last_sent_at = excluded.last_sent_at
        """,
        [_row_name(relay), at],
    )


def _row_name(relay: str) -> str:
    return f"relay {relay}" if relay else ONE_SERVER
