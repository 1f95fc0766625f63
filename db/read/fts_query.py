"""FTS5 query building: what a person typed, quoted so that nothing in it is syntax of SQLite's."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from core.search_words import CACHED_SEARCHES, CATALOGUE_NUMBER, SearchClause, SearchTerm, parse_terms, plan_clauses
from core.thesaurus import phrase_forms

_POSSESSIVE = re.compile(r"(?<=\w)['’‘]s\Z", re.IGNORECASE)
TEXT_COLUMNS = "{title summary sections keywords other}"  # those that hold a review's own words


class FtsQuery(NamedTuple):
    """What is asked of the index; each is empty where nothing is."""

    match: str = ""  # reviews that have what was typed, or other words for it
    typed: str = ""  # those among them that have what was typed: they come first
    excluded: str = ""  # those that are left out


@lru_cache(CACHED_SEARCHES)
def build_query(text: str) -> FtsQuery:
    """The query for what somebody typed. A catalogue number alone asks for its record, then for where it is named."""
    if number := CATALOGUE_NUMBER.fullmatch(text):
        return FtsQuery(f'{TEXT_COLUMNS} : ("{number[1]}")', f'{{other}} : ("{number[1]}")')
    terms = parse_terms(text)
    clauses = plan_clauses(terms)
    excluded = " OR ".join(_any_form(term) for term in terms if term.excluded)
    return FtsQuery(
        _in_text(" AND ".join(_clause_query(clause, clause.others) for clause in clauses)),
        _in_text(" AND ".join(_clause_query(clause) for clause in clauses)),
        _in_text(excluded),
    )


def _in_text(query: str) -> str:
    return f"{TEXT_COLUMNS} : ({query})" if query else ""


def _clause_query(clause: SearchClause, others: Iterable[str] = ()) -> str:
    typed = [" AND ".join(map(_any_form, terms)) for terms in clause.typed]
    asked = [*typed, *(_any_form(SearchTerm(other)) for other in others)]
    return f"({' OR '.join(f'({one})' for one in asked)})" if len(asked) > 1 else asked[0]


def _any_form(term: SearchTerm) -> str:
    """A word or phrase in each of its irregular forms; the regular ones are the index's own work.

    "mother's" is a form of mother: the index holds it as two words, of which the first is looked for.
    """
    if term.is_prefix:
        return f'"{term.text}"*'
    text = term.text if term.quoted or " " in term.text else _POSSESSIVE.sub("", term.text)
    forms = [f'"{form}"' for form in phrase_forms(text)]
    return f"({' OR '.join(forms)})" if len(forms) > 1 else forms[0]


def match_query(text: str) -> str:
    """The whole query for what somebody typed, with what is left out; empty where nothing must be there."""
    asked = build_query(text)
    return without(asked.match, asked.excluded)


def without(query: str, excluded: str) -> str:
    """A query without the reviews of another."""
    return f"({query}) NOT ({excluded})" if query and excluded else query
