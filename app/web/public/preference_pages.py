"""Preference pages of a reader: choices, pause."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.web.context import context
from app.web.form_mistake import FormMistake
from app.web.public.saved_search_form import list_saved
from app.web.public.subscribe_pages import can_return, subscriber_by_token, token_not_found
from app.web.public.subscription_forms import (
    SubscriptionChoices,
    choices_of,
    form_values,
    parse_choices,
    read_choices,
)
from app.web.public.wishes_preview import preview_wishes
from core.errors import NotFound
from core.records import Subscriber
from core.redact import mask_address
from core.states import SUBSCRIBED_STATUSES, SubscriberStatus
from db.schema.connect import Database
from services.readers import preferences

blueprint = Blueprint("preferences", __name__)
SAVED_MESSAGE = "Your choices are saved."
STATUS_SENTENCES: dict[SubscriberStatus, str] = {
    "pending": "Your address is not confirmed yet, so nothing is sent to you.",
    "active": "You are subscribed.",
    "paused": "Your subscription is paused: nothing is sent to you until you resume it.",
    "unsubscribed": "You are unsubscribed: nothing is sent to you.",
    "bounced": "Our mail to you came back, so nothing is sent to you any more.",
    "complained": "Our mail was reported as unwanted from your mailbox, so nothing is sent to you any more.",
}
CHANGE_SENTENCES: dict[SubscriberStatus, str] = {
    "active": "Your subscription goes on.",
    "paused": "Your subscription is paused.",
}


def register(app: Flask) -> None:
    """Add these pages."""
    app.register_blueprint(blueprint)


@blueprint.get("/preferences/<token:token>")
def form(token: str) -> str:
    """What the reader gets, and everything they can do about it."""
    one = subscriber_by_token(token)
    return _render_form(one, choices_of(one))


@blueprint.post("/preferences/<token:token>")
def save(token: str) -> ResponseReturnValue:
    """The reader wants something else from now on."""
    one, choices = subscriber_by_token(token), read_choices(request.form)
    wishes, mistakes = parse_choices(choices, one)
    if mistakes:
        return _render_form(one, choices, mistakes), 400
    preferences.set_preferences(context().db, token, wishes, context().effects.now())
    return redirect_to_form(token, SAVED_MESSAGE)


@blueprint.post("/preferences/<token:token>/pause")
def pause(token: str) -> ResponseReturnValue:
    """Nothing until they say so."""
    return _change_status(token, preferences.pause)


@blueprint.post("/preferences/<token:token>/resume")
def resume(token: str) -> ResponseReturnValue:
    """The pause ends."""
    return _change_status(token, preferences.resume)


def _change_status(token: str, change: Callable[[Database, str, datetime], Subscriber]) -> ResponseReturnValue:
    subscriber_by_token(token)
    one = change(context().db, token, context().effects.now())
    return redirect_to_form(token, CHANGE_SENTENCES.get(one.status, STATUS_SENTENCES[one.status]))


@blueprint.errorhandler(NotFound)
def _handle_not_found(error: NotFound) -> tuple[str, int]:
    return token_not_found()


def redirect_to_form(token: str, words: str) -> ResponseReturnValue:
    """Back to what the reader gets, saying what was done."""
    flash(words)
    return redirect(url_for("preferences.form", token=token), 303)


def _render_form(one: Subscriber, choices: SubscriptionChoices, mistakes: list[FormMistake] | None = None) -> str:
    return render_template(
        "preferences.html",
        token=one.token,
        one=one,
        masked=mask_address(one.email),
        state=STATUS_SENTENCES[one.status],
        can_return=can_return(one),
        preview=preview_wishes(one),
        searches=list_saved(one),
        can_move=one.status in SUBSCRIBED_STATUSES,
        **form_values(choices, mistakes),
    )
