"""Bounce pages of the operator: is it them or us, who was ended and why, and the way back."""

from flask import abort, flash, redirect, url_for
from werkzeug.wrappers import Response as Answer

from app.web.context import context
from app.web.ops.audit_writer import set_action
from app.web.ops.desk import blueprint, render_page, utc_now
from app.web.ops.ops_phrases import format_count
from core.dates import PERIOD, period_name
from core.subscriber_rules import mask_address
from db.mail import bounce_holds, subscribers
from db.mail.bounce_holds import BounceHold
from db.mail.bounces import BounceSelection
from services.delivery.bounce_answers import AnswerResult, end_readers, restore_readers
from services.operator.bounce_questions import describe_hold, list_ended


@blueprint.get("/bounces")
def bounces() -> str:
    """What is asked of many alike bounces, and how many subscriptions ended."""
    db = context().db
    return render_page(
        "bounces.html",
        "Refused mail",
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


@blueprint.post("/bounces/<period>/restore")
def restore_run(period: str) -> Answer:
    """Bring back whose subscription an issue's bounces ended."""
    if not PERIOD.fullmatch(period):
        abort(404)
    return _restore(BounceSelection(period), f"who was ended with the issue of {period_name(period)}")


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
