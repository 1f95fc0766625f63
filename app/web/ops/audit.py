"""The audit trail, to be read."""

from app.web.house import house
from app.web.ops.desk import room, show, start
from db import audit

ROWS = 50  # on a page


@room.get("/audit")
def audit_trail() -> str:
    """Who did what when, newest first."""
    before = start("before")
    found = audit.listing(house().db, before, ROWS + 1)
    more = found[ROWS - 1].id if len(found) > ROWS else 0
    return show("audit.html", "Audit trail", entries=found[:ROWS], before=more, first=not before)
