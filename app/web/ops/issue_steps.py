"""Steps of an issue for the desk: edit, preview, test, approve, send; which is done, which waits, and for what."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from flask import url_for

from app.web.context import context, site_path
from app.web.ops.access import own_account, refusal_words
from core.actions import terminal_action
from core.errors import HouseError
from db.mail import issue_marks
from db.mail.issues import IssueEdits
from db.operator import home
from newsletter.mail.transport import check_usable, read_routing
from services.issues import issue_coverage
from services.issues.release_issue import wants_approval
from services.issues.two_people import own_change_problem

if TYPE_CHECKING:
    from app.web.ops.issue_pages import IssueOverview

NOT_BUILT = "It was not built yet."
CHANGED = "What was built is no longer what it would be now: build it anew."


@dataclass(frozen=True, slots=True)
class WaitCause:
    """Why a step cannot be taken yet, and where that is put right."""

    words: str
    url: str = ""
    do: str = ""  # the link's words


SAME_CAUSES = WaitCause("It waits for the same as its approval.")


@dataclass(frozen=True, slots=True)
class RoadStep:
    """One step on an issue's road, identified by its name."""

    name: str
    words: str
    state: Literal["done", "open", "waits"]
    url: str = ""
    do: str = ""  # the link's words
    causes: tuple[WaitCause, ...] = ()


def list_steps(overview: "IssueOverview") -> list[RoadStep]:
    """The road of an issue, in the order that it is gone."""
    at = {name: url_for(f"ops.{name}", period=overview.period) for name in ("edit", "preview", "test", "approve")}
    approved = overview.status == "approved" and not overview.changed
    note = "the note, what is left out or taken in, the order"
    steps = []
    if overview.open:
        void = "; any change of its content makes the approval void" if approved else ""
        steps.append(RoadStep("Edit", f"{note}{void}", "open", at["edit"], "Edit"))
    else:
        steps.append(RoadStep("Edit", f"{note}: as they were when it was sent", "done"))
    steps.append(RoadStep("Preview", "as a page, on a phone, in dark mode, as text", "open", at["preview"], "Preview"))
    steps.append(_step("Test", "to yourself", at["test"], "Send a test", tuple(list_mail_causes())))
    causes = tuple(list_approval_causes(overview)) if overview.open else ()
    if approved or not overview.open:
        steps.append(RoadStep("Approve", "this content and no other" if approved else "", "done"))
    else:
        own = tuple(list_own_causes(overview))
        steps.append(_step("Approve", "this content and no other", at["approve"], "Approve", causes + own))
    return [_unless_forbidden(step) for step in (*steps, _last_step(overview, () if approved else causes))]


def _last_step(overview: "IssueOverview", shown: tuple[WaitCause, ...]) -> RoadStep:
    """`shown`: what the step before waits for, which is not said twice."""
    if overview.status == "sent":
        return RoadStep("Sent", "who has it, and who has not, is in the queue", "done")
    own = tuple(cause for cause in list_sending_causes(overview) if cause not in shown)
    causes = ((SAME_CAUSES,) if shown else ()) + own
    do = "Send it now" if overview.open else "Go on sending it now"
    url = url_for("ops.send", period=overview.period)
    return _step("Sent", "without waiting for the timer", url, do, causes)


def _step(name: str, words: str, url: str, do: str, causes: tuple[WaitCause, ...]) -> RoadStep:
    return RoadStep(name, "" if causes else words, "waits" if causes else "open", url, do, causes)


def _unless_forbidden(step: RoadStep) -> RoadStep:
    """A step that the role of who asks may not take says whose it is, and not what else it waits for."""
    who = refusal_words(step.url, "GET") if step.url else ""
    return RoadStep(step.name, "", "waits", causes=(WaitCause(f"It is for {who}."),)) if who else step


def list_own_causes(overview: "IssueOverview") -> Iterator[WaitCause]:
    """Why the very person who asks cannot approve an issue that others can."""
    settings, db = context().settings, context().db
    if words := own_change_problem(settings, db, overview.period, own_account().email):
        yield WaitCause(words)


def list_approval_causes(overview: "IssueOverview") -> Iterator[WaitCause]:
    """Why an issue cannot be approved as it stands; nothing where it can."""
    if overview.stored is None or overview.changed:
        yield WaitCause(CHANGED if overview.stored else NOT_BUILT)
    yield from list_source_causes(overview.period, overview.fresh.edits)


def list_source_causes(period: str, edits: IssueEdits) -> Iterator[WaitCause]:
    """The sources that keep an issue back, whoever is at it."""
    for name in issue_coverage.awaited_sources(context().settings, context().db, period, edits, by_hand=True):
        words = f"{name} is quarantined, so what the issue should hold is not known."
        yield WaitCause(words, url_for("ops.source", name=name), f"Look at {name}")


def list_sending_causes(overview: "IssueOverview") -> Iterator[WaitCause]:
    """Why an issue cannot be sent, or its delivery not go on; nothing where it can."""
    if overview.open:
        yield from list_approval_causes(overview)
        if wants_approval(context().settings, by_hand=True) and overview.status != "approved":
            yield WaitCause("It is not approved yet.")
    yield from _list_away_causes()
    yield from list_mail_causes()


def list_resend_causes(period: str) -> Iterator[WaitCause]:
    """Why a sent issue cannot be sent again; nothing where it can."""
    if issue_marks.get(context().db, period, "restored"):
        words = "A backup was restored, and whether this issue went out since is not known."
        yield WaitCause(words, url_for("ops.settle", period=period), "Say whether it did")
    yield from _list_away_causes()
    yield from list_mail_causes()


def list_mail_causes() -> Iterator[WaitCause]:
    """Why no mail can leave as it is set; nothing where it can, or goes to files."""
    mail = context().settings.mail
    if read_routing(mail).reach != "nobody":
        try:
            check_usable(mail)
        except HouseError as e:
            action = e.action or terminal_action("How the configuration is changed")
            yield WaitCause(e.sentence, site_path(action.route), action.words)


def _list_away_causes() -> Iterator[WaitCause]:
    if (known := home.get(context().db)) and known.away_since:
        yield WaitCause("This is a copy that woke on another machine.", url_for("ops.state"), "See what to do")
