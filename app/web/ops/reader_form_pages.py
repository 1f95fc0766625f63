"""Reader form pages: one reader added, what one gets changed as they asked, the confirmation sent again."""

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from app.web.context import context
from app.web.form_mistake import FormMistake
from app.web.ops.audit_writer import set_action
from app.web.ops.desk import blueprint, render_page, utc_now
from app.web.ops.subscriber_pages import subscriber_or_404
from app.web.public.subscribe_pages import wake_mail_thread
from app.web.public.subscription_forms import (
    SubscriptionChoices,
    choices_of,
    form_values,
    parse_choices,
    printable_text,
    read_choices,
)
from core.email_address import parse_address
from core.errors import HouseError
from core.records import Subscriber
from core.redact import mask_address
from core.subscriber_rules import InvalidInput, refuse_misspelt_topics
from services.readers import preferences
from services.readers.signup import invite
from services.readers.subscriptions import SubscriptionRequest

MODES = (
    ("ask", "Ask them by email to confirm", "They are subscribed once they have followed its link, within 7 days."),
    ("agreed", "They agreed already", "They are subscribed at once, and no email asks them."),
)


@blueprint.get("/people/add")
def add_reader() -> str:
    """Ask for one reader's address, and how they agreed."""
    return _render_add(SubscriptionChoices(), [])


@blueprint.post("/people/add")
def add_reader_now() -> Answer | tuple[str, int]:
    """Add one reader: active when they agreed already, else pending, and mailed a link to confirm."""
    choices, consent = read_choices(request.form), request.form.get("consent", "").strip()
    wishes, wrong = parse_choices(choices)
    wrong = [*_address_mistakes(request.form.get("address", "")), *wrong]
    mode = request.form.get("mode", "ask")
    if not consent:
        wrong.append(FormMistake("Write how and when they agreed", "consent"))
    try:
        request_ = SubscriptionRequest(refuse_misspelt_topics(wishes), consent, confirmed=mode == "agreed")
        if wrong:
            return _render_add(choices, wrong), 422
        one, changed, asked = invite(
            context().effects, context().settings, context().db, request.form["address"], request_
        )
    except InvalidInput as e:
        return _render_add(choices, [*wrong, FormMistake(f"Change the topics: {e}", "topics")]), 422
    except HouseError as e:
        return _render_add(choices, [FormMistake(f"{e.sentence[:1].upper()}{e.sentence[1:]}", "address")]), 409
    wake_mail_thread()
    set_action(
        f"added {mask_address(one.email)}, {one.status}" if changed else f"asked to add {mask_address(one.email)}"
    )
    flash(_describe_added(one, changed, asked))
    return redirect(url_for("ops.person", number=one.id), 303)


def _address_mistakes(typed: str) -> list[FormMistake]:
    try:
        parse_address(typed)
    except InvalidInput as e:
        return [FormMistake(f"Type the whole address: {e}" if typed.strip() else "Type an address", "address")]
    return []


def _describe_added(one: Subscriber, changed: bool, asked: bool) -> str:
    email = " An email asks them to confirm." if asked else ""
    if not changed:
        return f"{mask_address(one.email)} was there already, {one.status}: nothing was changed.{email}"
    return f"{mask_address(one.email)} is added: {one.status}.{email}"


def _render_add(choices: SubscriptionChoices, wrong: list[FormMistake]) -> str:
    return render_page(
        "reader_add.html",
        "Add a reader",
        wrong,
        address=printable_text(request.form.get("address", "")),
        consent=request.form.get("consent", "").strip(),
        modes=MODES,
        mode=request.form.get("mode", "ask"),
        **form_values(choices, wrong),
    )


@blueprint.get("/people/<int(max=999999999999):number>/wishes")
def wishes(number: int) -> str:
    """What one reader gets, as their own form shows it."""
    one = subscriber_or_404(number)
    return _render_wishes(one, choices_of(one), [])


@blueprint.post("/people/<int(max=999999999999):number>/wishes")
def wishes_now(number: int) -> Answer | tuple[str, int]:
    """Change what one reader gets, as they asked."""
    one, choices = subscriber_or_404(number), read_choices(request.form)
    wanted, wrong = parse_choices(choices, one)
    if wrong:
        return _render_wishes(one, choices, wrong), 422
    preferences.set_preferences(context().db, one.token, wanted, utc_now())
    set_action(f"changed what {mask_address(one.email)} gets, as they asked")
    flash("What they get is changed, from the next issue on.")
    return redirect(url_for("ops.person", number=number), 303)


def _render_wishes(one: Subscriber, choices: SubscriptionChoices, wrong: list[FormMistake]) -> str:
    return render_page("reader_wishes.html", "What a reader gets", wrong, one=one, **form_values(choices, wrong))


@blueprint.post("/people/<int(max=999999999999):number>/confirmation")
def confirm_again(number: int) -> Answer:
    """Send the email that asks a reader to confirm once more."""
    one = subscriber_or_404(number)
    _, _, asked = invite(context().effects, context().settings, context().db, one.email, SubscriptionRequest())
    wake_mail_thread()
    set_action(f"sent {mask_address(one.email)} the confirmation again" if asked else "asked for a confirmation again")
    flash(_describe_asked(one, asked))
    return redirect(url_for("ops.person", number=number), 303)


def _describe_asked(one: Subscriber, asked: bool) -> str:
    if asked:
        return "The email that asks them to confirm is on its way again."
    if one.status != "pending":
        return f"They are {one.status}: there is nothing to confirm."
    most = context().settings.signup.per_address_per_day
    return f"Their mailbox had {most} such emails within a day, which is the most: send it tomorrow."
