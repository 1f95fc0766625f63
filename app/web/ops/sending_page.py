"""Sending page: each worker, queue, relay, large provider as it is just now."""

from importlib.resources import files
from typing import Any

from flask import Response, current_app, render_template

from app.web.cluster_watch import ClusterWatch
from app.web.context import context
from app.web.ops.desk import blueprint, render_page, utc_now
from app.web.ops.overview_page import capitalize_first, issue_title
from core.sending_json import WorkerState
from services.operator.sending_state import describe_sending
from services.operator.sending_words import SendingWords

SENDING_SCRIPT = files("templates.web").joinpath("sending.js").read_bytes()
TONES: dict[WorkerState, str] = {"at work": "ops-well", "idle": "ops-well", "silent": "ops-ill", "stopped": ""}


@blueprint.get("/sending")
def sending() -> str:
    """How mail is being sent. With script it looks again every few seconds."""
    return render_page("sending.html", "Workers and relays", **_sending_values())


@blueprint.get("/sending/now")
def sending_now() -> str:
    """The part of it that changes, for the script."""
    return render_template("ops/sending_now.html", **_sending_values())


@blueprint.get("/sending/sending.js")
def sending_script() -> Response:
    """The script that looks again."""
    return Response(SENDING_SCRIPT, content_type="text/javascript; charset=utf-8")


def _sending_values() -> dict[str, Any]:
    settings, words = context().settings, SendingWords(context().settings.zone)
    watch: ClusterWatch = current_app.extensions["casereviews.cluster"]
    state = describe_sending(settings, context().db, utc_now(), watch.look())
    workers, queues = state["workers"], state["queues"]
    return {
        "state": state,
        "at": utc_now(),
        "run": state["run"] and issue_title(state["run"]),
        "broker": state["broker"] and words.broker(state["broker"]),
        "workers": workers
        and [(one["name"], one["state"], TONES[one["state"]], _sentence(words.worker(one))) for one in workers],
        "queues": queues and [(one["name"], _sentence(words.queue(one, workers or []))) for one in queues],
        "relays": [(one, [_sentence(line) for line in words.relay(one)]) for one in state["relays"]],
        "providers": [_sentence(words.provider(one)) for one in state["providers"]],
    }


def _sentence(words: str) -> str:
    return f"{capitalize_first(words).rstrip('.')}."
