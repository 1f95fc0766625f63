"""Reader list pages: all readers masked, those of a status or domain, and all of them as a file."""

from itertools import chain
from typing import Literal

from flask import Response, request, url_for

from app.web.context import context
from app.web.ops.audit_writer import set_action
from app.web.ops.desk import blueprint, page_start, render_page
from core.csv_cells import stream_csv
from core.redact import mask_address
from core.states import SUBSCRIBER_STATUSES, SubscriberStatus
from core.subscriber_export import EXPORT_COLUMNS, export_cells
from db.mail import subscribers
from db.read import ops_queries

ROWS_PER_PAGE = 50  # on a page
EVERYBODY: Literal[""] = ""  # of whatever status


def _parse_status(typed: str) -> Literal[SubscriberStatus, ""]:
    return next((one for one in SUBSCRIBER_STATUSES if one == typed), EVERYBODY)


@blueprint.get("/people/all")
def everybody() -> str:
    """Subscribers in the order they came, masked; those of one status or domain, or all."""
    after, status = page_start("after"), _parse_status(request.args.get("status", ""))
    domain = request.args.get("domain", "").strip().rpartition("@")[2].lower()
    rows = ops_queries.list_subscribers(context().db, after, ROWS_PER_PAGE + 1, status, domain)
    last = rows[ROWS_PER_PAGE - 1].id if len(rows) > ROWS_PER_PAGE else 0
    return render_page(
        "everybody.html",
        "All subscribers",
        rows=[(one, mask_address(one.email)) for one in rows[:ROWS_PER_PAGE]],
        next=url_for("ops.everybody", after=last, status=status or None, domain=domain or None) if last else "",
        beginning=url_for("ops.everybody", status=status or None, domain=domain or None) if after else "",
        status=status,
        domain=domain,
        statuses=SUBSCRIBER_STATUSES,
    )


@blueprint.post("/people/export")
def export_readers() -> Response:
    """Readers with their records of consent as CSV, made as it is taken."""
    status = _parse_status(request.form.get("status", ""))
    set_action(f"exported the readers who are {status} as CSV" if status else "exported all readers as CSV")
    cells = map(export_cells, subscribers.listing(context().db, status))
    answer = Response(stream_csv(chain([EXPORT_COLUMNS], cells)), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="readers{"-" if status else ""}{status}.csv"'
    return answer
