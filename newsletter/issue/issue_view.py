"""Issue view: all that an issue shows, chosen, counted, phrased for the templates; pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from email.utils import parseaddr
from typing import NamedTuple
from urllib.parse import quote

from core.clean_text import TOKEN_PLACEHOLDER, clean_text
from core.config.schema import SupportLine
from core.dates import day_name
from core.glance import glance_line
from core.plurals import noun
from core.records import Issue, Review, Section, Update
from core.section_text import around_items
from core.states import Medium, SectionKind
from newsletter.issue import phrases
from newsletter.issue.compose import compose_preheader
from newsletter.issue.contents import ContentsRow, count_month, list_contents
from newsletter.issue.corrected_words import fix_sentences
from newsletter.issue.correction_view import CAUTION, CorrectionView, build_correction_view
from newsletter.issue.markdown import to_html, to_text
from newsletter.issue.phrases import Anchor
from newsletter.issue.reason import reason_asked
from newsletter.issue.wording import Wording

MAX_MAIL_ROWS = 20  # updated or withdrawn reviews that a mail names; the rest are on the web
MAX_MAIL_CORRECTIONS = 8  # corrections that a mail holds; the rest are on the web
MAX_MAIL_CONTENTS = 40  # reviews that "In this issue" lists in a mail
LEARNING_KINDS: tuple[SectionKind, ...] = ("learning", "recommendations")  # the first that a review has is kept longest
CHILDREN_CAUTION = "These summaries describe the abuse, neglect and death of children."
GENERAL_CAUTION = "These summaries describe abuse, neglect and death."  # not every collection is of children
FIRST_HEADING = "For your team this week"
TAKEN_DOWN_NOTE = "This review was in the issue when it was sent. It has been withdrawn since."


class SectionView(NamedTuple):
    """One section as shown: paragraphs, or a list with what stands before and after it."""

    heading: str
    items: tuple[str, ...]
    paragraphs: tuple[str, ...]  # after the list, where there is one
    lead: tuple[str, ...] = ()  # before the list
    learning: bool = False  # whether it is what a shortened entry keeps


class ReviewView(NamedTuple):
    """One review as shown."""

    title: str
    meta: str
    summary: tuple[str, ...]
    parts: tuple[SectionView, ...]
    keywords: str
    downloads: tuple[Anchor, ...]
    rest: Anchor | None = None  # where a shortened entry can be read whole
    number: int = 0  # the review's, for its page on the web; 0 of one taken down
    glance: str = ""  # the one line of what it is about; empty where nothing is certain
    wish: str = ""  # which of a reader's wishes it meets
    corrected: tuple[str, ...] = ()  # what we have put right in its words


class FirstReview(NamedTuple):
    """The review that the editor put first: why, and its line, else its title, as a link to it on the web."""

    heading: str
    reason: str
    link: Anchor
    title: str


class CollectionView(NamedTuple):
    """The reviews of one collection under its heading; no heading where the issue has no other."""

    heading: str
    rank: int  # of its reviews' headings: 2, or 3 under a heading
    entries: tuple[ReviewView, ...]


class ChangeRow(NamedTuple):
    """One updated or withdrawn review: what became of it, and where to see more."""

    sentence: str
    link: Anchor | None = None


class SupportLineView(NamedTuple):
    """A support line: whom, how to reach them, when to."""

    name: str
    contacts: tuple[Anchor, ...]
    words: str


class ChangeGroup(NamedTuple):
    """Rows of one kind under a heading."""

    heading: str
    intro: str
    rows: tuple[ChangeRow, ...]


@dataclass(frozen=True)
class IssueView:
    """Everything either part says, in order, phrased and counted: the templates only loop and escape."""

    site: str  # whose newsletter it is, where the site has a name of its own
    title: str
    preheader: str
    web: Anchor | None
    intro: str
    short: str  # that this is the short edition
    note: str  # HTML, made safe: the one field that no template escapes
    note_text: str
    caution: str
    near: tuple[tuple[str, str], ...]  # who is there, and how to reach them, before the first review
    corrections: tuple[CorrectionView, ...]  # to earlier issues, before the reviews
    more_corrections: Anchor | None  # that a mail has no room for
    first: FirstReview | None  # above all reviews
    contents_heading: str
    contents: tuple[ContentsRow, ...]  # "In this issue"; none of an issue that is seen at a glance as it is
    counts: tuple[tuple[str, str], ...]  # the month by age, harm and nation: label, words
    several: bool  # collections, so that each heading of the second rank begins under a bar
    collections: tuple[CollectionView, ...]
    left_out: Anchor | None
    groups: tuple[ChangeGroup, ...]
    last_read: str
    notices: tuple[str, ...]  # on what was not read
    support: tuple[SupportLineView, ...]
    checked: str
    why: str
    links: tuple[Anchor, ...]
    small_print: tuple[str, ...]
    slot: str = ""  # a mark in place of the contents, where each reader's own reviews go


def review_labels(issue: Issue) -> list[str]:
    """A name for each review, then each updated one, that no other in the issue has."""
    return phrases.distinct_titles([*issue.reviews, *(update.review for update in issue.updated)])


def build_frame(
    issue: Issue, wording: Wording, edition: Medium, names: Sequence[str], *, short: bool = False
) -> IssueView:
    """The issue without its entries; `short` when it says that these are cut."""
    several = len(wording.collections_of(issue.reviews)) > 1
    here = f"{wording.base_url}/issues/{issue.period}"
    mail, first = edition == "email", _first_review(issue, wording, names)
    told = issue.corrections[: MAX_MAIL_CORRECTIONS if mail else None]
    return IssueView(
        site=clean_text(wording.site),
        title=clean_text(issue.title),
        preheader=_current_preheader(issue),
        web=Anchor("Read this on the web", here) if mail else None,
        intro=clean_text(issue.intro),
        short=phrases.short_edition_note(len(issue.reviews)) if short else "",
        note=to_html(issue.note, wording.base_url),
        note_text=to_text(issue.note, wording.base_url),
        caution=_caution(issue, several),
        near=support_near(wording),
        corrections=tuple(build_correction_view(one, wording.base_url, wording.zone) for one in told),
        more_corrections=_more_corrections(len(issue.corrections) - len(told), wording),
        first=first,
        contents_heading="Also in this issue" if first else "In this issue",
        contents=tuple(list_contents(issue, wording.base_url, names, MAX_MAIL_CONTENTS if mail else None)),
        counts=tuple(count_month(issue)),
        several=several,
        collections=(),
        left_out=None,
        groups=tuple(_change_groups(issue, wording, MAX_MAIL_ROWS if mail else None, names[len(issue.reviews) :])),
        last_read=_last_read_sentence(issue, wording),
        notices=tuple(map(clean_text, issue.notices)),
        support=tuple(map(_support_view, wording.support)),
        checked=_checked_sentence(wording),
        why=reason_asked(wording) if mail else "",
        links=tuple(footer_links(wording, mail)),
        small_print=tuple(small_print(wording, mail, several)),
    )


def _checked_sentence(wording: Wording) -> str:
    day = wording.support_checked if wording.support else None
    return f"We last checked these on {day_name(day)}." if day else ""


def support_near(wording: Wording) -> tuple[tuple[str, str], ...]:
    """Who is there, and how to reach them, for the content note."""
    return tuple((clean_text(line.name), clean_text(line.phone or line.email)) for line in wording.support)


def _caution(issue: Issue, several: bool) -> str:
    """The content note: of the reviews, else of corrections about some; empty where there is neither."""
    if issue.reviews:
        return GENERAL_CAUTION if several else CHILDREN_CAUTION
    return CAUTION if any(one.about for one in issue.corrections) else ""


def _more_corrections(count: int, wording: Wording) -> Anchor | None:
    if not count:
        return None
    return Anchor(f"{count:,} more {noun(count, 'correction')}: see past issues", f"{wording.base_url}/issues")


def _first_review(issue: Issue, wording: Wording, names: Sequence[str]) -> FirstReview | None:
    if not issue.first_reason or not issue.reviews or issue.reviews[0].taken_down:
        return None
    review, here = issue.reviews[0], f"{wording.base_url}/issues/{issue.period}"
    link = Anchor(glance_line(review) or names[0], f"{here}#review-{review.id}")
    return FirstReview(FIRST_HEADING, clean_text(issue.first_reason), link, names[0])


def add_reviews(frame: IssueView, entries: Sequence[ReviewView], issue: Issue, wording: Wording) -> IssueView:
    """The view with the entries of the issue's first reviews, those of one collection together."""
    if not frame.several:
        return replace(frame, collections=(CollectionView("", 2, tuple(entries)),))
    shown: dict[str, list[ReviewView]] = {}
    for review, one in zip(issue.reviews, entries, strict=False):
        shown.setdefault(wording.collection_of(review), []).append(one)
    return replace(frame, collections=tuple(CollectionView(name, 3, tuple(own)) for name, own in shown.items()))


