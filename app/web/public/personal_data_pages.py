"""Personal data pages of a reader: export, deletion, each by a link mailed to the reader alone."""

from email.utils import parseaddr

from flask import Blueprint, Flask, jsonify, render_template
from flask.typing import ResponseReturnValue

from app.web.context import context
from app.web.public.preference_pages import redirect_to_form
from app.web.public.subscribe_pages import subscriber_by_token, token_not_found, wake_mail_thread
from app.web.public.subscription_forms import REST_ANSWERS
from core.dates import ALERT_RUN_PREFIX, from_iso, local_minute, run_name
from core.errors import NotFound
from core.json_types import OwnConsentJson, OwnSearchJson, OwnSubscriptionJson, PersonalDataJson
from core.plurals import plural
from core.records import Subscriber
from core.redact import mask_address
from core.retention_times import ENDED_RETENTION, MOVE_RETENTION, PROOF_RETENTION
from core.states import MAILABLE_STATUSES, AlertCadence, ConsentOrigin, DeliveryState, ProofKind, TransactionalKind
from core.subscriber_rules import MAX_PROOF_EMAILS
from services.readers import fresh_proof, preferences, subscriptions

blueprint = Blueprint("own_data", __name__)
CONSENT_ORIGINS: dict[ConsentOrigin, str] = {
    "web": "on our website",
    "operator": "entered by the people who run this",
    "import": "from a list they brought",
}
TRANSACTIONAL_LABELS: dict[TransactionalKind, str] = {
    "confirm": "Asked you to confirm",
    "known": "Told you that you are subscribed",
    "data": "Brought you the link to this",
    "erase": "Brought you the link to delete it",
    "alert": "Told you what your saved searches found",
    "search": "Asked you to confirm a saved search",
    "address": "Asked for a new address to be confirmed",
    "moved": "Told your old address that you moved",
}
DELIVERY_LABELS: dict[DeliveryState, str] = {
    "queued": "waiting to be sent",
    "sending": "being sent",
    "sent": "sent",
    "refused": "refused by your mail server",
    "failed": "could not be sent",
    "unknown": "may have been sent",
}
CADENCE_LABELS: dict[AlertCadence, str] = {
    "month": "told with the monthly issue",
    "week": "told once a week",
    "day": "told the day it is seen",
}
LabelValues = list[tuple[str, str]]


def register(app: Flask) -> None:
    """Add these pages."""
    app.register_blueprint(blueprint)


@blueprint.get("/preferences/<token:token>/data")
def data(token: str) -> str:
    """One button, for the link to all that is held of the reader."""
    return _render_proof_form(subscriber_by_token(token), "data")


@blueprint.post("/preferences/<token:token>/data")
def send_data_link(token: str) -> ResponseReturnValue:
    """The reader asks for that link."""
    return _send_link(token, "data")


@blueprint.get("/preferences/<token:token>/data/<token:proof>")
def proven_data(token: str, proof: str) -> ResponseReturnValue:
    """All that is held of the reader."""
    if (one := _find_by_proof(token, "data", proof)) is None:
        return _render_proof_form(subscriber_by_token(token), "data", late=True), 404
    groups = _data_groups(preferences.export_personal_data(context().db, one.token))
    return render_template("mine.html", token=one.token, proof=proof, groups=groups)


@blueprint.get("/preferences/<token:token>/data/<token:proof>/my-data.json")
def download(token: str, proof: str) -> ResponseReturnValue:
    """The same, for programs."""
    if (one := _find_by_proof(token, "data", proof)) is None:
        return _render_proof_form(subscriber_by_token(token), "data", late=True), 404
    answer = jsonify(preferences.export_personal_data(context().db, one.token))
    answer.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return answer


@blueprint.get("/preferences/<token:token>/delete")
def deleting(token: str) -> str:
    """One button, for the link that deletes; opening the page changes nothing."""
    return _render_proof_form(subscriber_by_token(token), "erase")


@blueprint.post("/preferences/<token:token>/delete")
def send_delete_link(token: str) -> ResponseReturnValue:
    """The reader asks for that link."""
    return _send_link(token, "erase")


@blueprint.get("/preferences/<token:token>/delete/<token:proof>")
def proven_deleting(token: str, proof: str) -> ResponseReturnValue:
    """One button; opening the page changes nothing."""
    if (one := _find_by_proof(token, "erase", proof)) is None:
        return _render_proof_form(subscriber_by_token(token), "erase", late=True), 404
    return render_template("delete.html", token=one.token, masked=mask_address(one.email))


