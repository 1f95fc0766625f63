"""Wording pages: an editor puts right how a review is written, sees what that changes, keeps or takes back what was."""

from collections.abc import Sequence
from typing import NamedTuple

from flask import abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from app.web.context import context
from app.web.form_mistake import FormMistake
from app.web.ops.access import own_account
from app.web.ops.audit_writer import set_action
from app.web.ops.desk import blueprint, render_page, utc_now
from app.web.public.review_phrases import FieldDifference, word_difference
from app.web.public.review_record import NUMBER_RULE
from core.dates import period_name
from core.editor_records import WordingFix
from core.records import Change, Review
from db.collection import reviews, takedowns, wording_fixes
from db.collection.wording_fixes import StoredFix
from newsletter.issue.corrected_words import name_part
from newsletter.issue.phrases import join_list, review_title
from services.issues import fix_wording

PageBody = str | tuple[str, int]
FIX_RULE = NUMBER_RULE.replace(":number", ":fix")


class PartRow(NamedTuple):
    """A part of a review on its page: the collection's words, and ours where a fix stands in their place."""

    part: str
    name: str
    words: str
    stored: StoredFix | None
    asked: bool  # whether the collection has edited what the fix was made against


class FixRow(NamedTuple):
    """A fix on a page, with the words that went and came."""

    stored: StoredFix
    title: str  # the review's
    name: str  # the part's
    change: FieldDifference
    now: FieldDifference | None = None  # how the collection has edited it since
    carried: FieldDifference | None = None  # how its new words would be put right


@blueprint.get("/wording")
def wording() -> str:
    """The fixes whose collection has edited the words since, to keep or drop; then those in force."""
    db = context().db
    questions = {one.stored.id: one for one in fix_wording.list_questions(db)}
    in_force = wording_fixes.list_in_force(db)
    down = takedowns.find_taken_down(db, [one.review_id for one in in_force])
    rows = [_fix_row(one, questions.get(one.id)) for one in in_force if one.review_id not in down]
    return render_page(
        "wording.html",
        "Wording fixes",
        asked=[row for row in rows if row.stored.id in questions],
        rows=[row for row in rows if row.stored.id not in questions],
    )


def _fix_row(stored: StoredFix, question: fix_wording.FixQuestion | None = None) -> FixRow:
    review = reviews.get(context().db, str(stored.review_id), whole=True)
    part, fix = stored.fix.part, stored.fix
    row = FixRow(stored, review_title(review), name_part(review, part), word_difference(Change(part, fix.old, fix.new)))
    if question is None:
        return row
    now = word_difference(Change(part, fix.old, question.now))
    carried = word_difference(Change(part, question.now, question.carried)) if question.carried else None
    return row._replace(now=now, carried=carried)


@blueprint.get(f"/reviews/{NUMBER_RULE}/wording")
def review_wording(number: int) -> str:
    """The parts of a review in its collection's words, each with the way to put it right; what was, and by whom."""
    db = context().db
    review, parts = fix_wording.read_parts(db, number)
    stored = {one.fix.part: one for one in wording_fixes.list_in_force(db, number)}
    rows = [
        PartRow(part, name_part(review, part), words, own := stored.get(part), bool(own and own.fix.old != words))
        for part, words in parts.items()
    ]
    return render_page(
        "review_wording.html",
        f"Wording: {review_title(review)}",
        number=number,
        rows=rows,
        history=[_fix_row(one) for one in wording_fixes.list_of_review(db, number)],
        approved=_approved_words(number),
    )


@blueprint.get(f"/reviews/{NUMBER_RULE}/wording/<part>")
def fix_part(number: int, part: str) -> str:
    """The form: the collection's words, and ours."""
    review, words = _part_or_404(number, part)
    stored = next((one for one in wording_fixes.list_in_force(context().db, number) if one.fix.part == part), None)
    standing = stored.fix if stored and stored.fix.old == words else None
    return _render_form(review, part, words, standing.new if standing else words, standing.why if standing else "")


