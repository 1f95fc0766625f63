"""The house in figures, for whoever watches it over time: counts and instants, nobody's address."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time

from app.health import database_size, health, last_copy
from app.schedule.plan import BEAT, FAILING, KNOCK
from app.sourcestate import source_state
from core.settings import Settings
from db import chores, deliveries, gauges, paged, reviews, sources, subscribers
from db.connect import Database

ISSUES = 3  # of whose deliveries there are figures
STATES = ("well", "broken", "stale")
Values = tuple[tuple[tuple[str, ...], float], ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing that is measured, identified by its name; a value for each set of labels."""

    name: str
    words: str
    labels: tuple[str, ...]
    values: Values


def figures(settings: Settings, db: Database, now: datetime) -> Iterator[Figure]:
    """All figures, as they are now; each of a query that an index answers, or of few rows."""
    found = health(settings, db, now)
    yield _one("healthy", "Whether all is well: 1, or 0 as /healthz says.", not found.troubles)
    about = {line.about: all(one.ok for one in found.lines if one.about == line.about) for line in found.lines}
    yield _by("health", "Whether what is looked at is all right: 1 or 0.", "about", about)
    yield from _of_sources(settings, db, now)
    yield _by("reviews", "Reviews held.", "status", gauges.reviews(db))
    yield _one("reviews_waiting", "News that no issue carries yet.", reviews.count_waiting(db))
    yield _by("subscribers", "Subscribers.", "status", subscribers.counts(db))
    last = {period: deliveries.counts(db, period) for period in gauges.last_issues(db, ISSUES)}
    sent = {(period, state): float(count) for period, counts in last.items() for state, count in counts.items()}
    words = f"Deliveries of the last {ISSUES} issues."
    yield Figure("deliveries", words, ("period", "state"), tuple(sent.items()))
    yield _by("transactional_emails", "Emails about subscriptions, of the last days.", "state", paged.letters(db))
    yield from _of_the_timer(db)
    yield from _of_the_disk(settings)


def _of_sources(settings: Settings, db: Database, now: datetime) -> Iterator[Figure]:
    names = [source.name for source in settings.sources]
    for name, words, good in (
        ("source_last_read_timestamp_seconds", "Unix seconds of a source's last read.", False),
        ("source_last_good_read_timestamp_seconds", "Unix seconds of a source's last read that went well.", True),
    ):
        runs = {one: run.started_at.timestamp() for one in names if (run := sources.last_run(db, one, good=good))}
        yield _by(name, words, "source", runs)
    states = {source.name: source_state(settings, db, source, now) for source in settings.sources}
    values = {(name, one): float(is_.state == one) for name, is_ in states.items() if is_ for one in STATES}
    yield Figure("source_state", "1 for the state that a source is in.", ("source", "state"), tuple(values.items()))


def _of_the_timer(db: Database) -> Iterator[Figure]:
    for name, words, task in (
        ("timer_last_tick_timestamp_seconds", "Unix seconds when the timer last began a run.", KNOCK),
        ("timer_last_beat_timestamp_seconds", "Unix seconds when the timer of serve last gave a sign of life.", BEAT),
    ):
        if last := chores.get(db, task):
            yield _one(name, words, last.at.timestamp())
    failing = {one: since.at.timestamp() for one, since in chores.listing(db, FAILING).items()}
    yield _one("jobs_failing", "Jobs of the timer that fail now.", len(failing))
    yield _by("job_failing_since_timestamp_seconds", "Unix seconds since which a job fails.", "name", failing)


def _of_the_disk(settings: Settings) -> Iterator[Figure]:
    if copy := last_copy(settings.backups):
        at = datetime.combine(copy.day, time(), UTC).timestamp()
        yield _one("backup_last_timestamp_seconds", "Unix seconds of the day of the newest daily copy.", at)
        yield _one("backup_last_size_bytes", "Bytes of the newest daily copy.", copy.size)
    yield _one("database_bytes", "Bytes of the database and what SQLite keeps beside it.", database_size(settings))
    yield _one("disk_free_bytes", "Bytes that are free for it.", shutil.disk_usage(settings.data_dir).free)


def _one(name: str, words: str, value: float) -> Figure:
    return Figure(name, words, (), (((), float(value)),))


def _by(name: str, words: str, label: str, values: Mapping[str, float]) -> Figure:
    return Figure(name, words, (label,), tuple(((key,), float(value)) for key, value in values.items()))
