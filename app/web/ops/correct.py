"""Correcting an issue that was sent: a dated note on its web page. What was mailed stays as it is."""

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from app.web.house import house
from app.web.ops.desk import Wrong, moment, now, room, show
from app.web.ops.issue import Look, look
from app.web.ops.state import title
from app.web.ops.trail import tell
from core.errors import HouseError
from db import corrections
from db.connect import write

LONGEST = 2_000  # characters


@room.get("/issues/<period>/correct")
def correct(period: str) -> str:
    """Ask for the words."""
    return _form(_sent(period))


@room.post("/issues/<period>/correct")
def correct_now(period: str) -> Answer | str | tuple[str, int]:
    """Add the note, once it was checked."""
    found, words = _sent(period), request.form.get("words", "").replace("\r\n", "\n").strip()
    if not words or len(words) > LONGEST:
        why = "Write what was wrong and what is right" if not words else f"Keep it under {LONGEST:,} characters"
        return _form(found, [Wrong(why, "words")]), 422
    if request.form.get("sure") != "yes":
        tell(f"looked at a correction of {period} before adding it")
        return show(
            "check.html",
            f"Check before you add the correction: {title(period)}",
            rows=[("Dated", moment(now(), house().settings)), ("Correction", words)],
            warning="Everybody can read it on the issue’s web page. It cannot be changed or taken away here.",
            url=url_for("ops.correct_now", period=period),
            hidden={"words": words, "sure": "yes"},
            do="Add the correction",
            back=(url_for("ops.correct", period=period), "Change it"),
        )
    with write(house().db):
        corrections.add(house().db, period, words, now())
    tell(f"corrected {period}: {words}")
    flash("The correction is on the issue’s web page.")
    return redirect(url_for("ops.issue", period=period), 303)


def _sent(period: str) -> Look:
    found = look(period)
    if found.open:
        raise HouseError("only an issue that was sent is corrected", period, "Edit this one.")
    return found


def _form(found: Look, wrong: list[Wrong] | None = None) -> str:
    words = request.form.get("words", "")
    return show("correct.html", f"Correct: {title(found.period)}", wrong or (), look=found, words=words)
