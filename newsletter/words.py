"""The phrases an issue is written with: titles, numbers, file sizes, where to cut."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from core.dates import month_name
from core.plurals import plural
from core.records import Change, Link, Review, Section
from core.sizes import byte_size

NUMBERS = "no one two three four five six seven eight nine ten eleven twelve".split()
READER = "READER-TOKEN-GOES-HERE"  # where a reader's own token is stamped later: 22 URL-safe characters
LONGEST_NAME = 200  # characters; a longer publisher or name is no name
TAKEN_DOWN = "A review that has been withdrawn"  # by ourselves: in place of all that it said
LONGEST_URL = 2000  # characters; Outlook opens none longer

_UNPRINTABLE = re.compile(  # and what would turn the letters around it: a name may not rewrite what follows it
    "[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]+"
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_ESCAPES = {ord(c): f"%{ord(c):02X}" for c in ' "<>'}  # what a web address may not hold, and pages hold all the same
_DIGITS = re.compile(r"([0-9]+)")
_FORMATS = {
    "application/pdf": "PDF",
    "application/msword": "Word",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word",
}
_LINK_NOISE = re.compile(
    r"^[\s>›»]*(?:(?:please\s+)?(?:read|download|view|open|see|click)\b\s*)*(?:(?:here|more)\b\s*)?(?:the\s+|a\s+)?"
    r"|\s*(?:\bhere)?\s*(?:\([^)]*\)|\[[^\]]*\])?[\s.:>›»]*$",
    re.IGNORECASE,
)
_HEADINGS = {
    "background": "Background",
    "learning": "Learning",
    "recommendations": "Recommendations",
    "model": "Model",
}


class Anchor(NamedTuple):
    """A link's words and address; without an address it is a plain sentence."""

    text: str
    url: str = ""


def number(count: int) -> str:
    """In words to twelve ("no" for none), then in digits."""
    return NUMBERS[count] if count < len(NUMBERS) else f"{count:,}"


def listed(parts: Sequence[str], last: str = "and") -> str:
    """ "a, b and c"; `last` is the word before the last of them."""
    return f" {last} ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def short_edition(count: int) -> str:
    """What the short edition says of itself; nothing where there are no reviews."""
    each, every = ("the summary", "The review") if count == 1 else ("each summary", "Each review")
    return f"This is the short edition: the beginning of {each}. {every} in full is on the web." if count else ""


def clean(text: str) -> str:
    """One line, single spaces, nothing unprintable, and nothing that a reader's token would be stamped on."""
    return " ".join(_UNPRINTABLE.sub(" ", text).replace(READER, "READER").split())


def paragraphs(text: str) -> tuple[str, ...]:
    """The text's paragraphs, parted by newlines, without empty ones."""
    return tuple(line for line in map(clean, text.splitlines()) if line)


def title_of(review: Review) -> str:
    """ "Suffolk – Baby D", or the name alone where the source names no publisher; nothing of one taken down."""
    if review.taken_down:
        return TAKEN_DOWN
    parts = [cut(clean(part), LONGEST_NAME) for part in (review.publisher, review.name)]
    return " – ".join(filter(None, parts)) or cut(clean(review.title or review.heading), LONGEST_NAME) or "Untitled"


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts as people do: capitals and quotes apart, and Child 2 before Child 10."""
    plain = "".join(c for c in clean(text).casefold() if c.isalnum() or c == " ").strip()
    return tuple((0, int(p), "") if p.isdecimal() else (1, 0, p) for p in _DIGITS.split(plain[:500]) if p)


def distinct(reviews: Sequence[Review]) -> list[str]:
    """The reviews' titles for link texts: those that occur twice get their year, else a number."""
    titles = [title_of(review) for review in reviews]
    seen = Counter(title.casefold() for title in titles)
    dated = [
        f"{title}, {review.year}" if seen[title.casefold()] > 1 and review.year else title
        for title, review in zip(titles, reviews, strict=True)
    ]
    total, so_far, told_apart = Counter(map(str.casefold, dated)), Counter[str](), []
    for title in dated:
        so_far[key := title.casefold()] += 1
        told_apart.append(f"{title} ({so_far[key]} of {total[key]})" if total[key] > 1 else title)
    return told_apart


