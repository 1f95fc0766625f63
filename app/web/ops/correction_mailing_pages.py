"""Correction mailing pages: a correction to those who got the issue, asked once, delivered as an issue is."""

from threading import Event

from flask import g, request, url_for
from werkzeug.wrappers import Response as Answer

from app.web.context import context
from app.web.ops import ops_phrases
from app.web.ops.audit_writer import set_action
from app.web.ops.background_work import BackgroundWork
from app.web.ops.correction_pages import NUMBER
from app.web.ops.desk import blueprint, render_page
from app.web.ops.overview_page import issue_title
from app.web.ops.progress_page import start_work
from app.web.ops.release_pages import MAIL_WORK, delivery_work
from core.dates import correction_run
from db.mail import corrections
from db.schema.connect import Database
from services.delivery.machine_guard import refuse_away
from services.issues.mail_correction import count_recipients, preview_correction, queue_correction

WARNING = (
    "Mail that has left cannot be called back. Each reader gets these words once; who has left since the issue gets "
    "nothing. Of some it is not known whether the issue reached them: they get the correction too."
)


@blueprint.get(f"/issues/<period>/corrections/{NUMBER}/mail")
def mail_correction(period: str, number: int) -> str:
    """Check before mailing: what, to how many, by which way."""
    settings, db = context().settings, context().db
    one = corrections.get(db, period, number)
    readers = count_recipients(settings, db, one)
    return render_page(
        "check.html",
        f"Check before you mail it: {issue_title(correction_run(period, number, one.current.version))}",
        rows=[
            ("Subject", preview_correction(settings, db, one).subject),
            ("Words", one.current.words),
            ("Readers", f"{ops_phrases.format_count(readers, 'reader')} who got the issue"),
            ("How", ops_phrases.describe_transport(settings.mail)),
        ],
        warning=WARNING,
        url=url_for("ops.mail_correction_now", period=period, number=number),
        hidden={"version": one.current.version},
        do="Mail it now",
        back=(url_for("ops.correction", period=period, number=number), "Do not mail it"),
    )


@blueprint.post(f"/issues/<period>/corrections/{NUMBER}/mail")
def mail_correction_now(period: str, number: int) -> Answer:
    """Freeze what was shown with its audience, and deliver it."""
    effects, settings, who = context().effects, context().settings, g.ops_who
    version = request.form.get("version", type=int) or -1
    run = correction_run(period, number, version)
    delivery = delivery_work(run)

    def job(work: BackgroundWork, db: Database, stop: Event) -> None:
        refuse_away(effects, settings, db)
        readers = queue_correction(effects, settings, db, period, number, actor=who, version=version)
        work.add_line(f"Frozen, for {ops_phrases.format_count(readers, 'reader')}")
        delivery(work, db, stop)

    words = f"Mail the correction {number} of {period}"
    back = url_for("ops.correction", period=period, number=number), "Back to the correction"
    answer, fresh = start_work(MAIL_WORK, words, back, job, f"mailed correction {number} of {period}")
    if not fresh:
        set_action(f"{words}: asked while other mail was being sent")
    return answer
