"""FTS5 query building: what a person typed, quoted so that nothing in it is query syntax."""

import re

TEXT_COLUMNS = "{title summary sections keywords other}"  # those that hold a review's own words
MAX_QUERY_LENGTH = 200  # characters that are looked at
MAX_TERMS = 20  # words and phrases
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
    """The query for reviews that have all of these words; empty where there is none."""
    quoted = " ".join(f'"{piece}"' for piece in split_terms(text))
    return f"{TEXT_COLUMNS} : ({quoted})" if quoted else ""
