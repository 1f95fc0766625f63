"""Ops blueprint with what its pages share: context, rendering, paging, time format, error handler."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Blueprint, current_app, g, get_flashed_messages, render_template, request

from app.web.context import context
from app.web.form_mistake import FormMistake, error_mistake, words_by_field
from app.web.ops.background_work import WorkRegistry
from app.web.ops.login_throttle import LoginThrottle
from core.config.schema import Settings
from core.dates import local_minute
from core.errors import HouseError, NotFound, StoreError

blueprint = Blueprint("ops", __name__, url_prefix="/ops")
ERROR_STATUS = ((NotFound, 404), (StoreError, 500))  # else 409


@dataclass(frozen=True, slots=True)
class OpsContext:
    """What the pages remember while the process runs."""

    works: WorkRegistry
    throttle: LoginThrottle = field(default_factory=LoginThrottle)


def ops_context() -> OpsContext:
    """The desk of the request that is being answered."""
    desk: OpsContext = current_app.extensions["casereviews.ops"]
    return desk


def utc_now() -> datetime:
    """The instant, UTC."""
    return context().effects.now()


def render_page(template: str, title: str, wrong: Sequence[FormMistake] = (), **values: Any) -> str:
    """A page of the operator's, with what was said when the last one was done."""
    messages = get_flashed_messages()
    return render_template(
        f"ops/{template}", title=title, wrong=wrong, named=words_by_field(wrong), said=messages, **values
    )


def page_start(name: str) -> int:
    """The number after or before which a page begins, from its address; 0: at the beginning."""
    typed = request.args.get(name, "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 13 else 0


def format_moment(when: datetime | None, settings: Settings) -> str:
    """ "23 November 2026 at 09:00", by the installation's clock; "never" for None."""
    return local_minute(when, settings.zone) if when else "never"


@blueprint.context_processor
def _template_values() -> dict[str, object]:
    settings = context().settings
    return {
        "moment": lambda when: format_moment(when, settings),
        "inside": g.get("ops_inside", False),
        "me": g.get("ops_account"),
    }


@blueprint.errorhandler(HouseError)
def _handle_error(error: HouseError) -> tuple[str, int]:
    """What could not be done, in our own words: the operator may know."""
    status = next((code for kind, code in ERROR_STATUS if isinstance(error, kind)), 409)
    return render_page("trouble.html", "This could not be done", [error_mistake(error)]), status
