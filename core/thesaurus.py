"""Thesaurus: other words for what is searched or wished for, its wider, narrower and related terms, irregular forms.

Words typed side by side are one term where the table (`core/thesaurus.json`) has them, as "hidden men", and other words
for the same are searched as well. What is in quotes is searched as it stands, so that the search by the words typed
alone is the same words in quotes, and travels as such in an address, a feed, a saved search. Irregular forms of a word
are put together when the index is asked, regular ones by the index itself.
"""

import json
from functools import cache, lru_cache
from itertools import islice, product
from pathlib import Path
from typing import Any, NamedTuple

from core.folding import fold_words
from core.topics import load_spellings

MAX_TERM_WORDS = 6  # words of a term
PUNCTUATION = ".,;:!?()[]'’‘"  # around a word
MAX_PHRASE_FORMS = 12  # forms of one phrase that are looked for


class ThesaurusTerm(NamedTuple):
    """What the field has several words for, identified by its preferred name."""

    name: str  # "Hidden men"
    synonyms: tuple[str, ...] = ()  # other words for the same
    wider: tuple[str, ...] = ()  # names of other terms, or topics
    narrower: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()  # public glossaries that have it: title, address


@lru_cache(4096)
def find_term(text: str) -> ThesaurusTerm | None:
    """The term that these words name: by its preferred name or a synonym, in the singular or the plural."""
    return terms_by_key().get(term_key(text)) if len(text) < 100 else None


@lru_cache(4096)
def other_words(text: str) -> tuple[str, ...]:
    """Other words for the same, shortest first; those that a search for the words themselves finds are left out."""
    term = find_term(text)
    if term is None:
        return ()
    covered = [set(term_key(text).split())]
    found = []
    for other in sorted((term.name, *term.synonyms), key=lambda words: len(words.split())):
        own = set(term_key(other).split())
        if not any(one <= own for one in covered):
            covered.append(own)
            found.append(other if other in term.synonyms else other[:1].lower() + other[1:])
    return tuple(found)


def word_forms(word: str) -> tuple[str, ...]:
    """A word, then its irregular forms: of those that the index finds alike, one."""
    folded = word.strip(PUNCTUATION).casefold()
    return (word, *(alike[0] for alike in forms_by_word().get(folded, ()) if folded not in alike))


def phrase_forms(phrase: str, every: bool = False) -> list[str]:
    """A phrase with its words in each irregular form, as typed first; `every`: also those the index finds alike."""
    words = phrase.split()
    forms = [(word, *(form for alike in forms_by_word().get(word, ()) for form in alike)) for word in words]
    combined = product(*(forms if every else map(word_forms, words)))
    return list(dict.fromkeys(map(" ".join, islice(combined, MAX_PHRASE_FORMS))))


@lru_cache(10_000)
def wish_phrases(topic: str) -> frozenset[str]:
    """The folded phrases that say a topic of a reader's: its own words and other words for the same."""
    term = find_term(topic)
    folded = (" ".join(fold_words(words)) for words in (topic, *((term.name, *term.synonyms) if term else ())))
    return frozenset(form for words in folded if words for form in phrase_forms(words, every=True))


def term_key(text: str) -> str:
    """What is the same however a term is written: without capitals, signs and endings, irregular words in one form."""
    return " ".join(
        forms_by_word()[word][0][0] if word in forms_by_word() else _without_ending(word) for word in fold_words(text)
    )


def _without_ending(word: str) -> str:
    """Less than the index takes off: this only compares words of the table with one another and with one typed."""
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    bare = word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
    for ending in ("ing", "ed"):
        if len(bare) > len(ending) + 3 and bare.endswith(ending):
            return bare.removesuffix(ending).removesuffix("e")
    return bare.removesuffix("e") if len(bare) > 3 else bare


def load_thesaurus() -> dict[str, Any]:
    """The table as it is written."""
    table: dict[str, Any] = json.loads(Path(__file__).with_name("thesaurus.json").read_bytes())
    return table


def list_terms() -> list[ThesaurusTerm]:
    """Every term: those of the thesaurus, with the spellings of topics as synonyms, and the other topics."""
    table, spellings = load_thesaurus(), load_spellings()
    terms: dict[str, dict[str, list[str]]] = table["terms"]
    wider: dict[str, list[str]] = {}
    for name, own in terms.items():
        for narrower in own.get("narrower", ()):
            wider.setdefault(narrower, []).append(name)
    return [
        ThesaurusTerm(
            name,
            (*spellings.get(name, ()), *terms.get(name, {}).get("synonyms", ())),
            tuple(wider.get(name, ())),
            tuple(terms.get(name, {}).get("narrower", ())),
            _related(terms, name),
            tuple((title, url) for title, url in map(table["sources"].get, terms.get(name, {}).get("sources", ()))),
        )
        for name in sorted({*terms, *spellings}, key=str.casefold)
    ]


def _related(terms: dict[str, dict[str, list[str]]], name: str) -> tuple[str, ...]:
    """Both ways: each is written once."""
    others = [other for other, own in terms.items() if name in own.get("related", ())]
    return tuple(sorted({*terms.get(name, {}).get("related", ()), *others}, key=str.casefold))


@cache
def forms_by_word() -> dict[str, list[list[str]]]:
    """The irregular forms of each word that has any."""
    return {word: forms for forms in load_thesaurus()["forms"] for alike in forms for word in alike}


@cache
def terms_by_key() -> dict[str, ThesaurusTerm]:
    """Every term by what any of its names is compared by."""
    return {term_key(words): term for term in list_terms() for words in (*term.synonyms, term.name)}
