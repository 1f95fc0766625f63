"""Edit pages of a draft issue: note, reviews left out or taken in, order, rebuild, pause."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from app.web.context import context, site_path
from app.web.form_mistake import FormMistake, error_mistake
from app.web.ops.access import own_account
from app.web.ops.audit_writer import set_action
from app.web.ops.desk import blueprint, render_page
from app.web.ops.edit_form import ORDER_LABELS, ParsedEdits, parse_edits
from app.web.ops.issue_pages import IssueOverview, issue_page_values, load_open_issue
from app.web.ops.overview_page import issue_title
from core.errors import HouseError
from core.records import Review
from db.collection import reviews
from db.mail.issues import IssueEdits, StoredIssue
from newsletter.issue import issue_view
from newsletter.issue.issue_view import ReviewView
from newsletter.issue.phrases import review_title
from services.collect.source_sample import entry_fields
from services.issues import build_issue, edit_issue, release_issue
from services.issues.order_reviews import MOVES, Move

MOVE_WORDS: dict[Move, str] = {"up": "Up", "down": "Down", "first": "First"}
LONG_TEXT = 700  # characters of a source's text, past which it is folded away
MAX_LISTED = 25  # reviews to choose from, on a page
EDITED_SINCE = (
    "The issue was edited since you opened this page: look at its preview in another window, take over what you want "
    "to keep of it, then store this in its place"
)
PageBody = str | tuple[str, int]


class EditRow(NamedTuple):
    """A review in the form."""

    review: Review
    title: str
    url: str  # its page on the web
    place: str
    skipped: bool
    moves: tuple[Move, ...]  # those that change anything
    focus: Move | None  # the button that was just pressed, or its neighbour where that has gone
    entry: ReviewView  # as the draft has it
    source: tuple[str, ...]  # the lines of its source's own text

    @property
    def long(self) -> bool:
        """Whether the source's text takes much room."""
        return sum(map(len, self.source)) > LONG_TEXT


@blueprint.get("/issues/<period>/edit")
def edit(period: str) -> str:
    """The form, as the issue was last edited."""
    overview = load_open_issue(period)
    return _render_form(overview, _form_values(overview))


@blueprint.post("/issues/<period>/edit")
def edit_now(period: str) -> Answer | PageBody:
    """Store the changes, and build the issue anew. An approval of other content is void."""
    overview = load_open_issue(period)
    shown = [review.id for review in overview.fresh.issue.reviews]
    out = [review.id for review in _all_reviews(overview) if review.id not in shown]
    parsed = parse_edits(request.form, overview.fresh.edits, shown, out)
    parsed.wrong += _check_additions(overview.period, parsed.edits)
    before = overview.fresh.edits
    if parsed.edits != before and request.form.get("before", _edits_tag(before)) != _edits_tag(before):
        parsed.wrong.append(FormMistake(EDITED_SINCE, "note"))
    try:
        if not parsed.wrong:
            parsed.wrong += _check_places(period, parsed)
        if not parsed.wrong:
            return _store(overview, parsed)
    except HouseError as e:
        field = next((name for name in ("note", "reason") if name in e.what), "")
        parsed.wrong.append(error_mistake(e, field))
    return _render_form(overview, request.form, parsed.wrong), 422


def _edits_tag(edits: IssueEdits) -> str:
    """Differs whenever somebody has decided something else for the issue."""
    return hashlib.sha256(repr(edits).encode()).hexdigest()[:16]


def _store(overview: IssueOverview, parsed: ParsedEdits) -> Answer:
    draft = _build_edited(overview, parsed.edits)
    if parsed.moved is None:
        flash("The changes are stored, and the issue is built anew.")
        return redirect(url_for("ops.issue", period=overview.period), 303)
    number, move = parsed.moved
    numbers = [review.id for review in draft.issue.reviews]
    if number in numbers:
        title = review_title(draft.issue.reviews[numbers.index(number)])
        flash(f"{title} is now {numbers.index(number) + 1} of {len(numbers)}. What else you changed is stored, too.")
    return redirect(url_for("ops.edit", period=overview.period, moved=number, by=move), 303)


def _build_edited(overview: IssueOverview, edits: IssueEdits) -> StoredIssue:
    """The issue as it was edited, stored; said where that makes an approval void."""
    web, period = context(), overview.period
    draft = build_issue.build_issue(
        web.effects, web.settings, web.db, period, edits, incomplete=True, editor=own_account().email
    )
    set_action(f"edited the issue of {period}; hash {draft.issue.hash[:16]}")
    if overview.status == "approved" and draft.issue.status == "draft":
        flash("Its approval is void: approve it again.")
    return draft


@blueprint.get("/issues/<period>/add")
def add(period: str) -> str:
    """What was known at the first read and is in no issue, or what a search finds of it, to choose from."""
    return _render_choice(load_open_issue(period))


