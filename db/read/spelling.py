"""Spelling: "did you mean", from the index's own words.

The index holds stems (exploit), not words, so a word that no review has is compared with the stems that begin with the
same letter, cut to their length; then the nearest are looked up in a few reviews, and the word that stands there and is
near enough is the one meant.
"""

import re
from collections import Counter
from dataclasses import replace

from rapidfuzz.distance import OSA

from core.search_words import SearchTerm, format_terms, parse_terms
from core.thesaurus import forms_by_word
from db.read.fts_query import TEXT_COLUMNS
from db.schema.connect import Database

MIN_CHARS = 4  # characters of a word; a shorter one is near too many
LONG_CHARS = 6  # characters from which a word may have two mistakes
MAX_STEMS, MAX_REVIEWS = 12, 8  # that are looked at for one word
_WORD = re.compile(r"[^\W\d_]+")
_MARKED = re.compile("\x02(.*?)\x03", re.DOTALL)
Stems = dict[str, list[tuple[str, int]]]  # by first letter: the stem, and how many reviews have it


def respell(db: Database, words: str, stems: Stems) -> str:
    """The same search with each word that no review has put right; empty where that cannot be done.

    `stems` is what was read of the index before, and is added to.
    """
    db.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.index_stems USING fts5vocab(main, reviews_fts, 'row')")
    terms = parse_terms(words)
    righted = tuple(term if term.excluded or term.is_prefix else _right_term(db, term, stems) for term in terms)
    return format_terms(righted) if righted != terms else ""


def _right_term(db: Database, term: SearchTerm, stems: Stems) -> SearchTerm:
    return replace(term, text=_WORD.sub(lambda found: _right_word(db, found[0], stems), term.text))


def _right_word(db: Database, typed: str, stems: Stems) -> str:
    word = typed.casefold()
    if len(word) < MIN_CHARS or word in forms_by_word() or _is_known(db, word):
        return typed
    most = 2 if len(word) >= LONG_CHARS else 1
    found: Counter[str] = Counter()
    for stem, count in _near_stems(db, word, most, stems):
        for surface in _surface_words(db, stem, MAX_REVIEWS):
            found[surface] = max(found[surface], count)
    distances = {surface: OSA.distance(word, surface, score_cutoff=most) for surface in found}
    near = [surface for surface, distance in distances.items() if distance <= most]
    return min(near, key=lambda surface: (distances[surface], -found[surface], surface), default=typed)


def _is_known(db: Database, word: str) -> bool:
    query = f'({TEXT_COLUMNS} : "{word}") NOT (facets : zwithdrawn)'
    return bool(db.execute("SELECT 1 FROM reviews_fts WHERE reviews_fts MATCH ? LIMIT 1", [query]).fetchall())


def _near_stems(db: Database, word: str, most: int, stems: Stems) -> list[tuple[str, int]]:
    """The nearest stems with the same first letter, each with how many reviews have it."""
    if word[0] not in stems:
        rows = db.execute(
            "SELECT term, doc FROM temp.index_stems WHERE term >= ? AND term < ? AND term NOT GLOB 'zf[0-9]*'",
            [word[0], chr(ord(word[0]) + 1)],
        )
        stems[word[0]] = [(row[0], row[1]) for row in rows if row[0].isalpha()]
    near = []
    for stem, count in stems[word[0]]:
        if MIN_CHARS - 1 <= len(stem) <= len(word) + most:
            cuts = {word, *(word[: len(stem) + more] for more in (-1, 0, 1))}
            if (distance := min(OSA.distance(cut, stem, score_cutoff=most) for cut in cuts)) <= most:
                near.append((distance, abs(len(word) - len(stem)), -count, stem))
    return [(stem, -count) for _, _, count, stem in sorted(near)[:MAX_STEMS]]


def _surface_words(db: Database, stem: str, reviews: int) -> set[str]:
    """The words of some listed reviews that begin with a stem, which the index would cut once more by itself."""
    rows = db.execute(
        """
        SELECT snippet(reviews_fts, -1, char(2), char(3), '', 12) FROM reviews_fts
        WHERE reviews_fts MATCH ? LIMIT ?
        """,
        [f'({TEXT_COLUMNS} : "{stem}"*) NOT (facets : zwithdrawn)', reviews],
    )
    return {found.casefold() for row in rows for found in _MARKED.findall(row[0])}
