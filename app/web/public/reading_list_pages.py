"""Reading list pages: reviews chosen from results, a topic or an issue, kept at an address of their own."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from flask import Blueprint, Flask, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from app.web.context import context
from app.web.form_mistake import FormMistake, words_by_field
from app.web.public import review_phrases, search_address
from app.web.public.collection_search import find_review_ids, find_reviews
from app.web.public.compare_page import MAX_COMPARED, compare_address
from app.web.public.list_content import compose_of_list, shown_reviews
from app.web.public.subscription_forms import printable_text
from app.web.security import limiter
from core.clean_text import clean_text
from core.errors import NotFound
from core.glance import glance_line
from core.plurals import plural
from core.records import Review
from db.collection.reading_lists import ReadingList
from db.read import archive
from db.read.facet_index import NEWEST
from newsletter.issue.phrases import distinct_titles, review_facts
from services.issues import build_issue
from services.readers import gather_reviews
from services.readers.gather_reviews import (
    LIST_RETENTION,
    MAX_GATHERED,
    MAX_QUESTION_CHARS,
    MAX_TITLE_CHARS,
    ListChanges,
)

blueprint = Blueprint("lists", __name__)
MAKING_LIMIT = "120 per hour"  # lists, from one network
CURRENT_LIST = "reading_list"  # in the session: the token of the list that this browser last made or changed


def register(app: Flask) -> None:
    """Add these pages."""
    app.register_blueprint(blueprint)


class ListedReview(NamedTuple):
    """A review that may be chosen."""

    number: int
    title: str
    facts: str
    glance: str
    chosen: bool


class Offer(NamedTuple):
    """What a list may be made of."""

    title: str
    review_ids: tuple[int, ...]
    chosen: frozenset[int]
    total: int  # of all that there was to gather
    first: str = ""  # the years asked for
    last: str = ""
    into: str = ""  # the token of the list to add to; empty: a new one


@blueprint.get("/lists/new")
def new() -> str:
    """What was ticked, or all that was found; the years and a title can still be said. Opening it makes nothing."""
    return _render_offer(_read_offer(request.args))


def _read_offer(args: MultiDict[str, str]) -> Offer:
    ticked = read_numbers(args.getlist("review"))
    title, everything, total = _everything(args)
    if ticked and "all" not in args:
        return Offer(title, ticked, frozenset(ticked), len(ticked))
    return Offer(title, everything, frozenset(everything if "all" in args else ()), total)


def _everything(args: MultiDict[str, str]) -> tuple[str, tuple[int, ...], int]:
    """The name of the issue or the search that an address speaks of, its reviews, and how many there are."""
    db = context().db
    if period := args.get("issue", ""):
        if archive.get(db, period) is None:
            return "", (), 0
        issue = build_issue.load_issue(db, period).issue
        ids = tuple(review.id for review in issue.reviews if not review.taken_down)
        return clean_text(issue.title), ids[:MAX_GATHERED], len(ids)
    query = replace(search_address.parse_query(args), order=NEWEST, page=1)
    result = find_reviews(query)
    named = [clean_text(result.labels.get(pair, pair[1])) for pair in query.filters]
    title = ", ".join(filter(None, [query.words, *named]))
    return title[:1].upper() + title[1:], tuple(find_review_ids(query, MAX_GATHERED)), result.count


def read_numbers(values: Iterable[str]) -> tuple[int, ...]:
    """Numbers of reviews as a form sends them; whatever is none is left out."""
    numbers = (int(value) for value in values if value.isascii() and value.isdigit() and len(value) < 13)
    return tuple(dict.fromkeys(numbers))[:MAX_GATHERED]


def list_choices(reviews: Sequence[Review], chosen: Iterable[int]) -> list[ListedReview]:
    """The reviews as a form lists them."""
    ticked = frozenset(chosen)
    named = zip(reviews, distinct_titles(reviews), strict=True)
    return [
        ListedReview(review.id, title, review_facts(review), glance_line(review), review.id in ticked)
        for review, title in named
    ]


def _render_offer(offer: Offer, mistakes: Sequence[FormMistake] = ()) -> str:
    reviews = shown_reviews(offer.review_ids)
    return render_template(
        "list_new.html",
        offer=offer,
        offered=",".join(str(review.id) for review in reviews),
        reviews=list_choices(reviews, offer.chosen),
        count=plural(len(reviews), "review", none="No"),
        more=offer.total - len(offer.review_ids),
        current=_current_list(),
        most=MAX_GATHERED,
        longest=MAX_TITLE_CHARS,
        mistakes=mistakes,
        errors=words_by_field(mistakes),
    )


def _current_list() -> ReadingList | None:
    try:
        return gather_reviews.find_list(context().db, str(session.get(CURRENT_LIST, "")))
    except NotFound:
        return None


@blueprint.post("/lists")
@limiter.limit(MAKING_LIMIT)
def make() -> ResponseReturnValue:
    """Make a list of what is ticked, or add it to one that this browser had open."""
    form, web = request.form, context()
    offered, ticked = read_numbers(form.get("offered", "").split(",")), read_numbers(form.getlist("review"))
    title, into = read_title(form), form.get("into", "")
    first, last = form.get("first", "").strip()[:10], form.get("last", "").strip()[:10]
    within, mistakes = _choose_years(ticked, first, last)
    if into and not mistakes:
        mistakes = _check_room(into, within)
    if mistakes:
        offer = Offer(title, offered or ticked, frozenset(ticked), len(offered), printable_text(first), last, into)
        return _render_offer(offer._replace(last=printable_text(last)), mistakes), 400
    if into:
        one = gather_reviews.add_reviews(web.db, into, within, web.effects.now())
    else:
        one = gather_reviews.make_list(web.effects, web.db, ListChanges(title, within))
    session[CURRENT_LIST] = one.token
    return redirect(url_for("lists.show", token=one.token), 303)


def _choose_years(ticked: Sequence[int], first: str, last: str) -> tuple[tuple[int, ...], list[FormMistake]]:
    """The reviews that were published in these years, and what is wrong with the years or the choice."""
    if not ticked:
        return (), [FormMistake("Tick at least one review", "review-1")]
    for value, field in ((first, "first"), (last, "last")):
        if value and not (value.isascii() and value.isdigit() and len(value) == 4):
            return (), [FormMistake("Write a year in four digits, such as 2016, or leave it empty", field)]
    if not first and not last:
        return tuple(ticked), []
    begin, end = int(first or 0), int(last or 9999)
    span = range(min(begin, end), max(begin, end) + 1)  # whichever stands first
    within = tuple(review.id for review in shown_reviews(ticked) if review.year in span)
    return within, [] if within else [FormMistake("None of the ticked reviews was published in these years", "first")]


def _check_room(token: str, review_ids: Iterable[int]) -> list[FormMistake]:
    """What is wrong with adding these to a list. Raises NotFound."""
    room = MAX_GATHERED - len({*gather_reviews.find_list(context().db, token).review_ids, *review_ids})
    if room >= 0:
        return []
    return [
        FormMistake(f"A list holds {MAX_GATHERED} reviews: untick {-room} of these, or make a new list", "review-1")
    ]


def read_title(form: MultiDict[str, str]) -> str:
    """The title as typed, as one clean line."""
    return clean_text(printable_text(form.get("title", "")))[:MAX_TITLE_CHARS]


@blueprint.get("/lists/<token:token>")
def show(token: str) -> str:
    """The list, what can be taken away of it, and a form to change it."""
    return _render_list(gather_reviews.find_list(context().db, token))


def _render_list(one: ReadingList, typed: ListChanges | None = None, mistakes: Sequence[FormMistake] = ()) -> str:
    """The list; with mistakes: what was typed stands in the form, so that none of it is lost."""
    reviews = shown_reviews(one.review_ids)
    wanted = typed or ListChanges(one.title, one.review_ids, compose_of_list(one).questions)
    return render_template(
        "list.html",
        token=one.token,
        title=one.title,
        compare=compare_address([review.id for review in reviews]) if 1 < len(reviews) <= MAX_COMPARED else "",
        wanted=wanted,
        address=f"{context().settings.base_url}/lists/{one.token}",
        reviews=list_choices(reviews, wanted.review_ids),
        count=plural(len(reviews), "review", none="No"),
        gone=len(one.review_ids) - len(reviews),
        until=review_phrases.site_day(one.changed_at + LIST_RETENTION),
        longest=MAX_TITLE_CHARS,
        most_questions=gather_reviews.MAX_QUESTIONS,
        mistakes=mistakes,
        errors=words_by_field(mistakes),
    )


@blueprint.post("/lists/<token:token>")
def save(token: str) -> ResponseReturnValue:
    """Another title, other questions, fewer reviews."""
    web, one = context(), gather_reviews.find_list(context().db, token)
    lines = filter(None, (clean_text(line) for line in request.form.get("questions", "").splitlines()))
    questions = tuple(map(printable_text, lines))
    changes = ListChanges(read_title(request.form), read_numbers(request.form.getlist("review")), questions)
    if mistakes := _check_changes(changes):
        return _render_list(one, changes, mistakes), 400
    if questions == compose_of_list(replace(one, questions=())).questions:
        changes = replace(changes, questions=())  # as suggested: they go on following the list
    gather_reviews.change_list(web.db, token, changes, web.effects.now())
    session[CURRENT_LIST] = one.token
    return redirect(url_for("lists.show", token=token), 303)


def _check_changes(wanted: ListChanges) -> list[FormMistake]:
    mistakes = []
    if not wanted.review_ids:
        mistakes.append(FormMistake("Keep at least one review, or delete the list", "review-1"))
    if len(wanted.questions) > gather_reviews.MAX_QUESTIONS:
        words = f"Ask {gather_reviews.MAX_QUESTIONS} questions at most: there are {len(wanted.questions)}"
        mistakes.append(FormMistake(words, "questions"))
    elif any(len(question) > MAX_QUESTION_CHARS for question in wanted.questions):
        mistakes.append(FormMistake(f"Write each question in {MAX_QUESTION_CHARS} characters or fewer", "questions"))
    return mistakes


@blueprint.post("/lists/<token:token>/delete")
def delete(token: str) -> str:
    """Delete the list at once."""
    gather_reviews.find_list(context().db, token)
    gather_reviews.delete_list(context().db, token)
    session.pop(CURRENT_LIST, None)
    return render_template("list_deleted.html")
