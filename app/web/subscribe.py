"""The pages of a subscription's beginning and end: subscribe, check your email, confirm, unsubscribe, undo."""

import hmac
from contextlib import suppress
from threading import Event

from flask import Blueprint, Flask, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import preferences, subscribing
from app.signup import sign_up
from app.web import safety
from app.web.forms import Choices, Mistake, address_mistakes, by_field, consent, typed, visible, wished
from app.web.house import house
from core.errors import NotFound
from core.records import Subscriber
from core.subscribers import GONE, NATIONS, UNCONFIRMED
from db.latest import latest
from newsletter.message import TOKEN

pages = Blueprint("subscribe", __name__)
LETTERS = "letters"  # the app's extension: an Event that is set when a letter waits to be sent
NOTHING = Choices()
STATES = {  # what a reader became by confirming or coming back, and what follows
    "active": ("You are subscribed", "The next issue comes to you when it is sent."),
    "paused": ("You are subscribed, and have paused it", "Nothing is sent to you until you resume it."),
    "pending": ("Your address is not confirmed yet", "Follow the link in our email to confirm it."),
    "unsubscribed": ("You are unsubscribed", "Nothing is sent to you."),
    "bounced": ("Your subscription has ended", "Our mail to you came back. Sign up again to get it."),
    "complained": ("Your subscription has ended", "Our mail was reported as unwanted. Sign up again to get it."),
}


def join(app: Flask) -> None:
    """Add these pages."""
    app.extensions[LETTERS] = Event()
    app.register_blueprint(pages)


@pages.get("/subscribe")
def form() -> str:
    """One field, and choices for those who want them; filled in as the link that leads here says."""
    return _form(choices=typed(request.args))


@pages.post("/subscribe")
def ask() -> ResponseReturnValue:
    """Somebody asks for the newsletter. The same answer whether or not the address is known; no letter leaves here."""
    email, choices = request.form.get("email", ""), typed(request.form)
    wishes, mistakes = wished(choices)
    if mistakes := [*address_mistakes(email), *mistakes]:
        return _form(email, choices, mistakes), 400
    own, words = house(), consent(request.form.get("consent", ""))
    sign_up(own.world, own.settings, own.db, email, wishes, words.version, request.remote_addr or "")
    letter_waits()
    return redirect(url_for("subscribe.check"), 303)


@pages.get("/check-your-email")
def check() -> str:
    """What happens next. Says nothing of whoever asked."""
    return render_template("check.html", days=UNCONFIRMED.days)


@pages.get("/confirm/<token>")
def confirm(token: str) -> str:
    """One button. The same page whatever became of the subscription, and opening it changes nothing."""
    holder(token)
    return render_template("confirm.html", token=token)


@pages.post("/confirm/<token>")
def confirmed(token: str) -> str:
    """The reader says yes."""
    holder(token)
    own = house()
    one = subscribing.confirm(own.db, token, own.world.now())
    return _state_of(one)


@pages.get("/unsubscribe/<token>")
def leaving(token: str) -> str:
    """One button; opening the page changes nothing."""
    holder(token)
    return render_template("unsubscribe.html", token=token)


@pages.post("/unsubscribe/<token>")
def leave(token: str) -> ResponseReturnValue:
    """The reader leaves: by the page's button, or by their mail provider's (RFC 8058), which knows nothing of pages."""
    if safety.is_one_click():
        return _one_click(token)
    holder(token)
    one = _left(token)
    return render_template("unsubscribed.html", token=token, days=GONE.days, can_return=can_return(one))


@pages.post("/unsubscribe/<token>/undo")
def undo(token: str) -> str:
    """The reader did not mean it."""
    holder(token)
    own = house()
    one = preferences.come_back(own.db, token, own.world.now())
    return _state_of(one)


@pages.errorhandler(NotFound)
def _gone(error: NotFound) -> tuple[str, int]:
    return gone()


def gone() -> tuple[str, int]:
    """The page for every token that opens nothing: forged, cut short or forgotten."""
    return render_template("gone.html", unconfirmed=UNCONFIRMED.days, left=GONE.days), 404


def holder(token: str) -> Subscriber:
    """Whose links carry a token. Raises NotFound, alike for whatever is none."""
    if not TOKEN.fullmatch(token):
        raise NotFound("no such subscription")
    one = subscribing.reader(house().db, token)
    if not hmac.compare_digest(one.token.encode(), token.encode()):
        raise NotFound("no such subscription")
    return one


def letter_waits() -> None:
    """Wake whoever sends letters, if anybody does in this process; else the timer finds it."""
    waits: Event = current_app.extensions[LETTERS]
    waits.set()


def can_return(one: Subscriber) -> bool:
    """Whether one button brings a reader back: they left themselves, and had confirmed."""
    return one.status == "unsubscribed" and one.consent.confirmed_when is not None


def _form(email: str = "", choices: Choices = NOTHING, mistakes: list[Mistake] | None = None) -> str:
    return render_template(
        "subscribe.html",
        email=visible(email),
        choices=choices,
        topics=visible(choices.topics),
        nations=NATIONS,
        mistakes=mistakes or [],
        errors=by_field(mistakes or []),
        chosen=choices != NOTHING,
        consent=consent(),
    )


def _state_of(one: Subscriber) -> str:
    title, after = STATES[one.status]
    return render_template(
        "confirmed.html",
        token=one.token,
        title=title,
        after=after,
        latest=latest(house().db),
        can_return=can_return(one),
    )


def _left(token: str) -> Subscriber:
    own = house()
    return subscribing.leave(own.db, token, own.world.now())


def _one_click(token: str) -> Response:
    """Done, for a machine. One that was forgotten long ago gets the same: nothing is sent to them either.

    What is no token at all is told so: somebody may still be subscribed, whose link was cut short.
    """
    if not TOKEN.fullmatch(token):
        return Response("This link is not whole.\n", 404, content_type="text/plain; charset=utf-8")
    with suppress(NotFound):  # erased since, or never ours
        _left(token)
    return Response("You are unsubscribed.\n", content_type="text/plain; charset=utf-8")
