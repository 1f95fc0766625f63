"""People: one subscriber by their address; their data, leaving, erasing."""

import json

from flask import Response, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from app import subscribing
from app.addresses import address
from app.preferences import mine
from app.web.house import house
from app.web.ops import phrases
from app.web.ops.desk import Wrong, now, room, show, start
from app.web.ops.trail import tell
from core.records import Subscriber
from core.subscribers import LEFT, Refused, masked
from db import paged, subscribers

ROWS = 50  # on a page
KEPT = (
    "Their address, wishes, consent and the emails about their subscription are deleted for good, and their messages "
    "in the outbox. A keyed hash stays, so that no list brings them back. Ask them whether they want their data first."
)


@room.get("/people")
def people() -> str:
    """Ask for an address. Nobody is listed unasked."""
    return _ask()


@room.post("/people")
def find() -> Answer | tuple[str, int]:
    """Look one person up. The address stands in no log or history of the browser, so it is sent as a form."""
    typed = request.form.get("address", "").strip()
    try:
        found = subscribers.get(house().db, address(typed).key)
    except Refused as e:
        tell("looked up what is no address")
        return _ask([Wrong(f"Type the whole address: {e}" if typed else "Type an address", "address")]), 422
    tell(f"looked up {masked(typed)}{'' if found else ', who is no subscriber'}")
    if found is None:
        return _ask([Wrong("Nobody has subscribed with this address", "address")]), 404
    return redirect(url_for("ops.person", number=found.id), 303)


def _ask(wrong: list[Wrong] | None = None) -> str:
    counts = [(name, f"{number:,}") for name, number in subscribers.counts(house().db).items()]
    return show("people.html", "Readers", wrong or (), address=request.form.get("address", ""), counts=counts)


@room.get("/people/all")
def everybody() -> str:
    """All subscribers in the order they came, masked."""
    after = start("after")
    found = paged.subscribers(house().db, after, ROWS + 1)
    return show(
        "everybody.html",
        "All subscribers",
        rows=[(one, masked(one.email)) for one in found[:ROWS]],
        after=found[ROWS - 1].id if len(found) > ROWS else 0,
        first=not after,
    )


@room.get("/people/<int(max=999999999999):number>")
def person(number: int) -> str:
    """What is held of one person."""
    one = _one(number)
    held = mine(house().db, one.token)
    return show(
        "person.html",
        "A subscriber",
        one=one,
        rows=[
            ("Edition", one.edition),
            ("Topics", ", ".join(one.topics) or "all"),
            ("Nations", ", ".join(one.nations) or "all"),
            ("Mail", "only when something matches" if one.matching else "every month"),
            ("Agreed to", held["consent"]["words"] or one.consent.wording or "not written down"),
            ("Agreed by", one.consent.how),
        ],
        held=subscribers.held(house().db, number),
        there=one.status not in LEFT,
        states=phrases.STATES,
    )


@room.post("/people/<int(max=999999999999):number>/export")
def export(number: int) -> Response:
    """All that is held of one person, as a file for them."""
    one = _one(number)
    tell(f"exported the data of {masked(one.email)}")
    body = json.dumps(mine(house().db, one.token), ensure_ascii=False, indent=2)
    answer = Response(body, content_type="application/json; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="subscriber-{number}.json"'
    return answer


@room.get("/people/<int(max=999999999999):number>/unsubscribe")
def unsubscribe(number: int) -> str:
    """Check before somebody's subscription is ended."""
    words = "They get no more mail, and are forgotten 28 days later. They can subscribe again themselves."
    return _check(_one(number), "unsubscribe", "Unsubscribe them", words)


@room.post("/people/<int(max=999999999999):number>/unsubscribe")
def unsubscribe_now(number: int) -> Answer:
    """End a subscription, as its reader asked."""
    one = subscribing.leave(house().db, _one(number).token, now())
    tell(f"unsubscribed {masked(one.email)}")
    flash(f"{masked(one.email)} is {one.status}.")
    return redirect(url_for("ops.person", number=number), 303)


@room.get("/people/<int(max=999999999999):number>/erase")
def erase(number: int) -> str:
    """Check before somebody is erased."""
    return _check(_one(number), "erase", "Erase them", KEPT)


@room.post("/people/<int(max=999999999999):number>/erase")
def erase_now(number: int) -> Answer:
    """Delete all that is held of a person."""
    one = _one(number)
    tell(f"erased {masked(one.email)}")
    subscribing.erase(house().db, one.email, now())
    flash(f"{masked(one.email)} is erased. No import will add them.")
    return redirect(url_for("ops.people"), 303)


def _check(one: Subscriber, what: str, do: str, warning: str) -> str:
    return show(
        "check.html",
        f"Check before you {what} somebody",
        rows=[("Address", one.email), ("Status", one.status)],
        warning=warning,
        url=url_for(f"ops.{what}_now", number=one.id),
        hidden={},
        do=do,
        back=(url_for("ops.person", number=one.id), f"Do not {what} them"),
    )


def _one(number: int) -> Subscriber:
    return subscribers.by_id(house().db, number) or abort(404)
