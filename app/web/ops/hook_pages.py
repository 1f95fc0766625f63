"""Webhook pages: which mail providers report, what they reported lately, and the topics that ask to be confirmed."""

from dataclasses import dataclass
from datetime import datetime

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from app.web.context import context
from app.web.hooks import configured_hooks, hook_state
from app.web.ops import ops_phrases
from app.web.ops.audit_writer import set_action
from app.web.ops.desk import blueprint, render_page
from core.states import HookName
from db.mail import provider_events
from services.delivery.provider_reports import EVENT_RETENTION
from services.delivery.sns_client import confirm_topic


@dataclass(frozen=True, slots=True)
class HookOverview:
    """One provider's hook, identified by its name."""

    name: HookName
    url: str
    words: str  # what it reported lately
    last_at: datetime | None  # UTC; None: nothing lately
    refused: str  # requests since the program was started that were not the provider's; empty: none


@blueprint.get("/hooks")
def hooks() -> str:
    """What providers report."""
    return render_page(
        "hooks.html",
        "Reports of mail providers",
        hooks=[_describe_hook(name) for name in configured_hooks()],
        days=EVENT_RETENTION.days,
        confirmations=provider_events.list_confirmations(context().db),
    )


@blueprint.post("/hooks/confirm")
def confirm_hook() -> Answer:
    """Tell Amazon that a topic may report to us."""
    topic = request.form.get("topic", "")
    confirm_topic(context().effects, context().settings, context().db, topic)
    set_action(f"confirmed the topic {topic}")
    flash(f"Amazon was told that {topic} may report.")
    return redirect(url_for("ops.hooks"), 303)


def _describe_hook(name: HookName) -> HookOverview:
    told = [one for one in provider_events.counts(context().db) if one.provider == name]
    refused = hook_state().refusals[name]
    return HookOverview(
        name,
        f"{context().settings.base_url}/hooks/{name}",
        ", ".join(f"{one.count:,} {one.kind}" for one in told) or "nothing",
        max((one.last_at for one in told), default=None),
        ops_phrases.format_count(refused, "request") if refused else "",
    )
