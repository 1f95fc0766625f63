"""Search words: what somebody typed as terms (phrases, OR, NOT), and what they ask for with the thesaurus; pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import takewhile

from core.lazy_pattern import lazy_pattern
from core.thesaurus import MAX_TERM_WORDS, find_term, forms_by_word, other_words

MAX_QUERY_LENGTH = 200  # characters that are looked at
MAX_TERMS = 20  # words and phrases
CACHED_SEARCHES = 256  # whose terms are kept: a page asks for those of one search a dozen times
MIN_PREFIX_CHARS = 3  # letters before a star: fewer begin too many words
CATALOGUE_NUMBER = lazy_pattern(r"\s*([Cc]\d{3,9})\s*")
_QUOTES = str.maketrans("“”„‟«»＂", '"' * 7)
_TERM = lazy_pattern(r'(-)?"([^"]*)"?|([^\s"]+)')
_WORD_CHARACTER = lazy_pattern(r"[^\W_]")
_MINUS = lazy_pattern(r"[-−](?=[^\W_])")


@dataclass(frozen=True, slots=True)
class SearchTerm:
    """A word or, in quotes, a phrase, as somebody typed it."""

    text: str
    quoted: bool = False  # found as it stands: no other words are searched for it
    excluded: bool = False  # "-word", "NOT word": what a review must not have
    either: bool = False  # "OR" stands before it: this, or the term before it

    @property
    def is_prefix(self) -> bool:
        """Whether it ends with a star behind enough letters, and so asks for all words that begin with it."""
        last = self.text.split()[-1]
        return last.endswith("*") and len(_WORD_CHARACTER.findall(last)) >= MIN_PREFIX_CHARS


@dataclass(frozen=True, slots=True)
class SearchClause:
    """Something that a review must have: any of what was typed, or any of the other words for it."""

    typed: tuple[tuple[SearchTerm, ...], ...]  # any of these; of each, all the terms
    others: tuple[str, ...] = ()  # phrases


def parse_terms(text: str) -> tuple[SearchTerm, ...]:
    """The terms that somebody typed, so far as they are searched; what holds neither letter nor digit is dropped.

    "OR", "NOT" and "AND" in capitals are no words, unless nothing else is typed, or all that is typed is one term of
    the thesaurus ("WAS NOT BROUGHT"). OR binds two terms: a b OR c asks for a, and for b or c; where a b is one term of
    the thesaurus, for it or c.
    """
    return _read_all_terms(text)[:MAX_TERMS]


def unsearched(text: str) -> str:
    """What of the words typed is not searched, since there are too many."""
    return format_terms(_read_all_terms(text)[MAX_TERMS:])


@lru_cache(CACHED_SEARCHES)
def _read_all_terms(text: str) -> tuple[SearchTerm, ...]:
    found = list(_TERM.finditer(text[:MAX_QUERY_LENGTH].translate(_QUOTES).replace("\0", " ")))
    operators = () if find_term(text) else ("OR", "NOT", "AND")
    return tuple(_read_terms(found, operators) or _read_terms(found, ()))


def _read_terms(found: Iterable[re.Match[str]], operators: tuple[str, ...]) -> list[SearchTerm]:
    terms: list[SearchTerm] = []
    either = excluded = False
    for minus, phrase, word in (match.groups() for match in found):
        if word in operators:
            either, excluded = word == "OR" or (either and word == "NOT"), word == "NOT"
            continue
        leaves_out = bool(minus) or bool(word and _MINUS.match(word))
        term = SearchTerm(word[1:] if word and leaves_out else word or phrase, not word, excluded or leaves_out)
        if _WORD_CHARACTER.search(term.text):
            joins = either and bool(terms) and not term.excluded and not terms[-1].excluded
            terms.append(replace(term, either=joins))
            either = excluded = False
    return terms


def format_terms(terms: Iterable[SearchTerm]) -> str:
    """Terms as somebody could have typed them."""
    return " ".join(
        f"{'OR ' if term.either else ''}{_exclusion(term)}"
        + (f'"{term.text}"' if term.quoted or " " in term.text else term.text)
        for term in terms
    )


def _exclusion(term: SearchTerm) -> str:
    """A minus, but before a word that begins with a sign, of which it would be a part."""
    return "" if not term.excluded else "-" if term.quoted or _WORD_CHARACTER.match(term.text) else "NOT "


def widen(text: str) -> str:
    """The same words, each as the beginning of a word; empty where that would ask for nothing else."""
    terms = parse_terms(text)
    wider = tuple(map(_as_prefix, terms))
    return format_terms(wider) if wider != terms else ""


def _as_prefix(term: SearchTerm) -> SearchTerm:
    if (
        term.text.casefold() in forms_by_word()
    ):  # whole as it is, and of "died" the index would take "di" for the beginning
        return term
    longer = replace(term, text=f"{term.text}*")
    return longer if longer.is_prefix and not term.is_prefix and not term.excluded else term


def as_typed(text: str) -> str:
    """The same search by the words typed alone; empty where no other words are searched anyway."""
    terms = parse_terms(text)
    if not also_searched(text):
        return ""
    alone = [term for clause in plan_clauses(terms) for term in _quote_clause(clause)]
    return format_terms([*alone, *(term for term in terms if term.excluded)])


def _quote_clause(clause: SearchClause) -> Iterator[SearchTerm]:
    """The words typed, each in quotes; one of two terms of several words is a phrase, which OR can bind."""
    for number, terms in enumerate(clause.typed):
        if len(clause.typed) > 1:
            yield SearchTerm(" ".join(term.text for term in terms), quoted=True, either=number > 0)
        else:
            yield from (replace(term, quoted=True) for term in terms)


def also_searched(text: str) -> list[str]:
    """The other words that a search looks for, each once."""
    clauses = plan_clauses(parse_terms(text))
    return list(dict.fromkeys(other for clause in clauses for other in clause.others))


@lru_cache(CACHED_SEARCHES)
def plan_clauses(terms: tuple[SearchTerm, ...]) -> tuple[SearchClause, ...]:
    """All that a review must have. Words that stand side by side are one term of the thesaurus where it has them."""
    asked = [term for term in terms if not term.excluded]
    clauses: list[SearchClause] = []
    while asked:
        count, others = _longest_term(asked)
        clause = SearchClause((tuple(asked[:count]),), others)
        if asked[0].either:
            before = clauses.pop()
            clause = SearchClause(before.typed + clause.typed, before.others + clause.others)
        clauses.append(clause)
        asked = asked[count:]
    return tuple(clauses)


def _longest_term(terms: list[SearchTerm]) -> tuple[int, tuple[str, ...]]:
    """How many of the first terms are one of the thesaurus, at least the first, and the other words for it."""
    beside = takewhile(lambda term: not term.either, terms[1:MAX_TERM_WORDS])
    plain = list(takewhile(_is_plain, [terms[0], *beside]))
    for count in range(len(plain), 0, -1):
        if others := other_words(" ".join(term.text for term in plain[:count])):
            return count, others
    return 1, ()


def _is_plain(term: SearchTerm) -> bool:
    return not (term.quoted or term.is_prefix)
