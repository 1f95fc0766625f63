"""Correction pages: what was wrong in a sent issue, written, looked at, stored, amended, taken back."""

from collections.abc import Sequence

from flask import flash, g, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from app.web.context import context
from app.web.form_mistake import FormMistake
from app.web.ops.access import own_account
from app.web.ops.audit_writer import set_action
from app.web.ops.correction_preview import CorrectionDraft, draft_of, preview_values, read_draft
from app.web.ops.desk import blueprint, render_page
from app.web.ops.issue_pages import IssueOverview, load_issue
from app.web.ops.ops_phrases import STATUS_LABELS, format_count
from app.web.ops.overview_page import IssueQueue, issue_title
from core.actions import issue_action
from core.dates import correction_run, period_name
from core.editor_records import Correction
from core.errors import HouseError
from db.mail import corrections, deliveries, mailings
from services.issues import correct_issue as service
from services.issues.correct_issue import correctable_reviews, correction_problem, reason_problem

PageOrRedirect = Answer | str | tuple[str, int]
NUMBER = "<int(max=999999):number>"


@blueprint.get("/issues/<period>/correct")
def correct(period: str) -> str:
    """Ask for the words."""
    return _render_form(_load_sent_issue(period))


@blueprint.post("/issues/<period>/correct")
def correct_now(period: str) -> PageOrRedirect:
    """Look at them before anybody has them."""
    overview, words, about = _load_sent_issue(period), _typed("words"), request.form.get("about", "")
    wrong = [FormMistake(why, "words")] if (why := correction_problem(words)) else []
    if about and about not in map(str, correctable_reviews(overview.fresh)):
        wrong.append(FormMistake("Choose the issue, or a review in it", "about"))
    if wrong:
        return _render_form(overview, wrong), 422
    set_action(f"looked at a correction of {period} before adding it")
    return _render_check(CorrectionDraft(period, words, int(about) if about else None))


@blueprint.get(f"/issues/<period>/corrections/{NUMBER}")
def correction(period: str, number: int) -> str:
    """One correction: its words, its history, who was mailed it, and what can be done."""
    _load_sent_issue(period)
    one = corrections.get(context().db, period, number)
    run, mailed = correction_run(period, number, one.current.version), _list_mailings(one)
    return render_page(
        "correction.html",
        issue_title(run),
        one=one,
        mailed=mailed,
        mailable=not one.taken_down and run not in [queue.period for queue in mailed] and (mailed or not one.withdrawn),
        told=[period_name(issue) for issue in corrections.list_telling(context().db, period, number)],
        **preview_values(draft_of(one), "ops.correction", period=period, number=number),
    )


def _list_mailings(one: Correction) -> list[IssueQueue]:
    db = context().db
    return [
        IssueQueue(
            mailing.run,
            issue_title(mailing.run),
            STATUS_LABELS[mailing.status],
            mailing.ended_at,
            deliveries.counts(db, mailing.run),
            deliveries.count_written(db, mailing.run),
        )
        for mailing in mailings.list_corrections(db, one.period, one.number)
    ]


@blueprint.get(f"/issues/<period>/corrections/{NUMBER}/amend")
def amend(period: str, number: int) -> str:
    """Ask for other words, and why."""
    one = corrections.get(context().db, period, number)
    return _render_change("amend.html", "Amend", one, words=one.current.words, reason="")


@blueprint.post(f"/issues/<period>/corrections/{NUMBER}/amend")
def amend_now(period: str, number: int) -> PageOrRedirect:
    """Look at them before anybody has them."""
    one, words, reason = corrections.get(context().db, period, number), _typed("words"), _typed("reason")
    problems = [(correction_problem(words), "words"), (reason_problem(reason), "reason")]
    if words == one.current.words:
        problems.append(("These are the words that stand: change them", "words"))
    if wrong := [FormMistake(why, field) for why, field in problems if why]:
        return _render_change("amend.html", "Amend", one, wrong, words=words, reason=reason), 422
    set_action(f"looked at an amended correction {number} of {period} before storing it")
    return _render_check(CorrectionDraft(period, words, one.review_id, number, reason, version=_seen_version(one)))


@blueprint.get(f"/issues/<period>/corrections/{NUMBER}/withdraw")
def take_back(period: str, number: int) -> str:
    """Ask why."""
    return _render_change("take_back.html", "Withdraw", corrections.get(context().db, period, number), reason="")


