"""Lost report: since when a report's link is dead, who published it, the email that asks its library for a copy."""

from dataclasses import replace
from typing import NamedTuple
from urllib.parse import quote

from app.web.context import context
from app.web.public.review_phrases import ReportLink, describe_link
from core.clean_text import clean_text
from core.config.schema import Settings
from core.dates import day_name
from core.folding import fold
from core.records import Link
from db.read.review_page import LinkHealth, ReviewRecord
from newsletter.issue.phrases import Anchor, download_links, is_usable_link, join_list, review_title, safe_address
from services.issues import build_issue

MAX_ADDRESS_CHARS = 300  # of a dead address in the email: programs open a mailto: of some 2,000 characters


class LibraryEmail(NamedTuple):
    """An email to a library, ready to be sent."""

    to: str  # empty where the configuration names no library
    subject: str
    text: str

    @property
    def href(self) -> str:
        """What opens it in the reader's mail program (RFC 6068 §5); empty where there is nobody to write to."""
        body = quote(self.text.replace("\n", "\r\n"), safe="")
        return (
            f"mailto:{quote(self.to, safe='@+')}?subject={quote(self.subject, safe='')}&body={body}" if self.to else ""
        )

    @property
    def rows(self) -> int:
        """The height of its box, in lines."""
        return self.text.count("\n") + 1 + sum(len(line) // 60 for line in self.text.split("\n"))


class LostReport(NamedTuple):
    """What to do where a review's report, or one of several, is gone."""

    heading: str
    sentences: tuple[str, ...]  # since when, who published it, where else it is
    library: str  # whose it is to hold a copy
    email: LibraryEmail


def copy_links(record: ReviewRecord) -> list[ReportLink]:
    """The same report as other lists than the review's own link to it, but for what is known to be gone."""
    words = build_issue.current_wording(context().settings)
    own, title = {link.url for link in record.review.links}, review_title(record.review)
    usable = [one for one in record.copies if is_usable_link(one.link) and one.link.url not in own]
    collection = words.collection_of(record.review)
    lines = []
    for one in usable:
        theirs = words.collection_of_source(one.source)
        who = f"the {theirs}" if theirs != collection else "another list of the same collection"
        (anchor,) = download_links([replace(one.link, text="")], title)
        lines.append(
            ReportLink(Anchor(f"{anchor.text} – as linked by {who}", anchor.url), describe_link(one.link, one.health))
        )
    return lines


def find_lost_report(record: ReviewRecord, address: str) -> LostReport | None:
    """What is said where a link of the review is dead; None where none is. `address`: of its page."""
    review, settings = record.review, context().settings
    dead = [link for link in review.links if link.state == "dead"]
    if not dead:
        return None
    health = record.link_health or {}
    since = min((day for link in dead if (day := health.get(link.url, LinkHealth()).dead_since)), default=None)
    sentences = [
        f"It was gone when we looked on {day_name(since)}." if since else "",
        _publisher_sentence(review.publisher),
        "There is a link to another copy above." if copy_links(record) else "",
    ]
    return LostReport(
        "One of its links no longer works" if len(dead) < len(review.links) else "The report is no longer where it was",
        tuple(filter(None, sentences)),
        f"the library of the {build_issue.current_wording(settings).collection_of(review)}",
        _library_email(record, settings, dead, address),
    )


def _publisher_sentence(publisher: str) -> str:
    """Who published the review, as its collection says."""
    name = clean_text(publisher)
    if not name:
        return "The collection does not say who published it."
    return (
        "It was published without a name."
        if fold(name) == "anonymous"
        else f"The collection names its publisher as {name}."
    )


def library_address(settings: Settings, source: str) -> str:
    """The library that a source's reports are asked of; empty where none is configured."""
    for one in settings.sources:
        if one.name == source and (one.library_email or one.collection):
            return one.library_email
    return settings.newsletter.library_email


def _library_email(record: ReviewRecord, settings: Settings, dead: list[Link], address: str) -> LibraryEmail:
    """The words that ask a library for a report, with all that it needs to find it."""
    review, title = record.review, review_title(record.review)
    named = f"{title} ({review.year})" if review.year else title
    gone = [url for link in dead if (url := safe_address(link)) and len(url) <= MAX_ADDRESS_CHARS]
    number = clean_text(review.catalogue)
    lines = [
        "Hello,",
        "",
        "I am looking for the report of this case review. Its link on the web no longer works.",
        "",
        f"Review: {named}",
        *([f"Published by: {clean_text(review.publisher)}"] if clean_text(review.publisher) else []),
        *([f"Your catalogue number: {number}"] if number else []),
        *([f"Address that no longer works: {join_list(gone)}"] if gone else []),
        f"Its record: {address}",
        "",
        "Do you have a copy that I could read, or do you know where there is one?",
        "",
        "Thank you",
    ]
    subject = f"Report wanted: {f'{number}, ' if number else ''}{named}"
    return LibraryEmail(library_address(settings, review.source), subject, "\n".join(lines))
