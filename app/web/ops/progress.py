"""The page of work in the background: how far it is, with and without script."""

from importlib.resources import files
from typing import Any

from flask import Response, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from app.web.house import house
from app.web.ops.desk import desk, room, show
from app.web.ops.trail import begun, traced
from app.web.ops.work import Job, Work

SCRIPT = files("templates.web").joinpath("ops.js").read_bytes()


def begin(kind: str, title: str, back: tuple[str, str], job: Job, done: str) -> tuple[Answer, bool]:
    """Start some work and go to its page; False when one of its kind is at work already: then to that one's.

    `done`: what the work does, for the audit trail.
    """
    work, fresh = desk().works.start(Work(house().world.token(), kind, title, back), traced(job, done))
    if fresh:
        begun()
    else:
        flash(f"This is at work already, and has to end first: {work.title}. Nothing else was started.")
    return redirect(url_for("ops.work", number=work.id), 303), fresh


def _work(number: str) -> Work:
    found = desk().works.get(number)
    if found is None:
        abort(404)
    return found


@room.get("/tasks/<number>")
def work(number: str) -> str:
    """What was done so far. Without script the reader looks again, or asks the browser to."""
    found = _work(number)
    state = told(found)
    return show("work.html", found.title, work=found, state=state, follow="follow" in request.args)


@room.get("/tasks/<number>.json")
def work_json(number: str) -> dict[str, Any]:
    """The same for the script."""
    return told(_work(number))


def told(work: Work) -> dict[str, Any]:
    """How far some work is. Whether it has ended is looked at first, so that no last line is missed."""
    ended = work.ended
    words = "At work." if not ended else "This could not be done, or not all of it." if work.error else "Done."
    return {"ended": ended, "words": words, "doing": work.doing, "error": work.error, "lines": list(work.lines)}


@room.get("/ops.js")
def script() -> Response:
    """The one script of these pages."""
    return Response(SCRIPT, content_type="text/javascript; charset=utf-8")
