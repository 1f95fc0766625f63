"""An issue: what it is or would be, when it goes, and what can be done with it."""

from dataclasses import dataclass
from typing import Any

from flask import abort, request, url_for

from app import issuing
from app.schedule import plan
from app.web.house import house
from app.web.ops import phrases
from app.web.ops.desk import now, room, show
from app.web.ops.state import goes, title, upcoming
from core.dates import PERIOD
from core.errors import IssueFrozen, NotFound
from core.sizes import byte_size
from db import corrections, issues
from db.issues import Kept, Standing
from newsletter.render import WARN_BYTES

LISTED = 24  # on a page


@dataclass(frozen=True, slots=True)
class Look:
    """An issue as it stands, identified by its period."""

    period: str
    fresh: Kept  # as it is now: of a frozen issue, as it was frozen
    stored: Kept | None  # as it was last built; None: never
    standing: Standing

    @property
    def status(self) -> str:
        """Of what is stored; empty: never built."""
        return self.stored.issue.status if self.stored else ""

    @property
    def open(self) -> bool:
        """Whether it may still change."""
        return self.status in ("", *issuing.OPEN)

    @property
    def changed(self) -> bool:
        """Whether it would be another now than it was built."""
        return self.stored is not None and self.stored.issue.hash != self.fresh.issue.hash


def look(period: str) -> Look:
    """An issue as it stands; the answer is 404 where that is no month. Raises HouseError when it cannot be made."""
    if not PERIOD.fullmatch(period):
        abort(404)
    settings, db = house().settings, house().db
    try:
        stored = issuing.stored(settings, db, period)
    except NotFound:
        stored = None
    standing = issues.standings(db, since=period).get(period) or Standing(period, "")
    return Look(period, issuing.draft(settings, db, period), stored, standing)


def open_look(period: str) -> Look:
    """An issue that may still change. Raises IssueFrozen."""
    found = look(period)
    if not found.open:
        raise IssueFrozen("the issue no longer changes", f"{period} is {found.status}", "It is as it was frozen.")
    return found


@room.get("/issues")
def issue_list() -> str:
    """The issues that are on their way, and all that were built, so many at a time."""
    settings, db, before = house().settings, house().db, request.args.get("before", "")
    built = [one for one in reversed(issues.standings(db).values()) if not before or one.period < before]
    past = [(one, title(one.period), phrases.STATUSES[one.status]) for one in built[:LISTED]]
    older = built[LISTED - 1].period if len(built) > LISTED else ""
    return show("issues.html", "Issues", next=upcoming(settings, db, now()), past=past, older=older, first=not before)


@room.get("/issues/<period>")
def issue(period: str) -> str:
    """One issue, with all that can be done."""
    found = look(period)
    return show("issue.html", title(period), **parts(found))


def parts(found: Look) -> dict[str, Any]:
    """What the page of an issue shows."""
    settings, db, kept = house().settings, house().db, found.fresh
    where = next((one for one in plan.places(settings, db, now()) if one.period == found.period), None)
    bad = issuing.quarantined(settings, db)
    content, bytes_ = kept.issue, len(kept.html.encode())
    cut = [f"{content.shortened} entries are shortened"] if content.shortened else []
    cut += [f"{content.left_out} reviews are named on the web only"] if content.left_out else []
    size = f"{byte_size(bytes_)} of HTML" + (", and Gmail clips mail at 102 KB" if bytes_ > WARN_BYTES else "")
    return {
        "look": found,
        "issue": content,
        "status": phrases.STATUSES[found.status],
        "goes": goes(settings, found.standing, where, now()),
        "quarantined": [(name, url_for("ops.source", name=name)) for name in bad] if found.open else [],
        "rows": [
            ("Subject", content.subject),
            ("Reviews", str(len(content.reviews) or "none")),
            ("Updated or withdrawn", str(len(content.updated) + len(content.withdrawn) or "none")),
            ("Size", ", ".join([size, *cut])),
            ("Hash of the content", content.hash[:16]),
        ],
        "corrections": corrections.of(db, found.period),
    }
