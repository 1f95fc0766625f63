"""The archive of issues: the list by year, each issue, the same as text, as data and as it was sent."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, render_template
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader

from app import asjson, issuing
from app.web import phrases
from app.web.finding import catalogue
from app.web.house import house
from app.web.stored import JSON, TEXT, Stamp, answer, as_json, no_index
from core.dates import period_name
from core.plurals import noun
from core.records import Issue
from db import archive, corrections
from db.archive import Standing
from db.corrections import Correction
from db.issues import Kept
from db.search import Query
from newsletter import letter as letters
from newsletter.letter import Letter
from newsletter.words import READER, clean, listed, number, paragraphs

pages = Blueprint("issues", __name__)
pages.after_request(no_index)
CAGE = (  # the mail's own styles stand in its HTML, so this one page may have them, and nothing else
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
_READERS_LINK = re.compile(rf'<a\b[^>]*href="[^"]*{READER}[^"]*"[^>]*>(.*?)</a>', re.DOTALL)


def join(app: Flask) -> None:
    """Add these pages, and let templates share the mail's."""
    app.jinja_loader = ChoiceLoader(
        [*filter(None, [app.jinja_loader]), PrefixLoader({"email": PackageLoader("templates", "email")})]
    )
    app.register_blueprint(pages)


@pages.get("/export")
def index() -> Response:
    """The first page of a copy of the archive; of the living site there is none."""
    if not current_app.config["EXPORTED"]:
        abort(404)
    own, total = house(), catalogue().find(house().db, Query()).count
    words = {"made": phrases.day(own.world.now()), "issues": len(archive.lines(own.db)), "reviews": f"{total:,}"}
    return Response(render_template("export.html", base=own.settings.base_url, **words))


@pages.get("/issues")
def issues() -> Response:
    """All issues that left the house, by year."""
    return answer(_state(), _listing)


def _state() -> Stamp:
    own = house()
    return lambda: archive.state(own.db)


def _listing() -> str:
    lines = archive.lines(house().db)
    years = [(year, [_line(one) for one in own]) for year, own in groupby(lines, lambda line: line.period[:4])]
    return render_template("issues.html", years=years)


def _line(line: archive.Line) -> dict[str, str]:
    count = f"{number(line.count)} {noun(line.count, 'case review')}"
    return {
        "href": f"/issues/{line.period}",
        "title": clean(line.title),
        "words": f"{count[:1].upper()}{count[1:]}, sent on {phrases.day(line.at)}",
    }


@pages.get("/issues.json")
def issues_json() -> Response:
    """The same as data."""
    return answer(_state(), lambda: as_json([_line_json(one) for one in archive.lines(house().db)]), JSON)


def _line_json(line: archive.Line) -> dict[str, Any]:
    return {
        "period": line.period,
        "title": line.title,
        "intro": line.intro,
        "reviews": line.count,
        "sent": asjson.instant(line.at),
        "url": f"{house().settings.base_url}/issues/{line.period}",
    }


@pages.get("/issues/<string(length=7):period>")
def issue(period: str) -> Response:
    """One issue, frozen as it was sent; corrections are added, and what was taken down since has left a tombstone."""
    found = _found(period)
    return answer(_stamp(period), lambda: _page(found))


def _found(period: str) -> Standing:
    return archive.standing(house().db, period) or abort(404)


def _stamp(period: str) -> Stamp:
    own = house()

    def stamp() -> tuple[str, datetime] | None:
        found = archive.standing(own.db, period)
        return (found.print, found.changed_at) if found else None

    return stamp


def _kept(period: str) -> Kept:
    return issuing.stored(house().settings, house().db, period)


def _page(found: Standing) -> str:
    issue = _kept(found.period).issue
    letter = letter_of(issue)
    entries = [entry for collection in letter.collections for entry in collection.entries]
    return render_template(
        "issue.html",
        web=True,
        letter=letter,
        contents=[(f"review-{e.number}", e.title) for e in entries if e.number] if len(entries) > 2 else [],
        period=found.period,
        sent=phrases.day(found.at),
        corrections=_noted(corrections.of(house().db, found.period)),
        previous=_neighbour(found.previous),
        following=_neighbour(found.following),
        source=listed(issuing.wording(house().settings).all_collections()),
        address=f"{house().settings.base_url}/issues/{found.period}",
    )


def letter_of(issue: Issue) -> Letter:
    """What the page says: the web edition's words, with addresses of this site without its name."""
    words = replace(issuing.wording(house().settings), base_url="")
    names = letters.labels(issue)
    entries = list(map(letters.entry, issue.reviews, names))
    return letters.filled(letters.frame(issue, words, "web", names), entries, issue, words)


def _neighbour(period: str) -> tuple[str, str] | None:
    return (f"/issues/{period}", period_name(period)) if period else None


def _noted(notes: Sequence[Correction]) -> list[tuple[str, tuple[str, ...]]]:
    return [(phrases.day(note.at), paragraphs(note.words)) for note in notes]


@pages.get("/issues/<string(length=7):period>.txt")
def text(period: str) -> Response:
    """The same as plain text."""
    found = _found(period)
    return answer(_stamp(period), lambda: _text(found), TEXT)


def _text(found: Standing) -> str:
    body = issuing.web_copy(house().settings, _kept(found.period)).text
    notes = [f"{day}: {' '.join(words)}" for day, words in _noted(corrections.of(house().db, found.period))]
    return body + ("\n\nCorrections\n\n" + "\n\n".join(notes) + "\n" if notes else "")


@pages.get("/issues/<string(length=7):period>.json")
def data(period: str) -> Response:
    """The same as data. Who it was sent to is not the public's business: those counts are unknown here."""
    found = _found(period)
    return answer(_stamp(period), lambda: as_json(_data(found)), JSON)


def _data(found: Standing) -> dict[str, Any]:
    told = asjson.issue(_kept(found.period))
    notes = corrections.of(house().db, found.period)
    hidden = dict.fromkeys(("queued", "sent", "refused", "failed", "unknown"))
    return told | hidden | {"corrections": [{"at": asjson.instant(n.at), "words": n.words} for n in notes]}


@pages.get("/issues/<string(length=7):period>/as-sent")
def as_sent(period: str) -> Response:
    """The mail's own HTML in a cage: no script, nothing from elsewhere, and no reader's links."""
    _found(period)
    response = answer(_stamp(period), lambda: without_readers(_kept(period).html))
    response.headers["Content-Security-Policy"] = CAGE
    return response


def without_readers(html: str) -> str:
    """The mail's HTML without the links that are a reader's own: their words stay."""
    return _READERS_LINK.sub(r"\1", html)
