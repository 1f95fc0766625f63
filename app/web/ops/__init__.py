"""Operations: the pages of whoever runs the house, behind one password."""

from flask import Flask

from app.web.house import House
from app.web.ops import (
    audit,
    correct,
    edit,
    issue,
    login,
    outbox,
    people,
    preview,
    progress,
    queue,
    raw,
    release,
    scraping,
    sources,
    state,
)
from app.web.ops.desk import Desk, room
from app.web.ops.work import Works

# Each of these modules adds its pages to the room when it is imported.
PAGES = (
    *(login, state, sources, raw, scraping, progress, issue, preview, edit, release, correct, queue),
    *(outbox, people, audit),
)


def join(app: Flask) -> None:
    """Add these pages."""
    house: House = app.extensions["casereviews"]
    app.extensions["casereviews.ops"] = Desk(Works(house.settings))
    app.register_blueprint(room)


def hand_over(before: Flask, after: Flask) -> None:
    """Let another application go on with what is remembered. Under another password nobody is logged in."""
    desk, known = before.extensions["casereviews.ops"], before.extensions["casereviews"].settings.web.password_hash
    if after.extensions["casereviews"].settings.web.password_hash != known:
        desk = Desk(desk.works, throttle=desk.throttle)
    after.extensions["casereviews.ops"] = desk


def close(app: Flask, seconds: float) -> bool:
    """End the work in the background, before the process ends; whether it has, in so many seconds."""
    desk: Desk = app.extensions["casereviews.ops"]
    return desk.works.close(seconds)
