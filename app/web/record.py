"""One review: its record, the same as data, what stays of it when it is withdrawn, and a form to report an error."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache

from flask import Blueprint, Flask, Response, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app import asjson, issuing
from app.reporting import LONGEST, Mistaken, report
from app.web import phrases
from app.web.forms import Mistake, address_mistakes, by_field, visible
from app.web.house import house
from app.web.stored import JSON, Stamp, answer, as_json, no_index
from core.dates import local_date
from core.records import Review
from db.record import Record, record, stamped
from newsletter import letter as letters
from newsletter.compose import Wording, compose
from newsletter.letter import Letter
from newsletter.words import meta, title_of

pages = Blueprint("record", __name__)
pages.after_request(no_index)
CAUTION = "This record may describe the abuse, neglect or death of a child."
CAUTION_OF_OTHERS = "This record may describe abuse, neglect or death."  # not every collection is of children
NUMBER = "<int(max=999999999999):number>"


def join(app: Flask) -> None:
    """Add these pages."""
    app.register_blueprint(pages)


@pages.get(f"/reviews/{NUMBER}")
def review(number: int) -> Response:
    """A review's record; of one that is withdrawn, that it is."""
    found = _record(number)
    if found.review.status == "withdrawn":
        return _gone()
    return answer(_stamp(number), lambda: _review(found))


def _stamp(number: int) -> Stamp:
    own = house()

    def stamp() -> tuple[str, datetime] | None:
        today = local_date(own.world.now(), own.settings.zone)  # it stands in the citation
        now = stamped(own.db, number)
        return (f"{now[0]} {today}", now[1]) if now else None

    return stamp


def _gone() -> Response:
    return Response(render_template("review_gone.html"), 410)


def _record(number: int) -> Record:
    return record(house().db, number) or abort(404)


def _review(found: Record) -> str:
    review, settings = found.review, house().settings
    words = issuing.wording(settings)
    collection = words.collection_of(review)
    address = f"{settings.base_url}/reviews/{review.id}"
    return render_template(
        "review.html",
        title=title_of(review),
        number=review.id,
        meta=meta(review),
        entry=phrases.entry(review),
        rank={"rank": 1},
        missing=review.status == "missing",
        collection=collection,
        keywords=phrases.keywords(review),
        reports=phrases.reports(found),
        facts=phrases.facts(found, words.collection_of),
        history=phrases.history(found),
        citation=phrases.citation(review, house().world.now(), collection, address),
        letter=support(replace(words, base_url="")),
        caution=CAUTION if len(words.all_collections()) == 1 else CAUTION_OF_OTHERS,
        address=address,
        day=phrases.day(found.changed_at),
    )


@lru_cache
def support(words: Wording) -> Letter:
    """The frame of a letter, for its support lines."""
    empty = compose((), "2016-09", words, until=datetime.max.replace(tzinfo=UTC))
    return letters.frame(empty, words, "web", [])


@pages.get(f"/reviews/{NUMBER}.json")
def review_json(number: int) -> Response:
    """The same as data."""
    found = _record(number)
    if found.review.status == "withdrawn":
        return Response(as_json(asjson.review(found.review)), 410, content_type=JSON)
    return answer(_stamp(number), lambda: as_json(asjson.review(found.review)), JSON)


@pages.get(f"/reviews/{NUMBER}/report")
def mistaken(number: int) -> ResponseReturnValue:
    """A form: what is wrong with this review's entry?"""
    return _form(_shown(number), "", "", [])


@pages.post(f"/reviews/{NUMBER}/report")
def tell(number: int) -> ResponseReturnValue:
    """A reader tells the operator what is wrong."""
    review, own = _shown(number), house()
    said, reply_to = visible_lines(request.form.get("words", "")), request.form.get("email", "").strip()
    mistakes = [Mistake("words", "Say what is wrong")] if not said.strip() else []
    if len(said) > LONGEST:
        mistakes = [Mistake("words", f"Say it in {LONGEST:,} characters or fewer")]
    mistakes += address_mistakes(reply_to) if reply_to else []
    if mistakes:
        return _form(review, said, reply_to, mistakes), 400
    report(own.world, own.settings, own.db, review, Mistaken(said.strip(), reply_to), request.remote_addr or "")
    return redirect(f"/reviews/{number}/reported", 303)


@pages.get(f"/reviews/{NUMBER}/reported")
def told(number: int) -> str:
    """What happens next."""
    review = _shown(number)
    return render_template("reported.html", number=number, title=title_of(review))


def _shown(number: int) -> Review:
    """A review that is not withdrawn; else there is nothing to report."""
    review = _record(number).review
    return abort(_gone()) if review.status == "withdrawn" else review


def _form(review: Review, words: str, email: str, mistakes: list[Mistake]) -> str:
    return render_template(
        "report.html",
        number=review.id,
        title=title_of(review),
        words=words,
        email=visible(email),
        mistakes=mistakes,
        errors=by_field(mistakes),
    )


def visible_lines(text: str) -> str:
    """What was typed into a field of several lines, without control characters."""
    return "\n".join(map(visible, text.replace("\t", " ").splitlines()))
