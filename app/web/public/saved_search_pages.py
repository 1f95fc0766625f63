"""Saved search pages: "email me results like this" from any results page, and a reader's own saved searches."""

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.web.context import context
from app.web.form_mistake import FormMistake, words_by_field
from app.web.page_cache import add_noindex
from app.web.public import search_address
from app.web.public.preference_pages import redirect_to_form
from app.web.public.saved_search_form import (
    CADENCE_LABELS,
    cadence_answers,
    change_query,
    describe_search,
    is_address,
    name_left_out,
    parse_day,
    parse_typed,
    parse_wish,
    paused_words,
    query_of,
    site_today,
)
from app.web.public.subscribe_pages import subscriber_by_token, token_not_found, wake_mail_thread
from app.web.public.subscription_forms import check_address, consent_text, printable_text
from core.errors import HouseError, NotFound, StoreError
from core.redact import mask_address
from core.retention_times import UNCONFIRMED_RETENTION
from core.search_words import MAX_QUERY_LENGTH
from core.subscriber_rules import Preferences
from db.mail.saved_searches import SavedSearch
from db.read.search import SearchQuery
from services.readers import saved_search_wishes
from services.readers.saved_search_wishes import SearchWish, TooManySearches
from services.readers.signup import sign_up

blueprint = Blueprint("saved_searches", __name__)
blueprint.after_request(add_noindex)
FEEDS = (("Atom feed", "/feeds/reviews.atom"), ("JSON feed", "/feeds/reviews.json"))


def register(app: Flask) -> None:
    """Add these pages."""
    app.register_blueprint(blueprint)


@blueprint.get("/saved-searches")
def form() -> str:
    """The search in the address, in words; how often; the reader's address. Or its feed."""
    return _render_form()


@blueprint.post("/saved-searches")
def ask() -> ResponseReturnValue:
    """Somebody wants emails of a search. The same answer whether or not their address is known."""
    email, cadence = request.form.get("email", ""), request.form.get("cadence", "")
    wish, mistakes = parse_wish(search_address.parse_query(request.args), cadence, "search")
    if (mistakes := [*check_address(email), *mistakes]) or wish is None:
        return _render_form(email, cadence, mistakes), 400
    web, words = context(), consent_text(request.form.get("consent", ""))
    network = request.remote_addr or ""
    sign_up(web.effects, web.settings, web.db, email, Preferences(), words.version, network, wish.to_text())
    wake_mail_thread()
    return redirect(url_for("saved_searches.check"), 303)


@blueprint.get("/saved-searches/check-your-email")
def check() -> str:
    """What happens next. Says nothing of whoever asked."""
    most = context().settings.signup.per_address_per_day
    return render_template("check_search.html", days=UNCONFIRMED_RETENTION.days, most=most)


@blueprint.get("/preferences/<token:token>/searches/confirm/<token:proof>")
def confirming(token: str, proof: str) -> ResponseReturnValue:
    """The search of an email's link, with one button; opening the page changes nothing."""
    subscriber_by_token(token)
    found = saved_search_wishes.find_wish(context().db, token, proof, context().effects.now())
    if found is None:
        return _render_late(token)
    one, wish = found
    return render_template(
        "search_confirm.html",
        token=token,
        proof=proof,
        pending=one.status == "pending",
        masked=mask_address(one.email),
        lines=describe_search(query_of(wish)),
        cadence=CADENCE_LABELS[wish.cadence],
    )


@blueprint.post("/preferences/<token:token>/searches/confirm/<token:proof>")
def confirm(token: str, proof: str) -> ResponseReturnValue:
    """The reader says yes."""
    subscriber_by_token(token)
    try:
        one = saved_search_wishes.confirm_wish(context().db, token, proof, context().effects.now())
    except TooManySearches as e:
        return redirect_to_form(token, e.sentence)
    if one is None:
        return _render_late(token)
    said = {
        "active": "Your search is saved. You are subscribed.",
        "paused": "Your search is saved. Your subscription is paused: nothing comes until you resume it.",
    }
    return redirect_to_form(token, said.get(one.status, "Nothing was saved: your subscription has ended."))


@blueprint.get("/preferences/<token:token>/searches/new")
def adding(token: str) -> str:
    """A field for words or for the address of a page of results."""
    subscriber_by_token(token)
    return _render_own(token)


@blueprint.post("/preferences/<token:token>/searches/new")
def add(token: str) -> ResponseReturnValue:
    """The reader saves another search."""
    subscriber_by_token(token)
    typed, cadence = request.form.get("search", ""), request.form.get("cadence", "")
    query, left_out = parse_typed(typed)
    wish, mistakes = parse_wish(query, cadence, "search")
    if wish is None:
        return _render_own(token, typed=typed, cadence=cadence, mistakes=mistakes), 400
    return _save(token, wish, None, left_out)