def make_personal(frame: IssueView, count: int, slot: str, preheader: str) -> IssueView:
    """The frame of a mail in which a `slot` and the preheader are filled with each reader's own reviews, of so many.

    It does not say that a summary of each follows, nor that each is cut: of some there may be a line. What is theirs
    stands first, and names each review: so there are no contents.
    """
    intro = frame.intro.removesuffix(phrases.summary_sentence(count)).rstrip()
    short = frame.short and "This is the short edition. Each review in full is on the web."
    return replace(frame, preheader=preheader, intro=intro, short=short, contents=(), slot=slot)


def build_review_view(review: Review, name: str, base_url: str | None = None, title: str = "us") -> ReviewView:
    """The review as shown whole; `name` is its own among `labels`. Of one taken down: only that it was there.

    With the address of our pages a dead link leads on to the review's own, which says how to ask for the report.
    `title` is the newsletter's, which says what it has put right in the review's words.
    """
    if review.taken_down:
        return ReviewView(phrases.review_title(review), "", (TAKEN_DOWN_NOTE,), (), "", ())
    kinds = [section.kind for section in review.sections]
    learned = next((kinds.index(kind) for kind in LEARNING_KINDS if kind in kinds), None)
    return ReviewView(
        title=phrases.review_title(review),
        meta=phrases.review_facts(review),
        summary=phrases.split_paragraphs(review.summary),
        parts=tuple(_section_view(one, place == learned) for place, one in enumerate(review.sections)),
        keywords=", ".join(filter(None, map(clean_text, review.keywords))),
        downloads=(*phrases.download_links(review.links, name), *_how_to_ask(review, name, base_url)),
        number=review.id,
        glance=glance_line(review),
        corrected=fix_sentences(review, title),
    )


