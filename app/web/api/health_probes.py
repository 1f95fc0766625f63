"""Health probes for machines: /healthz (is all well?), /readyz (can pages be answered now?)."""

import json
import logging
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock

from flask import Blueprint, Flask, Response, current_app, render_template, request

from app.web.context import context
from app.web.replica.followed_context import FollowedContext
from app.web.replica.steady_reads import COPY_ERROR
from core.dates import iso_utc, iso_utc_or_none
from core.errors import HouseError
from db.files.followed_copy import CopyAge
from db.schema.connect import as_store_error, connect
from services.operator.health import assess_health

log = logging.getLogger("casereviews")
blueprint = Blueprint("health", __name__)
CACHE_SECONDS = 5.0  # seconds for which an answer is given again: whoever asks often costs nothing
ProbeLines = list[tuple[str, str]]  # what it is about, and words that everybody may read: no address, no path
OLD_COPY = timedelta(hours=1)  # from which on it is a caution: the timer of an original that works writes every minute
DATABASE_UNUSABLE = ("database", "cannot be used")


@dataclass(frozen=True, slots=True)
class ProbeAnswer:
    """What a machine is told, in lines."""

    troubles: ProbeLines  # what is wrong
    cautions: ProbeLines | None = None  # why not all is well though nothing is wrong; None: not asked
    copy: CopyAge | None = None  # None: it is none, or cannot be read


class CachedProbe:
    """An answer that is found out once in a while, by one thread at a time; the others get the one before."""

    def __init__(self, clock: Callable[[], float], ask: Callable[[], ProbeAnswer]) -> None:
        self._clock, self._ask, self._lock = clock, ask, Lock()
        self._latest: tuple[float, ProbeAnswer] | None = None

    def __call__(self) -> ProbeAnswer:
        """What is wrong."""
        previous = self._latest
        if previous and self._clock() - previous[0] < CACHE_SECONDS:
            return previous[1]
        if previous and self._lock.locked():  # the database may be slow to answer just now
            return previous[1]
        with self._lock:
            if self._latest is previous:
                self._latest = (self._clock(), self._ask())
            return self._latest[1] if self._latest else ProbeAnswer([])


def register(app: Flask) -> None:
    """Add these pages."""
    web = app.extensions["casereviews"]
    checks = (_check_copy, _check_copy) if web.is_copy else (_check_health, _check_readiness)
    app.extensions["casereviews.health"] = tuple(CachedProbe(web.effects.clock, check) for check in checks)
    app.register_blueprint(blueprint)


@blueprint.get("/healthz")
def healthz() -> Response:
    """200 while all is well; 503 with what is not: a source is stale, the timer is dead, a delivery stands still."""
    well, _ = current_app.extensions["casereviews.health"]
    return _probe_response(well())


@blueprint.get("/readyz")
def readyz() -> Response:
    """200 while this process can answer pages: the database opens, its schema is ours, a template renders."""
    _, ready = current_app.extensions["casereviews.health"]
    return _probe_response(ready())


def _probe_response(found: ProbeAnswer) -> Response:
    report: dict[str, object] = {"ok": not found.troubles, "troubles": _lines_json(found.troubles)}
    if found.cautions is not None:
        report["cautions"] = _lines_json(found.cautions)
    if found.copy:
        at, now = found.copy.at, context().effects.now()
        age = max(0, round((now - at).total_seconds())) if at else None
        report["copy"] = {"as_of": iso_utc_or_none(at), "known_from": found.copy.known_from, "age_seconds": age}
    answer = Response(json.dumps(report) + "\n", 503 if found.troubles else 200, content_type="application/json")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _lines_json(lines: ProbeLines) -> list[dict[str, str]]:
    return [{"about": about, "words": words} for about, words in lines]


def _check_health() -> ProbeAnswer:
    """What is not well. Opened anew, so that a file that was moved away, damaged or locked is found out."""
    web = context()
    try:
        with closing(connect(web.settings.database, reading=True)) as db:
            report = assess_health(web.settings, db, web.effects.now())
            return ProbeAnswer(
                [(line.about, line.brief or "is not all right") for line in report.troubles],
                [(line.about, line.caution) for line in report.cautions],
            )
    except Exception as e:  # whatever it is, this page is there to say it
        log.debug("the state could not be looked at", exc_info=True)
        ours = isinstance(e, HouseError) or as_store_error(e)
        return ProbeAnswer([DATABASE_UNUSABLE if ours else ("health", "could not be looked at")])


def _check_copy() -> ProbeAnswer:
    """Whether a copy can be read. Whether it is old is no trouble of ours, and said: the original may be at rest."""
    web = context()
    try:
        assert isinstance(web, FollowedContext)
        if error := request.environ.get(COPY_ERROR):
            raise error
        age = web.age()
    except Exception:  # as above
        return ProbeAnswer([("copy", "cannot be read")])
    if age.at is None:
        return ProbeAnswer([], [("copy", "as of when it is, is not known")], age)
    old = web.effects.now() - age.at > OLD_COPY
    return ProbeAnswer([], [("copy", f"is as of {iso_utc(age.at)}")] if old else [], age)


def _check_readiness() -> ProbeAnswer:
    troubles: ProbeLines = []
    try:
        connect(context().settings.database, reading=True).close()
    except Exception:  # whatever it is, this page is there to say it
        troubles.append(DATABASE_UNUSABLE)
    try:
        render_template("error.html", title="Ready", fix="", one_click=False)
    except Exception:  # as above
        troubles.append(("templates", "cannot be shown"))
    return ProbeAnswer(troubles)
