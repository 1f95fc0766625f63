"""Search index of the static export: its words in files of JavaScript, which a page loads as it needs them.

A page opened from a disk may load no JSON, but scripts. `search/index.js` names the files of words and the order of the
reviews. A file of words, `w-` and the beginning that its words share, holds for each stem its words and the reviews
with one of them; a file of reviews, `r-` and a number, what a list shows of some. Nothing is in them but what the pages
of the copy show. Reviews stand by their numbers, so that a new one changes few of the files.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files

from app.web.context import context
from app.web.public import review_phrases
from app.web.public.collection_search import catalogue, find_reviews
from core.folding import fold_words
from core.records import Review
from core.thesaurus import forms_by_word
from db.read.review_page import list_with_changes
from db.read.search import SearchQuery
from db.read.stems import stem_words
from newsletter.issue.phrases import review_title

PROGRAM = "search.js"
FOLDER = "search"
REVIEWS_A_FILE = 20
MAX_SHARD_CHARS = 60_000  # characters of a file of words, before it is divided by one more letter
FIRST_LETTERS, MOST_LETTERS = 2, 8  # that the words of a file share
BATCH = 500  # reviews that are read at once
TITLE_WEIGHT, SUMMARY_WEIGHT, OTHER_WEIGHT = 3, 2, 1  # of a word by where it stands; below 4, since it shares a number
WordEntry = tuple[str, list[int]]  # the words of a stem, and their packed postings
Postings = dict[int, int]  # the best weight of a word by the review's number


def search_files() -> Iterator[tuple[str, bytes]]:
    """The names and contents of the files. Within a request."""
    everything = SearchQuery()
    numbers, _ = catalogue().numbers(context().db, everything, 1_000_000_000)
    shards = divide_words(list_words(numbers))
    yield PROGRAM, files("templates.web").joinpath("export_search.js").read_bytes()
    yield _script("index", {"order": numbers, "words": sorted(shards), "reviewsAFile": REVIEWS_A_FILE})
    for prefix, entries in sorted(shards.items()):
        yield _script(f"w-{shard_name(prefix)}", entries)
    yield from _review_files(everything, len(numbers))


def _script(name: str, data: object) -> tuple[str, bytes]:
    text = json.dumps(data, separators=(",", ":"), sort_keys=True)
    return f"{FOLDER}/{name}.js", f'casereviews("{name}",{text});\n'.encode()


def shard_name(prefix: str) -> str:
    """What a file of words is called. `export_search.js` names it likewise."""
    return prefix if prefix.isascii() else "u" + "".join(f"-{ord(char):x}" for char in prefix)


def list_words(numbers: list[int]) -> dict[str, Postings]:
    """The words that the copy shows of each review, folded as the search folds them."""
    words: dict[str, Postings] = defaultdict(dict)
    for at in range(0, len(numbers), BATCH):
        for review, _ in list_with_changes(context().db, numbers[at : at + BATCH]):
            for word, weight in weigh_words(review_phrases.shown_review(review)).items():
                words[word][review.id] = weight
    return words


def weigh_words(review: Review) -> dict[str, int]:
    """Each word of a review with the weight of the best place in which it stands."""
    facts = [str(review.year or ""), review.nation or "", review.kind or "", review.catalogue, review.source]
    texts = (
        (OTHER_WEIGHT, [*facts, *(f"{section.label} {section.text}" for section in review.sections)]),
        (SUMMARY_WEIGHT, [review.summary]),
        (TITLE_WEIGHT, [review_title(review), *review.keywords]),
    )
    return {word: weight for weight, parts in texts for part in parts for word in fold_words(part)}


def divide_words(words: Mapping[str, Postings]) -> dict[str, dict[str, WordEntry]]:
    """The entries of each file of words by the beginning that its words share: of a stem, its words and postings."""
    words = _add_irregular_forms(words)
    plain = {word: forms[0][0] if (forms := forms_by_word().get(word)) else word for word in words}
    stem_of = stem_words(set(plain.values()))
    stems = {word: stem_of[plain[word]] for word in words}
    by_stem: dict[str, list[str]] = defaultdict(list)
    for word in sorted(words):
        by_stem[stems[word]].append(word)
    entries = {stem: (" ".join(own), _pack(words[word] for word in own)) for stem, own in by_stem.items()}
    sizes = {stem: len(json.dumps(entry)) for stem, entry in entries.items()}
    shards: dict[str, dict[str, WordEntry]] = {}
    waiting = [("", FIRST_LETTERS, sorted(words))]
    while waiting:
        before, letters, own = waiting.pop()
        groups: dict[str, list[str]] = defaultdict(list)
        for word in own:
            groups[word[:letters]].append(word)
        for prefix, group in groups.items():
            held = {stems[word] for word in group}
            if prefix != before and letters < MOST_LETTERS and sum(map(sizes.__getitem__, held)) > MAX_SHARD_CHARS:
                waiting.append((prefix, letters + 1, group))
            else:
                shards[prefix] = {stem: entries[stem] for stem in held}
    return shards


def _add_irregular_forms(words: Mapping[str, Postings]) -> dict[str, Postings]:
    """The words, and those that are the same in another form, such as "children": they are asked for as well."""
    alike = (form for word in words for forms in forms_by_word().get(word, ()) for form in forms)
    return dict.fromkeys((form for form in alike if " " not in form), Postings()) | dict(words)


def _pack(postings: Iterable[Postings]) -> list[int]:
    """For each review of any of the words, in order, four times its number and the weight, less the one before."""
    best: Postings = {}
    for one in postings:
        for number, weight in one.items():
            best[number] = max(weight, best.get(number, 0))
    codes = [4 * number + best[number] for number in sorted(best)]
    return [code - before for code, before in zip(codes, [0, *codes], strict=False)]


def _review_files(everything: SearchQuery, count: int) -> Iterator[tuple[str, bytes]]:
    """What a list shows of each review, each with a title that no other has."""
    items = review_phrases.describe_hits(find_reviews(everything, max(1, count), with_facets=False).hits)
    chunks: dict[int, dict[int, list[str]]] = defaultdict(dict)
    for item in items:
        own = [item.title, item.meta, item.glance, item.extract.unescape(), item.note]
        chunks[item.number // REVIEWS_A_FILE][item.number] = own
    for chunk, reviews in sorted(chunks.items()):
        yield _script(f"r-{chunk}", reviews)