def _how_to_ask(review: Review, name: str, base_url: str | None) -> list[Anchor]:
    if base_url is None or not review.id or all(link.state != "dead" for link in review.links):
        return []
    return [Anchor(f"How to ask for the report: {name}", f"{base_url}/reviews/{review.id}")]


def rest_link(review: Review, name: str, issue: Issue, wording: Wording) -> Anchor:
    """Where a shortened entry can be read whole."""
    page = f"reviews/{review.id}" if review.id else f"issues/{issue.period}"
    return Anchor(f"Read the rest on the web: {name}", f"{wording.base_url}/{page}")


def left_out_link(count: int, issue: Issue, wording: Wording) -> Anchor | None:
    """The line for the reviews that a mail has no room to name."""
    if not count:
        return None
    these = f"{count:,} more case reviews: read them all" if count > 1 else "one more case review: read it"
    return Anchor(f"And {these} on the web", f"{wording.base_url}/issues/{issue.period}")


def _current_preheader(issue: Issue) -> str:
    """As composed, unless a review that it may name was taken down since."""
    left = [review for review in issue.reviews if not review.taken_down]
    if len(left) == len(issue.reviews):
        return clean_text(issue.preheader)
    return compose_preheader(left, issue.subject)


def _section_view(section: Section, learning: bool) -> SectionView:
    items = tuple(item for item in map(clean_text, section.items) if item)
    before, after = around_items(section)
    lead, paragraphs = phrases.split_paragraphs(before), phrases.split_paragraphs(after)
    return SectionView(phrases.section_heading(section), items, paragraphs, lead, learning)


