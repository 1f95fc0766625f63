"""Webhooks of mail providers: /hooks/PROVIDER takes their reports, where each proves who sent it."""

import logging
from collections import Counter
from dataclasses import dataclass, field

from flask import Blueprint, Flask, Response, abort, current_app, request

from app.web.context import WebContext, context
from app.web.hooks import brevo, generic, mailgun, postmark, sendgrid, ses
from app.web.hooks.group_commit import GroupCommit
from app.web.hooks.webhook_request import ForgedRequest, NotNow, UnreadableRequest, Webhook, WebhookRequest
from app.web.security import POST_LIMITS, limiter
from app.web.wsgi_bridge import MAX_REPORT_BYTES
from core.errors import StoreError
from core.states import HookName
from services.delivery.provider_reports import ProviderReport, ReportResult, save_confirmation
from services.delivery.sns_client import CertificateStore, CertificateUnavailable

WEBHOOKS: dict[HookName, Webhook] = {
    "ses": ses.WEBHOOK,
    "postmark": postmark.WEBHOOK,
    "mailgun": mailgun.WEBHOOK,
    "sendgrid": sendgrid.WEBHOOK,
    "brevo": brevo.WEBHOOK,
    "generic": generic.WEBHOOK,
}
blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")
log = logging.getLogger("casereviews")


@dataclass(frozen=True, slots=True)
class HookState:
    """What the hooks remember while the process runs."""

    certificates: CertificateStore
    commits: GroupCommit = field(default_factory=GroupCommit)
    refusals: Counter[HookName] = field(default_factory=Counter)  # requests that nobody proved to be the provider's


def register(app: Flask) -> None:
    """Add the hooks."""
    web: WebContext = app.extensions["casereviews"]
    app.extensions["casereviews.hooks"] = HookState(CertificateStore(web.effects, web.settings))
    app.register_blueprint(blueprint)


def hook_state() -> HookState:
    """What the hooks of the application remember."""
    state: HookState = current_app.extensions["casereviews.hooks"]
    return state


def configured_hooks() -> list[HookName]:
    """The providers that may report: those whose secret is set."""
    return [name for name, webhook in WEBHOOKS.items() if webhook.is_set(context().settings.hooks)]


@blueprint.post("/<name>")
@limiter.limit(";".join(POST_LIMITS), deduct_when=lambda answer: answer.status_code != 200)
def take_report(name: HookName) -> Response:
    """Take what a provider reports, once. What is not taken for now is sent again by the provider."""
    webhook, settings = WEBHOOKS.get(name), context().settings
    if webhook is None or not webhook.is_set(settings.hooks):
        abort(404)
    request.max_content_length = MAX_REPORT_BYTES
    now = context().effects.now()
    asked = WebhookRequest(_header, request.get_data(cache=False), settings.hooks, now, _certificate)
    try:
        told = webhook.read(asked)
        if told.confirmation:
            save_confirmation(context().db, told.confirmation)
            log.warning("the topic %s asks whether it may report: see /ops/hooks", told.confirmation.topic)
        result = hook_state().commits.take(settings, context().db, ProviderReport(name, told.events, told.nonce), now)
    except ForgedRequest as e:
        hook_state().refusals[name] += 1
        log.warning("a report of %s was refused: %s", name, e)
        return _plain_answer("refused", webhook.refusal_status)
    except UnreadableRequest as e:
        log.warning("a report of %s was not understood: %s", name, e)
        return _plain_answer("not understood", 400)
    except (NotNow, StoreError) as e:
        log.warning("a report of %s could not be taken now: %s", name, e)
        return _plain_answer("not now, send it again", 503)
    _log_result(name, result, told.ignored)
    return _plain_answer("taken", 200)


def _header(name: str) -> str:
    return request.headers.get(name, "")


def _certificate(url: str) -> bytes:
    try:
        return hook_state().certificates.get(url)
    except CertificateUnavailable as e:
        raise NotNow(str(e)) from e


def _log_result(name: HookName, result: ReportResult, ignored: int) -> None:
    for words in result.words:
        log.info("%s reports: %s", name, words)
    counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(result.outcomes.items()))
    log.debug("reports of %s: %s; %d of no meaning here", name, counts or "none", ignored)


def _plain_answer(words: str, status: int) -> Response:
    answer = Response(f"{words}\n", status, content_type="text/plain; charset=utf-8")
    answer.headers["Cache-Control"] = "no-store"
    if status == 503:
        answer.headers["Retry-After"] = "60"
    return answer
