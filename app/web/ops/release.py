"""Letting an issue go: test messages, approval, sending. Each is checked first, and bound to what was shown."""

from collections import Counter
from threading import Event

from flask import request, url_for
from werkzeug.wrappers import Response as Answer

from app import releasing
from app.delivering import Outcome, deliver
from app.settling import go_on
from app.testing import test_send
from app.web.house import house
from app.web.ops import phrases
from app.web.ops.desk import Wrong, moment, room, show
from app.web.ops.issue import Look, look, open_look
from app.web.ops.progress import begin
from app.web.ops.state import title
from app.web.ops.trail import tell
from app.web.ops.work import Job, Work
from core.dates import period_name
from core.errors import HouseError, Locked
from core.subscribers import EDITIONS, masked
from db import deliveries
from db.connect import Database

KIND = "mail"
MOST = 10  # test messages at once
Page = Answer | str | tuple[str, int]


@room.get("/issues/<period>/approve")
def approve(period: str) -> Page:
    """Check before approving: what exactly, for how many, by which way."""
    found = open_look(period)
    if found.stored is None or found.changed:
        return _build_first(found)
    return show(
        "check.html",
        f"Check before you approve: {title(period)}",
        rows=_answers(found),
        warning="Its download links are looked at first. If that changes the issue, it is not approved, and you can "
        "look at it again.",
        url=url_for("ops.approve_now", period=period),
        hidden={"hash": found.fresh.issue.hash},
        do="Approve this issue",
        back=(url_for("ops.issue", period=period), "Do not approve it"),
    )


@room.post("/issues/<period>/approve")
def approve_now(period: str) -> Answer:
    """Approve what was shown, and nothing else."""
    open_look(period)
    world, settings, shown = house().world, house().settings, request.form.get("hash") or "none"

    def job(work: Work, db: Database, stop: Event) -> None:
        work.at("Looking at its download links")
        kept = releasing.approve(world, settings, db, period, shown=shown)
        work.say(f"Approved: {kept.issue.subject}, hash {kept.issue.hash[:16]}")

    return _begin(f"Approve the issue of {period_name(period)}", period, job, f"approved {period}, hash {shown[:16]}")


@room.get("/issues/<period>/send")
def send(period: str) -> Page:
    """Check before sending: there is no calling it back."""
    found = look(period)
    if found.open and (found.stored is None or found.changed):
        return _build_first(found)
    if found.status == "sent":
        return show("trouble.html", "It was sent already", back=url_for("ops.queue", period=period))
    return show(
        "check.html",
        f"Check before you send: {title(period)}",
        rows=_answers(found),
        warning="Mail that has left cannot be called back."
        + (" Its download links are looked at first." if found.open else ""),
        url=url_for("ops.send_now", period=period),
        hidden={"hash": found.fresh.issue.hash},
        do="Send it now" if found.open else "Go on sending it now",
        back=(url_for("ops.issue", period=period), "Do not send it"),
    )


@room.post("/issues/<period>/send")
def send_now(period: str) -> Answer:
    """Freeze what was shown, with its audience, and deliver it."""
    found, shown = look(period), request.form.get("hash") or "none"
    world, settings = house().world, house().settings

    def job(work: Work, db: Database, stop: Event) -> None:
        if found.open:
            work.at("Looking at its download links")
            readers = releasing.release(world, settings, db, period, by_hand=True, shown=shown)
            work.say(f"Frozen, for {phrases.count(readers, 'reader')}")
        else:
            go_on(db, period)
        delivery(work, db, stop)

    delivery = delivering(period)
    return _begin(f"Send the issue of {period_name(period)}", period, job, f"sent {period}, hash {shown[:16]}")


@room.get("/issues/<period>/test")
def test(period: str) -> str:
    """Ask where a test message is to go."""
    return _test_form(look(period))


