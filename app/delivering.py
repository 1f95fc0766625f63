"""The verb deliver: frozen issues go to those who are due to get them, everyone once."""

import logging
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing, suppress
from contextvars import copy_context
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event

from app import logs
from app.addresses import address
from app.lock import lock
from app.sending import BATCH, NAP, Run, Sender, decide
from app.world import World
from core.bounces import scrubbed
from core.errors import MailDown, MailRefused, SettingsError
from core.records import Claim, Receipt
from core.settings import Settings
from core.subscribers import Refused
from db import deliveries, issues, takedowns
from db.connect import Database, connect, write
from newsletter.send import to_outbox

log = logging.getLogger("casereviews")
FILES = 500  # messages that are written to the outbox between two commits
Progress = Callable[[Counter[str]], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run of deliveries did, and what it left."""

    done: Counter[str] = field(default_factory=Counter)  # of this run: sent, refused, failed, unknown, queued again
    left: int = 0  # still to be sent
    next_due: datetime | None = None  # UTC
    down: str = ""  # why the mail server could not be used any more


def deliver(
    world: World,
    settings: Settings,
    db: Database,
    periods: list[str] | None = None,
    stop: Event | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Send what is due of the issues that are being sent, oldest first; `periods`: of these only.

    `stop` ends it after the messages in flight. What a killed run left is sorted out first; what cannot be sent now
    is left to a later call. `progress` hears now and then what became of this run's messages. Raises Locked while
    another run sends, MailRefused when the server will not have us, MailDown when it cannot be used at all.
    """
    done, left, dues, down, stopped = Counter[str](), 0, [], "", None
    with lock(settings.data_dir, "delivery"):
        _, done["unknown"] = deliveries.recover(db, world.boot(), world.now())
        for period in issues.sending(db):
            if periods is None or period in periods:
                run = Run(world, settings, period, stop or Event(), world.boot(), done=done)
                with logs.bound(issue=period):
                    try:
                        down = _deliver(run, progress or _nobody) or down
                    except MailRefused as e:
                        if not run.row.verdict:
                            raise
                        stopped = stopped or e  # it may be these readers only: the other issues are tried
                    finally:
                        more, due = _finished(db, period, world.now())
                    if not more:
                        log.info("the issue of %s is sent", period, extra=deliveries.counts(db, period))
                left += more
                dues += [due] if due else []
    if stopped:
        raise stopped
    if down and not done["sent"]:
        raise MailDown("the mail server cannot be used", down, "Nothing is lost: what waits is sent at the next try.")
    return Outcome(done, left, min(dues, default=None), down)


def _nobody(done: Counter[str]) -> None:
    """Hear of progress where nobody wants to."""


def _finished(db: Database, period: str, now: datetime) -> tuple[int, datetime | None]:
    """Say so where nothing is left to send; else how much is, and when the next is due."""
    with write(db):  # so that nothing is queued again between looking and dropping
        left, due = deliveries.waiting(db, period)
        if not left:
            deliveries.drop_unwanted(db, period)
            issues.sent(db, period, now)
    return left, due


def _deliver(run: Run, progress: Progress) -> str:
    """Send one issue; why the server could not be used, where it could not."""
    mail = run.settings.mail
    if mail.transport == "outbox":
        _to_files(run, None, progress)
        return ""
    if mail.live:
        return _over_lines(run, None, progress)
    keys = allowed(run.settings)
    down = _over_lines(run, keys, progress)
    _to_files(run, keys, progress)
    return down


def allowed(settings: Settings) -> list[str]:
    """The mailboxes that get real mail while the house is not live. Raises SettingsError."""
    try:
        return [address(one).key for one in settings.mail.allow_list]
    except Refused as e:
        raise SettingsError("configuration", f"mail.allow_list: {e}", "Correct the address.") from e


def _to_files(run: Run, but: list[str] | None, progress: Progress) -> None:
    """Write the messages that nobody gets for real, a file each; the same one when it is done again."""
    folder = run.settings.data_dir / "outbox" / run.period
    with closing(connect(run.settings.database)) as db:
        while not run.ending:
            claims = deliveries.claim(db, run.period, run.boot, run.world.now(), FILES, but, but=but is not None)
            if not claims:
                return
            _write(run, db, claims, folder)
            receipts = [Receipt(one.id, "sent", "written to a file, not mailed", via="outbox") for one in claims]
            deliveries.step(db, receipts, None, run.world.now())
            for token in deliveries.erased(db, [one.id for one in claims]):  # since we took it from the queue
                (folder / f"{token}.eml").unlink(missing_ok=True)
            run.done["sent"] += len(receipts)
            progress(run.done)


def _write(run: Run, db: Database, claims: list[Claim], folder: Path) -> None:
    """Write the messages; again where a review that they carry was taken down meanwhile."""
    while True:
        stamps = run.stamped(db)
        for one in claims:
            to_outbox(folder, one.message_token, stamps[one.edition](one.mailbox, one.token, one.message_token))
        if takedowns.all_ids(db) == run.without:
            return


def _over_lines(run: Run, keys: list[str] | None, progress: Progress) -> str:
    """Send over as many connections as are worth it. Raises what stopped any of them, MailRefused when it is us."""
    with closing(connect(run.settings.database)) as db:
        if not (due := deliveries.due(db, run.period, run.world.now(), keys)):
            return ""
        whole = False
        run.row.taken = deliveries.others_taken(db, run.period)
        try:
            down = _with_lines(run, keys, progress, due)
            whole = not down and not run.ending
        finally:
            decide(run, db, whole)
    progress(run.done)
    if run.row.verdict:
        where = f"{run.settings.mail.host}:{run.settings.mail.port} ({scrubbed(run.row.verdict)})"
        fix = "It must take mail from us: see [mail], or what it says. Nothing is lost: then type the same again."
        raise MailRefused("the mail server refuses everybody, so it must be us", where, fix)
    return down


def _with_lines(run: Run, keys: list[str] | None, progress: Progress, due: int) -> str:
    """Send what is due, over a thread each; why the server could not be used, where it could not."""
    mail = run.settings.mail
    count = min(mail.connections, -(-due // BATCH), *([mail.rate_per_minute // 60 + 1] if mail.rate_per_minute else []))
    with ThreadPoolExecutor(count, "delivery") as pool:  # its end waits for the messages in flight and their receipts
        lines: list[Future[str]] = []
        try:
            lines += (pool.submit(copy_context().run, _line, run, keys) for _ in range(count))  # with what the log has
            while wait(lines, NAP).not_done:  # not Thread.join: interrupted once, it takes the thread for ended
                progress(run.done)
        except BaseException:
            run.halt.set()
            _see_out(lines)
            raise
    return "; ".join(dict.fromkeys(why for line in lines if (why := line.result())))


def _see_out(lines: list[Future[str]]) -> None:
    """Wait for the messages in flight, however often interrupted: the lock must not be free before they are down."""
    while True:
        with suppress(KeyboardInterrupt):
            wait(lines)
            return


def _line(run: Run, keys: list[str] | None) -> str:
    try:
        with closing(connect(run.settings.database)) as db:
            return Sender(run, db, keys).work()
    except BaseException:  # the others end their messages too
        log.debug("a connection ended", exc_info=True)
        run.halt.set()
        raise