@blueprint.post("/issues/<period>/add")
def add_now(period: str) -> Answer | PageBody:
    """Take the chosen reviews into the issue."""
    overview = load_open_issue(period)
    chosen = [int(value) for value in request.form.getlist("review") if value.isascii() and value.isdigit()]
    if not chosen:
        wrong = [FormMistake("Choose at least one review", "reviews")]
        return _render_choice(overview, wrong), 422
    edits = overview.fresh.edits
    edits = replace(
        edits, adds=tuple(sorted({*edits.adds, *chosen})), skips=tuple(n for n in edits.skips if n not in chosen)
    )
    if wrong := _check_additions(period, edits, "reviews"):
        return _render_choice(overview, wrong), 422
    _build_edited(overview, edits)
    flash(f"{'It is' if len(chosen) == 1 else 'They are'} in the issue now.")
    return redirect(url_for("ops.edit", period=period), 303)


def _render_choice(overview: IssueOverview, wrong: Sequence[FormMistake] = ()) -> str:
    words, typed = request.values.get("q", "").strip()[:200], request.args.get("page", "")
    page = int(typed) if typed.isascii() and typed.isdigit() and 0 < len(typed) < 5 else 0
    found = edit_issue.find_known(context().db, words, MAX_LISTED + 1, page * MAX_LISTED)
    chosen = {*request.form.getlist("review")}
    return render_page(
        "add.html",
        f"Take in a review: {issue_title(overview.period)}",
        wrong,
        look=overview,
        q=words,
        rows=[
            (review, review_title(review), site_path(f"/reviews/{review.id}"), str(review.id) in chosen)
            for review in found[:MAX_LISTED]
        ],
        page=page,
        more=len(found) > MAX_LISTED,
    )


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


def _check_additions(period: str, edits: IssueEdits, field: str = "add") -> list[FormMistake]:
    """What is wrong with the reviews that are to be taken in."""
    for number in edits.adds:
        try:
            edit_issue.check_addition(context().settings, context().db, period, reviews.get(context().db, str(number)))
        except HouseError as e:
            return [error_mistake(e, field)]
    return []


def _check_places(period: str, parsed: ParsedEdits) -> list[FormMistake]:
    """What is wrong with the places that reviews were given: the issue, as it would be, has them elsewhere."""
    draft = build_issue.compose_draft(context().settings, context().db, period, parsed.edits).issue
    got = [review.id for review in draft.reviews if review.id in parsed.order]
    wanted = [number for number in parsed.order if number in got]
    for number in parsed.placed:
        if number in got and got.index(number) != wanted.index(number):
            first = parsed.edits.first is not None and parsed.edits.first in (number, wanted[0], got[0])
            why = "one is put first" if first else "the reviews of one collection stand together"
            return [FormMistake(f"It cannot stand at {wanted.index(number) + 1}: {why}", f"place-{number}")]
    return []


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
    configured = context().settings.newsletter.order
    orders = ORDER_LABELS | {"": f"As configured: {ORDER_LABELS[configured][:1].lower()}{ORDER_LABELS[configured][1:]}"}
    return render_page(
        "edit.html",
        f"Edit: {issue_title(overview.period)}",
        wrong,
        look=overview,
        before=_edits_tag(overview.fresh.edits),
        note=values.get("note", ""),
        first=values.get("first", ""),
        reason=values.get("reason", ""),
        order=values.get("order", ""),
        orders=orders,
        rows=_edit_rows(overview, values),
        shown=",".join(str(review.id) for review in overview.fresh.issue.reviews),
        move_words=MOVE_WORDS,
        add=values.get("add", ""),
    )


def _edit_rows(overview: IssueOverview, values: Mapping[str, str]) -> list[EditRow]:
    shown, all_reviews = overview.fresh.issue.reviews, _all_reviews(overview)
    words, first = build_issue.current_wording(context().settings), overview.fresh.edits.first
    homes = [words.collection_of(review) if review.id != first else "" for review in shown]
    moved, pressed = request.args.get("moved", ""), request.args.get("by", "")
    rows = []
    for at, review in enumerate(all_reviews):
        moves = _useful_moves(homes, at) if at < len(shown) else ()
        focus = next((one for one in (*(m for m in MOVES if m == pressed), *moves) if one in moves), None)
        rows.append(
            EditRow(
                review,
                review_title(review),
                site_path(f"/reviews/{review.id}"),
                values.get(f"place-{review.id}", ""),
                values.get(f"skip-{review.id}") == "yes",
                moves,
                focus if moved == str(review.id) else None,
                issue_view.build_review_view(review, review_title(review), title=words.title),
                _source_lines(review),
            )
        )
    return rows


def _useful_moves(homes: Sequence[str], at: int) -> tuple[Move, ...]:
    """The moves that take a review elsewhere: among those of its own collection; one put first stays there."""
    if not homes[at]:
        return ()
    up = at > 0 and homes[at - 1] == homes[at]
    down = at + 1 < len(homes) and homes[at + 1] == homes[at]
    first = at > 0 and all(home == homes[at] for home in homes[:at])
    useful: dict[Move, bool] = {"up": up, "down": down, "first": first}
    return tuple(move for move in MOVES if useful[move])


def _source_lines(review: Review) -> tuple[str, ...]:
    """A review in its source's own text, as it was read; of one that keeps none, field by field."""
    if review.taken_down:
        return ()
    whole = reviews.get(context().db, str(review.id), whole=True)
    return tuple(whole.raw.splitlines()) or tuple(f"{name}: {words}" for name, words in entry_fields(whole))
