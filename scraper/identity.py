"""Review identity: catalogue number, then a fingerprint of the folded text; pure."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit

from core.folding import fold, fold_words
from core.records import Link, Review, Section

CATALOGUE_PATTERN = re.compile(r"[A-Z]{1,2}\d{2,7}")
PLAIN_TERM = re.compile(r"[^#?]*\?(?:[^#]*&)?searchterm0=([a-z0-9]+)", re.I)  # an address as most are
DOCUMENT_PATTERN = re.compile(r"\.(pdf|docx?|odt|rtf)\b", re.I)  # in an address's path
# of a file in a query: what a site adds so that caches ask again
VERSION_PATTERN = re.compile(
    r"(?<=[?&])(v|ver|version|rev|revision|t|ts|timestamp|time|mtime|modified|updated|_|cb|rnd|cachebuster|sfvrsn)"
    r"=[^&#]*(&|(?=#|$))",
    re.I,
)
SHINGLE = 3  # words
MIN_SHINGLES = 5  # of a text: a shorter one is a phrase
MAX_COMPARED_WORDS = 2_000  # of a text; the longest entries have some 500, and comparing takes the square of them
MIN_SIMILARITY = 0.5  # of the words in order: an edited text of the same review stands above, another review below


def catalogue_number(links: Iterable[Link]) -> str:
    """The collection's own number from the first link that holds one, in capitals, or an empty string."""
    for link in links:
        if number := number_in_address(link.url):
            return number
    return ""


@lru_cache(4096)  # each link is asked several times
def number_in_address(url: str) -> str:
    """The collection's own number in an address, in capitals, or an empty string."""
    terms = url.lower().count("searchterm0")
    if not terms:
        return ""
    if terms == 1 and (plain := PLAIN_TERM.fullmatch(url)):
        values = [plain[1]]
    else:
        from html import unescape  # a table of all entities

        asked = parse_qsl(unescape(urlsplit(url).query))  # some pages escape & twice
        values = [value.strip(" \"'") for name, value in asked if name.lower() == "searchterm0"]
    return next((number for value in values if CATALOGUE_PATTERN.fullmatch(number := value.upper())), "")


def visible_texts(review: Review) -> list[str]:
    """What a reader sees of a review, in order, but for its links and its month."""
    return join_texts(review.year, review.publisher, review.name, review.summary, review.sections, review.keywords)


def join_texts(
    year: int | None, publisher: str, name: str, summary: str, sections: Iterable[Section], keywords: Iterable[str]
) -> list[str]:
    """What a reader sees of a review with these parts."""
    parts = [str(year or ""), publisher, name, summary]
    for section in sections:
        parts += [section.label, section.text]
    return [*parts, ", ".join(keywords)]


def identify(texts: Iterable[str], links: Iterable[Link]) -> tuple[str, str, str]:
    """The catalogue number of a review, its fingerprint and the key it would have if it were new."""
    number = catalogue_number(links)
    folded = fold("\0".join(texts)).replace("\0", "\x1f")  # which is white space, and would be lost
    print_ = _sha256(folded)
    return number, print_, number or f"f-{print_[:16]}"


def add_identity(review: Review) -> Review:
    """The review with its catalogue number, fingerprint and the key it would have if it were new."""
    number, print_, key = identify(visible_texts(review), review.links)
    return replace(review, catalogue=number, fingerprint=print_, key=key)


def address_key(url: str) -> str:
    """A key made of an address that lasts: the same for every way to write it, and with nobody's name in it.

    >>> address_key("https://www.example.org/a b.pdf") == address_key("http://EXAMPLE.org/a%20b.pdf#page=2")
    True
    """
    parts = urlsplit(strip_version(url))
    where = f"{(parts.hostname or '').removeprefix('www.')}{unquote(parts.path).rstrip('/')}?{unquote(parts.query)}"
    return f"a-{_sha256(where)[:16]}"


