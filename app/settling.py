"""The verb settle: an issue that went out before a backup was restored is not sent again."""

from app import issuing, notices
from app.lock import lock
from app.schedule.plan import SETTLED
from app.world import World
from core.dates import period_name
from core.errors import HouseError
from core.settings import Settings
from db import chores, corrections, deliveries, doubt, issues
from db.chores import RESTORED
from db.connect import Database, write
from db.issues import Kept

FROZEN = ("sending", "sent")
TOGETHER = "This issue was put together again from a backup: what was mailed may have held more."


def settle(world: World, settings: Settings, db: Database, period: str, dry: bool = False) -> int:
    """A person says that a month's issue went out: nobody is mailed; how many may have had it and have no receipt.

    Its reviews are no news again. An issue that is not in the backup is put together from what is, and says so on the
    web; one of which nothing is left is left out. Raises HouseError where there is nothing to decide, IssueBlocked,
    and Locked while something is being sent.
    """
    if chores.get(db, RESTORED, period) is None:
        fix = "See: casereviews status"
        raise HouseError("there is nothing to decide", f"the issue of {period_name(period)}", fix)
    status = status_of(db, period)
    if status not in FROZEN:
        issuing.refuse_quarantined(settings, db)
    if dry:
        return deliveries.waiting(db, period)[0]
    with lock(settings.data_dir, "delivery"), write(db):
        now, count = world.now(), 0
        if status not in FROZEN:
            _put_together(world, settings, db, period)
        count = doubt.settle(db, period, now)
        issues.sent(db, period, now)
        issuing.rebuild_drafts(settings, db, now, after=period)
        chores.keep(db, notices.NOTICE, f"sent {period}", now)  # the operator knows it, and said so
        chores.drop(db, RESTORED, period)
    return count


def status_of(db: Database, period: str) -> str:
    """The status of a month's issue; empty where there is none."""
    known = issues.standings(db, since=period).get(period)
    return known.status if known else ""


def _put_together(world: World, settings: Settings, db: Database, period: str) -> None:
    """Freeze what the backup has of an issue; a month of which it has nothing is marked as done with."""
    fresh: Kept = issuing.draft(settings, db, period)
    now = world.now()
    if not fresh.issue.reviews:
        issues.lapse(db, period)
        issues.discard(db, period)
        chores.keep(db, SETTLED, period, now)
        return
    issues.keep_anew(db, fresh, now)
    issues.freeze(db, period, now)
    corrections.add(db, period, TOGETHER, now)


def go_on(db: Database, period: str) -> None:
    """A person sends an issue: what a restored backup left to decide is decided."""
    if chores.get(db, RESTORED, period):
        with write(db):
            chores.drop(db, RESTORED, period)
