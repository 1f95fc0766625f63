"""Issue delivery: what is being sent, an issue or a correction, goes to each subscriber due exactly once."""

import logging
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing, suppress
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event
from typing import assert_never

from core.actions import WAY_OUT, Action
from core.bounce_rules import redact_reply
from core.config.schema import Settings
from core.dates import PERIOD, run_name
from core.errors import MailRefused, MailSilent, MailUnavailable
from core.log_fields import bind_log_fields
from core.records import Claim, Receipt
from core.retry import THROTTLE_GRACE
from core.side_effects import SideEffects
from core.states import DeliveryState
from db.collection import takedowns
from db.mail import audiences, deliveries, delivery_retention, mailings
from db.schema.connect import Database, connect, lengthen_log, write_transaction
from newsletter.mail.throttle import AdaptivePace
from newsletter.mail.transport import AudienceShare, DeliveryAnswer, Parcel, Transport, split_audience
from services.delivery import machine_guard
from services.delivery.delivery_worker import (
    CLAIM_BATCH,
    DeliveryRun,
    DeliveryWorker,
    decide_refusals,
    make_parcel,
    make_return_path,
)
from services.delivery.journal_check import take_over_journal
from services.delivery.record_bounce import settle_delivered
from services.delivery.send_rate import STOP_CHECK_SECONDS, SendRate

log = logging.getLogger("casereviews")
FILES_PER_COMMIT = 500  # messages that are written to the outbox between two commits
ProgressCallback = Callable[[Counter[DeliveryState]], None]


@dataclass(frozen=True, slots=True)
class DeliverySummary:
    """What a run of deliveries did, and what it left."""

    done: Counter[DeliveryState] = field(default_factory=Counter)  # of this run; queued: to be tried again
    left: int = 0  # still to be sent
    next_due: datetime | None = None  # UTC
    server_fault: str = ""  # why the mail server could not be used any more


def deliver_issues(
    effects: SideEffects,
    settings: Settings,
    db: Database,
    periods: list[str] | None = None,
    stop: Event | None = None,
    progress: ProgressCallback | None = None,
) -> DeliverySummary:
    """Send what is due of the issues and corrections being sent, oldest first; `periods`: of these runs only.

    `stop` ends it after the messages in flight. What a killed run left is sorted out first; what cannot be sent now
    is left to a later call. `progress` hears what became of the messages. Raises LockHeld while another run sends,
    HouseError on another machine, MailRefused when the server will not have us, MailUnavailable or MailSilent.
    """
    pace = AdaptivePace(effects.now())
    done, left, dues, down, stopped = Counter[DeliveryState](), 0, [], "", None
    machine_guard.refuse_away(effects, settings, db)
    with effects.lock(settings.data_dir, "delivery"):
        take_over_journal(db, settings.data_dir, effects.now())
        _, done["unknown"] = deliveries.recover_interrupted(db, effects.boot(), effects.now())
        for period in [one for one in mailings.list_sending(db) if periods is None or one in periods]:
            run = DeliveryRun(effects, settings, period, stop or Event(), effects.boot(), pace, done=done)
            with bind_log_fields(issue=period):
                try:
                    down = _deliver_issue(run, progress or _ignore_progress) or down
                except MailRefused as e:
                    if not run.detector.verdict:
                        raise
                    stopped = stopped or e  # it may be these readers only: the other issues are tried
                finally:
                    run.journal.close()
                    more, due = _finish_issue(db, period, effects.now())
            left += more
            dues += [due] if due else []
    if stopped:
        raise stopped
    if down and not done["sent"]:
        fix = "Nothing is lost: what waits is sent at the next try."
        raise MailUnavailable("the mail server cannot be used", down, fix)
    return DeliverySummary(done, left, min(dues, default=None), down)


def _ignore_progress(done: Counter[DeliveryState]) -> None:
    """Hear of progress where nobody wants to."""


def _finish_issue(db: Database, period: str, now: datetime) -> tuple[int, datetime | None]:
    """Say so where nothing is left to send; else how much is, and when the next is due."""
    with write_transaction(db):  # so that nothing is queued again between looking and dropping
        settle_delivered(db, period, now)
        stopped = mailings.get_status(db, period) == "stopped"
        left, due = deliveries.count_outstanding(db, period)
        if not left:
            deliveries.delete_queued(db, period)
            mailings.mark_sent(db, period, now)
    if not left:
        what = f"the issue of {period}" if PERIOD.fullmatch(period) else run_name(period)
        done = "was stopped" if stopped else "is sent"
        log.info("%s %s", what, done, extra=dict(deliveries.counts(db, period).items()))
    return left, due


def _deliver_issue(run: DeliveryRun, progress: ProgressCallback) -> str:
    """Send one issue; why the server could not be used, where it could not."""
    down = ""
    for share in split_audience(run.settings):
        match share.way_out.via:
            case "smtp":
                down = _send_by_smtp(run, share, progress)
            case "outbox":
                _write_files(run, share, progress)
            case never:
                assert_never(never)
    return down


