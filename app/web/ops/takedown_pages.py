"""Takedown pages: a review found by words, address or number, withdrawn with a reason, shown again."""

import re
from collections.abc import Iterable

from flask import redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from app.web.context import context, site_path
from app.web.form_mistake import FormMistake
from app.web.ops import ops_phrases
from app.web.ops.audit_writer import set_action
from app.web.ops.background_work import BackgroundWork, WorkFunction
from app.web.ops.desk import blueprint, format_moment, render_page
from app.web.ops.progress_page import start_work
from core.dates import period_name
from core.errors import NotFound
from core.records import Review
from core.states import ReviewStatus
from db.collection import links, reviews, takedowns
from db.mail import issues
from db.schema.connect import Database
from newsletter.issue.phrases import join_list, review_title
from services.issues.withdraw_review import restore_review, withdraw_review

NUMBER_RULE = "<int(max=999999999999):number>"
NUMBER_TYPED = re.compile(r"(?:(?:\S*/)?reviews/|#)?([0-9]{1,12})(?:[/.?#]\S*)?", re.ASCII)
MAX_RESULTS = 20  # of a search
MAX_REASON = 500  # characters
LATE_WARNING = "Mail that has left cannot be called back."
STATUS_WORDS: dict[ReviewStatus, str] = {
    "current": "It is shown to everybody.",
    "missing": "It is shown to everybody; its collection does not list it at the moment.",
    "withdrawn": "Its collection has withdrawn it: its page says that, and nothing else of it.",
}


@blueprint.get("/reviews")
def review_list() -> Answer | str:
    """Find a review; and those that were taken down here."""
    db, typed = context().db, request.args.get("q", "").strip()
    if number := _find_number(db, typed):
        return redirect(url_for("ops.review", number=number), 303)
    return render_page(
        "reviews.html",
        "Take a review down, or show it again",
        typed=typed,
        found=[(review, review_title(review)) for review, _ in reviews.search(db, typed, limit=MAX_RESULTS)],
        limit=MAX_RESULTS,
        down=takedowns.listing(db),
    )


def _find_number(db: Database, typed: str) -> int | None:
    """The review of a number, of the address of its page or its report, or of the catalogue's number; else None."""
    found = NUMBER_TYPED.fullmatch(typed)
    try:
        return reviews.get(db, found[1] if found else typed).id if typed else None
    except NotFound:
        return next(iter(links.get(db, typed).reviews), None)


@blueprint.get(f"/reviews/{NUMBER_RULE}")
def review(number: int) -> str:
    """One review, and the form that takes it down."""
    return _render_review(reviews.get(context().db, str(number)))


@blueprint.post(f"/reviews/{NUMBER_RULE}/withdraw")
def withdraw(number: int) -> Answer | str | tuple[str, int]:
    """Take it down, once what that does was looked at."""
    effects, settings, db = context().effects, context().settings, context().db
    one, reason = reviews.get(db, str(number)), " ".join(request.form.get("reason", "").split())
    if not reason or len(reason) > MAX_REASON:
        why = "Write why it is taken down" if not reason else f"Write it in {MAX_REASON} characters or fewer"
        return _render_review(one, reason, [FormMistake(why, "reason")]), 422
    if request.form.get("sure") != "yes":
        planned = withdraw_review(effects, settings, db, str(number), reason, dry=True)
        set_action(f"looked at taking down review {number}")
        return render_page(
            "check.html",
            "Check before you take it down",
            rows=[
                ("Review", f"{review_title(one)} (number {number})"),
                ("Reason", reason),
                *_mention_rows(db, number),
                (
                    "Messages in the outbox",
                    f"{ops_phrases.format_count(planned.messages, 'file')} deleted"
                    if planned.messages
                    else "none has it",
                ),
                *(("Approval", f"Void for the issue of {period_name(one)}") for one in planned.unapproved),
            ],
            warning=LATE_WARNING,
            url=url_for("ops.withdraw", number=number),
            hidden={"reason": reason, "sure": "yes"},
            do="Take it down now",
            back=(url_for("ops.review", number=number), "Do not take it down"),
        )

    def job(work: BackgroundWork, db: Database, stop: object) -> None:
        result = withdraw_review(effects, settings, db, str(number), reason)
        work.add_line(f"Review {number} is taken down: its page, the search, the feeds and the issues show it no more.")
        if result.messages:
            work.add_line(f"{ops_phrases.format_count(result.messages, 'message')} deleted from the outbox.")
        _add_unapproved(work, result.unapproved)

    return _start(number, f"Take review {number} down", job, f"took down review {number}")


@blueprint.get(f"/reviews/{NUMBER_RULE}/restore")
def restore_review_check(number: int) -> str:
    """Check before a review that was taken down is shown again. What it is stays hidden until then."""
    db = context().db
    restore_review(context().effects, context().settings, db, str(number), dry=True)  # that it was taken down
    (down,) = takedowns.listing(db, [number])
    return render_page(
        "check.html",
        "Check before you show it again",
        rows=[
            ("Review", f"number {number}"),
            ("Taken down", format_moment(down.at, context().settings)),
            ("Reason", down.reason),
            *_mention_rows(db, number),
        ],
        warning="",
        url=url_for("ops.restore_review_now", number=number),
        hidden={},
        do="Show it again",
        back=(url_for("ops.review", number=number), "Leave it down"),
    )


@blueprint.post(f"/reviews/{NUMBER_RULE}/restore")
def restore_review_now(number: int) -> Answer:
    """Show a review again that was taken down."""
    effects, settings = context().effects, context().settings
    reviews.get(context().db, str(number))

    def job(work: BackgroundWork, db: Database, stop: object) -> None:
        result = restore_review(effects, settings, db, str(number))
        work.add_line(f"Review {number} is shown again: {review_title(result.review)}")
        _add_unapproved(work, result.unapproved)

    return _start(number, f"Show review {number} again", job, f"restored review {number}")


def _start(number: int, words: str, job: WorkFunction, audit_words: str) -> Answer:
    """One at a time of each review: nobody's withdrawal waits for another's."""
    back = (url_for("ops.review", number=number), "Back to the review")
    answer, fresh = start_work(f"takedown of {number}", words, back, job, audit_words)
    if not fresh:
        set_action(f"{words}: asked while that was being done")
    return answer


def _add_unapproved(work: BackgroundWork, periods: Iterable[str]) -> None:
    for period in periods:
        work.add_line(f"The issue of {period_name(period)} is built anew, and waits for approval again.")


def _mention_rows(db: Database, number: int) -> list[tuple[str, str]]:
    """The issues that name a review."""
    periods = issues.list_mentioning(db, number)
    return [("In the issues of", join_list(periods))] if periods else [("In issues", "none")]


def _render_review(one: Review, reason: str = "", wrong: list[FormMistake] | None = None) -> str:
    db = context().db
    down = next(iter(takedowns.listing(db, [one.id])), None)
    rows = [("Number", str(one.id))]
    if not down:
        rows += [("Source", one.source), ("Year", str(one.year or "not known"))]
    return render_page(
        "review.html",
        review_title(one),
        wrong or (),
        number=one.id,
        down=down,
        words=STATUS_WORDS[one.status],
        rows=[*rows, *_mention_rows(db, one.id)],
        reason=reason,
        page=site_path(f"/reviews/{one.id}"),
    )
