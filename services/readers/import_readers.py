"""Import of readers from a CSV list: all of it or nothing; whoever left or was erased is not brought back."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from types import MappingProxyType

from core.side_effects import SideEffects
from core.subscriber_csv import ColumnRole, ImportProblem, ImportRow, parse_subscribers
from core.subscriber_rules import (
    address_digest,
)
from db.mail import subscribers, suppressions
from db.operator import secrets
from db.schema.connect import Database, write_transaction
from services.readers.subscriptions import SubscriptionRequest, make_subscriber


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of a list of readers."""

    added: int = 0
    known: int = 0  # there before, of whatever status: left as they are
    repeated: int = 0  # further rows of the same mailbox
    erased: int = 0  # erased or left before, so not taken
    problems: tuple[ImportProblem, ...] = ()


def import_readers(
    effects: SideEffects,
    db: Database,
    file: bytes,
    consent: str,
    dry: bool = False,
    roles: Mapping[str, ColumnRole] = MappingProxyType({}),
) -> ImportResult:
    """Import a list of readers who agreed, as the operator states: all good rows at once, in one transaction.

    Nobody who is known is changed; nobody who left or was erased comes back. Raises HouseError for a file
    that is no such list. `roles`: what its columns are, where their names do not say it.
    """
    rows: dict[str, ImportRow] = {}
    problems, repeated = [], 0
    for row in parse_subscribers(file, roles):
        if isinstance(row, ImportProblem):
            problems.append(row)
        elif row.address.key in rows:
            repeated += 1
        else:
            rows[row.address.key] = row
    now = effects.now()
    with nullcontext() if dry else write_transaction(db):
        known, secret = subscribers.existing_keys(db, rows), secrets.get(db, "signing")
        marks = {address_digest(secret, key): key for key in rows if key not in known}
        erased = {marks[mark] for mark in suppressions.find(db, marks)}
        newcomers = [row for key, row in rows.items() if key not in known and key not in erased]
        if not dry:
            requests = [SubscriptionRequest(row.wishes, consent, "import", confirmed=True) for row in newcomers]
            subscribers.add_many(
                db,
                (make_subscriber(effects, row.address, one, now) for row, one in zip(newcomers, requests, strict=True)),
            )
    return ImportResult(len(newcomers), len(known), repeated, len(erased), tuple(problems))
