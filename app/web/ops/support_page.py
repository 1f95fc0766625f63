"""Support page: the support lines of every issue, and who last said that they are right."""

from flask import flash, g, redirect, url_for
from werkzeug.wrappers import Response as Answer

from app.web.context import context
from app.web.ops.audit_writer import set_action
from app.web.ops.desk import blueprint, render_page, utc_now
from core.dates import day_name, local_date
from services.issues import support_lines


@blueprint.get("/support")
def support() -> str:
    """The lines, to be rung one by one, and when they were last checked."""
    settings, db = context().settings, context().db
    checked, said = support_lines.support_checked(settings, db), support_lines.find_check(settings, db)
    by = f", by {said.who}" if said and said.day == checked else ""
    return render_page(
        "support.html",
        "Support lines",
        lines=[(line, "".join(line.phone.split())) for line in settings.support.lines],
        checked=f"{day_name(checked)}{by}" if checked else "",
        done=checked == local_date(utc_now(), settings.zone),
    )


@blueprint.post("/support")
def confirm_support() -> Answer:
    """Write down that they are right today, and who says so."""
    settings, today = context().settings, local_date(utc_now(), context().settings.zone)
    support_lines.confirm_lines(settings, context().db, g.ops_who, today)
    set_action("said that the support lines are right")
    flash(f"You have said that the support lines are right. Every issue says: checked on {day_name(today)}.")
    return redirect(url_for("ops.support"), 303)
