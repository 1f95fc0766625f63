"""Address pages of a reader: a new address asked for, confirmed there, taken back from the old one."""

from flask import Blueprint, Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.web.context import context
from app.web.form_mistake import FormMistake, words_by_field
from app.web.public.preference_pages import redirect_to_form
from app.web.public.subscribe_pages import subscriber_by_token, token_not_found, wake_mail_thread
from app.web.public.subscription_forms import check_address, printable_text
from core.errors import NotFound
from core.records import Subscriber
from core.redact import mask_address
from core.retention_times import MOVE_RETENTION
from core.states import SUBSCRIBED_STATUSES
from core.subscriber_rules import MAX_PROOF_EMAILS
from services.readers import change_address

blueprint = Blueprint("new_address", __name__)


def register(app: Flask) -> None:
    """Add these pages."""
    app.register_blueprint(blueprint)


@blueprint.get("/preferences/<token:token>/address")
def form(token: str) -> str:
    """A field for the new address."""
    return _render_form(subscriber_by_token(token))


@blueprint.post("/preferences/<token:token>/address")
def ask(token: str) -> ResponseReturnValue:
    """Somebody wants the subscription elsewhere. The same answer whether or not that address is known."""
    one, email = subscriber_by_token(token), request.form.get("email", "")
    if mistakes := check_address(email):
        return _render_form(one, email, mistakes), 400
    if one.status not in SUBSCRIBED_STATUSES:
        return _render_form(one, email), 409
    web = context()
    change_address.request_change(web.effects, web.settings, web.db, token, email, request.remote_addr or "")
    wake_mail_thread()
    return redirect_to_form(
        token,
        "An email is on its way to the new address. Nothing changes until its link is followed and the button there "
        f"pressed, within {MOVE_RETENTION.days} days. If nothing comes, look in the spam folder.",
    )


@blueprint.get("/new-address/<int:number>/<token:token>")
def confirming(number: int, token: str) -> ResponseReturnValue:
    """One button, at the new address; opening the page changes nothing."""
    change = change_address.find_change(context().db, number, token, context().effects.now())
    if change is None:
        return _render_late()
    return render_template("address_confirm.html", masked=mask_address(change.address.email), back=False)


@blueprint.post("/new-address/<int:number>/<token:token>")
def confirm(number: int, token: str) -> ResponseReturnValue:
    """The new mailbox says yes."""
    one = change_address.confirm_change(context().db, number, token, context().effects.now())
    if one is None:
        return _render_late()
    wake_mail_thread()
    return redirect_to_form(one.token, f"Your subscription now goes to {mask_address(one.email)}.")


@blueprint.get("/preferences/<token:token>/address/back/<token:proof>")
def returning(token: str, proof: str) -> ResponseReturnValue:
    """One button, at the old address; opening the page changes nothing."""
    subscriber_by_token(token)
    change = change_address.find_way_back(context().db, token, proof, context().effects.now())
    if change is None:
        return _render_late()
    return render_template("address_confirm.html", masked=mask_address(change.address.email), back=True)


@blueprint.post("/preferences/<token:token>/address/back/<token:proof>")
def take_back(token: str, proof: str) -> ResponseReturnValue:
    """The old mailbox did not want it."""
    subscriber_by_token(token)
    one = change_address.take_back(context().effects, context().db, token, proof)
    if one is None:
        return _render_late()
    return redirect_to_form(
        one.token,
        f"Your subscription goes to {mask_address(one.email)} again. The links in your older emails do not work any "
        "more: they had been passed on.",
    )


@blueprint.errorhandler(NotFound)
def _handle_not_found(error: NotFound) -> tuple[str, int]:
    return token_not_found()


def _render_form(one: Subscriber, email: str = "", mistakes: list[FormMistake] | None = None) -> str:
    return render_template(
        "address.html",
        token=one.token,
        masked=mask_address(one.email),
        can_move=one.status in SUBSCRIBED_STATUSES,
        email=printable_text(email),
        most=MAX_PROOF_EMAILS,
        days=MOVE_RETENTION.days,
        back=url_for("preferences.form", token=one.token),
        mistakes=mistakes or [],
        errors=words_by_field(mistakes or []),
    )


def _render_late() -> tuple[str, int]:
    return render_template("address_late.html", days=MOVE_RETENTION.days), 404
