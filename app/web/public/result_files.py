"""Files of any reviews: a CSV table for spreadsheets, RIS and BibTeX for reference managers."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from flask import Blueprint, Flask, Response, request

from app.web.context import context
from app.web.page_cache import CSV_TYPE, PageFingerprint, add_noindex, cached_response
from app.web.public import review_phrases, search_address
from app.web.public.collection_search import find_review_ids
from app.web.public.review_record import NUMBER_RULE, citable_record, record_fingerprint
from app.web.public.search_page import MAX_FILE_REVIEWS
from core.clean_text import clean_text
from core.csv_cells import format_csv
from core.dates import local_date
from core.harm_and_age import parse_harm_and_age
from core.records import Review
from core.topics import find_topic
from db.read.review_page import list_with_changes
from db.read.search import list_validators
from newsletter.briefing.citations import Reference, make_reference, write_bibtex, write_ris
from newsletter.issue.phrases import is_usable_link, review_title, safe_address
from services.issues import build_issue

blueprint = Blueprint("files", __name__)
blueprint.after_request(add_noindex)
RIS_TYPE, BIBTEX_TYPE = "application/x-research-info-systems; charset=utf-8", "application/x-bibtex; charset=utf-8"
CSV_COLUMNS = (
    *("number", "title", "published by", "name", "year", "month", "nation", "kind", "age", "harm", "topics"),
    *("collection", "catalogue number", "first seen by us", "record", "report", "report link"),
)


def register(app: Flask) -> None:
    """Add these files."""
    app.register_blueprint(blueprint)


@blueprint.get("/reviews.csv")
def search_csv() -> Response:
    """What a search finds, as a table."""
    return _search_file(write_csv, CSV_TYPE, "case-reviews.csv")


@blueprint.get("/reviews.ris")
def search_ris() -> Response:
    """The citations of what a search finds, as RIS."""
    return _search_file(lambda reviews: write_ris(list_references(reviews)), RIS_TYPE, "case-reviews.ris")


@blueprint.get("/reviews.bib")
def search_bibtex() -> Response:
    """The same as BibTeX."""
    return _search_file(lambda reviews: write_bibtex(list_references(reviews)), BIBTEX_TYPE, "case-reviews.bib")


@blueprint.get(f"/reviews/{NUMBER_RULE}.ris")
def record_ris(number: int) -> Response:
    """One review's citation as RIS."""
    record = citable_record(number)
    answer = cached_response(record_fingerprint(number), lambda: write_ris(list_references([record.review])), RIS_TYPE)
    return attach(answer, f"case-review-{number}.ris")


@blueprint.get(f"/reviews/{NUMBER_RULE}.bib")
def record_bibtex(number: int) -> Response:
    """The same as BibTeX."""
    record = citable_record(number)
    answer = cached_response(
        record_fingerprint(number), lambda: write_bibtex(list_references([record.review])), BIBTEX_TYPE
    )
    return attach(answer, f"case-review-{number}.bib")


def _search_file(write: Callable[[Sequence[Review]], str], kind: str, name: str) -> Response:
    query = replace(search_address.parse_query(request.args), page=1)

    def make() -> str:
        ids = find_review_ids(query, MAX_FILE_REVIEWS)
        return write([review for review, _ in list_with_changes(context().db, ids)])

    return attach(cached_response(_dated_fingerprint(), make, kind), name)


def _dated_fingerprint() -> PageFingerprint:
    """What a list of reviews depends on, and the day, which stands in citations."""
    web = context()

    def fingerprint() -> tuple[str, datetime | None]:
        tag, modified = list_validators(web.db)
        return f"{tag} {local_date(web.effects.now(), web.settings.zone)}", modified

    return fingerprint


def attach(answer: Response, name: str) -> Response:
    """Have a browser save the answer under a name."""
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def list_references(reviews: Sequence[Review]) -> list[Reference]:
    """The reviews as a reference list names them, looked up today."""
    web = context()
    words, today = build_issue.current_wording(web.settings), local_date(web.effects.now(), web.settings.zone)
    return [
        make_reference(review, words.collection_of(review), f"{words.base_url}/reviews/{review.id}", today)
        for review in map(review_phrases.shown_review, reviews)
    ]


def write_csv(reviews: Sequence[Review]) -> str:
    """The reviews as a table; what is not known is empty."""
    return format_csv([CSV_COLUMNS, *map(_csv_row, reviews)])


def _csv_row(review: Review) -> tuple[object, ...]:
    words, certain = build_issue.current_wording(context().settings), parse_harm_and_age(review.summary)
    topics = dict.fromkeys(topic.name for word in review.keywords if (topic := find_topic(word)))
    report = next((link for link in review.links if is_usable_link(link)), None)
    return (
        review.id,
        review_title(review),
        clean_text(review.publisher),
        clean_text(review.name),
        review.year or "",
        review.month or "",
        review.nation or "",
        clean_text(review.kind or ""),
        certain.band,
        "; ".join(certain.harms),
        "; ".join(map(clean_text, topics)) if review_phrases.shown_review(review).keywords else "",
        clean_text(words.collection_of(review)),
        clean_text(review.catalogue),
        local_date(review.first_seen, context().settings.zone).isoformat() if review.first_seen else "",
        f"{words.base_url}/reviews/{review.id}",
        safe_address(report) if report else "",
        report.state if report else next((link.state for link in review.links), ""),
    )
