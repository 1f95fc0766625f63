"""Foldings: the forms of a text in which two ways to write the same are equal. For comparing, never for showing.

Two, for two questions. `fold` asks whether two readings of one entry differ in more than its typing: it keeps every
letter, accent and sign, but no white space, and what it gives is stored in keys. `fold_words` asks which words are
there: it keeps no sign and no accent, and the words stay apart. `one_line` alone is for people to read.
"""

import unicodedata
from functools import lru_cache

from core.lazy_pattern import lazy_pattern

_KINDS = dict.fromkeys("–—", "-") | dict.fromkeys("’‘“”", "'")  # the commonest first
_KINDS |= dict.fromkeys("‐‑‒―−﹘﹣－", "-") | dict.fromkeys("‚‛„‟′″´«»", "'")
_WORD = lazy_pattern(r"[^\W_]+")
_APOSTROPHES = str.maketrans("", "", "'’‘ʼ`´")
# Letters that Unicode does not take apart into another and a mark, as a dictionary places them.
_PLAIN_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "ŋ": "n", "æ": "ae", "œ": "oe", "þ": "th"}
)
_DIGITS = lazy_pattern("[0-9]+")
_IGNORABLE_NAMES = lazy_pattern("VARIATION SELECTOR|GRAPHEME JOINER|HANGUL.* FILLER|VOWEL INHERENT")
_PRINTABLE_MARKS = lazy_pattern(  # what bears one of these names and yet counts as printable, as category Cf does not
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
MAX_SORTED_CHARS = 500  # characters of a name that decide where it stands


def strip_format_marks(text: str) -> str:
    """The text without what has no look of its own: soft hyphens, zero widths, directions, variation selectors."""
    if text.isascii() or (text.isprintable() and not _PRINTABLE_MARKS.search(text)):
        return text
    marks = [ord(char) for char in set(text) if char > "\x7f" and _is_ignorable(char)]
    return text.translate(dict.fromkeys(marks)) if marks else text


@lru_cache(4096)
def _is_ignorable(char: str) -> bool:
    """Whether a program that has no look for it shows nothing (UAX 44: Default_Ignorable_Code_Point).

    That is Unicode's category Cf, and what of other categories bears one of a few names.
    """
    return unicodedata.category(char) == "Cf" or bool(_IGNORABLE_NAMES.search(unicodedata.name(char, "")))


def fold_case(text: str) -> str:
    """The text in small letters, one space between words."""
    return " ".join(text.casefold().split())


def fold(text: str) -> str:
    """The text without its case, white space, kinds of dash and kinds of quote.

    >>> fold("Anonymous – Child “A”") == fold("anonymous- child 'A'")
    True
    """
    text = text.replace('"', "'").replace("`", "'")
    for sign, plain in _KINDS.items():  # of a long text as of a short one, faster than one pattern
        if text.isascii():
            break
        text = text.replace(sign, plain)
    else:
        text = unicodedata.normalize("NFKC", strip_format_marks(text))
    return "".join(text.casefold().replace(" ", "").split())  # other white space is rare


def fold_words(text: str, joined: bool = False) -> list[str]:
    """The words alone, without capitals, accents and signs.

    `joined`: as a name's words are spelt in an address, "children's" is one word and "&" is "and". Else an apostrophe
    parts words, so that "mother" is found in "mother's".
    """
    text = strip_format_marks(text)
    if joined:
        text = text.translate(_APOSTROPHES).replace("&", " and ")
    plain = text.casefold()
    if not text.isascii():
        plain = unicodedata.normalize("NFKD", text).casefold()
        plain = "".join(char for char in plain if not unicodedata.combining(char))
    return _WORD.findall(plain)


@lru_cache(4096)
def dictionary_key(name: str) -> str:
    """What sorts names as a dictionary does: no capitals, accents or signs, and Child 2 before Child 10.

    >>> sorted(["Zetland", "Ŵyr", "Ávila", "armagh"], key=dictionary_key)
    ['armagh', 'Ávila', 'Ŵyr', 'Zetland']
    """
    words = " ".join(fold_words(name[:MAX_SORTED_CHARS], joined=True)).translate(_PLAIN_LETTERS)
    return _DIGITS.sub(lambda digits: f"{int(digits[0]):012}", words)


def one_line(text: str) -> str:
    """The text on one line: nothing unprintable, single spaces, none around it."""
    if text.isprintable() and "  " not in text:  # as nearly all are
        return text.strip()
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
