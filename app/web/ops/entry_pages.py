"""Entry pages: read entries beside the page's own words, signed off; entries held back, and what they are."""

from flask import abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from app.web.context import context
from app.web.ops.audit_writer import set_action
from app.web.ops.desk import blueprint, render_page, utc_now
from app.web.ops.source_pages import source_or_404
from core.states import TakedownAnswer
from services.collect import source_sample
from services.collect.operator_requests import describe_missing_sign_off
from services.collect.takedown_questions import answer_question

ANSWERS: dict[str, tuple[TakedownAnswer, str]] = {
    "another": ("another", "It is another review: the next scrape reads it."),
    "same": ("same", "It stays out, and is asked about again when its words change."),
}


@blueprint.get("/sources/<name>/entries")
def entries(name: str) -> str:
    """Five entries of a source, each beside the page's own words."""
    source, settings, db = source_or_404(name), context().settings, context().db
    samples = source_sample.read_sample(settings, db, source)
    return render_page(
        "entries.html",
        f"Entries of {name}",
        source=source,
        asked=bool(describe_missing_sign_off(db, source)),
        samples=[
            (sample, sample.review.raw.splitlines(), list(source_sample.entry_fields(sample.review)))
            for sample in samples
        ],
    )


@blueprint.post("/sources/<name>/entries")
def sign_off(name: str) -> Answer:
    """Write down that they agree."""
    source_sample.sign_off(context().db, source_or_404(name), utc_now())
    set_action(f"signed off how {name} is read")
    flash(f"You have said that {name} is read rightly.")
    return redirect(url_for("ops.source", name=name), 303)


@blueprint.post("/sources/<name>/held/<int(max=999999999999):number>")
def answer_held(name: str, number: int) -> Answer:
    """Write down what an entry is that looks like a withdrawn review."""
    source = source_or_404(name)
    what, words = ANSWERS.get(request.form.get("answer", "")) or abort(400)
    answer_question(context().db, number, what)
    set_action(f"said of entry {number} held back of {source.name}: {what} review")
    flash(words)
    return redirect(url_for("ops.source", name=name), 303)
