"""Review record for its page in one query, or many records at once for feeds."""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from core.records import Change, Link, Review, Version
from core.states import LISTING_EVENTS, ListingEventKind, ReviewStatus
from db.rows import SELECT_REVIEW, review_from_row
from db.schema.connect import Database
from db.schema.timestamps import day_or_none, instant_or_none, to_instant

SELECT_RECORD = f"""
    {SELECT_REVIEW},
        (SELECT json_group_array(json_array(version, seen_at, json(changes)))
         FROM (SELECT * FROM review_versions WHERE review_id = r.id ORDER BY version)) AS versions,
        (SELECT MAX(COALESCE(ended_at, at)) FROM wording_fixes WHERE review_id = r.id) AS fixed_at,
        (SELECT json_group_array(json_array(kind, at))
         FROM (SELECT * FROM review_events WHERE review_id = r.id ORDER BY at, id)) AS events,
        (SELECT json_group_array(json_array(period, title)) FROM (
            SELECT i.period, i.title FROM issue_reviews AS c JOIN issues AS i USING (period)
            WHERE c.review_id = r.id AND i.status IN ('sending', 'sent') ORDER BY i.period
        )) AS issues,
        (SELECT json_group_array(json_array(source, first_seen, missing_since, no_longer_covered))
         FROM (SELECT * FROM sightings WHERE review_id = r.id ORDER BY first_seen, source)) AS seen,
        (SELECT json_group_array(json_array(
            ordered.source, ordered.text, ordered.url,
            c.state, c.media, c.size, c.pages, c.checked_at, c.first_failed_on, c.dead_since, c.inconclusive
        )) FROM (SELECT * FROM copies WHERE review_id = r.id ORDER BY source, position) AS ordered
         JOIN sightings AS s ON s.review_id = r.id AND s.source = ordered.source AND s.missing_since IS NULL
         JOIN link_checks AS c ON c.url = ordered.url) AS copies,
        (SELECT json_group_array(json_array(c.url, c.checked_at, c.first_failed_on, c.dead_since, c.inconclusive))
         FROM (SELECT * FROM links WHERE review_id = r.id ORDER BY position) AS ordered
         JOIN link_checks AS c ON c.url = ordered.url) AS checks,
        MAX(
            COALESCE((SELECT MAX(seen_at) FROM review_versions WHERE review_id = r.id), ''),
            COALESCE((SELECT MAX(at) FROM review_events WHERE review_id = r.id), ''),
            COALESCE((SELECT MAX(COALESCE(ended_at, at)) FROM wording_fixes WHERE review_id = r.id), ''),
            COALESCE((SELECT MAX(c.checked_at) FROM links AS k JOIN link_checks AS c ON c.url = k.url
                      WHERE k.review_id = r.id), '')
        ) AS changed_at
    FROM reviews AS r WHERE r.id = ?
"""


@dataclass(frozen=True, slots=True)
class SourceSighting:
    """A source that a review was seen in."""

    source: str
    first_seen: datetime  # UTC
    missing_since: date | None
    ended: bool


@dataclass(frozen=True, slots=True)
class LinkHealth:
    """When an address was last looked at, and since when it has failed."""

    at: datetime | None = None  # UTC; None: never
    failing_since: date | None = None
    dead_since: date | None = None
    unsettled: bool = False  # the last look told too little: what is known is of one before


@dataclass(frozen=True, slots=True)
class ReportCopy:
    """A link to a review's report that a source beside its own shows."""

    source: str
    link: Link
    health: LinkHealth


@dataclass(frozen=True, slots=True)
class ReviewRecord:
    """All that is held of a review, identified by its number; of one that is withdrawn, that only."""

    review: Review
    changed_at: datetime  # UTC; the last time that is written down in it
    versions: tuple[Version, ...] = ()
    events: tuple[tuple[ListingEventKind, datetime], ...] = ()  # when
    issues: tuple[tuple[str, str], ...] = ()  # period and title of those that left the house
    seen: tuple[SourceSighting, ...] = ()
    link_health: Mapping[str, LinkHealth] | None = None  # by address
    copies: tuple[ReportCopy, ...] = ()  # that their sources still show


def get_record(db: Database, number: int) -> ReviewRecord | None:
    """The record of a review, or None when there is none of that number."""
    row = db.execute(SELECT_RECORD, [number]).fetchone()
    return _record_from_row(row) if row else None


def record_validators(db: Database, number: int) -> tuple[str, datetime] | None:
    """What differs whenever anything of a record does, and the last time written down in it, UTC.

    None where there is no such review, or it is withdrawn.
    """
    row = db.execute(SELECT_RECORD, [number]).fetchone()
    status: ReviewStatus | None = row["status"] if row else None
    if row is None or status == "withdrawn":
        return None
    return hashlib.sha256("\x1f".join(map(str, row)).encode()).hexdigest()[:32], _last_changed_at(row)


def _last_changed_at(row: sqlite3.Row) -> datetime:
    times = [row["first_seen"], row["last_seen"], row["shown_until"] or "", row["changed_at"]]
    return to_instant(max(times))


def _record_from_row(row: sqlite3.Row) -> ReviewRecord:
    review = public_review(row)
    if review.status == "withdrawn":
        return ReviewRecord(review, _last_changed_at(row))
    versions, events, checks = (json.loads(row[name]) for name in ("versions", "events", "checks"))
    return ReviewRecord(
        review,
        _last_changed_at(row),
        tuple(Version(review.id, n, to_instant(at), tuple(Change(**c) for c in cs)) for n, at, cs in versions),
        tuple((kind, to_instant(at)) for kind, at in events if kind in LISTING_EVENTS),
        tuple((period, title) for period, title in json.loads(row["issues"])),
        tuple(SourceSighting(s, to_instant(at), day_or_none(m), bool(e)) for s, at, m, e in json.loads(row["seen"])),
        {url: _link_health(*health) for url, *health in checks},
        tuple(
            ReportCopy(source, Link(*shown[:6]), _link_health(*shown[6:]))
            for source, *shown in json.loads(row["copies"])
        ),
    )


def _link_health(at: str | None, failing: str | None, dead: str | None, unsettled: int) -> LinkHealth:
    return LinkHealth(instant_or_none(at), day_or_none(failing), day_or_none(dead), bool(unsettled))


def public_review(row: sqlite3.Row) -> Review:
    """A row as everybody may see it: nothing of what was withdrawn, and no issue that is still a draft."""
    review = review_from_row(row)
    issues = json.loads(row["issues"])
    if review.status == "withdrawn" and not review.taken_down:
        gone = Review("", "", "", id=review.id, title="A review that has been withdrawn", status="withdrawn")
        return replace(gone, key=f"withdrawn-{review.id}", first_seen=review.first_seen, source=review.source)
    return replace(review, issue=issues[0][0] if issues else None)


def list_with_changes(db: Database, numbers: Iterable[int]) -> list[tuple[Review, datetime]]:
    """Reviews that are not withdrawn, in the order given, and when each last changed, UTC."""
    select = SELECT_RECORD.replace("FROM reviews AS r WHERE r.id = ?", "FROM json_each(?) AS w JOIN reviews AS r")
    rows = db.execute(
        f"{select} ON r.id = w.value WHERE r.status <> 'withdrawn' ORDER BY w.key", [json.dumps(list(numbers))]
    )
    return [(public_review(row), _last_edited_at(row)) for row in rows]


def _last_edited_at(row: sqlite3.Row) -> datetime:
    times = [row["first_seen"], row["fixed_at"] or "", *(version[1] for version in json.loads(row["versions"]))]
    return to_instant(max(times))
