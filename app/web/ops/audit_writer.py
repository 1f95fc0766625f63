"""Audit writer: one audit trail line for each POST to the operations pages."""

import logging
import re
from datetime import datetime
from threading import Event

from flask import Response, g, request

from app.web.context import context
from app.web.ops.background_work import BackgroundWork, WorkFunction
from app.web.ops.desk import blueprint, utc_now
from core.errors import HouseError
from core.redact import redact_text
from db.operator import accounts, audit_trail
from db.schema.connect import Database, write_transaction

log = logging.getLogger("casereviews")


def set_action(what: str) -> None:
    """Say what this request did, for its line: no tokens, addresses masked."""
    g.ops_what = what


def set_operator(who: str) -> None:
    """Say who is asking, so that the request gets its line."""
    g.ops_who = who


def audited_work(job: WorkFunction, what: str) -> WorkFunction:
    """The same work, which writes its own line as it begins, and another when it could not be done."""
    who, effects = g.ops_who, context().effects

    def audited(work: BackgroundWork, db: Database, stop: Event) -> None:
        _add_line(db, who, what, effects.now())
        try:
            job(work, db, stop)
        except Exception as e:
            why = e.what if isinstance(e, HouseError) else "something went wrong, see the log"
            _add_line(db, who, f"this was not done: {what}: {why}", effects.now())
            raise

    return audited


def write_now(what: str) -> None:
    """Write a line for a request that is no POST: somebody came back from a provider."""
    _add_line(context().db, g.ops_who, what, utc_now())


def skip_request_line() -> None:
    """Say that this request began work that writes its own line."""
    g.ops_begun = True


@blueprint.after_request
def _write_line(answer: Response) -> Response:
    """Write the line. Where nobody said what was done: what was asked, and how it was answered."""
    who = g.get("ops_who")
    if who and request.method == "POST" and not g.get("ops_begun"):
        action = (request.endpoint or "").removeprefix("ops.").replace("_", " ")
        _add_line(context().db, who, g.get("ops_what") or f"{action}: answered {answer.status_code}", utc_now())
    return answer


def _mask_strangers(db: Database, what: str) -> str:
    """What was done, where somebody may have typed a reader's address or link; those of accounts are named in full."""
    known = "|".join(re.escape(one.email) for one in accounts.listing(db) if one.email)
    parts = re.split(rf"(?<![\w.+-])({known})(?![\w.-])", what) if known else [what]
    return "".join(part if at % 2 else redact_text(part) for at, part in enumerate(parts))


def _add_line(db: Database, who: str, what: str, at: datetime) -> None:
    try:
        with write_transaction(db):
            audit_trail.add(db, who, _mask_strangers(db, what), at)
    except HouseError as e:  # what was done stays done
        log.error("the audit trail could not be written, of %s: %s: %s", who, what, e)