def _write_files(run: DeliveryRun, share: AudienceShare, progress: ProgressCallback) -> None:
    """Write the messages that nobody gets for real, a file each; the same one when it is done again."""
    with closing(connect(run.settings.database)) as db:
        while not run.ending:
            claims = deliveries.claim(
                db, run.period, run.boot, run.effects.now(), FILES_PER_COMMIT, share.keys, but=share.others
            )
            if not claims:
                return
            receipts = _write_batch(run, db, share.way_out, claims)
            deliveries.record_progress(db, receipts, None, run.effects.now())
            for token in delivery_retention.list_parted_tokens(db, claims):  # since they were claimed
                share.way_out.take_back(f"{run.period}/{token}")
            run.done["sent"] += len(receipts)
            progress(run.done)


def _write_batch(run: DeliveryRun, db: Database, way_out: Transport, claims: list[Claim]) -> list[Receipt]:
    """Write the messages; again where a review that they carry was taken down meanwhile."""
    receipts: dict[int, Receipt] = {}

    def mark(answers: list[DeliveryAnswer], following: Parcel | None) -> bool:
        receipts.update((one.id, Receipt(one.id, "sent", one.reply, via="outbox")) for one in answers)
        return True

    pace, return_path = SendRate(run.effects, run.settings.mail, db), make_return_path(run.settings)
    while True:
        templates = run.current_templates(db)
        with closing(way_out.open(pace)) as session:
            parcels = (
                make_parcel(run.period, one, templates, return_path(one.message_token), session) for one in claims
            )
            session.deliver(parcels, mark)
        if takedowns.list_ids(db) == run.excluded_ids:
            return list(receipts.values())


def _send_by_smtp(run: DeliveryRun, share: AudienceShare, progress: ProgressCallback) -> str:
    """Send over as many connections as are worth it. Raises what stopped any of them, MailRefused when it is us."""
    with closing(connect(run.settings.database, shared=True)) as db:
        lengthen_log(db)
        most = CLAIM_BATCH * run.settings.mail.connections  # that decide how many connections are worth it
        if not (due := deliveries.count_due(db, run.period, run.effects.now(), share.keys, most)):
            return ""
        whole = False
        run.detector.has_one_domain = lambda: not audiences.has_several_domains(db, run.period)
        run.detector.any_taken = deliveries.has_newer_acceptance(db, run.period)
        frozen_at = mailings.get_frozen_at(db, run.period)
        run.throttles.is_patient = frozen_at is None or run.effects.now() - frozen_at < THROTTLE_GRACE
        try:
            down = _run_workers(run, db, share, progress, due)
            whole = not down and not run.ending
        finally:
            deliveries.release_claims(db, (claim.id for claim in run.claims))
            decide_refusals(run, db, whole)
    progress(run.done)
    if run.detector.verdict:
        where = f"{share.way_out.where} ({redact_reply(run.detector.verdict)})"
        fix = "It must take mail from us: see [mail], or what it says. Nothing is lost."
        action = Action(WAY_OUT, "Try again now", "Then type the same again.")
        raise MailRefused("the mail server refuses everybody, so it must be us", where, fix, action)
    if run.gate.has_failed:
        fix = "Nobody knows whether it has the last one, so nothing more is sent but one in each run: see its log."
        raise MailSilent("the mail server was given a message and did not answer", share.way_out.where, fix)
    return f"it puts everybody off: {redact_reply(run.slowed)}" if run.slowed else down


def _run_workers(run: DeliveryRun, db: Database, share: AudienceShare, progress: ProgressCallback, due: int) -> str:
    """Send what is due, over a thread each; why the server could not be used, where it could not."""
    mail = run.settings.mail
    count = run.connections = min(
        mail.connections, -(-due // CLAIM_BATCH), *([mail.rate_per_minute // 60 + 1] if mail.rate_per_minute else [])
    )
    with ThreadPoolExecutor(count, "delivery") as pool:  # its end waits for the messages in flight and their receipts
        workers: list[Future[str]] = []
        try:
            workers += (
                pool.submit(copy_context().run, _run_worker, run, db, share) for _ in range(count)
            )  # with what the log has
            while wait(
                workers, STOP_CHECK_SECONDS
            ).not_done:  # not Thread.join: interrupted once, it takes the thread for ended
                progress(run.done)
        except BaseException:
            run.halt.set()
            log.info("told to stop: the messages in flight are finished")
            _await_workers(workers)
            raise
    return "; ".join(dict.fromkeys(why for worker in workers if (why := worker.result())))


def _await_workers(workers: list[Future[str]]) -> None:
    """Wait for the messages in flight, however often interrupted: the lock must not be free before they are down."""
    while True:
        with suppress(KeyboardInterrupt):
            wait(workers)
            return


def _run_worker(run: DeliveryRun, db: Database, share: AudienceShare) -> str:
    try:
        return DeliveryWorker(run, db, share).work()
    except BaseException:  # the others end their messages too
        log.debug("a connection ended", exc_info=True)
        run.halt.set()
        raise