def strip_version(url: str) -> str:
    """The address of a document without what only tells its version; of all else, where it may be the name, as it is.

    >>> strip_version("https://board.example/a.pdf?v=2&lang=cy")
    'https://board.example/a.pdf?lang=cy'
    """
    if "?" not in url or not DOCUMENT_PATTERN.search(url.partition("?")[0]):
        return url
    return re.sub(r"[?&](?=#|$)", "", VERSION_PATTERN.sub("", url))


def durable_key(review: Review) -> str:
    """The key of a review whose source gives it one that lasts, however it is worded; empty where it has none."""
    return "" if review.key.startswith("f-") or review.key == review.catalogue else review.key


def key_reviews(keyed: Iterable[tuple[Review, str]]) -> tuple[Review, ...]:
    """Reviews by the key that their source gives each, or by their text where that is empty; the same one counts once.

    Two that differ and have one key have a wrong link: it is trusted for neither.
    """
    reviews = {(review.fingerprint, review.links): (review, key) for review, key in keyed}
    uses = Counter(key for _, key in reviews.values())
    return tuple(replace(review, key=key) if key and uses[key] == 1 else review for review, key in reviews.values())


def heading_key(review: Review) -> str:
    """Year, publisher and name, folded: the same for every edit of a review's text."""
    return _fold_heading(review.year, review.publisher, review.name)


@lru_cache(4096)  # of each review it is asked several times
def _fold_heading(year: int | None, publisher: str, name: str) -> str:
    return "\x1f".join((str(year or ""), fold(publisher), fold(name)))


def link_key(link: Link) -> str:
    """What a link points at: the catalogue record, however it is asked for, or the document, whatever its version."""
    return catalogue_number([link]) or strip_version(link.url)


def link_keys(review: Review) -> frozenset[str]:
    """What all the links of a review point at."""
    return frozenset(map(link_key, review.links))


def document_keys(review: Review) -> frozenset[str]:
    """Those of its links that point at a document and not at a page, which may be about many reviews."""
    from scraper.document_links import is_document  # parsers take 100 ms, and most ticks have nothing to read

    keys = link_keys(review)
    return frozenset(key for key in keys if DOCUMENT_PATTERN.search(urlsplit(key).path) or is_document(Link("", key)))


def sighting_digest(review: Review) -> str:
    """A hash of all that a source shows of a review, links included: 64 hexadecimal digits."""
    links = "\x1f".join(sorted(map(link_key, review.links)))
    return _sha256(f"{review.fingerprint}\x1e{links}")


def body_text(review: Review) -> str:
    """All that stands under a review's heading, but for its keywords and links."""
    return "\n".join((review.summary, *(section.text for section in review.sections))).strip()


def text_similarity(one: Review, other: Review) -> float:
    """How much of two texts is the same words in the same order, 0 to 1. Of a very long text its beginning speaks."""
    from difflib import SequenceMatcher  # most pages hold nothing to compare

    a, b = (body_text(review).casefold().split()[:MAX_COMPARED_WORDS] for review in (one, other))
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= MIN_SIMILARITY else 0.0


def shingles(review: Review) -> frozenset[tuple[str, ...]]:
    """Every run of three words of a text; of a shorter text, itself. To compare many texts, or a part with a whole."""
    words = fold_words(body_text(review))
    return frozenset(tuple(words[n : n + SHINGLE]) for n in range(max(len(words) - SHINGLE + 1, min(len(words), 1))))


def shared_part(one: Review, other: Review) -> float:
    """How much of the shorter of two texts stands in the other, 0 to 1; 0 where it is a mere phrase."""
    a, b = shingles(one), shingles(other)
    fewest = min(len(a), len(b))
    return len(a & b) / fewest if fewest >= MIN_SHINGLES else 0.0


def _sha256(text: str) -> str:
    from hashlib import sha256  # with OpenSSL: 3 ms that who only looks does not need

    return sha256(text.encode(errors="replace")).hexdigest()
