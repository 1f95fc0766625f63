"""Login: password check, log-out, access control of the operations pages."""

import logging
import re
from threading import Lock
from urllib.parse import urlsplit

from flask import Response, g, redirect, request, session, url_for
from werkzeug.security import check_password_hash
from werkzeug.wrappers import Response as Answer

from app.web.context import context, site_path
from app.web.form_mistake import FormMistake
from app.web.ops import access, audit_writer
from app.web.ops.desk import blueprint, ops_context, render_page, utc_now
from core.config.schema import LOOPBACK_HOSTS
from core.subscriber_rules import network_key
from db.operator.accounts import SHARED_PASSWORD_ID, Account

log = logging.getLogger("casereviews")
LOGIN_FAILED = (
    "The password is wrong, or there were too many tries: after five wrong ones wait a minute, then longer each time"
)
SCRYPT_HASH = re.compile(r"scrypt:\d+:\d+:\d+\$[^$]+\$[0-9a-f]+")
OPS_ADDRESS = re.compile(r"/ops(/(?!\.)[\w.~-]+)*(\?[\w=&.~-]*)?", re.ASCII)
MAX_NAME_LENGTH = 60  # characters
LOCK_TIMEOUT = 0.5  # seconds that a try waits for the one before: each takes 32 MB
_password_lock = Lock()


@blueprint.before_request
def _require_login() -> Answer | tuple[str, int] | None:
    """Nobody sees anything without logging in, and there is no logging in without a password set."""
    password_hash = context().settings.web.password_hash.get_secret_value()
    if not SCRYPT_HASH.fullmatch(password_hash):
        return render_page("closed.html", "Operations are closed", unreadable=bool(password_hash)), 503
    visit = ops_context().sessions.visit(session.get("ops", ""), utc_now())
    if visit:
        audit_writer.set_operator(visit.who)
        g.ops_inside, g.ops_account = True, Account(SHARED_PASSWORD_ID, "", visit.who, "owner", utc_now(), utc_now())
        return access.check_access()
    if request.endpoint == "ops.login":
        return None
    address = request.full_path.rstrip("?")
    next_address = address if request.method == "GET" and OPS_ADDRESS.fullmatch(address) and address != "/ops" else None
    return redirect(url_for("ops.login", next=next_address), 303)


@blueprint.after_request
def _forbid_caching(answer: Response) -> Response:
    """No browser, proxy or search engine keeps any of it."""
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


@blueprint.route("/login", methods=["GET", "POST"])
def login() -> Answer | str | tuple[str, int]:
    """Ask for the password. Whatever is wrong, the answer is the same, and takes as long."""
    if request.method != "POST":
        if g.get("ops_inside"):
            return redirect(url_for("ops.state"), 303)
        return _render_form(safe_next_address(request.args.get("next", "")))
    next_address, who = safe_next_address(request.form.get("next", "")), _operator_name(request.form.get("name", ""))
    if not _try_password(request.form.get("password", ""), who):
        return _render_form(next_address, [FormMistake(LOGIN_FAILED, "password")]), 403
    ops_context().sessions.end(session.get("ops", ""))
    session.clear()  # nothing of before is worth anything now, the forms' token included
    session["ops"] = context().effects.token()
    ops_context().sessions.begin(session["ops"], who, utc_now())
    return redirect(site_path(next_address), 303)


def _render_form(next_address: str, wrong: list[FormMistake] | None = None) -> str:
    parts = urlsplit(context().settings.base_url)
    clear = parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS
    return render_page(
        "login.html", "Log in", wrong or (), next=next_address, name=request.form.get("name", ""), clear=clear
    )


def _try_password(password: str, who: str) -> bool:
    """Whether it is the password, and its time to be tried. Either way it is worked out: that takes the time."""
    password_hash, throttle = context().settings.web.password_hash.get_secret_value(), ops_context().throttle
    if not _password_lock.acquire(timeout=LOCK_TIMEOUT):
        return False
    try:
        network, allowed = _client_network(), throttle.allows(_client_network(), utc_now())
        right = check_password_hash(password_hash, password)
        if allowed:
            audit_writer.set_operator(who)
            audit_writer.set_action("logged in" if right else "tried a wrong password")
            throttle.record_success(network) if right else throttle.record_failure(network, utc_now())
        return allowed and right
    finally:
        _password_lock.release()


def _client_network() -> str:
    return network_key(request.remote_addr or "", utc_now().date())


def _operator_name(name: str) -> str:
    """As the audit trail names them: what they call themselves, and the network they came from."""
    printable = " ".join("".join(char if char.isprintable() else " " for char in name).split())[:MAX_NAME_LENGTH]
    return f"{printable or 'operator'} ({_client_network().split()[1]})"


def safe_next_address(address: str) -> str:
    """The page to go to after logging in, below the site's own address: one that begins with /ops, else the first."""
    return address if OPS_ADDRESS.fullmatch(address) else "/ops"


@blueprint.post("/logout")
def logout() -> Answer:
    """End the session, here and not only in the cookie."""
    ops_context().sessions.end(session.get("ops", ""))
    session.clear()
    audit_writer.set_action("logged out")
    return redirect(url_for("ops.login"), 303)


@blueprint.get("/<path:other>")
def nothing(other: str) -> tuple[str, int]:
    """Whatever else begins with /ops, once logged in."""
    return render_page("nothing.html", "There is no such page"), 404