@room.post("/issues/<period>/test")
def test_now(period: str) -> Page:
    """Send it as it is now, once the answers were checked; it goes to the addresses typed and to nobody else."""
    found, typed = look(period), request.form.get("addresses", "")
    to, edition = typed.replace(",", " ").replace(";", " ").split(), request.form.get("edition", "full")
    world, settings = house().world, house().settings
    if not to or len(to) > MOST or edition not in EDITIONS:
        why = "Type one address, or several with spaces between them" if not to else f"No more than {MOST} addresses"
        return _test_form(found, [Wrong(why, "addresses")]), 422
    try:
        would = test_send(world, settings, house().db, period, to, edition, dry=True)
    except HouseError as e:
        return _test_form(found, [Wrong(str(e), "addresses")]), 422
    if request.form.get("sure") != "yes":
        tell(f"looked at a test of {period} before sending it")
        return show(
            "check.html",
            f"Check before you send a test: {title(period)}",
            rows=[(one.email, "by mail" if one.via == "smtp" else "to a file in the outbox") for one in would]
            + [("Edition", edition), ("Subject", f"Test: {found.fresh.issue.subject}")],
            warning="",
            url=url_for("ops.test_now", period=period),
            hidden={"addresses": " ".join(to), "edition": edition, "sure": "yes"},
            do="Send the test",
            back=(url_for("ops.test", period=period), "Change the answers"),
        )

    def job(work: Work, db: Database, stop: Event) -> None:
        for one in test_send(world, settings, db, period, to, edition):
            work.say(f"{one.email}: {one.reply}")

    whom = ", ".join(map(masked, to))
    return _begin(f"Test of the issue of {period_name(period)}", period, job, f"sent a test of {period} to {whom}")


def _test_form(found: Look, wrong: list[Wrong] | None = None) -> str:
    typed = {"addresses": request.form.get("addresses", ""), "edition": request.form.get("edition", "full")}
    return show("test.html", f"Send a test: {title(found.period)}", wrong or (), look=found, **typed)


def _begin(words: str, period: str, job: Job, done: str) -> Answer:
    answer, fresh = begin(KIND, words, (url_for("ops.issue", period=period), "Back to the issue"), job, done)
    if not fresh:
        tell(f"{words}: asked while other mail was being sent")
    return answer


def _build_first(found: Look) -> tuple[str, int]:
    """There is nothing to approve or send until it is built as it is now."""
    return show("stale.html", f"Build it first: {title(found.period)}", look=found), 409


def _answers(found: Look) -> list[tuple[str, str]]:
    """What is about to go, and where."""
    settings, db, issue = house().settings, house().db, found.fresh.issue
    readers = releasing.audience(settings, db, found.period)
    return [
        ("Subject", issue.subject),
        ("Reviews", ", ".join(review.title for review in issue.reviews) or "none"),
        ("Hash of the content", issue.hash[:16]),
        ("Readers", phrases.count(readers, "reader") + ("" if found.open else " still to be sent it")),
        ("How", phrases.how(settings.mail)),
    ]


def delivering(period: str) -> Job:
    """Deliver what is due of an issue, and say what became of it."""
    world, settings = house().world, house().settings

    def job(work: Work, db: Database, stop: Event) -> None:
        total, _ = deliveries.waiting(db, period)

        def heard(done: Counter[str]) -> None:
            work.at(f"{done.total():,} of {phrases.count(total, 'message')} done")

        heard(Counter())
        try:
            outcome = deliver(world, settings, db, [period], stop, heard)
        except Locked:
            work.say("Another run is sending it already: the queue says how far it is")
            return
        counts = deliveries.counts(db, period)
        work.say("So far: " + (", ".join(f"{n:,} {phrases.STATES[s]}" for s, n in counts.items() if n) or "no readers"))
        work.error = _left(outcome, counts, period)

    def _left(outcome: Outcome, counts: dict[str, int], period: str) -> str:
        """What it left to do; empty where all is done."""
        said = [f"The mail server went away: {outcome.down}."] if outcome.down else []
        if outcome.left:
            when = f" from {moment(outcome.next_due, settings)}" if outcome.next_due else ""
            said.append(f"{phrases.count(outcome.left, 'reader')} still to be sent it: the timer goes on{when}.")
        if any(counts[state] for state in phrases.BAD):
            said.append("The queue says whom it did not reach, why, and what to do.")
        return " ".join(said)

    return job
