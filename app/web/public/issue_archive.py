"""Issue archive pages: the list by year, each issue as page, text, JSON or mail HTML."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby, repeat
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, render_template
from jinja2 import ChoiceLoader, PrefixLoader

from app.web.context import context, site_path
from app.web.page_cache import JSON_TYPE, TEXT_TYPE, PageFingerprint, add_noindex, cached_response, format_json
from app.web.public import review_phrases
from app.web.public.collection_search import catalogue
from app.web.public.search_page import gathered_words
from app.web.site import templates
from core.clean_text import TOKEN_PLACEHOLDER, clean_text
from core.correction_json_types import PublishedIssueJson
from core.dates import iso_utc_or_none, period_name
from core.detail import limit_issue
from core.editor_records import Correction
from core.plurals import noun, plural
from core.records import Review
from db.mail import corrections
from db.mail.issues import StoredIssue
from db.read import archive
from db.read.archive import ArchivedIssue
from db.read.named_reviews import list_named
from db.read.search import SearchQuery
from newsletter.issue import issue_view
from newsletter.issue.correction_view import CorrectionView, build_correction_view
from newsletter.issue.issue_view import IssueView
from newsletter.issue.markdown import to_html
from newsletter.issue.phrases import format_count, join_list, review_title
from newsletter.issue.render import correction_text, render
from services.issues import build_issue
from services.issues.correction_json import correction_json
from services.issues.issue_json import issue_json
from services.issues.support_lines import support_checked

MAX_GLANCES = 3  # reviews of an issue that the list of issues says a line about
blueprint = Blueprint("issues", __name__)
blueprint.after_request(add_noindex)
AS_SENT_POLICY = (  # the mail's own styles stand in its HTML, so this one page may have them, and nothing else
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
_PERSONAL_LINK = re.compile(rf'<a\b[^>]*href="[^"]*{TOKEN_PLACEHOLDER}[^"]*"[^>]*>(.*?)</a>', re.DOTALL)


def register(app: Flask) -> None:
    """Add these pages, and let templates share the mail's."""
    settings = app.extensions["casereviews"].settings
    app.jinja_loader = ChoiceLoader(
        [*filter(None, [app.jinja_loader]), PrefixLoader({"email": templates.loader(settings, "email")})]
    )
    app.register_blueprint(blueprint)


@blueprint.get("/export")
def index() -> Response:
    """The first page of a copy of the archive; of the living site there is none."""
    if not current_app.config["EXPORTED"]:
        abort(404)
    web, total = context(), catalogue().find(context().db, SearchQuery()).count
    words = {
        "made": review_phrases.site_day(web.effects.now()),
        "contents": f"{plural(len(archive.listing(web.db)), 'issue')} and {plural(total, 'review', thousands=',')}",
    }
    return Response(render_template("export.html", base=web.settings.base_url, **words))


@blueprint.get("/export/search")
def search_of_copy() -> Response:
    """The search page of a copy; its index is made with it."""
    if not current_app.config["EXPORTED"]:
        abort(404)
    years = [(one.value, one.count) for one in catalogue().values(context().db, "year")]
    ordered = sorted(years, reverse=True)
    return Response(render_template("export_search.html", base=context().settings.base_url, years=ordered))


@blueprint.get("/issues")
def issues() -> Response:
    """All issues that were sent, by year."""
    return cached_response(_archive_fingerprint(), _render_archive)


def _archive_fingerprint() -> PageFingerprint:
    web = context()
    return lambda: archive.list_validators(web.db)


def _render_archive() -> str:
    lines = archive.listing(context().db)
    named = list_named(context().db, "", MAX_GLANCES)
    years = [
        (year, [_archive_entry(one, named.get(one.period, ())) for one in entries])
        for year, entries in groupby(lines, lambda line: line.period[:4])
    ]
    return render_template("issues.html", years=years)


def _archive_entry(line: archive.ArchiveEntry, named: Sequence[Review]) -> dict[str, Any]:
    count = f"{format_count(line.count)} {noun(line.count, 'case review')}"
    return {
        "href": site_path(f"/issues/{line.period}"),
        "title": clean_text(line.title),
        "words": f"{count[:1].upper()}{count[1:]}, sent on {review_phrases.site_day(line.at)}{_corrected_words(line)}",
        "glances": [review_phrases.glance_now(review) or review_title(review) for review in named],
        "more": line.count - len(named) if named else 0,
    }


def _corrected_words(line: archive.ArchiveEntry) -> str:
    return f"; corrected on {review_phrases.site_day(line.corrected_at)}" if line.corrected_at else ""


@blueprint.get("/issues.json")
def issues_json() -> Response:
    """The same as data."""
    return cached_response(
        _archive_fingerprint(),
        lambda: format_json([_archive_json(one) for one in archive.listing(context().db)]),
        JSON_TYPE,
    )


def _archive_json(line: archive.ArchiveEntry) -> dict[str, Any]:
    return {
        "period": line.period,
        "title": line.title,
        "intro": line.intro,
        "reviews": line.count,
        "sent": iso_utc_or_none(line.at),
        "corrected": iso_utc_or_none(line.corrected_at),
        "url": f"{context().settings.base_url}/issues/{line.period}",
    }


