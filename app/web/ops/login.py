"""The door: logging in and out, and who may see the pages behind it."""

import logging
import re
from threading import Lock
from urllib.parse import urlsplit

from flask import Response, g, redirect, request, session, url_for
from werkzeug.security import check_password_hash
from werkzeug.wrappers import Response as Answer

from app.web.house import house
from app.web.ops import trail
from app.web.ops.desk import Wrong, desk, now, room, show
from core.settings import LOOPBACK
from core.subscribers import network_of

log = logging.getLogger("casereviews")
FAILED = (
    "The password is wrong, or there were too many tries: after five wrong ones wait a minute, then longer each time"
)
HASH = re.compile(r"scrypt:\d+:\d+:\d+\$[^$]+\$[0-9a-f]+")
INSIDE = re.compile(r"/ops(/(?!\.)[\w.~-]+)*(\?[\w=&.~-]*)?", re.ASCII)
NAME = 60  # characters
PATIENCE = 0.5  # seconds that a try waits for the one before: each takes 32 MB
_turn = Lock()


@room.before_request
def _only_the_operator() -> Answer | tuple[str, int] | None:
    """Nobody sees anything without logging in, and there is no logging in without a password set."""
    stored = house().settings.web.password_hash.get_secret_value()
    if not HASH.fullmatch(stored):
        return show("closed.html", "Operations are closed", unreadable=bool(stored)), 503
    visit = desk().sessions.visit(session.get("ops", ""), now())
    if visit:
        trail.name(visit.who)
        g.ops_inside = True
        return None
    if request.endpoint == "ops.login":
        return None
    asked = request.full_path.rstrip("?")
    wanted = asked if request.method == "GET" and INSIDE.fullmatch(asked) and asked != "/ops" else None
    return redirect(url_for("ops.login", next=wanted), 303)


@room.after_request
def _for_nobody_else(answer: Response) -> Response:
    """No browser, proxy or search engine keeps any of it."""
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


@room.route("/login", methods=["GET", "POST"])
def login() -> Answer | str | tuple[str, int]:
    """Ask for the password. Whatever is wrong, the answer is the same, and takes as long."""
    if request.method != "POST":
        if g.get("ops_inside"):
            return redirect(url_for("ops.state"), 303)
        return _form(inside(request.args.get("next", "")))
    wanted, who = inside(request.form.get("next", "")), _who(request.form.get("name", ""))
    if not _opens(request.form.get("password", ""), who):
        return _form(wanted, [Wrong(FAILED, "password")]), 403
    desk().sessions.end(session.get("ops", ""))
    session.clear()  # nothing of before is worth anything now, the forms' token included
    session["ops"] = house().world.token()
    desk().sessions.begin(session["ops"], who, now())
    return redirect(wanted, 303)


def _form(wanted: str, wrong: list[Wrong] | None = None) -> str:
    parts = urlsplit(house().settings.base_url)
    clear = parts.scheme == "http" and parts.hostname not in LOOPBACK
    return show("login.html", "Log in", wrong or (), next=wanted, name=request.form.get("name", ""), clear=clear)


def _opens(password: str, who: str) -> bool:
    """Whether it is the password, and its time to be tried. Either way it is worked out: that takes the time."""
    stored, throttle = house().settings.web.password_hash.get_secret_value(), desk().throttle
    if not _turn.acquire(timeout=PATIENCE):
        return False
    try:
        network, may = _network(), throttle.may(_network(), now())
        right = check_password_hash(stored, password)
        if may:
            trail.name(who)
            trail.tell("logged in" if right else "tried a wrong password")
            throttle.right(network) if right else throttle.wrong(network, now())
        return may and right
    finally:
        _turn.release()


def _network() -> str:
    return network_of(request.remote_addr or "", now().date())


def _who(name: str) -> str:
    """As the audit trail names them: what they call themselves, and the network they came from."""
    said = " ".join("".join(char if char.isprintable() else " " for char in name).split())[:NAME]
    return f"{said or 'operator'} ({_network().split()[1]})"


def inside(address: str) -> str:
    """The page to go to after logging in: one of ours that begins with /ops, else the first."""
    return address if INSIDE.fullmatch(address) else url_for("ops.state")


@room.post("/logout")
def logout() -> Answer:
    """End the session, here and not only in the cookie."""
    desk().sessions.end(session.get("ops", ""))
    session.clear()
    trail.tell("logged out")
    return redirect(url_for("ops.login"), 303)


@room.get("/<path:other>")
def nothing(other: str) -> tuple[str, int]:
    """Whatever else begins with /ops, once logged in."""
    return show("nothing.html", "There is no such page"), 404
