"""Recovery codes: the hash of each code by which a person logs in without their second factor, good once."""

import hashlib
from collections.abc import Iterable

from db.schema.connect import Database


def replace(db: Database, account_id: int, codes: Iterable[str]) -> None:
    """Store the hashes of a person's codes in place of those of before; none: they have none."""
    db.execute("DELETE FROM account_recovery_codes WHERE account_id = ?", [account_id])
    for code in codes:
        db.execute(
            "INSERT INTO account_recovery_codes (account_id, code_hash) VALUES (?, ?)", [account_id, _hash(code)]
        )


def take(db: Database, account_id: int, code: str) -> bool:
    """Use up a code; False where it is none of the person's, or was used before."""
    return bool(
        db.conn.execute(
            "DELETE FROM account_recovery_codes WHERE account_id = ? AND code_hash = ?", [account_id, _hash(code)]
        ).rowcount
    )


def count(db: Database, account_id: int) -> int:
    """How many are left."""
    return int(
        db.execute("SELECT COUNT(*) FROM account_recovery_codes WHERE account_id = ?", [account_id]).fetchone()[0]
    )


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()  # of 80 bits by chance: nobody tries them all
