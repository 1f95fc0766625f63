"""Subscriber pages of the operator: look-up by address, one reader, data export, unsubscribe, erasure."""

import json

from flask import Response, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from app.web.context import context
from app.web.form_mistake import FormMistake
from app.web.ops import ops_phrases
from app.web.ops.audit_writer import set_action
from app.web.ops.desk import blueprint, render_page, utc_now
from app.web.public import saved_search_form
from core.email_address import parse_address
from core.records import Subscriber
from core.redact import mask_address
from core.states import ENDED_STATUSES
from core.subscriber_rules import InvalidInput
from db.mail import leave_requests, saved_searches, subscribers
from db.mail.saved_searches import SavedSearch
from services.readers import subscriptions
from services.readers.preferences import export_personal_data

REQUESTS_PER_PAGE = 10  # of those who asked by mail to leave
ERASE_WARNING = (
    "Their address, wishes, consent and the emails about their subscription are deleted, and their messages in the "
    "outbox. A keyed hash stays, so that no list brings them back. It can be taken back for 24 hours: look their "
    "address up. Ask them whether they want their data first."
)


@blueprint.get("/people")
def people() -> str:
    """Ask for an address. Nobody is listed unasked."""
    return _render_lookup()


@blueprint.post("/people")
def find() -> Answer | tuple[str, int]:
    """Look one person up. The address stands in no log or history of the browser, so it is sent as a form."""
    address = request.form.get("address", "").strip()
    try:
        subscriber = subscribers.get(context().db, parse_address(address).key)
    except InvalidInput as e:
        set_action("looked up what is no address")
        return _render_lookup(
            [FormMistake(f"Type the whole address: {e}" if address else "Type an address", "address")]
        ), 422
    set_action(f"looked up {mask_address(address)}{'' if subscriber else ', who is no subscriber'}")
    if subscriber is None:
        undoable = subscriptions.can_undo_erasure(context().db, address, utc_now())
        mistake = FormMistake("Nobody has subscribed with this address", "address")
        return _render_lookup([mistake], undoable), 404
    return redirect(url_for("ops.person", number=subscriber.id), 303)


def _render_lookup(wrong: list[FormMistake] | None = None, undoable: bool = False) -> str:
    counts = [(name, f"{number:,}") for name, number in subscribers.counts(context().db).items()]
    requests = leave_requests.list_open(context().db, REQUESTS_PER_PAGE)
    asked = [(one, mask_address(one.subscriber.email)) for one in requests]
    return render_page(
        "people.html",
        "Readers",
        wrong or (),
        address=request.form.get("address", ""),
        counts=counts,
        asked=asked,
        more=leave_requests.count_open(context().db) - len(asked),
        undoable=undoable,
    )


@blueprint.get("/people/<int(max=999999999999):number>")
def person(number: int) -> str:
    """What is held of one person."""
    subscriber = subscriber_or_404(number)
    has_wishes = bool(subscriber.topics or subscriber.nations)
    personal_data = export_personal_data(context().db, subscriber.token)
    return render_page(
        "person.html",
        "A subscriber",
        one=subscriber,
        rows=[
            ("Edition", subscriber.edition),
            ("Topics", ", ".join(subscriber.topics) or "all"),
            ("Nations", ", ".join(subscriber.nations) or "all"),
            ("Other reviews", ops_phrases.REST_LABELS[subscriber.rest] if has_wishes else "there are none"),
            ("Mail", "only when something matches" if subscriber.matching else "every month"),
            ("Agreed to", personal_data["consent"]["words"] or subscriber.consent.wording or "not written down"),
            ("Agreed by", subscriber.consent.how),
        ],
        held=subscribers.get_history(context().db, number),
        searches=[
            (saved_search_form.name_search(saved_search_form.query_of(one)), _describe_cadence(one))
            for one in saved_searches.list_of_reader(context().db, number)
        ],
        wishes_since=subscriber.wishes_since,
        there=subscriber.status not in ENDED_STATUSES,
        states=ops_phrases.STATE_LABELS,
        emails=ops_phrases.EMAIL_LABELS,
    )


def _describe_cadence(search: SavedSearch) -> str:
    paused = saved_search_form.paused_words(search)
    words = saved_search_form.CADENCE_LABELS[search.cadence][0]
    return f"{words}; paused until {paused}" if paused else words


@blueprint.post("/people/<int(max=999999999999):number>/export")
def export(number: int) -> Response:
    """All that is held of one person, as a file for them."""
    one = subscriber_or_404(number)
    set_action(f"exported the data of {mask_address(one.email)}")
    body = json.dumps(export_personal_data(context().db, one.token), ensure_ascii=False, indent=2)
    answer = Response(body, content_type="application/json; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="subscriber-{number}.json"'
    return answer


@blueprint.get("/people/<int(max=999999999999):number>/unsubscribe")
def unsubscribe(number: int) -> str:
    """Check before somebody's subscription is ended."""
    words = "They get no more mail, and are forgotten 28 days later. They can subscribe again themselves."
    return _render_check(subscriber_or_404(number), "unsubscribe", "Unsubscribe them", words)


@blueprint.post("/people/<int(max=999999999999):number>/unsubscribe")
def unsubscribe_now(number: int) -> Answer:
    """End a subscription, as its reader asked."""
    one = subscriptions.end_subscription(context().db, subscriber_or_404(number).token, utc_now())
    set_action(f"unsubscribed {mask_address(one.email)}")
    flash(f"{mask_address(one.email)} is {one.status}.")
    return redirect(url_for("ops.person", number=number), 303)


@blueprint.post("/people/<int(max=999999999999):number>/keep")
def keep(number: int) -> Answer:
    """Mail that asked to leave was not from the reader."""
    one = subscriptions.keep_subscription(context().db, subscriber_or_404(number).token, utc_now())
    set_action(f"kept {mask_address(one.email)}, for whom mail asked to leave")
    flash(f"{mask_address(one.email)} stays {one.status}.")
    return redirect(url_for("ops.people"), 303)


@blueprint.get("/people/<int(max=999999999999):number>/erase")
def erase(number: int) -> str:
    """Check before somebody is erased."""
    return _render_check(subscriber_or_404(number), "erase", "Erase them", ERASE_WARNING)


@blueprint.post("/people/<int(max=999999999999):number>/erase")
def erase_now(number: int) -> Answer:
    """Delete all that is held of a person."""
    one = subscriber_or_404(number)
    set_action(f"erased {mask_address(one.email)}")
    subscriptions.erase_subscriber(context().db, one.email, utc_now(), undoable=True)
    flash(f"{mask_address(one.email)} is erased. No import will add them.")
    return redirect(url_for("ops.people"), 303)


@blueprint.post("/people/undo")
def undo_erase() -> Answer:
    """Take an erasing of the last 24 hours back."""
    address = request.form.get("address", "")
    one = subscriptions.undo_erasure(context().settings, context().db, address, utc_now())
    set_action(f"took back that {mask_address(one.email)} was erased")
    flash(f"{mask_address(one.email)} is back, {one.status} as before.")
    return redirect(url_for("ops.person", number=one.id), 303)


def _render_check(one: Subscriber, what: str, do: str, warning: str) -> str:
    return render_page(
        "check.html",
        f"Check before you {what} somebody",
        rows=[("Address", one.email), ("Status", one.status)],
        warning=warning,
        url=url_for(f"ops.{what}_now", number=one.id),
        hidden={},
        do=do,
        back=(url_for("ops.person", number=one.id), f"Do not {what} them"),
    )


def subscriber_or_404(number: int) -> Subscriber:
    return subscribers.get_by_id(context().db, number) or abort(404)
