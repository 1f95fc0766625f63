"""Wording: the phrases of an issue, such as titles, months, numbers, file sizes, truncation; pure."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple
from unicodedata import bidirectional
from urllib.parse import urlsplit

from core.clean_text import TOKEN_PLACEHOLDER, UNPRINTABLE_CHARS, clean_text
from core.dates import month_name
from core.plurals import plural
from core.records import Change, Link, Review, SearchHit, Section
from core.sizes import byte_size
from core.states import ReviewStatus, SectionKind

NUMBER_WORDS = "no one two three four five six seven eight nine ten eleven twelve".split()
MAX_NAME_CHARS = 200  # characters; a longer publisher or name is no name
TAKEN_DOWN_TITLE = "A review that has been withdrawn"  # by ourselves: in place of all that it said
MAX_URL_CHARS = 2000  # characters; Outlook opens none longer

_TURNING = set("LRE RLE LRO RLO PDF LRI RLI FSI PDI".split())  # Unicode's classes of what turns the letters around it
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_URL_ESCAPES = {
    ord(c): f"%{ord(c):02X}" for c in ' "<>'
}  # what a web address may not hold, and pages hold all the same
_PLAIN_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(?:/[A-Za-z0-9/._~%?&=+-]*)?")
_FORMAT_NAMES = {
    "application/pdf": "PDF",
    "application/msword": "Word",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
}
_LINK_NOISE = re.compile(
    r"^[\s>›»]*(?:(?:please\s+)?(?:read|download|view|open|see|click)\b\s*)*(?:(?:here|more)\b\s*)?(?:the\s+|a\s+)?"
    r"|\s*(?:\bhere)?\s*(?:\([^)]*\)|\[[^\]]*\])?[\s.:>›»]*$",
    re.IGNORECASE,
)
_SECTION_HEADINGS: dict[SectionKind, str] = {
    "background": "Background",
    "learning": "Learning",
    "recommendations": "Recommendations",
    "model": "Model",
}


class Anchor(NamedTuple):
    """A link's words and address; without an address it is a plain sentence."""

    text: str
    url: str = ""


def format_count(count: int) -> str:
    """In words to twelve ("no" for none), then in digits."""
    return NUMBER_WORDS[count] if count < len(NUMBER_WORDS) else f"{count:,}"


def join_list(parts: Sequence[str], last: str = "and") -> str:
    """ "a, b and c"; `last` is the word before the last of them."""
    return f" {last} ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def short_edition_note(count: int) -> str:
    """What the short edition says of itself; nothing where there are no reviews."""
    each, every = ("the summary", "The review") if count == 1 else ("each summary", "Each review")
    begun = f"the beginning of {each}, and of what was learned or recommended"
    return f"This is the short edition: {begun}. {every} in full is on the web." if count else ""


def summary_sentence(count: int) -> str:
    """The end of an issue's intro, before so many reviews."""
    return f"A summary of {'each of these cases' if count > 1 else 'this case'} can be found below:"


@lru_cache(2048)
def clean_name(text: str) -> str:
    """A name or another short text on one line, cut where it is too long to be one."""
    return truncate_text(clean_text(text), MAX_NAME_CHARS)


def split_paragraphs(text: str) -> tuple[str, ...]:
    """The text's paragraphs, parted by newlines, without empty ones."""
    return tuple(line for line in map(clean_text, text.splitlines()) if line)


def review_title(review: Review | SearchHit) -> str:
    """ "Suffolk – Baby D", or the name alone where the source names no publisher; nothing of one taken down."""
    if review.taken_down:
        return TAKEN_DOWN_TITLE
    parts = filter(None, (clean_name(review.publisher), clean_name(review.name)))
    return " – ".join(parts) or clean_name(review.title or review.heading) or "Untitled"


def distinct_titles(reviews: Sequence[Review | SearchHit]) -> list[str]:
    """The reviews' titles for link texts: those that occur twice get their year, else a number."""
    titles = [review_title(review) for review in reviews]
    if len({*map(str.casefold, titles)}) == len(titles):  # as nearly always
        return titles
    seen = Counter(map(str.casefold, titles))
    dated = [
        f"{title}, {review.year}" if seen[title.casefold()] > 1 and review.year else title
        for title, review in zip(titles, reviews, strict=True)
    ]
    return number_alike(dated)


def number_alike(texts: Sequence[str]) -> list[str]:
    """The texts, those that occur twice with a number: "Child A (1 of 2)"."""
    total, so_far, told_apart = Counter(map(str.casefold, texts)), Counter[str](), []
    for text in texts:
        so_far[key := text.casefold()] += 1
        told_apart.append(f"{text} ({so_far[key]} of {total[key]})" if total[key] > 1 else text)
    return told_apart


def review_facts(review: Review | SearchHit) -> str:
    """What is known of year, nation, kind and pages: "2016 · England · Serious case review · 84 pages"."""
    pages = review.pages if isinstance(review, SearchHit) else _report_pages(review.links)
    return _join_facts(review.year, review.month, review.nation, review.kind, pages)


