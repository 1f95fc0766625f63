"""Metrics for Prometheus: counts, instants, sizes, with no personal data."""

import shutil
from collections.abc import ItemsView, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time

from core.config.schema import Settings
from core.states import SOURCE_HEALTHS
from db.collection import reviews, runs
from db.mail import (
    alert_mail,
    bounce_holds,
    bounces,
    deliveries,
    dispatches,
    provider_events,
    relay_tallies,
    subscribers,
    unknown_refusals,
)
from db.operator import job_failures, job_log
from db.operator.job_log import HEARTBEAT_TASK, TICK_TASK
from db.read import health_queries, ops_queries
from db.schema.connect import Database
from services.collect.source_status import source_state
from services.operator.backup import latest_backup
from services.operator.health import assess_health, database_size

RECENT_ISSUES = 3  # of whose deliveries there are figures
LabelledValues = tuple[tuple[tuple[str, ...], float], ...]


@dataclass(frozen=True, slots=True)
class Metric:
    """One thing that is measured, identified by its name; a value for each set of labels."""

    name: str
    words: str
    labels: tuple[str, ...]
    values: LabelledValues
    is_counter: bool = False  # it only grows


def collect_metrics(settings: Settings, db: Database, now: datetime) -> Iterator[Metric]:
    """All figures, as they are now; each of a query that an index answers, or of few rows."""
    report = assess_health(settings, db, now)
    yield _single_metric("healthy", "Whether all is well: 1, or 0 as /healthz says.", not report.troubles)
    about = {line.about: all(one.ok for one in report.lines if one.about == line.about) for line in report.lines}
    yield _labelled_metric("health", "Whether what is looked at is all right: 1 or 0.", "about", about.items())
    cautions = {line.about: 1.0 for line in report.cautions}
    words = "Why not all is well though nothing is wrong: 1 for each reason."
    yield _labelled_metric("caution", words, "about", cautions.items())
    yield from _source_metrics(settings, db, now)
    yield _labelled_metric("reviews", "Reviews held.", "status", health_queries.count_reviews(db).items())
    yield _single_metric("reviews_waiting", "News that no issue carries yet.", reviews.count_unissued(db))
    yield _labelled_metric("subscribers", "Subscribers.", "status", subscribers.counts(db).items())
    yield _single_metric("refusals_not_understood", "Refusals kept that nobody understood.", unknown_refusals.count(db))
    yield from _issue_metrics(db)
    in_hand = dispatches.count_dispatched(db)
    yield _single_metric("deliveries_with_workers", "Messages that workers on other machines have in hand.", in_hand)
    held = sum(hold.members for hold in bounce_holds.list_open(db))
    yield _single_metric("bounces_held", "Bounces of which the operator is asked whether it is them or us.", held)
    yield _labelled_metric(
        "transactional_emails",
        "Emails about subscriptions, of the last days.",
        "state",
        ops_queries.count_mail_by_state(db).items(),
    )
    alerts = alert_mail.counts(db)
    yield _single_metric("saved_searches", "Searches that readers have saved.", alerts.searches)
    yield _single_metric("alerts_waiting", "Alerts of saved searches that wait to be sent.", alerts.waiting)
    events = tuple(((one.provider, one.kind), float(one.count)) for one in provider_events.counts(db))
    yield Metric(
        "provider_events", "Events that mail providers reported in the last days.", ("provider", "kind"), events
    )
    yield from _scheduler_metrics(db)
    yield from _disk_metrics(settings)


def _issue_metrics(db: Database) -> Iterator[Metric]:
    """What became of the last issues."""
    last = {period: deliveries.counts(db, period) for period in health_queries.list_recent_periods(db, RECENT_ISSUES)}
    sent = {(period, state): float(count) for period, counts in last.items() for state, count in counts.items()}
    words = f"Deliveries of the last {RECENT_ISSUES} issues."
    yield Metric("deliveries", words, ("period", "state"), tuple(sent.items()))
    relays = {period: relay_tallies.count_by_relay(db, period) for period in last}
    by_relay = tuple(
        ((period, relay, state), float(count))
        for period, counts in relays.items()
        for relay, states in counts.items()
        for state, count in states.items()
    )
    words = f"Deliveries of the last {RECENT_ISSUES} issues by each of several relays."
    yield Metric("relay_deliveries", words, ("period", "relay", "state"), by_relay)
    ended = {
        (period, kind): float(count)
        for period in last
        for kind, count in bounces.count_ended_by_kind(db, period).items()
    }
    words = f"Subscriptions that what came of the last {RECENT_ISSUES} issues has ended."
    yield Metric("subscriptions_ended", words, ("period", "kind"), tuple(ended.items()))


def _source_metrics(settings: Settings, db: Database, now: datetime) -> Iterator[Metric]:
    names = [source.name for source in settings.sources]
    for name, words, good in (
        ("source_last_read_timestamp_seconds", "Unix seconds of a source's last read.", False),
        ("source_last_good_read_timestamp_seconds", "Unix seconds of a source's last read that went well.", True),
    ):
        times = {one: run.started_at.timestamp() for one in names if (run := runs.latest(db, one, good=good))}
        yield _labelled_metric(name, words, "source", times.items())
    states = {source.name: source_state(settings, db, source, now) for source in settings.sources}
    values = {(name, one): float(is_.state == one) for name, is_ in states.items() if is_ for one in SOURCE_HEALTHS}
    yield Metric("source_state", "1 for the state that a source is in.", ("source", "state"), tuple(values.items()))


def _scheduler_metrics(db: Database) -> Iterator[Metric]:
    for name, words, task in (
        ("timer_last_tick_timestamp_seconds", "Unix seconds when the timer last began a run.", TICK_TASK),
        (
            "timer_last_beat_timestamp_seconds",
            "Unix seconds when the timer of serve last gave a sign of life.",
            HEARTBEAT_TASK,
        ),
    ):
        if last := job_log.get(db, task):
            yield _single_metric(name, words, last.at.timestamp())
    failing = {one.job: one.since.timestamp() for one in job_failures.listing(db)}
    yield _single_metric("jobs_failing", "Jobs of the timer that fail now.", len(failing))
    yield _labelled_metric(
        "job_failing_since_timestamp_seconds", "Unix seconds since which a job fails.", "name", failing.items()
    )


def _disk_metrics(settings: Settings) -> Iterator[Metric]:
    if copy := latest_backup(settings.backups):
        at = datetime.combine(copy.day, time(), UTC).timestamp()
        yield _single_metric("backup_last_timestamp_seconds", "Unix seconds of the day of the newest daily copy.", at)
        yield _single_metric("backup_last_size_bytes", "Bytes of the newest daily copy.", copy.size)
    yield _single_metric(
        "database_bytes", "Bytes of the database and what SQLite keeps beside it.", database_size(settings)
    )
    yield _single_metric("disk_free_bytes", "Bytes that are free for it.", shutil.disk_usage(settings.data_dir).free)


def _single_metric(name: str, words: str, value: float) -> Metric:
    return Metric(name, words, (), (((), float(value)),))


def _labelled_metric(name: str, words: str, label: str, values: ItemsView[str, float]) -> Metric:
    return Metric(name, words, (label,), tuple(((key,), float(value)) for key, value in values))
