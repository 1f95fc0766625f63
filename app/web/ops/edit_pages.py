"""Edit pages of a draft issue: note, reviews left out or taken in, order, rebuild, pause."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from app.web.context import context
from app.web.form_mistake import FormMistake, error_mistake
from app.web.ops.access import own_account
from app.web.ops.audit_writer import set_action
from app.web.ops.desk import blueprint, render_page
from app.web.ops.issue_pages import IssueOverview, issue_page_values, load_open_issue
from app.web.ops.overview_page import issue_title
from core.errors import HouseError
from core.records import Review
from db.collection import reviews
from db.mail.issues import IssueEdits
from services.issues import build_issue, edit_issue, release_issue

ORDER_LABELS = {
    "": "As configured",
    "publisher": "By publisher",
    "theme": "By theme, the most shared first",
    "age": "By age, youngest first",
    "name": "By name",
    "year": "By year, newest first",
    "first_seen": "By when they were first seen",
    "hand": "By the positions below",
}
PageBody = str | tuple[str, int]


@blueprint.get("/issues/<period>/edit")
def edit(period: str) -> str:
    """The form, as the issue was last edited."""
    overview = load_open_issue(period)
    return _render_form(overview, _form_values(overview))


@blueprint.post("/issues/<period>/edit")
def edit_now(period: str) -> Answer | PageBody:
    """Store the changes, and build the issue anew. An approval of other content is void."""
    overview = load_open_issue(period)
    wrong, edits = parse_edits(request.form, overview.fresh.edits, [review.id for review in _all_reviews(overview)])
    wrong += _check_additions(overview.period, edits)
    edits, mistakes = _put_first(edits, request.form, [review.id for review in overview.fresh.issue.reviews])
    wrong += mistakes
    try:
        if not wrong:
            web = context()
            draft = build_issue.build_issue(
                web.effects, web.settings, web.db, period, edits, incomplete=True, editor=own_account().email
            )
            set_action(f"edited the issue of {period}; hash {draft.issue.hash[:16]}")
            flash("The changes are stored, and the issue is built anew.")
            if overview.status == "approved" and draft.issue.status == "draft":
                flash("Its approval is void: approve it again.")
            return redirect(url_for("ops.issue", period=period), 303)
    except HouseError as e:
        wrong = [error_mistake(e, next((name for name in ("note", "reason") if name in e.what), ""))]
    return _render_form(overview, request.form, wrong), 422


@blueprint.post("/issues/<period>/build")
def build(period: str) -> Answer | PageBody:
    """Build the issue as it is now."""
    overview = load_open_issue(period)
    decides = request.form.get("as_read") == "yes"  # to build it as it is now is no edit
    edits, editor = (replace(overview.fresh.edits, as_read=True), own_account().email) if decides else (None, "")
    web = context()
    try:
        draft = build_issue.build_issue(web.effects, web.settings, web.db, period, edits, editor=editor)
    except HouseError as e:
        return _render_refusal(overview, e)
    set_action(f"built the issue of {period}; hash {draft.issue.hash[:16]}")
    flash(f"It is built: {draft.issue.subject}.")
    return redirect(url_for("ops.issue", period=period), 303)


@blueprint.post("/issues/<period>/pause")
def pause(period: str) -> Answer | PageBody:
    """Keep the timer from sending the issue, or let it."""
    overview, on = load_open_issue(period), request.form.get("on") == "yes"
    try:
        release_issue.pause_issue(context().db, period, on)
    except HouseError as e:
        return _render_refusal(overview, e)
    set_action(f"{'paused' if on else 'resumed'} the issue of {period}")
    flash("It is paused: the timer does not send it." if on else "It goes on: the timer sends it when it is due.")
    return redirect(url_for("ops.issue", period=period), 303)


def _render_refusal(overview: IssueOverview, e: HouseError) -> PageBody:
    """The issue's page again, saying why not."""
    return render_page(
        "issue.html", issue_title(overview.period), [error_mistake(e)], **issue_page_values(overview)
    ), 409


def _all_reviews(overview: IssueOverview) -> list[Review]:
    """The issue's reviews in their order, then those left out of it."""
    shown = {review.id for review in overview.fresh.issue.reviews}
    out = sorted({*overview.fresh.edits.skips, *overview.fresh.edits.adds} - shown)
    return [*overview.fresh.issue.reviews, *(reviews.get(context().db, str(number)) for number in out)]


