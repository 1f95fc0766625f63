"""Notice page: what a person at the desk is told by email."""

from flask import abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from app.web.context import context
from app.web.ops import access
from app.web.ops.audit_writer import set_action
from app.web.ops.desk import blueprint, render_page
from core.states import APPROVING_ROLES, OPERATOR_NOTICES, OperatorNotice
from db.operator import accounts
from db.operator.accounts import Account
from db.schema.connect import write_transaction

NOTICE_LABELS: dict[OperatorNotice, str] = {
    "approval": "A draft is ready, and waits for approval: the draft itself comes with it",
    "trouble": "Something broke, waits for an answer, or is well again",
    "takedown": "An entry that looks like a review that was taken down is held back",
    "delivery": "What became of an issue that was sent",
}


@blueprint.get("/account/notices")
def own_notices() -> str:
    """Ask what one wants to be told."""
    own = _own()
    return render_page("notices.html", "What you are told", labels=_labels(own), told=own.told, role=own.role)


@blueprint.post("/account/notices")
def own_notices_now() -> Answer:
    """Store what one wants to be told."""
    own = _own()
    told = [one for one in OPERATOR_NOTICES if one in request.form.getlist("told") and one in _labels(own)]
    with write_transaction(context().db):
        accounts.update_told(context().db, own.id, told)
    set_action(f"is told by email of: {', '.join(told) or 'nothing'}")
    flash("Stored. You are told of what is ticked." if told else "Stored. You are told of nothing.")
    return redirect(url_for("ops.account"), 303)


def _labels(own: Account) -> dict[OperatorNotice, str]:
    """What a person may be told: who may not approve is not asked to."""
    may = own.role in APPROVING_ROLES
    return {one: words for one, words in NOTICE_LABELS.items() if may or one != "approval"}


def _own() -> Account:
    own = access.own_account()
    return own if own.id else abort(404)
