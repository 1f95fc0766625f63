"""Progress page of background work, with or without script: what it does, a stop, what it made."""

import os
from collections.abc import Iterator
from importlib.resources import files
from typing import BinaryIO

from flask import Response, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from app.web.context import context, site_path
from app.web.ops.audit_writer import audited_work, set_action, skip_request_line
from app.web.ops.background_work import BackgroundWork, WorkFunction
from app.web.ops.desk import blueprint, ops_context, render_page
from core.json_types import WorkJson

CHUNK_SIZE = 64 * 1024  # bytes that are sent at once
PROGRESS_SCRIPT = files("templates.web").joinpath("ops.js").read_bytes()


def start_work(
    kind: str, title: str, back: tuple[str, str], job: WorkFunction, audit_words: str, can_stop: bool = False
) -> tuple[Answer, bool]:
    """Start some work and go to its page; False when one of its kind is at work already: then to that one's.

    `audit_words`: what the work does, for the audit trail. `can_stop`: a person may stop it, and go on later.
    """
    task = BackgroundWork(context().effects.token(), kind, title, back, can_stop=can_stop)
    work, fresh = ops_context().works.start(task, audited_work(job, audit_words))
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
    stopped = work.can_stop and work.stop.is_set()
    if ended:
        words = "This could not be done, or not all of it." if work.error else "Stopped." if stopped else "Done."
    else:
        words = "It stops as soon as nothing is lost by it." if stopped else "At work."
    url, do = (site_path(work.action.route), work.action.words) if ended and work.action else ("", "")
    return {
        "ended": ended,
        "words": words,
        "doing": work.doing,
        "error": work.error,
        "url": url,
        "do": do,
        "lines": list(work.lines),
        "text": work.text,
        "file": work.file.words if work.file else "",
    }


@blueprint.post("/tasks/<number>/stop")
def stop_work(number: str) -> Answer:
    """Ask some work to end early; what it has done stays done."""
    task = _work_or_404(number)
    if not task.can_stop:
        abort(404)
    task.stop.set()
    set_action(f"stopped: {task.title}")
    return redirect(url_for("ops.work", number=number), 303)


@blueprint.post("/tasks/<number>/file")
def download_file(number: str) -> Response:
    """What some work made, once: it has no name on the disk any more when it begins to be sent."""
    task = _work_or_404(number)
    file, task.file = task.file, None
    if file is None:
        abort(404)
    try:
        body = file.path.open("rb")
    except FileNotFoundError:  # it was not fetched for too long
        abort(404)
    set_action(f"downloaded {file.name}")
    size = os.fstat(body.fileno()).st_size
    file.path.unlink(missing_ok=True)
    answer = Response(_read_chunks(body), content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    answer.content_length = size
    answer.call_on_close(body.close)
    return answer


def _read_chunks(body: BinaryIO) -> Iterator[bytes]:
    with body:
        while chunk := body.read(CHUNK_SIZE):
            yield chunk


@blueprint.get("/ops.js")
def script() -> Response:
    """The one script of these pages."""
    return Response(PROGRESS_SCRIPT, content_type="text/javascript; charset=utf-8")
