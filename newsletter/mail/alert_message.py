"""Alert message: an email that tells a reader which new reviews their saved searches found; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import urlencode

from core.clean_text import clean_text
from core.dates import period_of
from core.glance import glance_line
from core.plurals import plural
from core.records import Review
from newsletter.issue.compose import join_subjects, subject_of
from newsletter.issue.issue_view import CHILDREN_CAUTION, GENERAL_CAUTION, support_near
from newsletter.issue.phrases import Anchor, distinct_titles, review_facts, truncate_text
from newsletter.issue.render import content_note, format_link, render_mail, wrap_text
from newsletter.issue.wording import Wording
from newsletter.mail.confirm_message import sender_line
from newsletter.mail.issue_message import check_header_inputs, check_line_breaks, make_list_id
from newsletter.mail.message_policy import AUTOMATIC_HEADERS, MESSAGE_POLICY

MAX_NAME_CHARS = 100  # characters of a search's name that are shown
MAX_SEARCHES_SHOWN = 20  # searches of which one email tells
MAX_LINES = 60  # reviews that one email lists; of more there is a link to all


@dataclass(frozen=True, slots=True)
class FoundReviews:
    """What one saved search found, identified by the search's number."""

    search_id: int
    name: str  # "“river”, Neglect, 2015-2016"
    query: tuple[tuple[str, str], ...]  # of the address of its results
    reviews: tuple[Review, ...]


@dataclass(frozen=True, slots=True)
class AlertLine:
    """One review: its name, linked, and the one line of what it is about."""

    link: Anchor
    facts: str


@dataclass(frozen=True, slots=True)
class AlertGroup:
    """One search: what it found, where all its results are, and how to stop it."""

    heading: str
    lines: tuple[AlertLine, ...]
    all_results: Anchor
    stop: Anchor


@dataclass(frozen=True, slots=True)
class AlertView:
    """Everything either part says, in order: the template only loops and escapes."""

    title: str
    preheader: str
    lead: str
    caution: str
    near: tuple[tuple[str, str], ...]  # who is there, and how to reach them
    groups: tuple[AlertGroup, ...]
    why: str
    links: tuple[Anchor, ...]
    small_print: str


def build_alert_view(found: Sequence[FoundReviews], wording: Wording, token: str) -> AlertView:
    """What an alert says; `found` holds something."""
    reviews = list({review.id: review for one in found for review in one.reviews}.values())
    count, title = len(reviews), clean_text(wording.title)
    which = f"your saved search: {search_name(found[0])}" if len(found) == 1 else f"{len(found)} of your saved searches"
    several = len(wording.collections_of(reviews)) > 1
    groups, room = [], MAX_LINES
    for one in found[:MAX_SEARCHES_SHOWN]:
        groups.append(_make_group(one, wording.base_url, token, room))
        room -= len(groups[-1].lines)
    more = len(found) - len(groups)
    others = f" {plural(more, 'other search', 'other searches')} found something too." if more else ""
    return AlertView(
        title=f"{plural(count, 'new review')} for {which}",
        preheader=join_subjects(list(map(subject_of, reviews))),
        lead=f"Newly listed, and what you asked {title} to look out for.{others}",
        caution=GENERAL_CAUTION if several else CHILDREN_CAUTION,
        near=support_near(wording),
        groups=tuple(groups),
        why=f"You get this email because you saved {'a search' if len(found) == 1 else 'these searches'} at {title}.",
        links=(
            Anchor("Change or pause your saved searches", f"{wording.base_url}/preferences/{token}"),
            Anchor("Stop all emails about saved searches", stop_address(wording.base_url, token)),
            Anchor(f"Unsubscribe from {title} and from these emails", f"{wording.base_url}/unsubscribe/{token}"),
            Anchor("Were you sent this by a colleague? Subscribe", f"{wording.base_url}/subscribe"),
            Anchor("How your address is used", wording.privacy_url or f"{wording.base_url}/privacy"),
        ),
        small_print=sender_line(wording),
    )


def search_name(one: FoundReviews) -> str:
    """A search's name, no longer than it may be."""
    return truncate_text(clean_text(one.name), MAX_NAME_CHARS) or "every new review"


def stop_address(base_url: str, token: str, search_id: int = 0) -> str:
    """The page with one button that ends one saved search of a reader, or all."""
    return f"{base_url}/unsubscribe/{token}/searches" + (f"/{search_id}" if search_id else "")


def _make_group(one: FoundReviews, base_url: str, token: str, room: int) -> AlertGroup:
    shown, name = one.reviews[: max(room, 0)], search_name(one)
    left = len(one.reviews) - len(shown)
    results = f"{base_url}/reviews?{urlencode(one.query)}" if one.query else f"{base_url}/reviews"
    all_results = (
        f"{left} {'more' if shown else 'new'}, and all that it finds: {name}" if left else f"All that it finds: {name}"
    )
    return AlertGroup(
        heading=name[:1].upper() + name[1:],
        lines=tuple(
            AlertLine(Anchor(title, f"{base_url}/reviews/{review.id}"), glance_line(review) or review_facts(review))
            for title, review in zip(distinct_titles(shown), shown, strict=True)
        ),
        all_results=Anchor(all_results, results),
        stop=Anchor(f"Stop emails about this search: {name}", stop_address(base_url, token, one.search_id)),
    )


def build_alert_message(
    found: Sequence[FoundReviews],
    wording: Wording,
    *,
    to: str,
    token: str,
    message_token: str,
    host: str,
    date: datetime,
) -> bytes:
    """The email as it travels: multipart/alternative, UTF-8, CRLF, seven bits.

    `token` opens the reader's own pages; `message_token` names the alert. One click of List-Unsubscribe (RFC 8058 §3.1)
    ends all the reader's saved searches, and leaves them the newsletter. Raises HouseError for an address, token, host
    or wording that cannot stand in a header.
    """
    check_header_inputs(wording, to, (token, message_token), host)
    view, mail = build_alert_view(found, wording, token), EmailMessage(policy=MESSAGE_POLICY)
    for name, value in (
        ("From", wording.sender),
        ("Reply-To", wording.reply_to),
        ("Subject", view.title),
        ("List-Unsubscribe", f"<{stop_address(wording.base_url, token)}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("List-Id", f"<{wording.list_id or make_list_id(wording.title, host)}>"),
        ("Precedence", "bulk"),
        *AUTOMATIC_HEADERS,
        ("To", to),
        ("Date", format_datetime(date)),
        ("Message-ID", f"<{period_of(date.date())}.{message_token}@{host}>"),
    ):
        check_line_breaks(name, value)
        if value:
            mail[name] = value
    mail.set_content(_render_text(view), cte="quoted-printable")
    mail.add_alternative(render_mail("alert.html", wording, view=view), subtype="html", cte="quoted-printable")
    mail.set_boundary(f"=_{message_token}")  # "=_" never stands in quoted-printable text
    return mail.as_bytes()


def _render_text(view: AlertView) -> str:
    blocks = [wrap_text(view.title), wrap_text(view.lead), content_note(view.caution, view.near)]
    for group in view.groups:
        heading = wrap_text(group.heading)
        blocks.append(f"\n{heading}\n{'=' * max(map(len, heading.splitlines()))}")
        for line in group.lines:
            blocks.append("\n".join(filter(None, [wrap_text(line.link.text), wrap_text(line.facts), line.link.url])))
        blocks += [format_link(group.all_results), format_link(group.stop)]
    blocks += ["\n" + wrap_text(view.why), *map(format_link, view.links), wrap_text(view.small_print)]
    return "\n\n".join(blocks) + "\n"
