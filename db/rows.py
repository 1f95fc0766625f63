"""Rows: the mappers between a row and its record, each way side by side, used by all rooms of db."""

import gzip
import json
import sqlite3
import zlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import Any

from core.editor_records import WordingFix
from core.errors import StoreError
from core.published_wording import apply_fixes
from core.records import Consent, Delivery, Link, Page, Review, Section, Subscriber
from db.schema.timestamps import instant_or_none, to_instant, to_text

REVIEW_COLUMNS = (
    "key source catalogue fingerprint year month publisher name title heading summary nation kind status version"
).split()
STORED_COLUMNS = (*REVIEW_COLUMNS, "raw", "baseline", "heading_key", "first_seen", "last_seen")
_get_columns = attrgetter(*REVIEW_COLUMNS)

# last_seen is the source's last good read for as long as it shows the review: nothing to write then.
SELECT_REVIEW = """
    SELECT
        r.*,
        EXISTS (SELECT 1 FROM takedowns WHERE review_id = r.id) AS taken_down,
        (SELECT period FROM issue_reviews JOIN issues USING (period) WHERE review_id = r.id
         ORDER BY issues.status = 'draft', period LIMIT 1) AS issue,
        (SELECT MAX((SELECT MAX(started_at) FROM runs WHERE source = sightings.source AND accepted = 1)) FROM sightings
         WHERE review_id = r.id AND missing_since IS NULL AND no_longer_covered = 0) AS shown_until,
        (SELECT json_group_array(json_array(kind, label, text, json(items)))
         FROM (SELECT * FROM sections WHERE review_id = r.id ORDER BY position)) AS sections,
        (SELECT json_group_array(text)
         FROM (SELECT * FROM keywords WHERE review_id = r.id ORDER BY position)) AS keywords,
        (SELECT json_group_array(json_array(text, url, state, media, size, pages))
         FROM (SELECT * FROM links WHERE review_id = r.id ORDER BY position)) AS links,
        (SELECT json_group_array(json_array(part, source_text, new_text, why, at))
         FROM (SELECT * FROM wording_fixes WHERE review_id = r.id AND ended_at IS NULL ORDER BY part)) AS fixes
"""


def published(column: str) -> str:
    """SQL for a column of the reviews `r` as it is published: what an editor has put right stands in its place."""
    return f"""COALESCE((
        SELECT new_text FROM wording_fixes
        WHERE review_id = r.id AND part = '{column}' AND ended_at IS NULL AND source_text = r.{column}
    ), r.{column})"""


def review_from_row(row: sqlite3.Row, whole: bool = False) -> Review:
    """A row as a review, with what editors have put right in it. One that was taken down keeps its number only.

    Reconciling needs it `whole`: in its collection's own words, its source's text beside them, whether or not it was
    taken down.
    """
    if row["taken_down"] and not whole:
        return Review(
            row["source"],
            "",
            "",
            id=row["id"],
            title="A review that has been withdrawn",
            key=f"withdrawn-{row['id']}",
            status="withdrawn",
            first_seen=to_instant(row["first_seen"]),
            taken_down=True,
        )
    review = Review(
        **{name: row[name] for name in ("id", *REVIEW_COLUMNS, "issue")},
        baseline=bool(row["baseline"]),
        taken_down=bool(row["taken_down"]),
        first_seen=to_instant(row["first_seen"]),
        last_seen=to_instant(max(row["shown_until"] or "", row["last_seen"])),
        sections=tuple(Section(k, lb, t, _items_from_spans(t, held)) for k, lb, t, held in json.loads(row["sections"])),
        keywords=tuple(json.loads(row["keywords"])),
        links=tuple(Link(*link) for link in json.loads(row["links"])),
    )
    if whole:
        return replace(review, raw=_inflate_source_text(review, row["raw"]))
    return apply_fixes(review, fixes_from_json(row["fixes"]))


def fixes_from_json(text: str) -> list[WordingFix]:
    """The wording fixes of a row."""
    return [WordingFix(part, old, new, why, to_instant(at)) for part, old, new, why, at in json.loads(text)]


def review_to_row(review: Review, heading_key: str, baseline: bool, now: datetime) -> tuple[Any, ...]:
    """A review's values in the order of STORED_COLUMNS."""
    raw, seen = _deflate_source_text(review), to_text(review.first_seen or now)
    return (*_get_columns(review), raw, int(baseline), heading_key, seen, to_text(now))