def _check_additions(period: str, edits: IssueEdits) -> list[FormMistake]:
    """What is wrong with the reviews that are to be taken in."""
    for number in edits.adds:
        try:
            edit_issue.check_addition(context().settings, context().db, period, reviews.get(context().db, str(number)))
        except HouseError as e:
            return [error_mistake(e, "add")]
    return []


def _put_first(edits: IssueEdits, form: Mapping[str, str], ids: Sequence[int]) -> tuple[IssueEdits, list[FormMistake]]:
    """The edits with what the form puts first, and what is wrong with that."""
    number, reason = form.get("first", ""), form.get("reason", "").strip()
    if not number:
        mistakes = [FormMistake("Choose the review that this is the reason for", "first")] if reason else []
        return replace(edits, first=None, first_reason=""), mistakes
    try:
        return edit_issue.put_first(edits, int(number) if re.fullmatch(r"[0-9]{1,9}", number) else 0, reason, ids), []
    except HouseError as e:
        return edits, [error_mistake(e, "reason" if "reason" in e.what else "first")]


def _form_values(overview: IssueOverview) -> dict[str, str]:
    """The fields of the form, as they stand before anybody changes them."""
    edits = overview.fresh.edits
    by_hand = edits.order[:1].isdigit()
    places = {f"place-{review.id}": str(at) for at, review in enumerate(overview.fresh.issue.reviews, 1)}
    skips = {f"skip-{number}": "yes" for number in edits.skips}
    put_first = any(review.id == edits.first for review in overview.fresh.issue.reviews)
    first = {"first": str(edits.first), "reason": edits.first_reason} if put_first else {}
    return {"note": edits.note, "order": "hand" if by_hand else edits.order, **first, **places, **skips}


def _render_form(overview: IssueOverview, values: Mapping[str, str], wrong: Sequence[FormMistake] = ()) -> str:
    """What was typed stays typed."""
    rows = [
        (review, values.get(f"place-{review.id}", ""), values.get(f"skip-{review.id}") == "yes")
        for review in _all_reviews(overview)
    ]
    return render_page(
        "edit.html",
        f"Edit: {issue_title(overview.period)}",
        wrong,
        look=overview,
        note=values.get("note", ""),
        first=values.get("first", ""),
        reason=values.get("reason", ""),
        order=values.get("order", ""),
        orders=ORDER_LABELS,
        rows=rows,
        add=values.get("add", ""),
        known=[(review, values.get(f"add-{review.id}") == "yes") for review in edit_issue.known_reviews(context().db)],
    )


def parse_edits(
    form: Mapping[str, str], before: IssueEdits, ids: Sequence[int]
) -> tuple[list[FormMistake], IssueEdits]:
    """What is wrong with the form, and the edits it asks for."""
    order, wrong = form.get("order", ""), []
    out = {number for number in ids if form.get(f"skip-{number}") == "yes"}
    skips = tuple(sorted(out - {*before.adds}))
    typed = form.get("add", "").replace(",", " ").split()
    if any(not re.fullmatch(r"[0-9]{1,9}", number) for number in typed):
        wrong.append(FormMistake("Write the numbers of reviews, with commas between them: 12, 5", "add"))
        typed = []
    chosen = [name.removeprefix("add-") for name in form if re.fullmatch(r"add-[0-9]{1,9}", name)]
    adds = tuple(sorted(({*before.adds} | {int(number) for number in (*typed, *chosen)}) - out))
    if order not in ORDER_LABELS:
        wrong.append(FormMistake("Choose an order from the list", "order"))
    if order == "hand":
        places = {number: form.get(f"place-{number}", "").strip() for number in ids if number not in out}
        for number, place in places.items():
            if not re.fullmatch(r"[0-9]{1,4}", place):
                wrong.append(FormMistake("Write the position as a number, 1 for the first", f"place-{number}"))
        if not wrong:
            order = ",".join(map(str, sorted(places, key=lambda number: int(places[number]))))
    note = form.get("note", "").replace("\r\n", "\n").strip()
    return wrong, replace(before, note=note, order=order, skips=skips, adds=adds)
