"""Import of readers from a CSV list: nobody is added before all of it is read, and whoever has left stays away.

A list is read and staged whole before the database is written, so that one which is no list, or asks a question,
changes nothing. Then its readers are added in batches, each in one short transaction, between which others can write.
An import that is broken off meanwhile is made whole by the same import: who was added is known then, and stays.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import BinaryIO

from core.records import Consent
from core.side_effects import SideEffects
from core.states import SubscriberStatus
from core.subscriber_csv import ColumnRole, ImportProblem, ImportRow, parse_subscribers
from core.subscriber_rules import address_digest
from db.mail import reader_staging
from db.mail.reader_staging import StagedReader
from db.operator import secrets
from db.schema.connect import Database, write_transaction
from db.schema.write_batches import write_batches

MAX_PROBLEMS = 10_000  # that are named one by one; the rest are counted
PROGRESS_STEP = 1_000  # rows
ImportProgress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of a list of readers."""

    added: int = 0
    known: int = 0  # there before, of whatever status: left as they are
    repeated: int = 0  # further rows of the same mailbox
    erased: int = 0  # erased or left before, so not taken
    refused: int = 0  # rows that are no reader, or say that they get no mail
    problems: tuple[ImportProblem, ...] = ()  # the first of these
    statuses: Mapping[SubscriberStatus, int] = field(default_factory=dict)  # of those known, how many are of which


def import_readers(
    effects: SideEffects,
    db: Database,
    file: bytes | BinaryIO,
    consent: str,
    dry: bool = False,
    roles: Mapping[str, ColumnRole] = MappingProxyType({}),
    progress: ImportProgress = lambda rows: None,
) -> ImportResult:
    """Import a list of readers who agreed, as the operator states: all good rows, once the whole list is read.

    Nobody who is known is changed; nobody who left or was erased comes back. Raises HouseError for a file
    that is no such list. `roles`: what its columns are, where their names do not say it. `progress` hears now and then
    how many rows were read; others can write meanwhile.
    """
    problems, secret = _Problems(), secrets.get(db, "signing")
    counts, statuses = Counter[str](), Counter[SubscriberStatus]()
    with reader_staging.staging(db), closing(parse_subscribers(file, roles)) as rows:
        reader_staging.stage(db, _staged_readers(effects, secret, rows, problems, progress))
        (last, repeated), now = reader_staging.sort_staged(db), effects.now()
        for batch in [(1, last + 1)] if dry else write_batches(effects, last):
            with nullcontext() if dry else write_transaction(db):
                found = reader_staging.count_batch(db, batch)
                if not dry:
                    reader_staging.add_batch(db, batch, Consent(now, consent, "import", now))
            counts.update(new=found.new, suppressed=found.suppressed)
            statuses.update(found.statuses)
    return ImportResult(
        counts["new"],
        statuses.total(),
        repeated,
        counts["suppressed"],
        problems.count,
        tuple(problems.first),
        dict(statuses),
    )


class _Problems:
    """The rows that were not taken: how many, and the first of them."""

    def __init__(self) -> None:
        self.count, self.first = 0, list[ImportProblem]()

    def add(self, problem: ImportProblem) -> None:
        self.count += 1
        if len(self.first) < MAX_PROBLEMS:
            self.first.append(problem)


def _staged_readers(
    effects: SideEffects,
    secret: str,
    rows: Iterator[ImportRow | ImportProblem],
    problems: _Problems,
    progress: ImportProgress,
) -> Iterator[StagedReader]:
    for number, row in enumerate(rows, 1):
        if number % PROGRESS_STEP == 0:
            progress(number)
        if isinstance(row, ImportProblem):
            problems.add(row)
            continue
        one = row.address
        digest = address_digest(secret, one.key)
        yield StagedReader(effects.token(), one.key, one.email, one.mailbox, digest, row.wishes)
