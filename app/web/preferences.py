"""The reader's own pages: what they get, a pause, what we hold of them, and being deleted."""

from typing import Any

from flask import Blueprint, Flask, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import preferences, subscribing
from app.web.forms import Choices, Mistake, by_field, shown, typed, visible, wished
from app.web.house import house
from app.web.subscribe import can_return, gone, holder
from core.dates import period_name
from core.errors import NotFound
from core.records import Subscriber
from core.subscribers import NATIONS, masked

pages = Blueprint("preferences", __name__)
SAVED = "Your choices are saved."
STATES = {
    "pending": "Your address is not confirmed yet, so nothing is sent to you.",
    "active": "You are subscribed.",
    "paused": "Your subscription is paused: nothing is sent to you until you resume it.",
    "unsubscribed": "You are unsubscribed: nothing is sent to you.",
    "bounced": "Our mail to you came back, so nothing is sent to you any more.",
    "complained": "Our mail was reported as unwanted from your mailbox, so nothing is sent to you any more.",
}
BECAME = {"active": "Your subscription goes on.", "paused": "Your subscription is paused."}
HOW = {"web": "on our website", "operator": "entered by the people who run this", "import": "from a list they brought"}
LETTERS = {"confirm": "Asked you to confirm", "known": "Told you that you are subscribed"}
FATES = {
    "queued": "waiting to be sent",
    "sending": "being sent",
    "sent": "sent",
    "refused": "refused by your mail server",
    "failed": "could not be sent",
    "unknown": "may have been sent",
}
Rows = list[tuple[str, str]]


def join(app: Flask) -> None:
    """Add these pages."""
    app.register_blueprint(pages)


@pages.get("/preferences/<token>")
def form(token: str) -> str:
    """What the reader gets, and everything they can do about it."""
    one = holder(token)
    return _form(one, shown(one))


@pages.post("/preferences/<token>")
def save(token: str) -> ResponseReturnValue:
    """The reader wants something else from now on."""
    one, choices = holder(token), typed(request.form)
    wishes, mistakes = wished(choices, one)
    if mistakes:
        return _form(one, choices, mistakes), 400
    preferences.prefer(house().db, token, wishes)
    return _back(token, SAVED)


@pages.post("/preferences/<token>/pause")
def pause(token: str) -> ResponseReturnValue:
    """Nothing until they say so."""
    holder(token)
    own = house()
    one = preferences.pause(own.db, token, own.world.now())
    return _back(token, BECAME.get(one.status, STATES[one.status]))


@pages.post("/preferences/<token>/resume")
def resume(token: str) -> ResponseReturnValue:
    """The pause ends."""
    holder(token)
    own = house()
    one = preferences.resume(own.db, token, own.world.now())
    return _back(token, BECAME.get(one.status, STATES[one.status]))


@pages.get("/preferences/<token>/data")
def data(token: str) -> str:
    """All that is held of the reader."""
    holder(token)
    return render_template("mine.html", token=token, groups=_groups(preferences.mine(house().db, token)))


@pages.get("/preferences/<token>/data.json")
def download(token: str) -> Response:
    """The same, for programs."""
    holder(token)
    answer = jsonify(preferences.mine(house().db, token))
    answer.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return answer


@pages.get("/preferences/<token>/delete")
def deleting(token: str) -> str:
    """One button; opening the page changes nothing."""
    return render_template("delete.html", token=token, one=holder(token))


@pages.post("/preferences/<token>/delete")
def delete(token: str) -> str:
    """Delete all we hold of the reader."""
    own = house()
    subscribing.erase(own.db, holder(token).email, own.world.now())
    return render_template("deleted.html")


@pages.errorhandler(NotFound)
def _gone(error: NotFound) -> tuple[str, int]:
    return gone()


def _back(token: str, words: str) -> ResponseReturnValue:
    flash(words)
    return redirect(url_for("preferences.form", token=token), 303)


def _form(one: Subscriber, choices: Choices, mistakes: list[Mistake] | None = None) -> str:
    return render_template(
        "preferences.html",
        token=one.token,
        one=one,
        masked=masked(one.email),
        state=STATES[one.status],
        can_return=can_return(one),
        choices=choices,
        topics=visible(choices.topics),
        nations=NATIONS,
        mistakes=mistakes or [],
        errors=by_field(mistakes or []),
    )


def _groups(held: dict[str, Any]) -> list[tuple[str, Rows]]:
    """What is held as headings with rows of a name and a value; headings without rows are left out."""
    one, agreed = held["subscriber"], held["consent"]
    groups: list[tuple[str, Rows]] = [
        (
            "Your subscription",
            [
                ("Address", one["email"]),
                ("State", f"{one['status']} since {_when(one['since'])}"),
                ("Topics", "; ".join(one["topics"]) or "none"),
                ("Nations", ", ".join(one["nations"]) or "none"),
                ("Edition", one["edition"]),
                ("Sent", "only when something matches" if one["only_matching"] else "every month"),
            ],
        ),
        (
            "What you agreed to",
            [
                ("When", _when(agreed["when"])),
                ("How", HOW.get(agreed["how"], agreed["how"])),
                ("Words", agreed["words"] or agreed["wording"] or "not recorded"),
                ("Confirmed", _when(agreed["confirmed_when"])),
            ],
        ),
        (
            "Issues",
            [(period_name(d["period"]), f"{FATES[d['state']]}, {_when(d['when'])}") for d in held["deliveries"]],
        ),
        (
            "Emails about your subscription",
            [(LETTERS[x["kind"]], f"{FATES[x['state']]}, asked for {_when(x['asked'])}") for x in held["letters"]],
        ),
        (
            "Mail that came back",
            [(_issue(b["period"]), f"{b['kind']}, {_when(b['when'])}: {b['words']}") for b in held["bounces"]],
        ),
        (
            "Sign-ups counted today, so that nobody floods your mailbox",
            [(f"Sign-up {number}", _when(at)) for number, at in enumerate(held["counted"], 1)],
        ),
    ]
    return [(heading, rows) for heading, rows in groups if rows]


def _issue(period: str) -> str:
    return period_name(period) if period else "An email about your subscription"


def _when(instant: str | None) -> str:
    return instant.replace("T", " at ").replace("Z", " UTC") if instant else "not yet"
