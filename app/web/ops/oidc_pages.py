"""OpenID Connect pages: to the organisation's own log-in and back, for people who have an account here."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import BoundedSemaphore

from flask import abort, redirect, request, session
from werkzeug.wrappers import Response as Answer

from app.web.context import context
from app.web.form_mistake import FormMistake
from app.web.ops import audit_writer, oidc_client
from app.web.ops.desk import blueprint, utc_now
from app.web.ops.login import continue_log_in, render_log_in, safe_next_address
from app.web.ops.oidc_client import OidcIdentity, OidcStart, is_offered
from app.web.ops.sessions import client_network
from core.errors import HouseError
from db.operator.accounts import Account
from services.operator.link_identity import link_identity

SESSION_KEY = "ops_oidc"
GOOD_FOR = timedelta(minutes=10)  # for logging in at the provider
SLOTS, SLOT_WAIT = 3, 1.0  # requests that ask the provider at once; seconds that another waits
_slots = BoundedSemaphore(SLOTS)


@blueprint.get("/login/provider")
def oidc_start() -> Answer | tuple[str, int]:
    """Send the browser to the provider."""
    if not is_offered(context().settings.web.oidc):
        abort(404)
    effects, oidc = context().effects, context().settings.web.oidc
    drawn = [effects.token() for _ in range(4)]
    try:
        with _asking():
            start = oidc_client.start_log_in(oidc, _redirect_uri(), drawn[0], drawn[1], f"{drawn[2]}{drawn[3]}")
    except HouseError as e:
        return _refuse(e)
    wanted = safe_next_address(request.args.get("next", ""))
    session[SESSION_KEY] = [start.state, start.nonce, start.verifier, int(utc_now().timestamp()), wanted]
    return redirect(start.url, 303)


@blueprint.get("/login/provider/back")
def oidc_back() -> Answer | tuple[str, int]:
    """Let in whom the provider vouches for, if they have an account here. It is asked once for each way there."""
    if not is_offered(context().settings.web.oidc):
        abort(404)
    try:
        start, wanted = _take_start(request.args.get("state", ""))
        if not (code := request.args.get("code", "")):
            said = " ".join(filter(None, (request.args.get("error"), request.args.get("error_description"))))
            raise HouseError("the provider did not let you in", said[: oidc_client.MAX_SHOWN_CHARS], "Try again.")
        now = utc_now().timestamp()
        with _asking():
            identity = oidc_client.finish_log_in(context().settings.web.oidc, _redirect_uri(), start, code, now)
        account = _find_account(identity)
    except HouseError as e:
        return _refuse(e)
    return continue_log_in(account, wanted)


@contextmanager
def _asking() -> Iterator[None]:
    """Ask the provider, which may take its time: a crowd at the door leaves the other threads to readers."""
    if not _slots.acquire(timeout=SLOT_WAIT):
        raise HouseError("too many log in by the provider just now", "", "Try again in a moment.")
    try:
        yield
    finally:
        _slots.release()


def _take_start(state: str) -> tuple[OidcStart, str]:
    """The log-in that this browser has begun, used up, and where it wants to go. Raises HouseError where it has not."""
    stored = session.pop(SESSION_KEY, None)
    if stored:
        expected, nonce, verifier, began, wanted = stored
        late = abs(utc_now().timestamp() - began) > GOOD_FOR.total_seconds()
        if state == expected and not late:
            return OidcStart("", expected, nonce, verifier), wanted
    raise HouseError("this log-in was not begun here", "or it took too long", "Begin again.")


def _find_account(identity: OidcIdentity) -> Account:
    account = link_identity(context().db, identity.issuer, identity.subject, identity.email, utc_now())
    audit_writer.set_operator(f"{account.label} ({client_network()})")
    audit_writer.write_now("logged in by the provider")
    return account


def _redirect_uri() -> str:
    """As it is registered at the provider: of the site's own address, whatever the request says."""
    return f"{context().settings.base_url}/ops/login/provider/back"


def _refuse(error: HouseError) -> tuple[str, int]:
    return render_log_in("/ops", [FormMistake(error.sentence)]), 403
