"""Preference pages of a reader: choices, pause, data export, deletion."""

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, Flask, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.web.context import context
from app.web.form_mistake import FormMistake, words_by_field
from app.web.public.subscribe_pages import can_return, subscriber_by_token, token_not_found
from app.web.public.subscription_forms import (
    SubscriptionChoices,
    choices_of,
    list_other_words,
    parse_choices,
    printable_text,
    read_choices,
)
from core.dates import from_iso, local_minute, period_name
from core.errors import NotFound
from core.json_types import OwnConsentJson, OwnSubscriptionJson, PersonalDataJson
from core.records import Subscriber
from core.states import NATIONS, ConsentOrigin, DeliveryState, SubscriberStatus, TransactionalKind
from core.subscriber_rules import mask_address
from db.schema.connect import Database
from services.readers import preferences, subscriptions

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
CONSENT_ORIGINS: dict[ConsentOrigin, str] = {
    "web": "on our website",
    "operator": "entered by the people who run this",
    "import": "from a list they brought",
}
TRANSACTIONAL_LABELS: dict[TransactionalKind, str] = {
    "confirm": "Asked you to confirm",
    "known": "Told you that you are subscribed",
}
DELIVERY_LABELS: dict[DeliveryState, str] = {
    "queued": "waiting to be sent",
    "sending": "being sent",
    "sent": "sent",
    "refused": "refused by your mail server",
    "failed": "could not be sent",
    "unknown": "may have been sent",
}
LabelValues = list[tuple[str, str]]


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
    return _redirect_to_form(token, SAVED_MESSAGE)


@blueprint.post("/preferences/<token:token>/pause")
def pause(token: str) -> ResponseReturnValue:
    """Nothing until they say so."""
    return _change_status(token, preferences.pause)


@blueprint.post("/preferences/<token:token>/resume")
def resume(token: str) -> ResponseReturnValue:
    """The pause ends."""
    return _change_status(token, preferences.resume)


@blueprint.get("/preferences/<token:token>/data")
def data(token: str) -> str:
    """All that is held of the reader."""
    subscriber_by_token(token)
    return render_template(
        "mine.html", token=token, groups=_data_groups(preferences.export_personal_data(context().db, token))
    )


@blueprint.get("/preferences/<token:token>/data.json")
def download(token: str) -> Response:
    """The same, for programs."""
    subscriber_by_token(token)
    answer = jsonify(preferences.export_personal_data(context().db, token))
    answer.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return answer


@blueprint.get("/preferences/<token:token>/delete")
def deleting(token: str) -> str:
    """One button; opening the page changes nothing."""
    return render_template("delete.html", token=token, one=subscriber_by_token(token))


@blueprint.post("/preferences/<token:token>/delete")
def delete(token: str) -> str:
    """Delete all we hold of the reader."""
    web = context()
    subscriptions.erase_subscriber(web.db, subscriber_by_token(token).email, web.effects.now())
    return render_template("deleted.html")


def _change_status(token: str, change: Callable[[Database, str, datetime], Subscriber]) -> ResponseReturnValue:
    subscriber_by_token(token)
    one = change(context().db, token, context().effects.now())
    return _redirect_to_form(token, CHANGE_SENTENCES.get(one.status, STATUS_SENTENCES[one.status]))


@blueprint.errorhandler(NotFound)
def _handle_not_found(error: NotFound) -> tuple[str, int]:
    return token_not_found()


def _redirect_to_form(token: str, words: str) -> ResponseReturnValue:
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
        choices=choices,
        topics=printable_text(choices.topics),
        also_found=list_other_words(choices.topics),
        nations=NATIONS,
        mistakes=mistakes or [],
        errors=words_by_field(mistakes or []),
    )


def _data_groups(data: PersonalDataJson) -> list[tuple[str, LabelValues]]:
    """What is held as headings with rows of a name and a value; headings without rows are left out."""
    groups: list[tuple[str, LabelValues]] = [
        ("Your subscription", _subscription_rows(data["subscriber"])),
        ("What you agreed to", _consent_rows(data["consent"])),
        ("Issues", [(period_name(d["period"]), _delivery_words(d["state"], d["when"])) for d in data["deliveries"]]),
        (
            "Emails about your subscription",
            [
                (TRANSACTIONAL_LABELS[x["kind"]], _delivery_words(x["state"], x["asked"], "asked for "))
                for x in data["emails"]
            ],
        ),
        (
            "Mail that came back",
            [
                (
                    period_name(b["period"]) if b["period"] else "An email about your subscription",
                    f"{b['kind']}, {_format_instant(b['when'])}: {b['words']}",
                )
                for b in data["bounces"]
            ],
        ),
        (
            "Mail that asked to leave, without the token that proves it",
            _numbered_instants("Message", data["leave_requests"]),
        ),
        (
            "Sign-ups counted today, so that nobody floods your mailbox",
            _numbered_instants("Sign-up", data["counted"]),
        ),
    ]
    return [(heading, rows) for heading, rows in groups if rows]


def _delivery_words(state: DeliveryState, when: str, what: str = "") -> str:
    return f"{DELIVERY_LABELS[state]}, {what}{_format_instant(when)}"


def _numbered_instants(name: str, instants: list[str]) -> LabelValues:
    return [(f"{name} {number}", _format_instant(at)) for number, at in enumerate(instants, 1)]


def _subscription_rows(one: OwnSubscriptionJson) -> LabelValues:
    return [
        ("Address", one["email"]),
        ("State", f"{one['status']} since {_format_instant(one['since'])}"),
        ("Topics", "; ".join(one["topics"]) or "none"),
        ("Nations", ", ".join(one["nations"]) or "none"),
        ("Edition", one["edition"]),
        ("Sent", "only when something matches" if one["only_matching"] else "every month"),
        *([("Last changed", _format_instant(one["wishes_since"]))] if one["wishes_since"] else []),
    ]


def _consent_rows(agreed: OwnConsentJson) -> LabelValues:
    return [
        ("When", _format_instant(agreed["when"])),
        ("How", CONSENT_ORIGINS.get(agreed["how"], agreed["how"])),
        ("Words", agreed["words"] or agreed["wording"] or "not recorded"),
        ("Confirmed", _format_instant(agreed["confirmed_when"])),
    ]


def _format_instant(instant: str | None) -> str:
    return local_minute(from_iso(instant), context().settings.zone) if instant else "not yet"