@lru_cache(4096)
def _join_facts(year: int | None, month: int | None, nation: str | None, kind: str | None, pages: int | None) -> str:
    when = str(year or "")
    if when and month and 1 <= month <= 12:
        when = f"{month_name(month)} {when}"
    known = [when, clean_name(nation or ""), clean_name(kind or ""), plural(pages, "page") if pages else ""]
    return " · ".join(filter(None, known))


def _report_pages(links: Iterable[Link]) -> int | None:
    return next((link.pages for link in links if link.pages and is_usable_link(link)), None)


def section_heading(section: Section) -> str:
    """The label as published, with a capital; a bare "includes" gets its lost word back."""
    label = truncate_text(clean_text(section.label.replace(":", " ")).rstrip(" -–—"), MAX_NAME_CHARS)
    word = _SECTION_HEADINGS.get(section.kind, "")
    if label.casefold() in {"include", "includes", "including"}:
        return f"{word} {label.lower()}".strip().capitalize() if word else f"Also {label.lower()}"
    if label.casefold() == "makes recommendations":
        return "Recommendations"  # the section's text is the whole sentence
    return (label[:1].upper() + label[1:]) or word or "More"


def is_usable_link(link: Link) -> bool:
    """Whether there is an address to go to: http or https, not known to be gone."""
    return link.state not in {"dead", "none"} and safe_address(link) != ""


def safe_address(link: Link) -> str:
    """The link's address made safe to show, or an empty string when it is no web address."""
    if _PLAIN_ADDRESS.fullmatch(link.url) and len(link.url) <= MAX_URL_CHARS and TOKEN_PLACEHOLDER not in link.url:
        return link.url  # as nearly all
    url = link.url.strip().translate(_URL_ESCAPES)
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    web = parts.scheme.lower() in {"http", "https"} and parts.hostname
    odd = len(url) > MAX_URL_CHARS or TOKEN_PLACEHOLDER in url or UNPRINTABLE_CHARS.search(url) or url.split() != [url]
    turned = not url.isascii() and any(bidirectional(char) in _TURNING for char in url)
    return url if web and not odd and not turned else ""


def download_links(links: Iterable[Link], name: str) -> list[Anchor]:
    """A link or a plain sentence for each; always at least one. `name` is the report's, as in `distinct_titles`."""
    links = [link for link in links if link.state == "dead" or is_usable_link(link)]
    if not links:
        return [Anchor("The collection gives no download link for this report.")]
    documents = [_document_name(link) for link in links] if len(links) > 1 else ["report"]
    alike, so_far, lines = Counter(map(str.casefold, documents)), Counter[str](), []
    for document, link in zip(documents, links, strict=True):
        so_far[key := document.casefold()] += 1
        which = [f"{so_far[key]} of {alike[key]}"] if alike[key] > 1 else []
        if is_usable_link(link):
            facts = ", ".join([*which, *_file_facts(link)])
            lines.append(
                Anchor(f"Download the {document}: {name}" + (f" ({facts})" if facts else ""), safe_address(link))
            )
        else:
            this = " ".join([f"the {document}", *(f"({w})" for w in which)]) if len(links) > 1 else "this report"
            lines.append(Anchor(f"The link to {this} no longer works."))
    return lines


def _document_name(link: Link) -> str:
    """What the link's own words say it leads to: "executive summary"; "report" when they say nothing."""
    name = truncate_text(_LINK_NOISE.sub("", clean_text(link.text)[:200]), 60).rstrip(" .")
    return (name[:1].lower() + name[1:] if name[1:2].islower() else name) or "report"


def _file_facts(link: Link) -> list[str]:
    """The format and size, where known: ["PDF", "1.2 MB"]; nothing for a web page."""
    if "html" in link.media:
        return []
    words = [_FORMAT_NAMES.get(link.media.partition(";")[0].strip().lower(), "")]
    if link.size:
        words.append(byte_size(link.size, "KB"))
    return [word for word in words if word]


def describe_changes(changes: Iterable[Change]) -> str:
    """What an edit touched: "its summary and keywords have changed"."""
    listed: ReviewStatus = "current"
    if any(change.field == "status" and change.new == listed for change in changes):
        return "it is listed again"
    fields = list(dict.fromkeys(clean_text(change.field.replace("_", " "))[:40] for change in changes))[:6]
    if not fields:
        return "its entry has changed"
    words = join_list(fields)
    return f"its {words} {'has' if len(fields) == 1 and not words.endswith('s') else 'have'} changed"


def truncate_text(text: str, limit: int) -> str:
    """At most `limit` characters: whole sentences where they fit, else whole words and an ellipsis."""
    if len(text) <= limit:
        return text
    kept, room = "", text[: limit + 1]
    for end in _SENTENCE_END.finditer(room):
        kept = text[: end.start()]
    if len(kept) > limit // 4:  # not "Dr."
        return kept
    words = text[:limit].rpartition(" ")[0] if " " in text[:limit] else text[: limit - 1]
    return words.rstrip(" ,;:–-") + "…"
