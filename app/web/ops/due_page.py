"""Due page: what is due, what fails and why, how mail leaves; a person may have it done now."""

from collections.abc import Iterator
from threading import Event

from flask import url_for
from werkzeug.wrappers import Response as Answer

from app.scheduler import tick
from app.scheduler.job_context import JobContext, JobResult
from app.web.context import context
from app.web.ops import ops_phrases
from app.web.ops.background_work import BackgroundWork
from app.web.ops.desk import blueprint, render_page
from app.web.ops.overview_page import capitalize_first
from app.web.ops.progress_page import start_work
from core.errors import LockHeld
from db.operator import job_failures
from db.schema.connect import Database
from newsletter.mail.transport import read_routing


@blueprint.get("/due")
def due() -> str:
    """What there is to do, and what could not be done."""
    settings, db = context().settings, context().db
    job_context = JobContext(context().effects, settings, db, Event())
    return render_page(
        "due.html",
        "What is due",
        due=[capitalize_first(words) for words in tick.describe_due(job_context)],
        failing=job_failures.listing(db),
        how=ops_phrases.describe_transport(settings.mail),
        mailing=read_routing(settings.mail).reach != "nobody",
    )


@blueprint.post("/due")
def due_now() -> Answer:
    """Do it, as the timer would."""
    effects, settings = context().effects, context().settings

    def job(work: BackgroundWork, db: Database, stop: Event) -> None:
        failed = [result for result in _results(work, JobContext(effects, settings, db, stop)) if result.error]
        if not work.lines:
            work.add_line("Nothing is due")
        if failed and (error := failed[0].error):
            work.error = "Not all of it could be done: the lines above say why."
            work.set_action(error.action)

    answer, _ = start_work("due", "Do what is due", (url_for("ops.due"), "Back to what is due"), job, "did what is due")
    return answer


def _results(work: BackgroundWork, job_context: JobContext) -> Iterator[JobResult]:
    """What is done, each with its line."""
    try:
        for result in tick.run_now(job_context):
            error = result.error
            work.add_line(
                f"{capitalize_first(result.job)}: {error.sentence}" if error else capitalize_first(result.words)
            )
            yield result
    except LockHeld:
        work.add_line("The timer is at work just now, and does the rest")