def _change_groups(issue: Issue, wording: Wording, most: int | None, names: Sequence[str]) -> list[ChangeGroup]:
    groups = []
    if issue.updated:
        rows = [_updated_row(update, name, wording) for update, name in zip(issue.updated, names, strict=True)]
        who, several = _collection_subject(wording.collections_of(update.review for update in issue.updated))
        say = "have changed what they say" if several else "has changed what it says"
        intro = f"{who} {say} of {_these_reviews(len(rows))}:"
        groups.append(ChangeGroup("Updated since they were first listed", intro, _limit_rows(rows, most)))
    if issue.withdrawn:
        rows = [ChangeRow(_dated_title(review)) for review in issue.withdrawn]
        who, several = _collection_subject(wording.collections_of(issue.withdrawn))
        intro = f"{who} no longer {'list' if several else 'lists'} {_these_reviews(len(rows))}:"
        groups.append(ChangeGroup("Withdrawn", intro, _limit_rows(rows, most)))
    return groups


def _updated_row(update: Update, name: str, wording: Wording) -> ChangeRow:
    if update.review.taken_down:
        return ChangeRow(_dated_title(update.review))
    see = Anchor(f"See what changed: {name}", f"{wording.base_url}/reviews/{update.review.id}")
    return ChangeRow(f"{_dated_title(update.review)}: {phrases.describe_changes(update.changes)}.", see)


def _collection_subject(collections: Sequence[str]) -> tuple[str, bool]:
    """The collections at the beginning of a sentence, and whether its verb is for several."""
    return "The " + phrases.join_list([*collections[:1], *(f"the {one}" for one in collections[1:])]), len(
        collections
    ) > 1


def _limit_rows(rows: list[ChangeRow], most: int | None) -> tuple[ChangeRow, ...]:
    more = len(rows) - most if most is not None and len(rows) > most else 0
    return (*rows[:most], *([ChangeRow(f"And {more:,} more, on the web.")] if more else []))


def _these_reviews(count: int) -> str:
    return "this case review" if count == 1 else f"these {phrases.format_count(count)} case reviews"


def _dated_title(review: Review) -> str:
    return phrases.review_title(review) + (f" ({review.year})" if review.year and not review.taken_down else "")


def _support_view(line: SupportLine) -> SupportLineView:
    digits = "".join(c for c in line.phone if c in "+0123456789")
    phone = [Anchor(clean_text(line.phone), f"tel:{digits}" if digits else "")] if line.phone else []
    email = [Anchor(clean_text(line.email), f"mailto:{quote(line.email, safe='@+')}")] if line.email else []
    return SupportLineView(clean_text(line.name), (*phone, *email), clean_text(line.words))


def _last_read_sentence(issue: Issue, wording: Wording) -> str:
    if issue.last_read is None:
        return ""
    who, several = _collection_subject(issue.read_collections or wording.all_collections())
    return f"{who} {'were' if several else 'was'} last read well on {day_name(issue.last_read)}."


def footer_links(wording: Wording, mail: bool) -> list[Anchor]:
    """What a footer leads to; in a mail the reader's own pages first."""
    readers = [
        Anchor("Change what you get", f"{wording.base_url}/preferences/{TOKEN_PLACEHOLDER}"),
        Anchor("Unsubscribe", f"{wording.base_url}/unsubscribe/{TOKEN_PLACEHOLDER}"),
    ]
    others = [
        Anchor("Were you sent this by a colleague? Subscribe", f"{wording.base_url}/subscribe"),
        Anchor("How your address is used", wording.privacy_url or f"{wording.base_url}/privacy"),
    ]
    return [*([*readers, *others] if mail else []), Anchor("Past issues", f"{wording.base_url}/issues")]


def small_print(wording: Wording, mail: bool, several: bool) -> list[str]:
    """Who sends it, and whose words the summaries are: of one collection, or of `several`."""
    sender, sender_address = parseaddr(wording.sender)
    post = f", {clean_text(wording.postal_address)}" if wording.postal_address else ""
    whose = "collections'" if several else "collection's"
    answer = " Reply to this email to reach a person." if mail and wording.reply_to else ""
    permission = clean_text(wording.permission)
    return [
        f"Sent by {clean_text(sender or sender_address)}{post}.{answer}",
        f"Summaries are the {whose} own words; the report is the authority.",
        *([permission] if permission else []),
    ]
