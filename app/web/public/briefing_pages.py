"""Briefing pages: a reading list as team briefing, Word file, citations or table."""

from flask import Blueprint, Flask, Response, render_template

from app.web.context import context
from app.web.page_cache import CSV_TYPE
from app.web.public import result_files, review_phrases
from app.web.public.list_content import compose_of_list, shown_reviews, whole_reviews
from app.web.public.review_record import caution_values
from core.clean_text import clean_text
from newsletter.briefing import word_document
from newsletter.briefing.citations import write_bibtex, write_ris
from newsletter.briefing.compose_briefing import source_numbers
from newsletter.briefing.word_document import DocumentFrame
from newsletter.issue import issue_view
from newsletter.issue.phrases import distinct_titles
from services.readers import gather_reviews

blueprint = Blueprint("briefings", __name__)
WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def register(app: Flask) -> None:
    """Add these pages."""
    app.register_blueprint(blueprint)


@blueprint.get("/lists/<token:token>/briefing")
def briefing(token: str) -> str:
    """The briefing as a page, to be read or printed."""
    one = gather_reviews.find_list(context().db, token)
    composed = compose_of_list(one)
    return render_template(
        "briefing.html",
        token=token,
        briefing=composed,
        sources=source_numbers,
        untold=word_document.untold_sentence(composed) if composed.untold else "",
        unquoted=word_document.unquoted_sentence(composed) if composed.unquoted else "",
        columns=word_document.ACTION_COLUMNS,
        empty_rows=word_document.ACTION_ROWS,
        frame=_frame(),
        **caution_values(several=True),
    )


@blueprint.get("/lists/<token:token>/briefing.docx")
def briefing_docx(token: str) -> Response:
    """The briefing as a Word file, to be edited."""
    one = gather_reviews.find_list(context().db, token)
    body = word_document.write_briefing(compose_of_list(one), _frame())
    return result_files.attach(Response(body, content_type=WORD_TYPE), "team-briefing.docx")


@blueprint.get("/lists/<token:token>/reviews.docx")
def reviews_docx(token: str) -> Response:
    """Every review of the list in full, as a Word file."""
    one = gather_reviews.find_list(context().db, token)
    base, reviews = context().settings.base_url, shown_reviews(one.review_ids)
    named = zip(reviews, distinct_titles(reviews), strict=True)
    own = context().settings.newsletter.title
    views = [
        (issue_view.build_review_view(review, name, title=own)._replace(title=name), f"{base}/reviews/{review.id}")
        for review, name in named
    ]
    body = word_document.write_reading_list(one.title, views, _frame())
    return result_files.attach(Response(body, content_type=WORD_TYPE), "reading-list.docx")


@blueprint.get("/lists/<token:token>/citations")
def citations(token: str) -> str:
    """The citations of the list in each style, in boxes to copy from."""
    one = gather_reviews.find_list(context().db, token)
    references = result_files.list_references(whole_reviews(one.review_ids))
    return render_template(
        "citations.html", token=token, title=one.title, boxes=review_phrases.citation_boxes(references)
    )


@blueprint.get("/lists/<token:token>/citations.ris")
def citations_ris(token: str) -> Response:
    """The citations as a file for reference managers."""
    references = result_files.list_references(whole_reviews(gather_reviews.find_list(context().db, token).review_ids))
    answer = Response(write_ris(references), content_type=result_files.RIS_TYPE)
    return result_files.attach(answer, "reading-list.ris")


@blueprint.get("/lists/<token:token>/citations.bib")
def citations_bibtex(token: str) -> Response:
    """The same as BibTeX."""
    references = result_files.list_references(whole_reviews(gather_reviews.find_list(context().db, token).review_ids))
    answer = Response(write_bibtex(references), content_type=result_files.BIBTEX_TYPE)
    return result_files.attach(answer, "reading-list.bib")


@blueprint.get("/lists/<token:token>/reviews.csv")
def reviews_csv(token: str) -> Response:
    """The list as a table."""
    body = result_files.write_csv(whole_reviews(gather_reviews.find_list(context().db, token).review_ids))
    return result_files.attach(Response(body, content_type=CSV_TYPE), "reading-list.csv")


def _frame() -> DocumentFrame:
    web = context()
    now, said = web.effects.now(), caution_values(several=True)
    near = "; ".join(f"{name} {contact}" for name, contact in said["view"].near)
    support = f" Support is there for you: {near}." if near else ""
    permission = clean_text(web.settings.newsletter.permission)
    return DocumentFrame(
        clean_text(web.settings.newsletter.title),
        now,
        review_phrases.site_day(now),
        f"Content note: {said['caution']}{support}",
        tuple(
            filter(
                None,
                [
                    "What happened and what was learned is in the collection’s own words, with the number of its "
                    "source; the report is the authority. The questions are not from the reviews.",
                    permission,
                ],
            )
        ),
    )
