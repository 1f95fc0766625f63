"""Refusal pages of the operator: what servers wrote that nobody understood, and labels that say what it means."""

from flask import abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from app.web.context import context
from app.web.form_mistake import FormMistake, error_mistake
from app.web.ops.audit_writer import set_action
from app.web.ops.desk import blueprint, render_page, utc_now
from core.errors import HouseError, NotFound
from core.plurals import plural
from core.states import REFUSAL_MEANINGS
from db.mail import refusal_labels, unknown_refusals
from services.delivery.refusal_labelling import MEANING_PHRASES, label_refusal, remove_label

MAX_SHOWN = 50  # refusals on the page, the most frequent


@blueprint.get("/refusals")
def refusals() -> str:
    """What was not understood, and what was said to mean what."""
    return _render_refusals()


@blueprint.post("/refusals/<int(max=999999999999):number>")
def label(number: int) -> Answer | tuple[str, int]:
    """Write down what a refusal means."""
    meaning = next((one for one in REFUSAL_MEANINGS if one == request.form.get("meaning")), None) or abort(400)
    try:
        made, explained = label_refusal(
            context().db, number, meaning, request.form.get(f"words-{number}", ""), utc_now()
        )
    except NotFound:
        raise
    except HouseError as e:
        return _render_refusals([error_mistake(e, f"words-{number}")]), 422
    set_action(f'labelled refusals that say "{made.phrase}": {made.meaning}')
    flash(f"“{made.phrase}” means from now on: {MEANING_PHRASES[meaning]}. {plural(explained, 'refusal')} explained.")
    return redirect(url_for("ops.refusals"), 303)


@blueprint.post("/refusals/unlabel")
def unlabel() -> Answer:
    """Take a label back."""
    phrase = request.form.get("phrase", "")
    remove_label(context().db, phrase)
    set_action(f'took back the label of refusals that say "{phrase}"')
    flash("The label is taken back.")
    return redirect(url_for("ops.refusals"), 303)


def _render_refusals(wrong: list[FormMistake] | None = None) -> str:
    return render_page(
        "refusals.html",
        "Refusals not understood",
        wrong or (),
        kept=[
            (one, plural(one.count, "time"), request.form.get(f"words-{one.id}", one.phrase))
            for one in unknown_refusals.listing(context().db)[:MAX_SHOWN]
        ],
        labels=refusal_labels.listing(context().db),
        meanings=MEANING_PHRASES,
    )