@blueprint.get("/preferences/<token:token>/searches/<int:number>")
def own(token: str, number: int) -> str:
    """One saved search: to change, pause, delete."""
    subscriber_by_token(token)
    return _render_own(token, saved_search_wishes.find_search(context().db, token, number))


@blueprint.post("/preferences/<token:token>/searches/<int:number>")
def change(token: str, number: int) -> ResponseReturnValue:
    """Other words, fewer filters, another search altogether, or how often."""
    subscriber_by_token(token)
    search = saved_search_wishes.find_search(context().db, token, number)
    typed, cadence = request.form.get("search", ""), request.form.get("cadence", "")
    query, left_out = parse_typed(typed)
    if not is_address(typed):
        query = change_query(query_of(search), query, request.form.getlist("keep"))
    wish, mistakes = parse_wish(query, cadence, "search")
    if wish is None:
        return _render_own(token, search, typed, cadence, mistakes), 400
    return _save(token, wish, search, left_out)


@blueprint.post("/preferences/<token:token>/searches/<int:number>/pause")
def pause(token: str, number: int) -> ResponseReturnValue:
    """Nothing of this search until a day; without one, from now on again."""
    subscriber_by_token(token)
    search, typed = saved_search_wishes.find_search(context().db, token, number), request.form.get("until", "")
    day = parse_day(typed, site_today())
    if day is None and "resume" not in request.form:
        mistake = FormMistake("Enter a day within a year from now, like 2027-01-31", "until")
        return _render_own(token, search, mistakes=[mistake], until=typed), 400
    saved_search_wishes.pause_search(context().db, token, number, None if "resume" in request.form else day)
    return redirect_to_form(token, "The search goes on." if "resume" in request.form else "The search is paused.")


@blueprint.post("/preferences/<token:token>/searches/<int:number>/delete")
def delete(token: str, number: int) -> ResponseReturnValue:
    """The reader wants no more of it."""
    subscriber_by_token(token)
    saved_search_wishes.delete_search(context().db, token, number)
    return redirect_to_form(token, "The search is deleted.")


@blueprint.errorhandler(NotFound)
def _handle_not_found(error: NotFound) -> tuple[str, int]:
    return token_not_found()


def _save(token: str, wish: SearchWish, search: SavedSearch | None, left_out: list[str]) -> ResponseReturnValue:
    web = context()
    try:
        if search is None:
            saved_search_wishes.save_wish(web.db, token, wish, web.effects.now())
        else:
            saved_search_wishes.change_search(web.settings, web.db, token, search.id, wish)
    except (NotFound, StoreError):
        raise
    except HouseError as e:
        typed = request.form.get("search", "")
        return _render_own(token, search, typed, wish.cadence, [FormMistake(e.sentence, "search")]), 400
    dropped = f" An email cannot keep {'; '.join(left_out)}." if left_out else ""
    return redirect_to_form(token, f"Your search is saved.{dropped}")


def _render_form(email: str = "", cadence: str = "month", mistakes: list[FormMistake] | None = None) -> str:
    query, base = search_address.parse_query(request.args), context().settings.base_url
    whole = SearchQuery(query.words, query.filters)
    return render_template(
        "search_email.html",
        lines=describe_search(whole),
        left_out=name_left_out(request.args, query),
        results=search_address.page_address(whole),
        feeds=[(name, base + search_address.build_address(whole, path)) for name, path in FEEDS],
        email=printable_text(email),
        cadence=cadence,
        answers=cadence_answers(),
        consent=consent_text(),
        mistakes=mistakes or [],
        errors=words_by_field(mistakes or []),
    )


def _render_own(
    token: str,
    search: SavedSearch | None = None,
    typed: str | None = None,
    cadence: str = "",
    mistakes: list[FormMistake] | None = None,
    until: str = "",
) -> str:
    query = query_of(search) if search else SearchQuery()
    return render_template(
        "search_own.html",
        token=token,
        number=search.id if search else 0,
        lines=describe_search(query),
        filters=[("=".join(pair), label) for pair, label in _label_pairs(query)],
        results=search_address.page_address(query),
        typed=printable_text(query.words if typed is None else typed),
        longest=MAX_QUERY_LENGTH,
        cadence=cadence or (search.cadence if search else "month"),
        answers=cadence_answers(),
        paused=paused_words(search) if search else "",
        until=printable_text(until),
        first=site_today().isoformat(),
        mistakes=mistakes or [],
        errors=words_by_field(mistakes or []),
    )


def _label_pairs(query: SearchQuery) -> list[tuple[tuple[str, str], str]]:
    return [
        ((name, value), f"{search_address.FACET_HEADINGS[name]}: {line.values}")
        for name, value in query.filters
        for line in describe_search(SearchQuery(filters=((name, value),)))
    ]


def _render_late(token: str) -> tuple[str, int]:
    return render_template("search_late.html", token=token, days=UNCONFIRMED_RETENTION.days), 404
