"""Changing a draft: a note, what is left out, the order; building it anew; pausing it."""

import re
from collections.abc import Mapping, Sequence

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from app import issuing, releasing
from app.web.house import house
from app.web.ops.desk import Wrong, room, show
from app.web.ops.issue import Look, open_look, parts
from app.web.ops.state import title
from app.web.ops.trail import tell
from core.errors import HouseError
from core.records import Review
from db import reviews
from db.issues import Edits

ORDERS = {
    "": "As configured",
    "publisher": "By publisher",
    "name": "By name",
    "year": "By year, newest first",
    "first_seen": "By when they were first seen",
    "hand": "By the positions below",
}
Page = str | tuple[str, int]


@room.get("/issues/<period>/edit")
def edit(period: str) -> str:
    """The form, as the issue was last edited."""
    found = open_look(period)
    return _form(found, _typed(found))


@room.post("/issues/<period>/edit")
def edit_now(period: str) -> Answer | Page:
    """Store the changes, and build the issue anew. An approval of other content is void."""
    found = open_look(period)
    wrong, edits = read(request.form, [review.id for review in _all(found)])
    try:
        if not wrong:
            kept = issuing.build(house().world, house().settings, house().db, period, edits)
            tell(f"edited the issue of {period}; hash {kept.issue.hash[:16]}")
            flash("The changes are stored, and the issue is built anew.")
            return redirect(url_for("ops.issue", period=period), 303)
    except HouseError as e:
        wrong = [Wrong(str(e), "note" if "note" in e.what else "")]
    return _form(found, request.form, wrong), 422


@room.post("/issues/<period>/build")
def build(period: str) -> Answer | Page:
    """Build the issue as it is now."""
    found = open_look(period)
    try:
        kept = issuing.build(house().world, house().settings, house().db, period)
    except HouseError as e:
        return _stays(found, e)
    tell(f"built the issue of {period}; hash {kept.issue.hash[:16]}")
    flash(f"It is built: {kept.issue.subject}.")
    return redirect(url_for("ops.issue", period=period), 303)


@room.post("/issues/<period>/pause")
def pause(period: str) -> Answer | Page:
    """Keep the timer from sending the issue, or let it."""
    found, on = open_look(period), request.form.get("on") == "yes"
    try:
        releasing.pause(house().db, period, on)
    except HouseError as e:
        return _stays(found, e)
    tell(f"{'paused' if on else 'resumed'} the issue of {period}")
    flash("It is paused: the timer does not send it." if on else "It goes on: the timer sends it when it is due.")
    return redirect(url_for("ops.issue", period=period), 303)


def _stays(found: Look, e: HouseError) -> Page:
    """The issue's page again, saying why not."""
    return show("issue.html", title(found.period), [Wrong(str(e))], **parts(found)), 409


def _all(found: Look) -> list[Review]:
    """The issue's reviews in their order, then those left out of it."""
    left = [reviews.get(house().db, str(number)) for number in found.fresh.edits.skips]
    return [*found.fresh.issue.reviews, *left]


def _typed(found: Look) -> dict[str, str]:
    """The fields of the form, as they stand before anybody changes them."""
    edits = found.fresh.edits
    by_hand = edits.order[:1].isdigit()
    places = {f"place-{review.id}": str(at) for at, review in enumerate(found.fresh.issue.reviews, 1)}
    skips = {f"skip-{number}": "yes" for number in edits.skips}
    return {"note": edits.note, "order": "hand" if by_hand else edits.order, **places, **skips}


def _form(found: Look, typed: Mapping[str, str], wrong: Sequence[Wrong] = ()) -> str:
    """What was typed stays typed."""
    rows = [
        (review, typed.get(f"place-{review.id}", ""), typed.get(f"skip-{review.id}") == "yes") for review in _all(found)
    ]
    return show(
        "edit.html",
        f"Edit: {title(found.period)}",
        wrong,
        look=found,
        note=typed.get("note", ""),
        order=typed.get("order", ""),
        orders=ORDERS,
        rows=rows,
    )


def read(form: Mapping[str, str], ids: Sequence[int]) -> tuple[list[Wrong], Edits]:
    """What is wrong with the form, and the edits it asks for."""
    order, wrong = form.get("order", ""), []
    skips = tuple(sorted(number for number in ids if form.get(f"skip-{number}") == "yes"))
    if order not in ORDERS:
        wrong.append(Wrong("Choose an order from the list", "order"))
    if order == "hand":
        places = {number: form.get(f"place-{number}", "").strip() for number in ids if number not in skips}
        for number, place in places.items():
            if not re.fullmatch(r"[0-9]{1,4}", place):
                wrong.append(Wrong("Write the position as a number, 1 for the first", f"place-{number}"))
        if not wrong:
            order = ",".join(map(str, sorted(places, key=lambda number: int(places[number]))))
    return wrong, Edits(form.get("note", "").replace("\r\n", "\n").strip(), order, skips)
