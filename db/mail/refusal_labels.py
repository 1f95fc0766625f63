"""Refusal labels: what the operator has said that words of servers mean."""

from core.refusal_labels import RefusalLabel
from db.schema.connect import Database
from db.schema.timestamps import to_instant, to_text


def save(db: Database, label: RefusalLabel) -> None:
    """Store a label, in place of one for the same phrase."""
    db.execute(
        """
        INSERT INTO refusal_labels (phrase, meaning, at) VALUES (?, ?, ?)
        ON CONFLICT (phrase) DO UPDATE SET meaning = excluded.meaning, at = excluded.at
        """,
        [label.phrase, label.meaning, to_text(label.at)],
    )


def delete(db: Database, phrase: str) -> None:
    """Delete the label of a phrase."""
    db.execute("DELETE FROM refusal_labels WHERE phrase = ?", [phrase])


def listing(db: Database) -> list[RefusalLabel]:
    """All labels, by their phrase."""
    rows = db.execute("SELECT phrase, meaning, at FROM refusal_labels ORDER BY phrase")
    return [RefusalLabel(row["phrase"], row["meaning"], to_instant(row["at"])) for row in rows]