@blueprint.post(f"/issues/<period>/corrections/{NUMBER}/withdraw")
def take_back_now(period: str, number: int) -> PageOrRedirect:
    """Look at what readers will be told."""
    one, reason = corrections.get(context().db, period, number), _typed("reason")
    if why := reason_problem(reason):
        return _render_change("take_back.html", "Withdraw", one, [FormMistake(why, "reason")], reason=reason), 422
    set_action(f"looked at withdrawing correction {number} of {period}")
    return _render_check(
        CorrectionDraft(period, reason, one.review_id, number, withdrawn=True, version=_seen_version(one))
    )


@blueprint.get("/issues/<period>/corrections/check")
def correction_check(period: str) -> PageOrRedirect:
    """The same in another light."""
    return _render_check(read_draft(period, request.args.get("draft", "")))


@blueprint.post("/issues/<period>/corrections/store")
def store_correction(period: str) -> Answer:
    """Store what was looked at."""
    draft = read_draft(period, request.form.get("draft", ""))
    web, who, editor = context(), g.ops_who, own_account().email
    if not draft.number:
        one = service.correct_issue(
            web.effects, web.settings, web.db, period, draft.words, actor=who, editor=editor, review_id=draft.review_id
        )
        set_action(f"corrected {period}: {draft.words}")
        flash("The correction is on the issue’s web page and in the feeds, and the next issue tells of it.")
        return redirect(url_for("ops.correction", period=period, number=one.number), 303)
    if draft.withdrawn:
        change = service.withdraw_correction(
            *(web.effects, web.settings, web.db, period, draft.number),
            reason=draft.words,
            actor=who,
            editor=editor,
            version=draft.version,
        )
        done = "withdrew"
    else:
        change = service.amend_correction(
            *(web.effects, web.settings, web.db, period, draft.number, draft.words),
            reason=draft.reason,
            actor=who,
            editor=editor,
            version=draft.version,
        )
        done = "amended"
    set_action(f"{done} correction {draft.number} of {period}: {draft.words}")
    flash(f"It is {'withdrawn' if draft.withdrawn else 'amended'}, wherever it is shown.")
    if change.unsent:
        flash(f"{format_count(change.unsent, 'reader')} had not been sent the words before, and will not be.")
    return redirect(url_for("ops.correction", period=period, number=draft.number), 303)


def _typed(name: str) -> str:
    return request.form.get(name, "").replace("\r\n", "\n").strip()


def _seen_version(one: Correction) -> int:
    """The version that stood when the form was opened."""
    return request.form.get("version", one.current.version, type=int)


def _load_sent_issue(period: str) -> IssueOverview:
    overview = load_issue(period)
    if overview.open:
        raise HouseError("only an issue that was sent is corrected", period, action=issue_action(period, "Edit it"))
    return overview


def _render_form(overview: IssueOverview, wrong: Sequence[FormMistake] = ()) -> str:
    return render_page(
        "correct.html",
        f"Correct: {issue_title(overview.period)}",
        wrong,
        look=overview,
        words=request.form.get("words", ""),
        about=request.form.get("about", request.args.get("about", "")),
        reviews=correctable_reviews(overview.fresh),
    )


def _render_change(template: str, do: str, one: Correction, wrong: Sequence[FormMistake] = (), **values: str) -> str:
    title = f"{do}: {issue_title(correction_run(one.period, one.number, one.current.version))}"
    return render_page(template, title, wrong, one=one, version=_seen_version(one), **values)


def _render_check(draft: CorrectionDraft) -> str:
    """What is typed, as readers would have it; nothing is stored."""
    one, db = draft.preview(), context().db
    change = "ops.take_back" if draft.withdrawn else "ops.amend"
    back = url_for(change, period=draft.period, number=draft.number) if draft.number else ""
    warnings = [
        f"The approval of the issue of {period_name(p)} is void then: it will tell of this."
        for p in service.list_voided_approvals(context().settings, db)
    ]
    if any(mailing.status == "sending" for mailing in mailings.list_corrections(db, one.period, draft.number)):
        warnings.append("The words before are being mailed: whoever has not been sent them will not be.")
    what = "add the correction" if not draft.number else "withdraw it" if draft.withdrawn else "amend it"
    return render_page(
        "correction_check.html",
        f"Check before you {what}: {issue_title(draft.period)}",
        draft=draft,
        one=one,
        do=f"{what[:1].upper()}{what[1:]}",
        warnings=warnings,
        back=back or url_for("ops.correct", period=draft.period),
        **preview_values(draft, "ops.correction_check", period=draft.period, draft=draft.token),
    )
