"""Months of which a restored backup does not say whether their issue went out: a person is asked, once."""

from collections.abc import Iterator

from app import notices
from app.schedule.house import Chore, Did, House
from core.dates import compact_utc, local_minute, period_name
from core.plurals import noun
from core.settings import Settings
from db import chores, issues
from db.chores import RESTORED
from db.connect import Database
from newsletter.words import listed


def undecided(settings: Settings, db: Database) -> dict[str, str]:
    """What there is to decide of each such month, in a sentence; oldest first."""
    known = issues.standings(db)
    found = {}
    for period, mark in chores.listing(db, RESTORED).items():
        when = "" if mark.words else f" of {local_minute(mark.at, settings.zone)}"
        status = known[period].status if period in known else ""
        verbs = ("send",) if status == "sending" else ("build", "approve", "send")
        send = " && ".join(f"casereviews issue {verb} {period}" for verb in verbs)
        found[period] = (
            f"a backup{when} was restored, and whether the issue of {period_name(period)} went out since is not known; "
            f"if it did: casereviews issue settle {period}; if it did not: {send}"
        )
    return found


def _untold(house: House) -> dict[str, str]:
    found = undecided(house.settings, house.db)
    return {} if notices.was_told(house.db, _key(house)) else found


def _key(house: House) -> str:
    marks = chores.listing(house.db, RESTORED).values()
    return " ".join(["restored", *(f"{mark.slot} {compact_utc(mark.at)}" for mark in marks)])


def _due(house: House) -> Iterator[str]:
    for period in _untold(house):
        yield f"ask the operator: did the issue of {period_name(period)} go out before the backup was restored?"


def _ask(house: House) -> Did:
    """Ask about all of them at once; until a person has decided, the timer leaves them alone."""
    found = _untold(house)
    subject = f"did the {noun(len(found), 'issue')} of {listed([period_name(period) for period in found])} go out?"
    lines = [line for words in found.values() for line in (f"{words[0].upper()}{words[1:]}.", "")]
    lines += ["Until you decide, it is neither drafted nor sent by itself. Ask somebody who gets the newsletter."]
    if notices.once(house.world, house.settings, house.db, _key(house), subject, lines):
        yield f"asked the operator: {subject}"


ASKING = Chore("restored issues", _due, _ask)
