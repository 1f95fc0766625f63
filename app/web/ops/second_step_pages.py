"""Second step pages: the code that is asked for at log-in, and where one sets it up, renews it or has it taken away."""

from flask import abort, flash, g, redirect, request, session, url_for
from werkzeug.wrappers import Response as Answer

from app.web.context import context
from app.web.form_mistake import FormMistake
from app.web.known_browser import known_log_ins
from app.web.ops import access, audit_writer
from app.web.ops.desk import blueprint, ops_context, render_page, utc_now
from app.web.ops.half_log_in import current_half, lacks_second_step
from app.web.ops.login import finish_log_in
from app.web.ops.password_check import NOT_YOURS, check_own_password
from app.web.ops.sessions import client_network
from core.errors import HouseError
from db.operator import recovery_codes
from db.operator.accounts import Account
from services.operator import manage_accounts, second_factor

PENDING_KEY = "ops_second"  # in the session: the secret that is being set up
WRONG_CODE = (
    "This is not the code of now, or it was used before. Wait for the next; after five wrong ones wait a minute, then "
    "longer each time"
)
FEW_CODES = 3  # recovery codes left, of which a person is told


@blueprint.route("/login/code", methods=["GET", "POST"])
def log_in_code() -> Answer | str | tuple[str, int]:
    """Ask for the second step of who has given the password."""
    if (half := current_half()) is None:
        return redirect(url_for("ops.login"), 303)
    account, next_address = half
    if request.method != "POST":
        return render_page("log_in_code.html", "The second step")
    audit_writer.set_operator(f"{account.label} ({client_network()})")
    try:
        right = _try_code(account, request.form.get("code", ""))
    except HouseError as e:
        return render_page("log_in_code.html", "The second step", [FormMistake(e.sentence, "code")]), 403
    if not right:
        audit_writer.set_action("typed a wrong code as the second step")
        return render_page("log_in_code.html", "The second step", [FormMistake(WRONG_CODE, "code")]), 403
    audit_writer.set_action("logged in with the second step")
    answer = finish_log_in(account, next_address)
    if (left := recovery_codes.count(context().db, account.id)) <= FEW_CODES:
        flash(f"{left or 'None'} of your recovery codes {'is' if left == 1 else 'are'} left: make new ones there.")
        answer.location = url_for("ops.second_step")
    return answer


def _try_code(account: Account, typed: str) -> bool:
    """Whether a code is good, and its time to be tried; it is used up. Strangers' tries hold up no known browser."""
    throttle, now = ops_context().throttle, utc_now()
    key = f"code of {account.id} {known_log_ins().get(str(account.id), '')}"
    if not throttle.begin_known(key, now):
        return False
    if right := second_factor.check_code(context().settings, context().db, account, typed, now):
        throttle.record_known_success(key)
    return right


@blueprint.get("/account/second-step")
def second_step() -> str:
    """Set a second step up, or see that it is."""
    own = _own()
    if own.totp_secret:
        return _render_present()
    return _render_set_up(own)


@blueprint.post("/account/second-step")
def second_step_now() -> str | tuple[str, int]:
    """Set it up, once a code has shown that the app has the secret; show the recovery codes.

    It asks for the password once more: whoever found the desk open does not lock its owner out.
    """
    own, secret = _own(), session.get(PENDING_KEY, "")
    if own.totp_secret or not secret:
        return second_step()
    if own.password_hash and not check_own_password(own, request.form.get("password", "")):
        audit_writer.set_action("typed a wrong password to set up a second step")
        return _render_set_up(own, [FormMistake(NOT_YOURS, "password")]), 422
    web = context()
    codes = second_factor.set_up(web.effects, web.settings, web.db, own, secret, request.form.get("code", ""))
    if codes is None:
        words = "This is not the code that the app shows now; is the clock of your phone right?"
        return _render_set_up(own, [FormMistake(words, "code")]), 422
    session.pop(PENDING_KEY)
    audit_writer.set_action("set up a second step for their log-in")
    return render_page("recovery_codes.html", "Your recovery codes", codes=codes, fresh=True)


@blueprint.post("/account/second-step/change")
def second_step_change() -> Answer | str | tuple[str, int]:
    """Take it away, or make new recovery codes: both by a code of now."""
    own, web = _own(), context()
    if not own.totp_secret:
        abort(404)
    leaving = request.form.get("do") == "off"
    if leaving and web.settings.web.second_factor == "required":
        return _render_present([FormMistake("Everybody here needs a second step: web.second_factor is required")]), 422
    if not _try_code(own, request.form.get("code", "")):
        audit_writer.set_action("typed a wrong code to change their second step")
        return _render_present([FormMistake(WRONG_CODE, "code")]), 422
    if leaving:
        second_factor.take_away(web.db, own, utc_now(), but=g.ops_visit.session.id)
        audit_writer.set_action("took the second step of their log-in away")
        flash("You log in by your password alone now. Your other log-ins have ended.")
        return redirect(url_for("ops.account"), 303)
    codes = second_factor.renew_recovery_codes(web.effects, web.db, own)
    audit_writer.set_action("made new recovery codes")
    return render_page("recovery_codes.html", "Your recovery codes", codes=codes, fresh=False)


@blueprint.post("/accounts/<int(max=999999999999):number>/second-step/reset")
def reset_second_step(number: int) -> Answer:
    """Take somebody's second step away: their phone is lost, and so are their codes."""
    account = manage_accounts.get_account(context().db, number)
    second_factor.take_away(context().db, account, utc_now())
    audit_writer.set_action(f"took the second step of {account.label} away")
    flash(f"{account.name} logs in by their password alone now, and can set up a second step anew.")
    return redirect(url_for("ops.account_list"), 303)


def _own() -> Account:
    own = access.own_account()
    if not own.id:  # who knows the shared password has nothing of their own
        abort(404)
    return own


def _render_set_up(own: Account, wrong: list[FormMistake] | None = None) -> str:
    secret = session.setdefault(PENDING_KEY, second_factor.make_secret(context().effects))
    url = second_factor.otpauth_url(context().settings, own, secret)
    return render_page(
        "second_step.html",
        "Set up a second step",
        wrong or (),
        secret=second_factor.group_secret(secret),
        url=url,
        qr_code=second_factor.draw_qr_code(url),
        missing=lacks_second_step(own),
        by_password=bool(own.password_hash),
    )


def _render_present(wrong: list[FormMistake] | None = None) -> str:
    return render_page(
        "second_step_on.html",
        "Your second step",
        wrong or (),
        left=recovery_codes.count(context().db, access.own_account().id),
        required=context().settings.web.second_factor == "required",
    )
