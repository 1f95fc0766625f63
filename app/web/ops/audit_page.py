"""Audit page: the audit trail, newest first."""

from app.web.context import context
from app.web.ops.desk import blueprint, page_start, render_page
from db.operator import audit_trail as operator_audit_trail

ROWS_PER_PAGE = 50  # on a page


@blueprint.get("/audit")
def audit_trail() -> str:
    """Who did what when, newest first."""
    before = page_start("before")
    entries = operator_audit_trail.listing(context().db, before, ROWS_PER_PAGE + 1)
    more = entries[ROWS_PER_PAGE - 1].id if len(entries) > ROWS_PER_PAGE else 0
    return render_page("audit.html", "Audit trail", entries=entries[:ROWS_PER_PAGE], before=more, first=not before)
