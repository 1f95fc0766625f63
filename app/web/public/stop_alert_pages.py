"""Stop alert pages: one button that ends one saved search of a reader, or all; one click by their mail provider."""

from flask import Blueprint, Flask, Response, render_template
from flask.typing import ResponseReturnValue

from app.web import security
from app.web.context import context
from app.web.public.subscribe_pages import subscriber_by_token, token_not_found
from core.errors import NotFound
from core.records import Subscriber
from core.redact import mask_address
from services.readers import alerts_saved

blueprint = Blueprint("stop_alerts", __name__)
ALL_ADDRESS = "/unsubscribe/<token:token>/searches"
ONE_ADDRESS = f"{ALL_ADDRESS}/<int(max=999999999999):number>"


def register(app: Flask) -> None:
    """Add these pages."""
    app.register_blueprint(blueprint)


@blueprint.get(ALL_ADDRESS, strict_slashes=False)
@blueprint.get(ONE_ADDRESS, strict_slashes=False)
def stopping(token: str, number: int = 0) -> str:
    """One button; opening the page changes nothing."""
    return _render(subscriber_by_token(token), number)


@blueprint.post(ALL_ADDRESS, strict_slashes=False)
@blueprint.post(ONE_ADDRESS, strict_slashes=False)
def stop(token: str, number: int = 0) -> ResponseReturnValue:
    """End the search, or all: by the page's button, or by the mail provider's (RFC 8058), which wants no page."""
    if security.is_one_click():
        return _one_click_response(token, number)
    one = subscriber_by_token(token)
    alerts_saved.stop(context().db, one, number)
    return _render(one, number, done=True)


@blueprint.errorhandler(NotFound)
def _handle_not_found(error: NotFound) -> tuple[str, int]:
    return token_not_found()


def _render(one: Subscriber, number: int, done: bool = False) -> str:
    return render_template(
        "stop_alerts.html",
        token=one.token,
        masked=mask_address(one.email),
        names=alerts_saved.list_names(context().db, one, number),
        single=number > 0,
        done=done,
    )


def _one_click_response(token: str, number: int) -> Response:
    """Done, for a machine."""
    kind = "text/plain; charset=utf-8"
    try:
        alerts_saved.stop(context().db, subscriber_by_token(token), number)
    except NotFound:  # not whole, erased since, or never ours
        return Response("We know nobody by this link, so nothing was changed.\n", content_type=kind)
    return Response("You get no more of these emails.\n", content_type=kind)
