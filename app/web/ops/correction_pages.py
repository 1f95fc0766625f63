"""Correction pages: a dated note on the web page of a sent issue; what was mailed stays."""

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from app.web.context import context
from app.web.form_mistake import FormMistake
from app.web.ops.audit_writer import set_action
from app.web.ops.desk import blueprint, format_moment, render_page, utc_now
from app.web.ops.issue_pages import IssueOverview, load_issue
from app.web.ops.overview_page import issue_title
from core.errors import HouseError
from services.issues.correct_issue import correct_issue, correction_problem


@blueprint.get("/issues/<period>/correct")
def correct(period: str) -> str:
    """Ask for the words."""
    return _render_form(_load_sent_issue(period))


@blueprint.post("/issues/<period>/correct")
def correct_now(period: str) -> Answer | str | tuple[str, int]:
    """Add the note, once it was checked."""
    overview, words = _load_sent_issue(period), request.form.get("words", "").replace("\r\n", "\n").strip()
    if why := correction_problem(words):
        return _render_form(overview, [FormMistake(why, "words")]), 422
    if request.form.get("sure") != "yes":
        set_action(f"looked at a correction of {period} before adding it")
        return render_page(
            "check.html",
            f"Check before you add the correction: {issue_title(period)}",
            rows=[("Dated", format_moment(utc_now(), context().settings)), ("Correction", words)],
            warning="Everybody can read it on the issue’s web page. It cannot be changed or taken away here.",
            url=url_for("ops.correct_now", period=period),
            hidden={"words": words, "sure": "yes"},
            do="Add the correction",
            back=(url_for("ops.correct", period=period), "Change it"),
        )
    correct_issue(context().db, period, words, utc_now())
    set_action(f"corrected {period}: {words}")
    flash("The correction is on the issue’s web page.")
    return redirect(url_for("ops.issue", period=period), 303)


def _load_sent_issue(period: str) -> IssueOverview:
    overview = load_issue(period)
    if overview.open:
        raise HouseError("only an issue that was sent is corrected", period, "Edit this one.")
    return overview


def _render_form(overview: IssueOverview, wrong: list[FormMistake] | None = None) -> str:
    words = request.form.get("words", "")
    return render_page(
        "correct.html", f"Correct: {issue_title(overview.period)}", wrong or (), look=overview, words=words
    )
