"""Source sign-offs: whether a person has looked at what is read of a source, and said yes."""

from dataclasses import dataclass
from datetime import datetime

from db.schema.connect import Database
from db.schema.timestamps import instant_or_none, to_instant, to_text


@dataclass(frozen=True, slots=True)
class SignOff:
    """A person's yes to how a source is read, asked for or given. Identified by the source's name."""

    name: str
    occasion: str  # why it was asked for: "its first read"
    asked_at: datetime  # UTC
    signed_at: datetime | None = None  # UTC; None: nobody has said yes since


def get(db: Database, name: str) -> SignOff | None:
    """The last that was asked for of a source; None: none was yet."""
    row = db.execute("SELECT * FROM source_sign_offs WHERE name = ?", [name]).fetchone()
    if row is None:
        return None
    return SignOff(name, row["occasion"], to_instant(row["asked_at"]), instant_or_none(row["signed_at"]))


def save(db: Database, asked: SignOff) -> None:
    """Store what was asked for or given."""
    db.upsert(
        "source_sign_offs",
        {
            "name": asked.name,
            "occasion": asked.occasion,
            "asked_at": to_text(asked.asked_at),
            "signed_at": to_text(asked.signed_at) if asked.signed_at else None,
        },
        "name",
    )
