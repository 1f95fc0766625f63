"""Writing the audit trail: one line for each thing that is sent to the operator's pages."""

import logging
from datetime import datetime
from threading import Event

from flask import Response, g, request

from app.web.house import house
from app.web.ops.desk import now, room
from app.web.ops.work import Job, Work
from core.errors import HouseError
from db import audit
from db.connect import Database, write

log = logging.getLogger("casereviews")


def tell(what: str) -> None:
    """Say what this request did, for its line: no tokens, addresses masked."""
    g.ops_what = what


def name(who: str) -> None:
    """Say who is asking, so that the request gets its line."""
    g.ops_who = who


def traced(job: Job, what: str) -> Job:
    """The same work, which writes its own line as it begins, and another when it could not be done."""
    who, world = g.ops_who, house().world

    def whole(work: Work, db: Database, stop: Event) -> None:
        _add(db, who, what, world.now())
        try:
            job(work, db, stop)
        except Exception as e:
            why = e.what if isinstance(e, HouseError) else "something went wrong, see the log"
            _add(db, who, f"this was not done: {what}: {why}", world.now())
            raise

    return whole


def begun() -> None:
    """Say that this request began work that writes its own line."""
    g.ops_begun = True


@room.after_request
def _write(answer: Response) -> Response:
    """Write the line. Where nobody said what was done: what was asked, and how it was answered."""
    who = g.get("ops_who")
    if who and request.method == "POST" and not g.get("ops_begun"):
        asked = (request.endpoint or "").removeprefix("ops.").replace("_", " ")
        _add(house().db, who, g.get("ops_what") or f"{asked}: answered {answer.status_code}", now())
    return answer


def _add(db: Database, who: str, what: str, at: datetime) -> None:
    try:
        with write(db):
            audit.add(db, who, what, at)
    except HouseError as e:  # what was done stays done
        log.error("the audit trail could not be written: %s; %s: %s", e, who, what)
