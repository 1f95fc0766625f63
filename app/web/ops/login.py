"""Login: the form, log-out, access control of the operations pages."""

import re
from urllib.parse import urlsplit

from flask import Response, g, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from app.web.context import context, site_path
from app.web.form_mistake import FormMistake
from app.web.known_browser import remember_log_in
from app.web.ops import access, audit_writer, sessions
from app.web.ops.desk import blueprint, render_page
from app.web.ops.half_log_in import begin_half, lacks_second_step
from app.web.ops.oidc_client import is_offered
from app.web.ops.password_check import check_log_in
from core.config.schema import LOOPBACK_HOSTS
from db.operator import accounts
from db.operator.accounts import Account

LOGIN_FAILED = (
    "The password is wrong, or there were too many tries: after five wrong ones wait a minute, then longer each time"
)
ACCOUNT_FAILED = f"The address or {LOGIN_FAILED[0].lower()}{LOGIN_FAILED[1:]}"
OPS_ADDRESS = re.compile(r"/ops(/(?!\.)[\w.~-]+)*(\?[\w=&.~-]*)?", re.ASCII)


@blueprint.before_request
def _require_login() -> Answer | tuple[str, int] | None:
    """Nobody sees anything without logging in, nor more than their role may; without accounts or a password nobody."""
    if not sessions.shared_password_hash() and not accounts.has_open(context().db):
        stored = context().settings.web.password_hash.get_secret_value()
        unreadable = bool(stored) and not sessions.SCRYPT_HASH.fullmatch(stored)
        return render_page("closed.html", "Operations are closed", unreadable=unreadable), 503
    if visit := sessions.current_visit():
        account = visit.account
        audit_writer.set_operator(f"{account.label} ({sessions.client_network()})" if account.id else account.name)
        g.ops_inside, g.ops_account, g.ops_visit = True, account, visit
        if not access.may(request.endpoint or ""):
            return _render_forbidden()
        if lacks_second_step(account) and request.endpoint not in access.SETTING_UP_ENDPOINTS:
            return redirect(url_for("ops.second_step"), 303)
        return None
    if request.endpoint in access.OPEN_ENDPOINTS:
        return None
    address = request.full_path.rstrip("?")
    next_address = address if request.method == "GET" and OPS_ADDRESS.fullmatch(address) and address != "/ops" else None
    return redirect(url_for("ops.login", next=next_address), 303)


def _render_forbidden() -> tuple[str, int]:
    """Who may do what the role of who asks may not."""
    roles, duty = access.allowed_roles(request.endpoint or ""), access.duty_words(request.endpoint or "")
    names = [one.label for one in accounts.listing(context().db) if one.active and one.role in roles]
    who = access.roles_words(roles)
    return render_page("forbidden.html", "Your role may not do this", duty=duty, who=who, names=names), 403


@blueprint.after_request
def _forbid_caching(answer: Response) -> Response:
    """No browser, proxy or search engine keeps any of it."""
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


@blueprint.route("/login", methods=["GET", "POST"])
def login() -> Answer | str | tuple[str, int]:
    """Ask who it is and for the password. Whatever is wrong, the answer is the same, and takes as long."""
    if request.method != "POST":
        if g.get("ops_inside"):
            return redirect(url_for("ops.state"), 303)
        return render_log_in(safe_next_address(request.args.get("next", "")))
    next_address = safe_next_address(request.form.get("next", ""))
    account = check_log_in(request.form.get("name", ""), request.form.get("password", ""))
    if account is None:
        words = ACCOUNT_FAILED if accounts.has_open(context().db) else LOGIN_FAILED
        return render_log_in(next_address, [FormMistake(words, "password")]), 403
    return continue_log_in(account, next_address)


def continue_log_in(account: Account, next_address: str) -> Answer:
    """Let in who has proved to be the person of an account; one who has a second step is asked for it first."""
    if account.totp_secret:
        audit_writer.set_action("gave the password, and is asked for the second step")
        begin_half(account, safe_next_address(next_address))
        return redirect(url_for("ops.log_in_code"), 303)
    return finish_log_in(account, next_address)


def finish_log_in(account: Account, next_address: str) -> Answer:
    """Let in who has proved to be the person of an account, and have the browser remember it."""
    sessions.begin_session(account)
    answer = redirect(site_path(safe_next_address(next_address)), 303)
    remember_log_in(answer, account.id)
    return answer


def render_log_in(next_address: str, wrong: list[FormMistake] | None = None) -> str:
    """The form, with every way to come in."""
    parts, oidc = urlsplit(context().settings.base_url), context().settings.web.oidc
    return render_page(
        "login.html",
        "Log in",
        wrong or (),
        next=next_address,
        name=request.form.get("name", ""),
        clear=parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS,
        shared=bool(sessions.shared_password_hash()),
        people=accounts.has_open(context().db),
        provider=oidc.label if is_offered(oidc) else "",
    )


def safe_next_address(address: str) -> str:
    """The page to go to after logging in, below the site's own address: one that begins with /ops, else the first."""
    return address if OPS_ADDRESS.fullmatch(address) else "/ops"


@blueprint.post("/logout")
def logout() -> Answer:
    """End the session, here and not only in the cookie."""
    sessions.end_session(g.ops_visit)
    audit_writer.set_action("logged out")
    return redirect(url_for("ops.login"), 303)


@blueprint.get("/<path:other>")
def nothing(other: str) -> tuple[str, int]:
    """Whatever else begins with /ops, once logged in."""
    return render_page("nothing.html", "There is no such page"), 404
