"""Audience of an issue: the subscribers who may get it, and how many of which domains it goes to."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from core.states import Edition, Nation
from db.schema.connect import Database


@dataclass(frozen=True, slots=True)
class AudienceMember:
    """An active subscriber, as far as it decides what they get."""

    id: int
    key: str = field(repr=False)  # of their mailbox
    edition: Edition
    matching: bool
    topics: tuple[str, ...]
    nations: tuple[Nation, ...]


def active_subscribers(db: Database) -> Iterator[AudienceMember]:
    """The active subscribers in the order they came, read as they are asked for."""
    for row in db.execute(
        """
        SELECT id, key, edition, only_when_matching, topics, nations FROM subscribers WHERE status = 'active'
        ORDER BY id
        """
    ):
        number, key, edition, matching, topics, nations = row
        yield AudienceMember(
            number, key, edition, bool(matching), tuple(json.loads(topics)), tuple(json.loads(nations))
        )


def count_audience(db: Database, period: str, domain: str = "") -> int:
    """How many readers an issue goes or went to, of whom we know who they are; at one domain, or all."""
    if not domain:
        sql, values = "SELECT COUNT(*) FROM deliveries WHERE period = ? AND subscriber_id IS NOT NULL", [period]
    else:
        sql = """
            SELECT COUNT(*) FROM subscribers AS s CROSS JOIN deliveries AS d ON d.period = ? AND d.subscriber_id = s.id
            WHERE substr(s.mailbox, instr(s.mailbox, '@') + 1) = ?
            """
        values = [period, domain]
    return int(db.execute(sql, values).fetchone()[0])


def has_several_domains(db: Database, period: str) -> bool:
    """Whether the readers whom an issue goes or went to are of more than one domain."""
    row = db.execute(
        """
        SELECT COUNT(*) FROM (
            SELECT DISTINCT substr(s.mailbox, instr(s.mailbox, '@') + 1) AS domain
            FROM deliveries AS d CROSS JOIN subscribers AS s ON s.id = d.subscriber_id WHERE d.period = ? LIMIT 2
        )
        """,
        [period],
    ).fetchone()
    return int(row[0]) > 1
