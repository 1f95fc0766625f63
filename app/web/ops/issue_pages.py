"""Issue pages of the operator: the list of issues, one issue with all that can be done to it."""

from dataclasses import dataclass
from typing import Any, Literal

from flask import abort, request, url_for

from app.web.context import context
from app.web.ops import issue_steps, ops_phrases
from app.web.ops.desk import blueprint, render_page, utc_now
from app.web.ops.overview_page import issue_title, sending_words, upcoming_issues
from core.actions import issue_action
from core.dates import PERIOD, period_name
from core.errors import IssueFrozen, NotFound
from core.issue_lifecycle import IssueState
from core.plurals import plural
from core.sizes import byte_size
from core.states import OPEN_STATUSES, IssueStatus
from db.mail import corrections, issue_marks, issues
from db.mail.issues import StoredIssue
from newsletter.issue.compose import mail_subject
from newsletter.issue.markdown import to_html
from newsletter.issue.phrases import review_title
from newsletter.issue.render import WARN_HTML_BYTES
from services.issues import build_issue, issue_coverage, issue_schedule

ISSUES_PER_PAGE = 24  # on a page


@dataclass(frozen=True, slots=True)
class IssueOverview:
    """An issue as it stands, identified by its period."""

    period: str
    fresh: StoredIssue  # as it is now: of a frozen issue, as it was frozen
    stored: StoredIssue | None  # as it was last built; None: never
    standing: IssueState

    @property
    def status(self) -> Literal[IssueStatus, ""]:
        """Of what is stored; empty: never built."""
        return self.stored.issue.status if self.stored else ""

    @property
    def open(self) -> bool:
        """Whether it may still change."""
        return self.status == "" or self.status in OPEN_STATUSES

    @property
    def changed(self) -> bool:
        """Whether it would be another now than it was built."""
        return self.stored is not None and self.stored.issue.hash != self.fresh.issue.hash


def load_issue(period: str) -> IssueOverview:
    """An issue as it stands; 404 where that is no month, or none yet. Raises HouseError when it cannot be made."""
    settings, db = context().settings, context().db
    if not PERIOD.fullmatch(period) or not issue_coverage.has_begun(settings, db, period, utc_now()):
        abort(404)
    try:
        stored = build_issue.load_issue(db, period)
    except NotFound:
        stored = None
    standing = issues.list_states(db, since=period).get(period) or IssueState(period, "")
    return IssueOverview(period, build_issue.compose_draft(settings, db, period), stored, standing)


def load_open_issue(period: str) -> IssueOverview:
    """An issue that may still change. Raises IssueFrozen."""
    overview = load_issue(period)
    if not overview.open:
        action = issue_action(period, "See the issue")
        raise IssueFrozen("the issue no longer changes", f"{period} is {overview.status}", action=action)
    return overview


@blueprint.get("/issues")
def issue_list() -> str:
    """The issues that are on their way, and all that were built, so many at a time."""
    settings, db, before = context().settings, context().db, request.args.get("before", "")
    built = [one for one in reversed(issues.list_states(db).values()) if not before or one.period < before]
    past = [(one, issue_title(one.period), ops_phrases.STATUS_LABELS[one.status]) for one in built[:ISSUES_PER_PAGE]]
    older = built[ISSUES_PER_PAGE - 1].period if len(built) > ISSUES_PER_PAGE else ""
    return render_page(
        "issues.html", "Issues", next=upcoming_issues(settings, db, utc_now()), past=past, older=older, first=not before
    )


@blueprint.get("/issues/<period>")
def issue(period: str) -> str:
    """One issue, with all that can be done."""
    overview = load_issue(period)
    return render_page("issue.html", issue_title(period), **issue_page_values(overview))


def issue_page_values(overview: IssueOverview) -> dict[str, Any]:
    """What the page of an issue shows."""
    settings, db, current = context().settings, context().db, overview.fresh
    standing = next(
        (one for one in issue_schedule.issue_standings(settings, db, utc_now()) if one.period == overview.period), None
    )
    ended = issue_coverage.has_ended(settings, db, overview.period, utc_now())
    awaited = issue_coverage.awaited_sources(settings, db, overview.period, current.edits, by_hand=not ended)
    bad = issue_coverage.quarantined_sources(settings, db)
    waiting = [(name, url_for("ops.source", name=name), name in bad) for name in awaited] if overview.open else []
    content, bytes_ = current.issue, len(current.html.encode())
    cut = [f"{plural(content.shortened, 'entry is', 'entries are')} shortened"] if content.shortened else []
    cut += [f"{plural(content.left_out, 'review is', 'reviews are')} named on the web only"] if content.left_out else []
    first = [("First", f"{review_title(content.reviews[0])}: {content.first_reason}")] if content.first_reason else []
    size = f"{byte_size(bytes_)} of HTML" + (", and Gmail clips mail at 102 KB" if bytes_ > WARN_HTML_BYTES else "")
    return {
        "look": overview,
        "issue": content,
        "note": to_html(content.note, settings.base_url),
        "status": ops_phrases.STATUS_LABELS[overview.status],
        "goes": sending_words(settings, overview.standing, standing, utc_now()),
        "unended": "" if ended or not overview.open else period_name(overview.period),
        "awaited": waiting,
        "rows": [
            ("Subject", mail_subject(content)),
            ("Reviews", str(len(content.reviews) or "none")),
            *first,
            ("Updated or withdrawn", str(len(content.updated) + len(content.withdrawn) or "none")),
            ("Size", ", ".join([size, *cut])),
            ("Hash of the content", content.hash[:16]),
        ],
        "road": issue_steps.list_steps(overview),
        "blocked": any(quarantined for _, _, quarantined in waiting),
        "corrections": corrections.listing(db, overview.period),
        "restored": issue_marks.get(db, overview.period, "restored") is not None,
    }
