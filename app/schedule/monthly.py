"""The chores of each month's issue: ask, draft, announce, release."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from app import notices
from app.schedule.calendar import month_after
from app.schedule.clock import believed
from app.schedule.house import Chore, Did, House
from app.schedule.plan import LATE, LET_GO, OWED, SKIPPED, Place, places
from app.schedule.restored import ASKING
from core.dates import period_name
from core.errors import HouseError, IssueBlocked, Locked
from core.plurals import noun, plural
from db import chores, issues
from db.connect import write
from newsletter.words import listed

OPEN = (*OWED, "held", "approval")  # the steps at which there may be something to do or to tell
LONG_OFF = timedelta(days=62)  # may a machine have been, and still mail at once
STEPS = 3  # at most, of one issue in one knock: drafted, released, done


def issue_chores(house: House) -> list[Chore]:
    """What there is to do for the months whose issue day has come: a chore for each, and one question for all."""
    return [
        ASKING,
        Chore("late issues", _late, _ask),
        *(_chore(where.period) for where in places(house.settings, house.db, house.now) if where.step in OPEN),
    ]


def _chore(period: str) -> Chore:
    return Chore(f"issue {period}", lambda house: _owed(house, period), lambda house: _forward(house, period))


def _place(house: House, period: str) -> Place | None:
    return next((where for where in places(house.settings, house.db, house.now) if where.period == period), None)


def _owed(house: House, period: str) -> Iterator[str]:
    where = _place(house, period)
    if where and where.step in OWED and where.step != "ask":
        yield f"{where.step} the issue of {period_name(period)}"
    elif where and where.step in ("held", "approval") and not notices.was_told(house.db, f"draft {period}"):
        yield f"tell the operator: the draft of {period_name(period)} is ready"


def _forward(house: House, period: str) -> Did:
    """Take an issue as far as it may go now."""
    for _ in range(STEPS):
        where = _place(house, period)
        if where is None or where.step not in ("draft", "release"):
            break
        if where.step == "release" and house.settings.newsletter.publish == "auto" and not _sure(house):
            return  # nobody has a day to stop what a wrong clock would send
        try:
            yield from _draft(house, where) if where.step == "draft" else _release(house, period)
        except IssueBlocked as e:
            yield from _blocked(house, where, e)
            return
    if where and where.step in ("held", "approval"):
        yield from _announce(house, where)


def _sure(house: House) -> bool:
    return believed(house.db, house.now, LONG_OFF)


def _draft(house: House, where: Place) -> Did:
    """Build the month's issue; older ones that nobody wanted to send late let their reviews go to it first."""
    from app import issuing

    period, settings, db = where.period, house.settings, house.db
    issuing.refuse_quarantined(settings, db)
    yield from _let_go(house, before=period)
    if settings.newsletter.empty_issue == "skip":
        issue = issuing.draft(settings, db, period).issue
        if not (issue.reviews or issue.updated or issue.withdrawn or issue.note):
            _mark(house, SKIPPED, [period], "nothing was new")
            yield f"there is no issue of {period_name(period)}: nothing was new"
            return
    kept = issuing.build(house.world, settings, db, period)
    with write(db):
        issues.drafted(db, period, house.now)
    yield f"drafted the issue of {period_name(period)}: {len(kept.issue.reviews) or 'none'} new"


def _let_go(house: House, before: str) -> Iterator[str]:
    for where in places(house.settings, house.db, house.now):
        if where.period < before and where.step == "asked":
            with write(house.db):
                issues.discard(house.db, where.period)
                chores.keep(house.db, LET_GO, where.period, house.now, f"to {before}")
            yield f"the issue of {period_name(where.period)} lets its reviews go to that of {period_name(before)}"


def _mark(house: House, task: str, periods: Sequence[str], words: str = "") -> None:
    with write(house.db):
        for period in periods:
            chores.keep(house.db, task, period, house.now, words)


def _announce(house: House, where: Place) -> Did:
    """Tell the operator that a draft is ready, and what becomes of it."""
    period, new = where.period, len(issues.get(house.db, where.period).issue.reviews)
    if where.step == "approval":
        fate, do = "it waits for your approval", f"Approve it: casereviews issue approve {period}"
    else:
        assert where.when is not None  # a draft that is held goes out by itself
        fate = f"it will be sent on {house.day(where.when)} unless paused"
        do = f"Stop it: casereviews issue pause {period}"
    ready = f"the draft of {period_name(period)} is ready"
    lines = [
        f"The draft of {period_name(period)} is ready: {new or 'none'} new; {fate}.",
        "",
        f"Look at it: casereviews issue preview {period}",
        do,
    ]
    if notices.once(house.world, house.settings, house.db, f"draft {period}", ready, lines):
        yield f"told the operator: {ready}; {fate}"


def _release(house: House, period: str) -> Did:
    """Freeze the issue and its audience. One that is no longer what was approved waits for a person again."""
    from app import releasing

    try:
        count = releasing.release(house.world, house.settings, house.db, period)
    except (IssueBlocked, Locked):
        raise
    except HouseError as e:
        where = _place(house, period)
        if where and where.step == "release":
            raise  # nothing has changed: it would fail again
        key = f"changed {period} {issues.get(house.db, period).issue.hash[:16]}"
        if notices.once(
            house.world, house.settings, house.db, key, f"the issue of {period_name(period)} waits", [str(e)]
        ):
            yield e
        return
    yield f"released the issue of {period_name(period)} to {plural(count, 'reader')}"


def _blocked(house: House, where: Place, e: IssueBlocked) -> Did:
    subject = f"the issue of {period_name(where.period)} waits"
    lines = [f"The {where.step} of {period_name(where.period)} is due, but {e.which}.", "", e.fix]
    key = f"blocked {where.step} {where.period}"
    if notices.once(house.world, house.settings, house.db, key, subject, lines):
        yield f"told the operator: {subject}, {e.which}"


def _too_late(house: House) -> list[Place]:
    return [where for where in places(house.settings, house.db, house.now) if where.step == "ask"]


def _late(house: House) -> Iterator[str]:
    for where in _too_late(house):
        yield f"ask the operator: the issue of {period_name(where.period)} is {_days(house, where)} late"


def _days(house: House, where: Place) -> str:
    return plural((house.now - where.due).days, "day")


def _ask(house: House) -> Did:
    """Ask once about all that is too late. An approval given before the question counts no longer."""
    late = _too_late(house)
    names = listed([period_name(where.period) for where in late])
    subject = f"the {noun(len(late), 'issue')} of {names} {noun(len(late), 'was', 'were')} not sent"
    lines = []
    for where in late:
        period, month = where.period, period_name(where.period)
        commands = [f"casereviews issue {verb} {period}" for verb in ("build", "approve", "send")]
        lines += [
            f"The issue of {month} is {_days(house, where)} late and was not sent.",
            f"Send it all the same: {' && '.join(commands)}",
            f"Or leave it: its reviews go into the issue of {period_name(month_after(late[-1].period))}.",
            "",
        ]
    key = f"late {late[0].period} {late[-1].period}"
    notices.once(house.world, house.settings, house.db, key, subject, lines)
    if not notices.was_told(house.db, key):
        return  # the mail server is down, say: asked again later
    with write(house.db):
        for where in late:
            issues.lapse(house.db, where.period)
            chores.keep(house.db, LATE, where.period, house.now)
    yield f"asked the operator: {subject}"
