"""Progress page of background work, with or without script."""

from importlib.resources import files

from flask import Response, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from app.web.context import context, site_path
from app.web.ops.audit_writer import audited_work, skip_request_line
from app.web.ops.background_work import BackgroundWork, WorkFunction
from app.web.ops.desk import blueprint, ops_context, render_page
from core.json_types import WorkJson

PROGRESS_SCRIPT = files("templates.web").joinpath("ops.js").read_bytes()


def start_work(
    kind: str, title: str, back: tuple[str, str], job: WorkFunction, audit_words: str
) -> tuple[Answer, bool]:
    """Start some work and go to its page; False when one of its kind is at work already: then to that one's.

    `audit_words`: what the work does, for the audit trail.
    """
    work, fresh = ops_context().works.start(
        BackgroundWork(context().effects.token(), kind, title, back), audited_work(job, audit_words)
    )
    if fresh:
        skip_request_line()
    else:
        flash(f"This is at work already, and has to end first: {work.title}. Nothing else was started.")
    return redirect(url_for("ops.work", number=work.id), 303), fresh


def _work_or_404(number: str) -> BackgroundWork:
    task = ops_context().works.get(number)
    if task is None:
        abort(404)
    return task


@blueprint.get("/tasks/<number>")
def work(number: str) -> str:
    """What was done so far. Without script the reader looks again, or asks the browser to."""
    task = _work_or_404(number)
    state = work_status(task)
    return render_page("work.html", task.title, work=task, state=state, follow="follow" in request.args)


@blueprint.get("/tasks/<number>.json")
def work_json(number: str) -> WorkJson:
    """The same for the script."""
    return work_status(_work_or_404(number))


def work_status(work: BackgroundWork) -> WorkJson:
    """How far some work is. Whether it has ended is looked at first, so that no last line is missed."""
    ended = work.ended
    words = "At work." if not ended else "This could not be done, or not all of it." if work.error else "Done."
    url, do = (site_path(work.action.route), work.action.words) if ended and work.action else ("", "")
    return {
        "ended": ended,
        "words": words,
        "doing": work.doing,
        "error": work.error,
        "url": url,
        "do": do,
        "lines": list(work.lines),
    }


@blueprint.get("/ops.js")
def script() -> Response:
    """The one script of these pages."""
    return Response(PROGRESS_SCRIPT, content_type="text/javascript; charset=utf-8")