def _own_words(review: Review) -> bytes:
    """What nearly all of a source's text is made of: the preset dictionary that it is deflated beside."""
    labelled = [f"{section.label}: {section.text}" for section in review.sections]
    return "\n".join((review.heading, review.summary, *labelled)).encode()


def _deflate_source_text(review: Review) -> bytes:
    """A source's text in about a tenth of its length; empty where there is none."""
    if not review.raw:
        return b""
    stream = zlib.compressobj(1, zdict=_own_words(review))
    return stream.compress(review.raw.encode()) + stream.flush()


def _inflate_source_text(review: Review, held: bytes) -> str:
    """A source's text; empty where there is none, or the review's words were changed by hand since."""
    if not held:
        return ""
    try:
        return zlib.decompressobj(zdict=_own_words(review)).decompress(held).decode()
    except zlib.error:
        return ""


def spans_of_items(section: Section) -> str:
    """Where each entry of a section's list begins and ends in its text, as JSON; its words where they differ there."""
    if not section.items:
        return "[]"
    spans, end = [], 0
    for item in section.items:
        if (start := section.text.find(item, end)) < 0:
            spans.append(json.dumps(item, ensure_ascii=False))
            continue
        end = start + len(item)
        spans.append(f"[{start},{end}]")
    return f"[{','.join(spans)}]"


def _items_from_spans(text: str, spans: Iterable[list[int] | str]) -> tuple[str, ...]:
    return tuple(span if isinstance(span, str) else text[span[0] : span[1]] for span in spans)


def body_file(folder: Path, sha256: str) -> Path:
    return folder / sha256[:2] / f"{sha256}.gz"


def page_from_row(row: sqlite3.Row, folder: Path) -> Page:
    """A kept page with its body. Raises StoreError where that is gone or damaged."""
    return Page(
        row["url"],
        row["final_url"],
        row["status"],
        tuple((name, value) for name, value in json.loads(row["headers"])),
        _read_body(body_file(folder, row["sha256"])),
        to_instant(row["fetched_at"]),
    )


def _read_body(file: Path) -> bytes:
    try:
        packed = file.read_bytes()
        return gzip.decompress(packed or b"empty")  # of no bytes at all it would make an empty page
    except (OSError, EOFError, zlib.error) as e:
        fix = "Delete that file if it is there, then read the source again."
        raise StoreError("a kept page cannot be read", str(file), fix) from e


def delivery_from_row(row: sqlite3.Row) -> Delivery:
    return Delivery(
        **{name: row[name] for name in "id period subscriber_id token edition state via relay attempts reply".split()},
        email=row["email"] or "",
        changed_at=to_instant(row["changed_at"]),
        due_at=to_instant(row["due_at"]),
    )


def subscriber_from_row(row: sqlite3.Row) -> Subscriber:
    return Subscriber(
        **{name: row[name] for name in "id key email mailbox token status edition rest".split()},
        since=to_instant(row["status_since"]),
        topics=tuple(json.loads(row["topics"])),
        nations=tuple(json.loads(row["nations"])),
        matching=bool(row["only_when_matching"]),
        wishes_since=instant_or_none(row["wishes_since"]),
        consent=Consent(
            to_instant(row["consent_at"]),
            row["consent_wording"],
            row["consent_channel"],
            instant_or_none(row["confirmed_at"]),
        ),
    )


def subscriber_to_row(subscriber: Subscriber) -> dict[str, Any]:
    confirmed = subscriber.consent.confirmed_when
    return {name: getattr(subscriber, name) for name in "key email mailbox status token edition rest".split()} | {
        "status_since": to_text(subscriber.since),
        "topics": json.dumps(subscriber.topics, ensure_ascii=False),
        "nations": json.dumps(subscriber.nations),
        "only_when_matching": int(subscriber.matching),
        "consent_at": to_text(subscriber.consent.when),
        "consent_wording": subscriber.consent.wording,
        "consent_channel": subscriber.consent.how,
        "confirmed_at": to_text(confirmed) if confirmed else None,
        "wishes_since": to_text(subscriber.wishes_since) if subscriber.wishes_since else None,
    }
