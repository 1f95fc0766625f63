"""What a person types into a search box, as a query of the full-text index: nothing they type is its syntax."""

import re

COLUMNS = "{title summary sections keywords other}"  # those that hold a review's own words
LONGEST = 200  # characters that are looked at
MOST = 20  # words and phrases
_QUOTES = str.maketrans("“”„‟«»＂", '"' * 7)
_PIECE = re.compile(r'"([^"]*)"?|([^\s"]+)')
_WORD = re.compile(r"[^\W_]")


def pieces(text: str) -> list[str]:
    """The words and, between quotes, phrases that somebody typed; what holds neither letter nor digit is dropped."""
    found = (phrase or word for phrase, word in _PIECE.findall(text[:LONGEST].translate(_QUOTES).replace("\0", " ")))
    return [piece for piece in found if _WORD.search(piece)][:MOST]


def matching(text: str) -> str:
    """The query for reviews that have all of these words; empty where there is none."""
    quoted = " ".join(f'"{piece}"' for piece in pieces(text))
    return f"{COLUMNS} : ({quoted})" if quoted else ""