@blueprint.post("/preferences/<token:token>/delete/<token:proof>")
def delete(token: str, proof: str) -> ResponseReturnValue:
    """Delete all we hold of the reader."""
    if (one := _find_by_proof(token, "erase", proof)) is None:
        return _render_proof_form(subscriber_by_token(token), "erase", late=True), 404
    subscriptions.erase_subscriber(context().db, one.email, context().effects.now())
    return render_template("deleted.html")


@blueprint.errorhandler(NotFound)
def _handle_not_found(error: NotFound) -> tuple[str, int]:
    return token_not_found()


def _find_by_proof(token: str, kind: ProofKind, proof: str) -> Subscriber | None:
    one = subscriber_by_token(token)
    return fresh_proof.find_by_proof(context().db, one.token, kind, proof, context().effects.now())


def _send_link(token: str, kind: ProofKind) -> ResponseReturnValue:
    one = subscriber_by_token(token)
    if not fresh_proof.request_proof(context().db, one.token, kind, context().effects.now()):
        return _render_proof_form(one, kind), 409
    wake_mail_thread()
    what = "to see all that we hold about you" if kind == "data" else "to delete it all"
    return redirect_to_form(
        token,
        f"An email with the link {what} is on its way to {mask_address(one.email)}. The link works for "
        f"{_proof_hours()} hours. If nothing comes, look in your spam folder.",
    )


def _render_proof_form(one: Subscriber, kind: ProofKind, late: bool = False) -> str:
    settings = context().settings
    return render_template(
        "prove.html",
        token=one.token,
        kind=kind,
        late=late,
        masked=mask_address(one.email),
        mailable=one.status in MAILABLE_STATUSES,
        moved=fresh_proof.has_moved(context().db, one, context().effects.now()),
        moved_days=MOVE_RETENTION.days,
        contact=parseaddr(settings.mail.reply_to or settings.first_operator)[1],
        hours=_proof_hours(),
        most=MAX_PROOF_EMAILS,
        days=ENDED_RETENTION.days,
    )


def _proof_hours() -> int:
    return int(PROOF_RETENTION.total_seconds() // 3600)


def _data_groups(data: PersonalDataJson) -> list[tuple[str, LabelValues]]:
    """What is held as headings with rows of a name and a value; headings without rows are left out."""
    groups: list[tuple[str, LabelValues]] = [
        ("Your subscription", _subscription_rows(data["subscriber"])),
        ("What you agreed to", _consent_rows(data["consent"])),
        ("Issues", [(_run_title(d["period"]), _delivery_words(d["state"], d["when"])) for d in data["deliveries"]]),
        (
            "Emails about your subscription",
            [
                (
                    TRANSACTIONAL_LABELS[x["kind"]],
                    _delivery_words(x["state"], x["asked"], "asked for ")
                    + (f": {x['details']}" if x["details"] else ""),
                )
                for x in data["emails"]
            ],
        ),
        (
            "Mail that came back",
            [
                (
                    _bounced_name(b["period"]),
                    f"{b['kind']}, {_format_instant(b['when'])}: {b['words']}",
                )
                for b in data["bounces"]
            ],
        ),
        ("Saved searches", [_search_row(one) for one in data["saved_searches"]]),
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


def _bounced_name(run: str) -> str:
    if not run:
        return "An email about your subscription"
    return f"Alert of {run.removeprefix(ALERT_RUN_PREFIX)}" if run.startswith(ALERT_RUN_PREFIX) else _run_title(run)


def _run_title(run: str) -> str:
    """ "October 2026", "Correction 1 to the issue of October 2026"."""
    name = run_name(run).removeprefix("the issue of ")
    return f"{name[:1].upper()}{name[1:]}"


def _search_row(one: OwnSearchJson) -> tuple[str, str]:
    asked = "; ".join([*filter(None, [one["words"]]), *(f"{name}: {value}" for name, value in one["filters"])])
    paused = f", paused until {one['paused_until']}" if one["paused_until"] else ""
    found = plural(len(one["found"]), "review", none="no")
    return asked or "Every new review", f"{CADENCE_LABELS[one['how_often']]}{paused}; found {found} so far"


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
        ("Reviews", REST_ANSWERS[one["rest_of_issue"]][0] if one["topics"] or one["nations"] else "all"),
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
