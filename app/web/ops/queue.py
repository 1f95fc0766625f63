"""The queue: what became of each delivery, what to do about it, and sending again."""

import re
from datetime import datetime
from threading import Event

from flask import abort, request, url_for
from werkzeug.wrappers import Response as Answer

from app import releasing
from app.web.house import house
from app.web.ops import phrases, state
from app.web.ops.desk import moment, room, show
from app.web.ops.issue import look
from app.web.ops.progress import begin
from app.web.ops.release import KIND, delivering
from app.web.ops.trail import tell
from app.web.ops.work import Work
from core.dates import from_iso, iso_utc, period_name
from core.records import Delivery
from db import deliveries, paged
from db.connect import Database

ROWS = 50  # on a page
SENT = 6  # issues in the list
AFTER = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)\.(\d{1,18})", re.ASCII)
AGAIN = {  # what is sent again: whether the unknown too, whether instead what was written to files
    "failed": (False, False),
    "unknown": (True, False),
    "written": (False, True),
}
WHICH = {
    "failed": "Those refused or failed",
    "unknown": "Those refused, failed or unknown: who is unknown may get it twice",
    "written": "Instead, those written to files only: after going live",
}


@room.get("/queue")
def queue_list() -> str:
    """The issues that are being sent, and those sent last."""
    return show("queues.html", "Queue", queues=state.queues(house().db, SENT))


@room.get("/queue/<period>")
def queue(period: str) -> str:
    """One issue's deliveries in one state, those first that were due first."""
    counts = _counts(period)
    shown = request.args.get("state", "")
    if shown not in counts:
        shown = next((one for one in (*phrases.BAD, "queued", "sending") if counts[one]), "sent")
    rows = paged.deliveries(house().db, period, shown, _after(), ROWS + 1)
    return show(
        "queue.html",
        f"Queue: {state.title(period)}",
        period=period,
        shown=shown,
        states=[(one, phrases.STATES[one], number) for one, number in counts.items()],
        rows=[(one, _fix(one)) for one in rows[:ROWS]],
        after=_mark(rows[ROWS - 1]) if len(rows) > ROWS else "",
        first=_after() is None,
        bad=sum(counts[one] for one in phrases.BAD),
        written=house().settings.mail.transport == "smtp" and counts["sent"],
    )


def _counts(period: str) -> dict[str, int]:
    if look(period).open:
        abort(404)
    return deliveries.counts(house().db, period)


def _after() -> tuple[datetime, int] | None:
    """Where the page begins: after this time and number."""
    found = AFTER.fullmatch(request.args.get("after", ""))
    return (from_iso(found[1]), int(found[2])) if found else None


def _mark(one: Delivery) -> str:
    return f"{iso_utc(one.due_at)}.{one.id}"


def _fix(one: Delivery) -> str:
    settings = house().settings
    return phrases.fix(one, lambda when: moment(when, settings))


@room.get("/queue/<period>/again")
def again(period: str) -> str:
    """Check before sending again: to how many, by which way."""
    _counts(period)
    numbers = {
        which: releasing.again(house().world, house().db, period, unknown, written, dry=True)
        for which, (unknown, written) in AGAIN.items()
    }
    return show(
        "again.html",
        f"Check before you send again: {state.title(period)}",
        period=period,
        choices=[(which, words, phrases.count(numbers[which], "reader")) for which, words in WHICH.items()],
        how=phrases.how(house().settings.mail),
    )


@room.post("/queue/<period>/again")
def again_now(period: str) -> Answer:
    """Queue them once more, and deliver."""
    _counts(period)
    which = request.form.get("which", "failed")
    unknown, written = AGAIN.get(which) or abort(400)
    world, delivery = house().world, delivering(period)

    def job(work: Work, db: Database, stop: Event) -> None:
        number = releasing.again(world, db, period, unknown, written)
        work.say(f"{phrases.count(number, 'delivery', 'deliveries')} queued again")
        delivery(work, db, stop)

    words = f"Send the issue of {period_name(period)} again"
    back, done = (url_for("ops.queue", period=period), "Back to the queue"), f"sent {period} again to those {which}"
    answer, fresh = begin(KIND, words, back, job, done)
    if not fresh:
        tell(f"{words}: asked while other mail was being sent")
    return answer
