"""FTS5 query building: what a person typed, quoted so that nothing in it is query syntax but a star behind a word."""

import re

TEXT_COLUMNS = "{title summary sections keywords other}"  # those that hold a review's own words
MAX_QUERY_LENGTH = 200  # characters that are looked at
MAX_TERMS = 20  # words and phrases
MIN_PREFIX_CHARS = 3  # letters before a star: fewer begin too many words
_QUOTES = str.maketrans("“”„‟«»＂", '"' * 7)
_TERM = re.compile(r'"([^"]*)"?|([^\s"]+)')
_WORD_CHARACTER = re.compile(r"[^\W_]")


def split_terms(text: str) -> list[str]:
    """The words and, between quotes, phrases that somebody typed; what holds neither letter nor digit is dropped."""
    found = (
        phrase or word for phrase, word in _TERM.findall(text[:MAX_QUERY_LENGTH].translate(_QUOTES).replace("\0", " "))
    )
    return [piece for piece in found if _WORD_CHARACTER.search(piece)][:MAX_TERMS]


def match_query(text: str) -> str:
    """The query for reviews that have all of these words; empty where there is none.

    "brui*" asks for all words that begin so.
    """
    quoted = " ".join(f'"{piece}"{"*" if is_prefix(piece) else ""}' for piece in split_terms(text))
    return f"{TEXT_COLUMNS} : ({quoted})" if quoted else ""


def is_prefix(term: str) -> bool:
    """Whether a term ends with a star behind enough letters, and so asks for all words that begin with it."""
    last = term.split()[-1]
    return last.endswith("*") and len(_WORD_CHARACTER.findall(last)) >= MIN_PREFIX_CHARS


def widen(text: str) -> str:
    """The same words, each as the beginning of a word; empty where that would ask for nothing else."""
    terms = split_terms(text)
    wider = [term if is_prefix(term) or not is_prefix(f"{term}*") else f"{term}*" for term in terms]
    return " ".join(f'"{term}"' if " " in term else term for term in wider) if wider != terms else ""
