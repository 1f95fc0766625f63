"""The operator's desk: what its pages share."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Blueprint, current_app, g, get_flashed_messages, render_template, request

from app.web.house import house
from app.web.ops.sessions import Sessions
from app.web.ops.throttle import Throttle
from app.web.ops.work import Works
from core.dates import local_minute
from core.errors import HouseError, NotFound, StoreError
from core.settings import Settings

room = Blueprint("ops", __name__, url_prefix="/ops")
STATUS = ((NotFound, 404), (StoreError, 500))  # else 409
NAV = (
    ("", "State"),
    ("sources", "Sources"),
    ("issues", "Issues"),
    ("queue", "Queue"),
    ("outbox", "Outbox"),
    ("people", "Readers"),
    ("audit", "Audit trail"),
)


@dataclass(frozen=True, slots=True)
class Desk:
    """What the pages remember while the process runs."""

    works: Works
    sessions: Sessions = field(default_factory=Sessions)
    throttle: Throttle = field(default_factory=Throttle)


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with a form, and with which of its fields (its id; empty: with none of them)."""

    words: str
    at: str = ""


def desk() -> Desk:
    """The desk of the request that is being answered."""
    found: Desk = current_app.extensions["casereviews.ops"]
    return found


def now() -> datetime:
    """The instant, UTC."""
    return house().world.now()


def show(template: str, title: str, wrong: Sequence[Wrong] = (), **values: Any) -> str:
    """A page of the operator's, with what was said when the last one was done."""
    said = get_flashed_messages()
    named = {one.at: one.words for one in wrong if one.at}
    return render_template(f"ops/{template}", title=title, wrong=wrong, named=named, said=said, **values)


def start(name: str) -> int:
    """The number after or before which a page begins, from its address; 0: at the beginning."""
    asked = request.args.get(name, "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 13 else 0


def moment(when: datetime | None, settings: Settings) -> str:
    """ "23 November 2026 at 09:00", by the house's clock; "never" for None."""
    return local_minute(when, settings.zone) if when else "never"


@room.context_processor
def _shared() -> dict[str, object]:
    settings, parts = house().settings, request.path.split("/")
    return {
        "moment": lambda when: moment(when, settings),
        "rooms": [(name, words, f"/ops/{name}".rstrip("/")) for name, words in NAV],
        "here": parts[2] if len(parts) > 2 else "",
        "inside": g.get("ops_inside", False),
    }


@room.errorhandler(HouseError)
def _told(error: HouseError) -> tuple[str, int]:
    """What could not be done, in the house's own words: the operator may know."""
    status = next((code for kind, code in STATUS if isinstance(error, kind)), 409)
    return show("trouble.html", "This could not be done", [Wrong(str(error))]), status
