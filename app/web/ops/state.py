"""The first page: is it all right, and what comes next."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from typing import Any

from flask import redirect, url_for
from werkzeug.wrappers import Response as Answer

from app import state as house_state
from app.schedule import calendar, plan
from app.schedule.chores import sources_due
from app.schedule.house import House as Timer
from app.schedule.plan import KNOCK, Place
from app.web.house import house
from app.web.ops import phrases
from app.web.ops.desk import desk, moment, now, room, show
from core.dates import PERIOD, from_iso_or_none, local_date, period_name
from core.settings import Settings
from db import chores, deliveries, issues, paged, reviews, subscribers
from db.connect import Database
from db.issues import Standing

NEVER = "The timer has never run. Start it: casereviews serve, or casereviews tick every few minutes."
OPEN = ("ask", "asked", "draft", "held", "paused", "approval", "release", "sending", "restored")


@dataclass(frozen=True, slots=True)
class Next:
    """The issue that comes next, identified by its period."""

    period: str
    title: str
    status: str  # in words
    goes: str  # when, in a sentence


@dataclass(frozen=True, slots=True)
class Queue:
    """An issue that is or was sent, and what became of its deliveries. Identified by its period."""

    period: str
    title: str
    status: str  # in words
    sent_at: datetime | None  # UTC
    counts: dict[str, int]  # by state, all states named

    @property
    def words(self) -> str:
        """ "12 sent, 1 refused"."""
        parts = [f"{number:,} {phrases.STATES[state]}" for state, number in self.counts.items() if number]
        return ", ".join(parts) or "it had no readers"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that failed, and where to put it right."""

    words: str
    url: str = ""
    do: str = ""  # the link's words


@room.get("")
def state() -> str:
    """The state of the house in one screen; its first line says whether it is all right."""
    settings, db, at = house().settings, house().db, now()
    found = house_state.state(settings, db, at)
    sending = queues(db)
    troubles = _troubles(found, sending, db)
    needs = "one thing needs" if len(troubles) == 1 else f"{len(troubles)} things need"
    return show(
        "state.html",
        "Operations",
        summary=f"Not all is well: {needs} you." if troubles else found["summary"],
        ok=found["ok"] and not troubles,
        troubles=troubles,
        sources=[
            one | {"words": capital(one["words"]), "read_well": from_iso_or_none(one["last_read_well"])}
            for one in found["sources"]
        ],
        next=upcoming(settings, db, at),
        waiting=reviews.count_waiting(db),
        queues=sending,
        running=desk().works.running(),
        rows=_rows(settings, db, at),
    )


@room.get("/")
def first() -> Answer:
    """The same page under its other address."""
    return redirect(url_for("ops.state"), 308)


def _rows(settings: Settings, db: Database, at: datetime) -> list[tuple[str, str]]:
    """What else there is to know, in pairs of a name and words."""
    letters = [f"{number:,} {phrases.STATES[name]}" for name, number in paged.letters(db).items()]
    readers = [f"{number:,} {name}" for name, number in subscribers.counts(db).items()]
    return [
        ("The timer was last at work", moment(last.at if (last := chores.get(db, KNOCK)) else None, settings)),
        ("Sources are read next", _reading(settings, db, at)),
        ("How mail leaves", phrases.how(settings.mail)),
        ("Emails about subscriptions", ", ".join(letters) or "none lately"),
        ("Subscribers", ", ".join(readers) or "none yet"),
    ]


def _reading(settings: Settings, db: Database, at: datetime) -> str:
    """When sources are read next."""
    if sources_due(Timer(house().world, settings, db, Event())):
        return "at the timer’s next run"
    last = local_date(calendar.latest(settings.schedule.scrape_at, settings.zone, at), settings.zone)
    return moment(calendar.instant(last + timedelta(days=1), settings.schedule.scrape_at, settings.zone), settings)


def upcoming(settings: Settings, db: Database, at: datetime) -> list[Next]:
    """The issues that are on their way, oldest first, and the one that is drafted next unless one is in time."""
    places = [where for where in plan.places(settings, db, at) if where.step in OPEN]
    found = [_next(settings, db, where.period, where, at) for where in places]
    if all(where.step in ("ask", "asked") for where in places):
        found.append(_next(settings, db, calendar.period_next(settings.schedule, settings.zone, at)[0], None, at))
    return found


def _next(settings: Settings, db: Database, period: str, where: Place | None, at: datetime) -> Next:
    known = issues.standings(db, since=period).get(period) or Standing(period, "")
    return Next(period, title(period), phrases.STATUSES[known.status], goes(settings, known, where, at))


def title(period: str) -> str:
    """ "Issue of October 2026"."""
    return f"Issue of {period_name(period)}"


def goes(settings: Settings, known: Standing, where: Place | None, at: datetime) -> str:
    """When an issue goes out, in a sentence."""
    due = calendar.issue_time(known.period, settings.schedule, settings.zone)
    return phrases.goes(known, where, due, at, settings.newsletter, lambda when: moment(when, settings))


def queues(db: Database, most: int = 1) -> list[Queue]:
    """The issues being sent, and those sent last, with what became of their deliveries; newest first."""
    newest = sorted(issues.standings(db).values(), key=lambda one: one.period, reverse=True)
    sending = [one for one in newest if one.status == "sending"]
    sent = [one for one in newest if one.status == "sent"]
    return [
        Queue(
            one.period, title(one.period), phrases.STATUSES[one.status], one.sent_at, deliveries.counts(db, one.period)
        )
        for one in (*sending, *sent[:most])
    ]


def _troubles(found: dict[str, Any], sending: list[Queue], db: Database) -> list[Trouble]:
    """What is not well, each with what to do."""
    return [
        *(
            Trouble(f"{one['name']}: {one['words']}.", *_source(one["name"]))
            for one in found["sources"]
            if not one["ok"]
        ),
        *(
            Trouble(f"{capital(one['words'])}.", *_place(one["about"]))
            for one in found["health"][len(found["sources"]) :]  # after those of the sources
            if not one["ok"] and one["about"] != "outcome"  # which is said of each issue below
        ),
        *([] if chores.get(db, KNOCK) else [Trouble(NEVER)]),
        *_undelivered(sending),
    ]


def _source(name: str) -> tuple[str, str]:
    return url_for("ops.source", name=name), "Look at it"


def _place(about: str) -> tuple[str, str]:
    """Where to put right what is said of something, and the words of the link."""
    if PERIOD.fullmatch(about):
        return url_for("ops.issue", period=about), "See the issue"
    return (url_for("ops.queue_list"), "See the queue") if about == "delivery" else ("", "")


def _undelivered(sending: list[Queue]) -> Iterator[Trouble]:
    """The issues that did not reach somebody."""
    for queue in sending:
        bad = [f"{queue.counts[name]:,} {phrases.STATES[name]}" for name in phrases.BAD if queue.counts[name]]
        if bad:
            url = url_for("ops.queue", period=queue.period)
            yield Trouble(f"{queue.title}: {', '.join(bad)}.", url, "See why, and send it again")


def capital(words: str) -> str:
    """With a capital at the beginning, the rest as it is."""
    return words[:1].upper() + words[1:]
