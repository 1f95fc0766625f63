"""Subscribe pages: sign-up, confirmation, unsubscribe, undo."""

import hmac
from datetime import timedelta
from math import ceil
from threading import Event

from flask import Blueprint, Flask, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.web import security
from app.web.context import context
from app.web.form_mistake import FormMistake
from app.web.public.subscription_forms import (
    SubscriptionChoices,
    check_address,
    consent_text,
    describe_wishes,
    form_values,
    parse_choices,
    printable_text,
    read_choices,
)
from core.errors import NotFound
from core.records import Subscriber
from core.redact import mask_address
from core.retention_times import ENDED_RETENTION, UNCONFIRMED_RETENTION
from core.states import SUBSCRIBED_STATUSES, SubscriberStatus
from db.read.latest_issue import get_latest
from newsletter.mail.issue_message import TOKEN_PATTERN
from services.readers import preferences, subscriptions
from services.readers.signup import sign_up

blueprint = Blueprint("subscribe", __name__)
MAIL_WAITING = "casereviews.mail_waiting"  # the app's extension: an Event, set when an email waits to be sent
NO_CHOICES = SubscriptionChoices()
# what a reader became by confirming or coming back, and what follows
STATUS_TEXTS: dict[SubscriberStatus, tuple[str, str]] = {
    "active": ("You are subscribed", "The next issue comes to you when it is sent."),
    "paused": ("You are subscribed, and have paused it", "Nothing is sent to you until you resume it."),
    "pending": ("Your address is not confirmed yet", "Follow the link in our email to confirm it."),
    "unsubscribed": ("You are unsubscribed", "Nothing is sent to you."),
    "bounced": ("Your subscription has ended", "Our mail to you came back. Sign up again to get it."),
    "complained": ("Your subscription has ended", "Our mail was reported as unwanted. Sign up again to get it."),
}


def register(app: Flask) -> None:
    """Add these pages."""
    app.extensions[MAIL_WAITING] = Event()
    app.register_blueprint(blueprint)


@blueprint.get("/subscribe")
def form() -> str:
    """One field, and choices for those who want them; filled in as the link that leads here says."""
    return _render_form(choices=read_choices(request.args))


@blueprint.post("/subscribe")
def ask() -> ResponseReturnValue:
    """Somebody asks for the newsletter. The same answer whether or not the address is known; no email leaves here."""
    email, choices = request.form.get("email", ""), read_choices(request.form)
    wishes, mistakes = parse_choices(choices)
    if mistakes := [*check_address(email), *mistakes]:
        return _render_form(email, choices, mistakes), 400
    web, words = context(), consent_text(request.form.get("consent", ""))
    sign_up(web.effects, web.settings, web.db, email, wishes, words.version, request.remote_addr or "")
    wake_mail_thread()
    return redirect(url_for("subscribe.check"), 303)


@blueprint.get("/check-your-email")
def check() -> str:
    """What happens next. Says nothing of whoever asked."""
    return render_template("check.html", days=UNCONFIRMED_RETENTION.days)


@blueprint.get("/confirm/<token:token>")
def confirm(token: str) -> str:
    """One button. The same page whatever became of the subscription, and opening it changes nothing."""
    subscriber_by_token(token)
    return render_template("confirm.html", token=token)


@blueprint.post("/confirm/<token:token>")
def confirmed(token: str) -> str:
    """The reader says yes."""
    subscriber_by_token(token)
    web = context()
    one = subscriptions.confirm_signup(web.db, token, web.effects.now())
    return _render_status(one)


@blueprint.get("/unsubscribe/<token:token>", strict_slashes=False)
def leaving(token: str) -> str:
    """One button, or that they have left; opening the page changes nothing."""
    one = subscriber_by_token(token)
    if can_return(one):
        return _render_unsubscribed(one)
    return render_template("unsubscribe.html", token=token, masked=mask_address(one.email))


@blueprint.post("/unsubscribe/<token:token>", strict_slashes=False)
def leave(token: str) -> ResponseReturnValue:
    """The reader leaves: by the page's button, or by their mail provider's (RFC 8058), which knows nothing of pages."""
    if security.is_one_click():
        return _one_click_response(token)
    subscriber_by_token(token)
    return _render_unsubscribed(_unsubscribe(token))


def _render_unsubscribed(one: Subscriber) -> str:
    until_forgotten = one.since + ENDED_RETENTION - context().effects.now()
    return render_template(
        "unsubscribed.html",
        token=one.token,
        masked=mask_address(one.email),
        days=max(1, ceil(until_forgotten / timedelta(days=1))),
        can_return=can_return(one),
    )


@blueprint.post("/unsubscribe/<token:token>/undo")
def undo(token: str) -> str:
    """The reader did not mean it."""
    subscriber_by_token(token)
    web = context()
    one = preferences.resubscribe(web.db, token, web.effects.now())
    return _render_status(one)


@blueprint.errorhandler(NotFound)
def _handle_not_found(error: NotFound) -> tuple[str, int]:
    return token_not_found()


def token_not_found() -> tuple[str, int]:
    """The page for every token that opens nothing: forged, cut short or forgotten."""
    settings = context().settings
    reply = bool(settings.mail.reply_to or settings.first_operator)  # else nobody reads it
    days = {"unconfirmed": UNCONFIRMED_RETENTION.days, "left": ENDED_RETENTION.days}
    return render_template("gone.html", reply=reply, **days), 404


def subscriber_by_token(token: str) -> Subscriber:
    """Whose links carry a token. Raises NotFound, alike for whatever is none."""
    if not TOKEN_PATTERN.fullmatch(token):
        raise NotFound("no such subscription")
    one = subscriptions.find_by_token(context().db, token)
    if not hmac.compare_digest(one.token.encode(), token.encode()):
        raise NotFound("no such subscription")
    return one


def wake_mail_thread() -> None:
    """Wake whoever sends email, if anybody does in this process; else the timer finds it."""
    waits: Event = current_app.extensions[MAIL_WAITING]
    waits.set()


def can_return(one: Subscriber) -> bool:
    """Whether one button brings a reader back: they left themselves, and had confirmed."""
    return one.status == "unsubscribed" and one.consent.confirmed_when is not None


def _render_form(
    email: str = "", choices: SubscriptionChoices = NO_CHOICES, mistakes: list[FormMistake] | None = None
) -> str:
    return render_template(
        "subscribe.html",
        email=printable_text(email),
        **form_values(choices, mistakes),
        chosen=choices != NO_CHOICES,
        consent=consent_text(),
    )


def _render_status(one: Subscriber) -> str:
    title, after = STATUS_TEXTS[one.status]
    return render_template(
        "confirmed.html",
        token=one.token,
        title=title,
        after=after,
        wishes=describe_wishes(one) if one.status in SUBSCRIBED_STATUSES else [],
        latest=get_latest(context().db),
        can_return=can_return(one),
    )


def _unsubscribe(token: str) -> Subscriber:
    web = context()
    return subscriptions.end_subscription(web.db, token, web.effects.now())


def _one_click_response(token: str) -> Response:
    """Done, for a machine. Of a token that is nobody's only that: whose link was changed may still be subscribed."""
    kind = "text/plain; charset=utf-8"
    if not TOKEN_PATTERN.fullmatch(token):
        return Response("This link is not whole. Nothing was changed.\n", 404, content_type=kind)
    try:
        _unsubscribe(token)
    except NotFound:  # erased since, or never ours
        return Response("We know nobody by this link, so nothing was changed.\n", content_type=kind)
    return Response("You are unsubscribed.\n", content_type=kind)
