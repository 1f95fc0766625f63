"""Settle pages: an issue that went out before a backup was restored, said by a person."""

from flask import abort, flash, redirect, url_for
from werkzeug.wrappers import Response as Answer

from app.web.context import context
from app.web.ops import ops_phrases
from app.web.ops.audit_writer import set_action
from app.web.ops.desk import blueprint, render_page
from app.web.ops.overview_page import issue_title
from core.dates import PERIOD
from services.issues.resolve_restored import settle_issue

SETTLE_WARNING = (
    "Nobody is mailed it then, also those who never had it. If it did not go out, do not say so: send it instead."
)


@blueprint.get("/issues/<period>/settle")
def settle(period: str) -> str:
    """Check before an issue is held as sent."""
    count = _settle(period, dry=True)
    return render_page(
        "check.html",
        f"Did it go out? {issue_title(period)}",
        rows=[
            ("If it went out", "It is held as sent, and its reviews are no news again."),
            (
                "Deliveries without a receipt",
                f"{ops_phrases.format_count(count, 'reader')}, held as unknown" if count else "none",
            ),
            ("If it did not", "Send it from the issue’s page, or let the timer do so."),
        ],
        warning=SETTLE_WARNING,
        url=url_for("ops.settle_now", period=period),
        hidden={},
        do="It went out: hold it as sent",
        back=(url_for("ops.state"), "Decide later"),
    )


@blueprint.post("/issues/<period>/settle")
def settle_now(period: str) -> Answer:
    """Hold it as sent."""
    count = _settle(period)
    set_action(f"said that the issue of {period} went out before a backup was restored")
    unknown = f" {ops_phrases.format_count(count, 'delivery', 'deliveries')} are unknown." if count else ""
    flash(f"{issue_title(period)} is held as sent.{unknown} Nobody is mailed.")
    return redirect(url_for("ops.state"), 303)


def _settle(period: str, dry: bool = False) -> int:
    if not PERIOD.fullmatch(period):
        abort(404)
    return settle_issue(context().effects, context().settings, context().db, period, dry)