@blueprint.get("/issues/<string(length=7):period>")
def issue(period: str) -> Response:
    """One issue, frozen as it was sent; corrections are added, and what was taken down since has left a tombstone."""
    archived = _issue_or_404(period)
    return cached_response(_issue_fingerprint(period), lambda: _render_issue(archived))


def _issue_or_404(period: str) -> ArchivedIssue:
    return archive.get(context().db, period) or abort(404)


def _issue_fingerprint(period: str) -> PageFingerprint:
    web = context()

    def fingerprint() -> tuple[str, datetime] | None:
        archived = archive.get(web.db, period)
        checked = support_checked(web.settings, web.db)
        return (f"{archived.print} {checked}", archived.changed_at) if archived else None

    return fingerprint


def _stored_issue(period: str) -> StoredIssue:
    stored, settings = build_issue.load_issue(context().db, period), context().settings
    issue = limit_issue(settings, stored.issue)
    if issue == stored.issue:
        return stored
    rendered = render(issue, build_issue.issue_wording(settings, stored))  # less may be passed on than when it was sent
    return replace(stored, issue=issue, html=rendered.html, text=rendered.text)


def _render_issue(archived: ArchivedIssue) -> str:
    stored = _stored_issue(archived.period)
    view = web_issue_view(stored)
    entries = [entry for collection in view.collections for entry in collection.entries]
    return render_template(
        "issue.html",
        web=True,
        view=view,
        period=archived.period,
        gathered=gathered_words(len(numbered)) if (numbered := [e for e in entries if e.number]) else None,
        sent=review_phrases.site_day(archived.at),
        corrections=correction_views(corrections.listing(context().db, archived.period)),
        previous=_neighbour_link(archived.previous),
        following=_neighbour_link(archived.following),
        source=join_list(build_issue.web_wording(context().settings, stored, context().db).all_collections()),
        address=f"{context().settings.base_url}/issues/{archived.period}",
    )


def web_issue_view(stored: StoredIssue) -> IssueView:
    """What the page says: the web edition's words, with addresses of this site without its name."""
    wording, issue = build_issue.web_wording(context().settings, stored, context().db), stored.issue
    words = replace(wording, base_url=site_path(""))
    names = issue_view.review_labels(issue)
    entries = list(map(issue_view.build_review_view, issue.reviews, names, repeat(words.base_url), repeat(words.title)))
    frame = issue_view.build_frame(issue, words, "web", names)
    frame = replace(frame, corrections=tuple(view for _, view in correction_views(issue.corrections)))
    frame = replace(frame, note=to_html(issue.note, context().settings.base_url))
    return issue_view.add_reviews(frame, entries, issue, words)


def _neighbour_link(period: str) -> tuple[str, str] | None:
    return (site_path(f"/issues/{period}"), period_name(period)) if period else None


def correction_views(found: Sequence[Correction]) -> list[tuple[Correction, CorrectionView]]:
    """Corrections as a page shows them, with what they are."""
    settings = context().settings
    return [(one, build_correction_view(one, settings.base_url, settings.zone, site_path(""))) for one in found]


@blueprint.get("/issues/<string(length=7):period>.txt")
def text(period: str) -> Response:
    """The same as plain text."""
    archived = _issue_or_404(period)
    return cached_response(_issue_fingerprint(period), lambda: _render_text(archived), TEXT_TYPE)


def _render_text(archived: ArchivedIssue) -> str:
    body = build_issue.render_web_copy(context().settings, _stored_issue(archived.period), context().db).text
    settings, found = context().settings, corrections.listing(context().db, archived.period)
    notes = [correction_text(build_correction_view(one, settings.base_url, settings.zone)) for one in found]
    return body + ("\n\nCorrections\n\n" + "\n\n".join(notes) + "\n" if notes else "")


@blueprint.get("/issues/<string(length=7):period>.json")
def data(period: str) -> Response:
    """The same as data. Who it was sent to is not the public's business: those counts are unknown here."""
    archived = _issue_or_404(period)
    return cached_response(_issue_fingerprint(period), lambda: format_json(_issue_json(archived)), JSON_TYPE)


def _issue_json(archived: ArchivedIssue) -> PublishedIssueJson:
    content = issue_json(_stored_issue(archived.period).summary)
    notes = corrections.listing(context().db, archived.period)
    return {
        **content,
        "queued": None,
        "sent": None,
        "refused": None,
        "failed": None,
        "unknown": None,
        "corrections": [correction_json(note) for note in notes],
    }


@blueprint.get("/issues/<string(length=7):period>/as-sent")
def as_sent(period: str) -> Response:
    """The mail's own HTML in a cage: no script, nothing from elsewhere, and no reader's links."""
    _issue_or_404(period)
    response = cached_response(_issue_fingerprint(period), lambda: strip_personal_links(_stored_issue(period).html))
    response.headers["Content-Security-Policy"] = AS_SENT_POLICY
    return response


def strip_personal_links(html: str) -> str:
    """The mail's HTML without the links that are a reader's own: their words stay."""
    return _PERSONAL_LINK.sub(r"\1", html)
