"""Bounce pages of the operator: is it them or us, who was ended and why, and the way back."""

from flask import abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from app.web.context import context
from app.web.form_mistake import FormMistake
from app.web.ops.audit_writer import set_action
from app.web.ops.desk import blueprint, render_page, utc_now
from app.web.ops.ops_phrases import format_count
from core.dates import PERIOD, parse_correction_run, run_name
from core.redact import mask_address
from db.mail import bounce_holds, subscribers
from db.mail.bounce_holds import BounceHold
from db.mail.bounces import BounceSelection
from services.delivery.bounce_answers import AnswerResult, end_readers, restore_readers
from services.operator.bounce_questions import describe_hold, list_ended


@blueprint.get("/bounces")
def bounces() -> str:
    """What is asked of many alike bounces, and how many subscriptions ended."""
    return _render_bounces(BounceSelection(), [])


def _render_bounces(which: BounceSelection, wrong: list[FormMistake]) -> str:
    db = context().db
    return render_page(
        "bounces.html",
        "Refused mail",
        wrong,
        which=which,
        asked=[(hold, describe_hold(db, hold)) for hold in bounce_holds.list_open(db)],
        ended=list(list_ended(db)),
    )


@blueprint.post("/bounces/<int(max=999999999999):number>/us")
def bounces_ours(number: int) -> Answer:
    """It was us, or their server for a while: they are brought back, and sent it again."""
    hold = _hold_or_404(number)
    return _restore(BounceSelection(hold_id=number), f"the refused of {hold.period} {hold.domain}".strip())


@blueprint.post("/bounces/<int(max=999999999999):number>/them")
def bounces_theirs(number: int) -> Answer:
    """They are gone: their subscriptions end."""
    hold = _hold_or_404(number)
    result = end_readers(context().db, BounceSelection(hold_id=number), utc_now())
    words = f"ended {format_count(result.changed, 'subscription')} of {hold.period} {hold.domain}".strip()
    set_action(words)
    flash(f"{words[:1].upper()}{words[1:]}.")
    return redirect(url_for("ops.bounces"), 303)


@blueprint.post("/bounces/find")
def find_refused() -> str | tuple[str, int]:
    """Check before readers are brought back: how many, and what goes to them again."""
    which, wrong = _parse_selection()
    if wrong:
        set_action("asked whom to bring back, of nobody")
        return _render_bounces(which, wrong), 422
    result = restore_readers(context().db, which, utc_now(), dry=True)
    set_action(f"asked who would be brought back {_describe_selection(which)}")
    hidden = {"period": which.period, "domain": which.domain, "reply": which.reply}
    if not (result.changed or result.released):
        return _render_bounces(which, [FormMistake("Nobody was refused so and is not back already", "period")]), 404
    return render_page(
        "check.html",
        "Check before you bring readers back",
        rows=[("Whose mail was refused", _describe_selection(which)), ("Brought back", _describe_restored(result))],
        warning="Their subscriptions go on, and what was refused counts no more. Who left or complained stays away.",
        url=url_for("ops.restore_refused"),
        hidden=hidden,
        do="Bring them back",
        back=(url_for("ops.bounces"), "Do not bring them back"),
    )


@blueprint.post("/bounces/restore")
def restore_refused() -> Answer:
    """Bring back those whose mail was refused, by issue, domain and the server's words."""
    which, wrong = _parse_selection()
    if wrong:
        abort(400)
    return _restore(which, f"who was refused {_describe_selection(which)}")


def _parse_selection() -> tuple[BounceSelection, list[FormMistake]]:
    """Which readers are meant, and what is wrong with that."""
    period, domain, reply = (request.form.get(name, "").strip() for name in ("period", "domain", "reply"))
    which = BounceSelection(period, domain.rpartition("@")[2].lower(), reply)
    if period and not PERIOD.fullmatch(period):
        return which, [FormMistake("Write the issue as its year and month: 2026-10", "period")]
    if not (which.period or which.domain or which.reply):
        return which, [FormMistake("Fill in the issue, the domain or the server’s words", "period")]
    return which, []


def _describe_selection(which: BounceSelection) -> str:
    parts = [f"of the issue of {which.period}"] if which.period else []
    parts += [f"at {which.domain}"] if which.domain else []
    return ", ".join([*parts, f"in words that hold “{which.reply}”"] if which.reply else parts)


@blueprint.post("/bounces/<period>/restore")
def restore_run(period: str) -> Answer:
    """Bring back whose subscription an issue's bounces ended."""
    if not PERIOD.fullmatch(period) and not parse_correction_run(period):
        abort(404)
    return _restore(BounceSelection(period), f"who was ended with {run_name(period)}")


@blueprint.post("/people/<int(max=999999999999):number>/restore")
def restore_person(number: int) -> Answer:
    """Bring back one reader whose mail was refused."""
    one = subscribers.get_by_id(context().db, number)
    if one is None or one.status != "bounced":
        abort(404)
    _restore(BounceSelection(key=one.key), mask_address(one.email))
    return redirect(url_for("ops.person", number=number), 303)


def _restore(which: BounceSelection, who: str) -> Answer:
    result = restore_readers(context().db, which, utc_now())
    set_action(f"brought back {who}: {_describe_restored(result)}")
    flash(f"{_describe_restored(result)}.")
    return redirect(url_for("ops.bounces"), 303)


def _describe_restored(result: AnswerResult) -> str:
    words = f"{format_count(result.changed, 'subscription')} taken up again"
    again = [f"the issue of {period} goes to {count:,} again" for period, count in result.requeued.items()]
    return "; ".join([words, *again])


def _hold_or_404(number: int) -> BounceHold:
    hold = bounce_holds.get(context().db, number)
    return hold if hold and not hold.answer else abort(404)
