"""Foldings: the forms of a text in which two ways to write the same are equal. For comparing, never for showing.

Two, for two questions. `fold` asks whether two readings of one entry differ in more than its typing: it keeps every
letter, accent and sign, but no white space, and what it gives is stored in keys. `fold_words` asks which words are
there: it keeps no sign and no accent, and the words stay apart. `one_line` alone is for people to read.
"""

import re
import unicodedata

_KINDS = dict.fromkeys("‐‑‒–—―−﹘﹣－", "-") | dict.fromkeys('‘’‚‛“”„‟′″´`"«»', "'")
_OF_A_KIND = re.compile(f"[{re.escape(''.join(_KINDS))}]")
_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = str.maketrans("", "", "'’‘ʼ`´")


def strip_format_marks(text: str) -> str:
    """The text without what has no look of its own: Unicode's category Cf (soft hyphens, zero widths, directions)."""
    marks = [ord(char) for char in set(text) if char > "\x7f" and unicodedata.category(char) == "Cf"]
    return text.translate(dict.fromkeys(marks)) if marks else text


def fold(text: str) -> str:
    """The text without its case, white space, kinds of dash and kinds of quote.

    >>> fold("Anonymous – Child “A”") == fold("anonymous- child 'A'")
    True
    """
    text = _OF_A_KIND.sub(lambda found: _KINDS[found[0]], text)
    if not text.isascii():
        text = unicodedata.normalize("NFKC", strip_format_marks(text))
    return "".join(text.casefold().split())


def fold_words(text: str, joined: bool = False) -> list[str]:
    """The words alone, without capitals, accents and signs.

    `joined`: as a name's words are spelt in an address, "children's" is one word and "&" is "and". Else an apostrophe
    parts words, so that "mother" is found in "mother's".
    """
    if joined:
        text = text.translate(_APOSTROPHES).replace("&", " and ")
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _WORD.findall("".join(char for char in plain if not unicodedata.combining(char)))


def one_line(text: str) -> str:
    """The text on one line: nothing unprintable, single spaces, none around it."""
    if text.isprintable() and "  " not in text:  # as nearly all are
        return text.strip()
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