def meta(review: Review) -> str:
    """What is known of year, nation, kind and pages: "2016 · England · Serious case review · 84 pages"."""
    when = str(review.year or "")
    if when and review.month and 1 <= review.month <= 12:
        when = f"{month_name(review.month)} {when}"
    pages = next((link.pages for link in review.links if link.pages and usable(link)), 0)
    known = [when, review.nation or "", review.kind or "", plural(pages, "page") if pages else ""]
    return " · ".join(cut(clean(part), LONGEST_NAME) for part in known if part)


def heading(section: Section) -> str:
    """The label as published, with a capital; a bare "includes" gets its lost word back."""
    label = cut(clean(section.label.replace(":", " ")).rstrip(" -–—"), LONGEST_NAME)
    word = _HEADINGS.get(section.kind, "")
    if label.casefold() in {"include", "includes", "including"}:
        return f"{word} {label.lower()}".strip().capitalize() if word else f"Also {label.lower()}"
    if label.casefold() == "makes recommendations":
        return "Recommendations"  # the section's text is the whole sentence
    return (label[:1].upper() + label[1:]) or word or "More"


def usable(link: Link) -> bool:
    """Whether there is an address to go to: http or https, not known to be gone."""
    return link.state not in {"dead", "none"} and address(link) != ""


def address(link: Link) -> str:
    """The link's address made safe to show, or an empty string when it is no web address."""
    url = link.url.strip().translate(_ESCAPES)
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    web = parts.scheme.lower() in {"http", "https"} and parts.hostname
    odd = len(url) > LONGEST_URL or READER in url or _UNPRINTABLE.search(url) or url.split() != [url]
    return url if web and not odd else ""


def downloads(links: Iterable[Link], name: str) -> list[Anchor]:
    """A link or a plain sentence for each; always at least one. `name` is the report's, as in `distinct`."""
    links = [link for link in links if link.state == "dead" or usable(link)]
    if not links:
        return [Anchor("The collection gives no download link for this report.")]
    documents = [_document(link) for link in links] if len(links) > 1 else ["report"]
    alike, so_far, lines = Counter(map(str.casefold, documents)), Counter[str](), []
    for document, link in zip(documents, links, strict=True):
        so_far[key := document.casefold()] += 1
        which = [f"{so_far[key]} of {alike[key]}"] if alike[key] > 1 else []
        if usable(link):
            facts = ", ".join([*which, *_file_words(link)])
            lines.append(Anchor(f"Download the {document}: {name}" + (f" ({facts})" if facts else ""), address(link)))
        else:
            this = " ".join([f"the {document}", *(f"({w})" for w in which)]) if len(links) > 1 else "this report"
            lines.append(Anchor(f"The link to {this} no longer works."))
    return lines


def _document(link: Link) -> str:
    """What the link's own words say it leads to: "executive summary"; "report" when they say nothing."""
    name = cut(_LINK_NOISE.sub("", clean(link.text)[:200]), 60).rstrip(" .")
    return (name[:1].lower() + name[1:] if name[1:2].islower() else name) or "report"


def _file_words(link: Link) -> list[str]:
    """The format and size, where known: ["PDF", "1.2 MB"]; nothing for a web page."""
    if "html" in link.media:
        return []
    words = [_FORMATS.get(link.media.partition(";")[0].strip().lower(), "")]
    if link.size:
        words.append(byte_size(link.size, "KB"))
    return [word for word in words if word]


def changed(changes: Iterable[Change]) -> str:
    """What an edit touched: "its summary and keywords have changed"."""
    if any(change.field == "status" and change.new == "current" for change in changes):
        return "it is listed again"
    fields = list(dict.fromkeys(clean(change.field.replace("_", " "))[:40] for change in changes))[:6]
    if not fields:
        return "its entry has changed"
    words = listed(fields)
    return f"its {words} {'has' if len(fields) == 1 and not words.endswith('s') else 'have'} changed"


def cut(text: str, limit: int) -> str:
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
