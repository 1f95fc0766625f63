"""Privacy page: how readers' addresses are used, or where the operator's own notice stands."""

from email.utils import parseaddr

from flask import Blueprint, Flask, redirect, render_template
from flask.typing import ResponseReturnValue

from app.web.context import context
from core.subscriber_rules import ENDED_RETENTION, UNCONFIRMED_RETENTION
from newsletter.issue.phrases import clean_text

blueprint = Blueprint("privacy", __name__)


def register(app: Flask) -> None:
    """Add this page."""
    app.register_blueprint(blueprint)


@blueprint.get("/privacy")
def privacy() -> ResponseReturnValue:
    """What is kept of readers, for how long, and what they can do."""
    settings = context().settings
    if settings.newsletter.privacy_url:
        return redirect(settings.newsletter.privacy_url, 302)
    name, address = map(clean_text, parseaddr(settings.mail.sender))
    return render_template(
        "privacy.html",
        sender="" if name.casefold() == settings.newsletter.title.casefold() else name or address,
        post=clean_text(settings.newsletter.postal_address),
        contact=parseaddr(settings.mail.reply_to or settings.first_operator)[1],
        unconfirmed=UNCONFIRMED_RETENTION.days,
        left=ENDED_RETENTION.days,
    )
