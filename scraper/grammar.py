"""Line grammar: headings, labels, lists, keywords. Pure text to text; knows no markup.

A heading is `[Month ]YYYY [sep] PUBLISHER sep NAME`. A label is one of the words the listings have used
since 2012, with its colon, at the start of a line.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from core import dates
from core.states import LabelKind

MONTH_NAMES = [month.lower() for month in dates.MONTHS]
ANY_DASH = "[-‐‑‒–—―−⁃﹘﹣－\x96\x97]"
LONG_DASH = "[‒–—―\x96\x97]"
HEADING_PATTERN = re.compile(
    r"(?:(?P<month>" + "|".join(f"{m[:3]}(?:{m[3:]})?" for m in MONTH_NAMES) + r"|Sept)\.?\s+)?"
    r"(?P<year>(?:19|20)\d\d)(?P<sep>\s*" + ANY_DASH + r"\s*|\s*)(?P<rest>\D.*)",
    re.I,
)
NAME_SEPARATOR = re.compile(rf"\s+{ANY_DASH}\s*|{ANY_DASH}\s+|{LONG_DASH}")
MAX_HEADING_CHARS = 160  # characters; a longer line that starts with a year is prose


@dataclass(frozen=True, slots=True)
class Heading:
    """What a heading line says."""

    year: int
    month: int | None
    publisher: str
    name: str
    weak: bool  # only a space between year and publisher, or no name: without a body it is none


def parse_heading(text: str, marked: bool = False) -> Heading | None:
    """The heading that a line in normal form is, or None when it is none.

    `marked`: the markup sets the line above others, so that what follows a year and a dash is taken as it is.
    """
    found = HEADING_PATTERN.fullmatch(text)
    if not found:
        return None
    rest = re.sub(rf"({ANY_DASH})(?:\s*{ANY_DASH})+", r"\1", found["rest"]).strip()
    rest = re.sub(rf"^(?:{ANY_DASH}\s*)+", "", rest)
    dashed = marked and bool(found["sep"].strip())
    if not dashed and (len(text) > MAX_HEADING_CHARS or (len(text) > 80 and text[-1] in ".;,:")):
        return None
    parts = NAME_SEPARATOR.split(rest, maxsplit=1)
    if len(parts) < 2 and dashed:
        parts = re.split(ANY_DASH, rest, maxsplit=1)
    publisher, name = (part.strip() for part in parts) if len(parts) == 2 else ("", rest)
    if not name or not (dashed or _reads_as_name(publisher)):
        return None
    month = found["month"]
    return Heading(
        int(found["year"]),
        next(n for n, m in enumerate(MONTH_NAMES, 1) if m.startswith(month.lower())) if month else None,
        publisher,
        name,
        weak=found["sep"].isspace() or not publisher,
    )


def _reads_as_name(publisher: str) -> bool:
    """Whether a publisher is written as one: prose goes on in lower case."""
    if re.match(r"(an? )?(unnamed|unknown|anonymous)\b", publisher, re.I):
        return True
    return bool(re.match(r"[\"'“‘(]?[^\W\d_]", publisher)) and not publisher[0].islower()


LABEL_VERB = r"(?:\s*:?\s*(?:includes?|included|including|focus(?:es|ed)? on|are|is|relates? to|covers?|identified))?"
LABEL_OBJECT = r"(?:\s+(?:to|for|from|of|on|about|in)\s+[^:;.]{1,60}?)?"
LABEL_WORDS: dict[LabelKind, str] = {
    "background": r"(?:case\s+)?background(?:\s+information)?",
    "learning": r"(?:key\s+|main\s+|other\s+|areas?\s+of\s+)?(?:practice\s+)?"
    r"(?:issues|findings|learning|lessons|themes)"
    r"(?:\s+(?:identified|learned|learnt|points?|themes?|areas?|raised))*",
    "recommendations": r"(?:key\s+|main\s+|other\s+|further\s+)?recommendations(?:\s+(?:made|identified))?",
    "model": r"(?:review\s+)?(?:model|methodology)(?:\s+used)?",
    "keywords": r"key\s?words",
    "other": r"(?:areas?\s+of\s+)?good\s+practice(?:\s+(?:points?|identified))*",
}
_BARE_KINDS: tuple[LabelKind, ...] = ("background", "keywords", "model")  # no verb or object follows these
LABEL_PATTERNS = [
    (kind, re.compile(rf"({head}{LABEL_OBJECT}{LABEL_VERB})\s*:\s*", re.I))
    for kind, head in LABEL_WORDS.items()
    if kind not in _BARE_KINDS
] + [(kind, re.compile(rf"({LABEL_WORDS[kind]})\s*:\s*", re.I)) for kind in _BARE_KINDS]
BARE_INCLUDES = re.compile(r"(includes?)\s*:\s*", re.I)  # 2022: the word before it was lost
MAKES_RECOMMENDATIONS = re.compile(
    r"Makes (?:[\w-]+,? ){0,8}?recommendations?\b"
)  # 2012: a sentence in place of a label
SENTENCE_BREAK = re.compile(r"[.!?][”\"’')]? +(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Label:
    """A label and where the text after it begins."""

    kind: LabelKind
    words: str  # as published, without the last colon
    end: int  # the index in the line at which its text begins


@lru_cache(4096)  # each line is asked several times
def parse_label(text: str, whole: bool = False) -> Label | None:
    """The known label that a line in normal form begins with, or None.

    `whole`: the markup sets the line apart, so it may be a label without its colon.
    """
    if not whole and ":" not in text and not text.startswith("Makes "):
        return None
    for kind, pattern in LABEL_PATTERNS:
        if found := pattern.match(text):
            return Label(kind, found[1].strip(), found.end())
        if whole and pattern.fullmatch(text + ":"):
            return Label(kind, text, len(text))
    if found := BARE_INCLUDES.match(text):
        return Label("learning", found[1], found.end())
    if MAKES_RECOMMENDATIONS.match(text):
        return Label("recommendations", "Makes recommendations", 0)
    return None


def split_labels(text: str) -> list[str]:
    """A one-paragraph abstract in pieces, each after the first beginning with a known label."""
    if ":" not in text and "Makes " not in text:
        return [text]
    starts = [0]
    for found in SENTENCE_BREAK.finditer(text):
        rest = text[found.end() :]
        if (known := parse_label(rest)) and known.words.lower() not in {"includes", "include"}:
            starts.append(found.end())
    return [text[a:b].strip() for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]


def split_items(text: str) -> tuple[str, ...]:
    """The entries of a list parted by semicolons; nothing when the text is no list.

    >>> split_items("no robust response; drift and delay; and lack of curiosity.")
    ('no robust response', 'drift and delay', 'lack of curiosity')
    """
    parts = [part.strip() for part in text.replace("\n", " ").split(";")]
    if len(parts) < 2:
        return ()
    parts[-1] = re.sub(r"^and\s+", "", parts[-1]).removesuffix(".")
    return tuple(part for part in parts if part)


def split_keywords(text: str) -> tuple[str, ...]:
    """Keywords as published, without the full stop that may end the last."""
    parts = (
        part.strip() for part in re.split(r"[,\n]" if "," in text or "\n" in text else ";", text.strip().rstrip("."))
    )
    return tuple(part for part in parts if part)


def reads_as_keywords(text: str, fewest: int = 2) -> bool:
    """Whether an unlabelled line is a list of keywords: short terms between commas, mostly lower case."""
    terms = split_keywords(text)
    words = [word for term in terms for word in term.split()]
    inner = [word for term in terms for word in term.split()[1:]]  # each term may begin with a capital
    if len(terms) < fewest or re.search(r"[;:?!]|[.](?=.)", text) or terms[-1].startswith(("and ", "or ")):
        return False
    if max(len(term.split()) for term in terms) > 6 or len(words) > 3.5 * len(terms):
        return False
    return sum(not word[0].isupper() for word in inner) >= 0.5 * len(inner)