@blueprint.post(f"/reviews/{NUMBER_RULE}/wording/<part>")
def fix_part_now(number: int, part: str) -> Answer | PageBody:
    """Show what it changes, word by word; then publish it."""
    review, old = _part_or_404(number, part)
    new, why = (request.form.get(name, "").replace("\r\n", "\n").strip() for name in ("words", "why"))
    if request.form.get("back") == "yes":
        return _render_form(review, part, old, new, why)
    if request.form.get("old", old).replace("\r\n", "\n") != old:
        mistake = FormMistake("The collection has changed these words meanwhile: look at them again", "words")
        return _render_form(review, part, old, new, why, [mistake]), 422
    problems = (fix_wording.words_problem(part, old, new), "words"), (fix_wording.reason_problem(why), "why")
    if wrong := [FormMistake(problem, field) for problem, field in problems if problem]:
        return _render_form(review, part, old, new, why, wrong), 422
    if request.form.get("sure") != "yes":
        set_action(f"looked at a wording fix of review {number} before making it")
        return render_page(
            "fix_check.html",
            f"Check before you publish it: {name_part(review, part)}",
            number=number,
            part=part,
            old=old,
            new=new,
            why=why,
            change=word_difference(Change(part, old, new)),
            approved=_approved_words(number),
        )
    void = fix_wording.list_approved(context().db, number)
    fix_wording.fix_wording(
        context().settings, context().db, number, WordingFix(part, old, new, why, utc_now()), own_account()
    )
    set_action(f"fixed the wording of review {number}, {name_part(review, part)}: {why}")
    flash(f"{_capital(name_part(review, part))} is published as you have written it.")
    return _return_to_review(number, void)


@blueprint.post(f"/wording/{FIX_RULE}/end")
def end_fix(fix: int) -> Answer:
    """Take a fix back."""
    db, number = context().db, wording_fixes.get(context().db, fix).review_id
    void = fix_wording.list_approved(db, number)
    fix_wording.end_fix(context().settings, db, fix, own_account(), utc_now())
    set_action(f"took back wording fix {fix} of review {number}")
    flash("The collection’s own words are published again.")
    return _return_to_review(number, void)


@blueprint.post(f"/wording/{FIX_RULE}/keep")
def keep_fix(fix: int) -> Answer:
    """Put the same right in the words that the collection has now."""
    db, number = context().db, wording_fixes.get(context().db, fix).review_id
    void = fix_wording.list_approved(db, number)
    fix_wording.keep_fix(context().settings, db, fix, own_account(), utc_now())
    set_action(f"kept wording fix {fix} of review {number} in its new words")
    flash("The same is put right in the collection’s new words.")
    return _return_to_review(number, void)


def _return_to_review(number: int, void: Sequence[str]) -> Answer:
    still = fix_wording.list_approved(context().db, number)
    if gone := [period_name(period) for period in void if period not in still]:
        flash(f"The approval of {join_list(gone)} is void: approve it again.")
    return redirect(url_for("ops.review_wording", number=number), 303)


def _part_or_404(number: int, part: str) -> tuple[Review, str]:
    review, parts = fix_wording.read_parts(context().db, number)
    return review, parts.get(part) or abort(404)


def _render_form(review: Review, part: str, old: str, new: str, why: str, wrong: Sequence[FormMistake] = ()) -> str:
    name = name_part(review, part)
    return render_page(
        "fix_part.html",
        f"Put right: {name}",
        wrong,
        number=review.id,
        part=part,
        review_title=review_title(review),
        old=old,
        words=new,
        why=why,
        one_line=part in fix_wording.ONE_LINE_PARTS,
        approved=_approved_words(review.id),
    )


def _approved_words(number: int) -> str:
    """The months whose approval a fix would make void; empty: none's."""
    return join_list([period_name(period) for period in fix_wording.list_approved(context().db, number)])


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
