"""Review record page with its JSON, its tombstone when withdrawn, its error report form."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.web.context import context, site_path
from app.web.form_mistake import FormMistake, words_by_field
from app.web.page_cache import JSON_TYPE, PageFingerprint, add_noindex, cached_response, format_json
from app.web.public import lost_report, review_phrases
from app.web.public.subscribe_pages import wake_mail_thread
from app.web.public.subscription_forms import check_address, printable_text
from core import json_views
from core.dates import local_date
from core.records import Review
from db.read.review_page import ReviewRecord, get_record, record_validators
from newsletter.briefing.citations import make_reference
from newsletter.issue import issue_view
from newsletter.issue.compose import compose
from newsletter.issue.issue_view import IssueView
from newsletter.issue.phrases import join_list, review_facts, review_title
from newsletter.issue.wording import Wording
from services.issues import build_issue
from services.operator.error_reports import MAX_REPORT_LENGTH, ErrorReport, take_error_report

blueprint = Blueprint("record", __name__)
blueprint.after_request(add_noindex)
CHILD_CAUTION = "This record may describe the abuse, neglect or death of a child."
GENERAL_CAUTION = "This record may describe abuse, neglect or death."  # not every collection is of children
NUMBER_RULE = "<int(max=999999999999):number>"


def register(app: Flask) -> None:
    """Add these pages."""
    app.register_blueprint(blueprint)


@blueprint.get(f"/reviews/{NUMBER_RULE}")
def review(number: int) -> Response:
    """A review's record; of one that is withdrawn, that it is."""
    record = _record_or_404(number)
    if record.review.status == "withdrawn":
        return _gone_response()
    return cached_response(record_fingerprint(number), lambda: _render_record(record))


def citable_record(number: int) -> ReviewRecord:
    """The record of a review that is not withdrawn; of any other, the page that says so."""
    record = _record_or_404(number)
    return abort(_gone_response()) if record.review.status == "withdrawn" else record


def record_fingerprint(number: int) -> PageFingerprint:
    """What a review's page depends on, and the day, which stands in its citation."""
    web = context()

    def fingerprint() -> tuple[str, datetime] | None:
        today = local_date(web.effects.now(), web.settings.zone)
        now = record_validators(web.db, number)
        return (f"{now[0]} {today}", now[1]) if now else None

    return fingerprint


def _gone_response() -> Response:
    return Response(render_template("review_gone.html"), 410)


def _record_or_404(number: int) -> ReviewRecord:
    return review_phrases.shown_record(get_record(context().db, number) or abort(404))


def _render_record(record: ReviewRecord) -> str:
    review, settings = record.review, context().settings
    words = build_issue.current_wording(settings)
    collection = words.collection_of(review)
    address = f"{settings.base_url}/reviews/{review.id}"
    return render_template(
        "review.html",
        title=review_title(review),
        number=review.id,
        meta=review_facts(review),
        entry=review_phrases.entry_without_links(review)._replace(corrected=()),
        corrected=review_phrases.corrected_parts(review),
        rank={"rank": 1},
        missing=review.status == "missing",
        collection=collection,
        keywords=review_phrases.keyword_links(review),
        reports=[*review_phrases.report_links(record), *lost_report.copy_links(record)],
        lost=lost_report.find_lost_report(record, address),
        facts=review_phrases.record_facts(record, words.collection_of),
        history=review_phrases.review_history(record),
        citations=review_phrases.citation_boxes(
            [make_reference(review, collection, address, local_date(_accessed(record), settings.zone))]
        ),
        address=address,
        day=review_phrases.site_day(record.changed_at),
        **caution_values(),
    )


def _accessed(record: ReviewRecord) -> datetime:
    """Now; for a file of a copy, when the record came to be as it is: the file is as good, and lies there for years."""
    return record.changed_at if current_app.config["EXPORTED"] else context().effects.now()


def caution_values(several: bool = False) -> dict[str, Any]:
    """What a page of one review, or of `several`, says before the first, and where support is."""
    words = build_issue.current_wording(context().settings)
    children, general = CHILD_CAUTION, GENERAL_CAUTION
    if several:
        children, general = issue_view.CHILDREN_CAUTION, issue_view.GENERAL_CAUTION
    return {
        "view": support_view(replace(words, base_url=site_path(""))),
        "caution": children if len(words.all_collections()) == 1 else general,
    }


def source_values(address: str) -> dict[str, str]:
    """What a printed page says of where its words are from: the collections, and its own address, whole."""
    settings = context().settings
    collections = join_list(build_issue.current_wording(settings).all_collections())
    return {"source": collections, "address": settings.base_url + address.removeprefix(site_path(""))}


@lru_cache
def support_view(words: Wording) -> IssueView:
    """The frame of an issue, for its support lines."""
    empty = compose((), "2016-09", words, until=datetime.max.replace(tzinfo=UTC))
    return issue_view.build_frame(empty, words, "web", [])


@blueprint.get(f"/reviews/{NUMBER_RULE}.json")
def review_json(number: int) -> Response:
    """The same as data."""
    record = _record_or_404(number)
    if record.review.status == "withdrawn":
        return Response(format_json(json_views.review_json(record.review)), 410, content_type=JSON_TYPE)
    return cached_response(
        record_fingerprint(number), lambda: format_json(json_views.review_json(record.review)), JSON_TYPE
    )


@blueprint.get(f"/reviews/{NUMBER_RULE}/report")
def mistaken(number: int) -> ResponseReturnValue:
    """A form: what is wrong with this review's entry?"""
    return _render_form(_reportable_review(number), "", "", [])


@blueprint.post(f"/reviews/{NUMBER_RULE}/report")
def tell(number: int) -> ResponseReturnValue:
    """A reader tells the operator what is wrong."""
    review, web = _reportable_review(number), context()
    words, reply_to = printable_lines(request.form.get("words", "")), request.form.get("email", "").strip()
    mistakes = [FormMistake("Say what is wrong", "words")] if not words.strip() else []
    if len(words) > MAX_REPORT_LENGTH:
        mistakes = [FormMistake(f"Say it in {MAX_REPORT_LENGTH:,} characters or fewer", "words")]
    mistakes += check_address(reply_to) if reply_to else []
    if mistakes:
        return _render_form(review, words, reply_to, mistakes), 400
    report = ErrorReport(words.strip(), reply_to)
    take_error_report(web.effects, web.db, review, report, request.remote_addr or "")
    wake_mail_thread()
    return redirect(site_path(f"/reviews/{number}/reported"), 303)


@blueprint.get(f"/reviews/{NUMBER_RULE}/reported")
def told(number: int) -> str:
    """What happens next."""
    review = _reportable_review(number)
    return render_template("reported.html", number=number, title=review_title(review))


def _reportable_review(number: int) -> Review:
    """A review that is not withdrawn; else there is nothing to report."""
    return citable_record(number).review


def _render_form(review: Review, words: str, email: str, mistakes: list[FormMistake]) -> str:
    return render_template(
        "report.html",
        number=review.id,
        title=review_title(review),
        words=words,
        email=printable_text(email),
        mistakes=mistakes,
        errors=words_by_field(mistakes),
    )


def printable_lines(text: str) -> str:
    """What was typed into a field of several lines, without control characters."""
    return "\n".join(map(printable_text, text.replace("\t", " ").splitlines()))
