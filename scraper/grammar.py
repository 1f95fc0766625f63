"""Line grammar: headings, labels, lists, keywords. Pure text to text; knows no markup.

A heading is `[Month ]YYYY [sep] PUBLISHER sep NAME`. A label is one of the words the listings have used
since 2012, with its colon, at the start of a line.
"""

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from core import dates
from core.lazy_pattern import lazy_pattern
from core.states import LabelKind

MONTH_NAMES = [month.lower() for month in dates.MONTHS]
ANY_DASH = "[-‐‑‒–—―−⁃﹘﹣－\x96\x97]"
LONG_DASH = "[‒–—―\x96\x97]"
OTHER_SIGN = r"[:;,./|¦~•·]"  # what a hand types in a dash's place
MONTH = "(?:" + "|".join(f"{m[:3]}(?:{m[3:]})?" for m in MONTH_NAMES) + "|Sept)"
YEAR = r"(?:19|20)\d\d"
HEADING_PATTERN = lazy_pattern(
    rf"(?:[*•·–—-]\s*|\d{{1,3}}[.)]\s+)?(?:(?P<month>{MONTH})[\s.,]+)?[(\[]?(?P<year>{YEAR})[)\]]?"
    rf"(?P<sep>\s*(?:(?:{ANY_DASH}|{OTHER_SIGN})\s*)*)"
    rf"(?P<rest>(?!\d{{2,4}}\s*(?:{ANY_DASH}|{OTHER_SIGN}|$))(?!{ANY_DASH}|{OTHER_SIGN}|\s).+)",
    re.I,
)
HEADING_BEGINNINGS = frozenset(f"0123456789[(*•·–—-npuy{''.join(month[0] for month in MONTH_NAMES)}")  # npuy: new, year
REPEATED_DASH = lazy_pattern(rf"({ANY_DASH})(?:\s*{ANY_DASH})+")
TRAILING_DASH = lazy_pattern(rf"(?:\s+{ANY_DASH}|{LONG_DASH})\s*$")
FOOTNOTE_SIGNS = frozenset("⁰¹²³⁴⁵⁶⁷⁸⁹*†‡§]")  # the last of a mark
FOOTNOTE_MARK = lazy_pattern(r"(?<=[\w.\"'”’)])\s?(?:[⁰¹²³⁴-⁹]{1,2}|[*†‡§]{1,3}|\[\d{1,2}\])$")
OTHER_SIGN_PATTERN = lazy_pattern(OTHER_SIGN)
YEAR_PATTERN = lazy_pattern(YEAR)
MAX_BEFORE_YEAR = 48  # characters: a bullet or number, a novelty mark and a month
SWAPPED_MONTH = lazy_pattern(
    rf"({YEAR})[\s,]+({MONTH})\b\.?(?=\s*{ANY_DASH}.+(?:\s{ANY_DASH}|{ANY_DASH}\s|{LONG_DASH}))", re.I
)
NOVELTY_MARK = lazy_pattern(  # before the year or after the name, and gone a month later
    rf"^[\[(]?(?:new|updated)[\])]?\s*[:!–-]?\s+(?=(?:{MONTH}\s+)?{YEAR})|\s+[\[(](?:new|updated)!?[\])]$",
    re.I,
)
LOUD_MARKS = (" NEW", " NEW!", " UPDATED", " UPDATED!")
YEAR_LABEL = lazy_pattern(rf"(?:published|added|year)(?: in)?\s*[:–-]?\s+(?=(?:{MONTH}\s+)?{YEAR})", re.I)
NAME_SEPARATOR = lazy_pattern(rf"\s+{ANY_DASH}\s*|{ANY_DASH}\s+|{LONG_DASH}|\s*[|¦]\s*")
SUBJECT = (  # how the name of an unnamed child or family begins; a code, such as BDS12
    r"(?:[\"'“‘(]?(?:child|children|baby|babies|infants?|famil(?:y|ies)|siblings?|twins?|young (?:person|people)"
    r"|boy|girl|adult|teenager)\b|(?-i:[A-Z]{1,4}\d+)\b)"
)
SLIP_SEPARATOR = lazy_pattern(rf"(?:\s*[:;,./_~•·]\s*|{ANY_DASH})(?={SUBJECT})", re.I)
NAME_BEGINNING = lazy_pattern(r"[\"'“‘(]?[^\W\d_]")
UNNAMED = lazy_pattern(r"(an? )?(unnamed|unknown|anonymous)\b", re.I)
MAX_HEADING_CHARS = 160  # characters; a longer line that starts with a year is prose
MAX_SLIP_CHARS = 100  # characters, of a line that the markup does not set apart


class Heading(NamedTuple):
    """What a heading line says."""

    year: int | None  # None: it does not say, or not for certain
    month: int | None
    publisher: str
    name: str
    weak: bool  # only a space between year and publisher, or no name: without a body it is none


def parse_heading(text: str, marked: bool = False) -> Heading | None:
    """The heading that a line in normal form is, or None when it is none.

    `marked`: the markup sets the line above others, so that what follows a year and a dash is taken as it is.
    Another sign in a dash's place is read as a dash, for year and both names are there; anything else that is
    typed wrongly is not certain (see `guess_heading`).
    """
    if text[:1].lower() not in HEADING_BEGINNINGS or not YEAR_PATTERN.search(text, 0, MAX_BEFORE_YEAR):
        return None
    if not marked and len(text) > MAX_HEADING_CHARS:
        return None
    label = YEAR_LABEL.match(text) if marked and text[0].isalpha() else None  # "Published: 2026 – Leeds – Child Q"
    plain = NOVELTY_MARK.sub("", text[label.end() :] if label else text)
    if plain.endswith(LOUD_MARKS):
        plain = plain.rpartition(" ")[0]
    plain = SWAPPED_MONTH.sub(lambda swapped: f"{swapped[2]} {swapped[1]}", plain)
    found = HEADING_PATTERN.fullmatch(plain)
    if not found:
        return None
    sep, rest = found["sep"].strip(), REPEATED_DASH.sub(lambda dashes: dashes[1], found["rest"]).strip()
    other_sign = OTHER_SIGN_PATTERN.search(sep) is not None
    dashed = marked and bool(sep) and not other_sign
    if rest[0].isdigit() and (other_sign or not sep):
        return None
    if not dashed and (len(text) > MAX_HEADING_CHARS or (len(text) > 80 and text[-1] in ".;,:")):
        return None
    publisher, name = _split_names(rest, marked and bool(sep), dashed)
    if not name or not ((dashed and not label) or _reads_as_name(publisher)) or _is_swapped(publisher, name):
        return None
    if other_sign and not (reads_as_title(publisher) and (marked or _is_short(text))):
        return None
    month = found["month"]
    return Heading(
        int(found["year"]),
        next(n for n, m in enumerate(MONTH_NAMES, 1) if m.startswith(month.lower())) if month else None,
        publisher,
        name,
        weak=found["sep"].isspace() or not publisher,
    )


def _split_names(text: str, tolerant: bool = True, any_dash: bool = False) -> tuple[str, str]:
    """Publisher and name, parted at the first dash; `tolerant`: else at another sign before words for a child."""
    parts = NAME_SEPARATOR.split(text, maxsplit=1)
    if len(parts) < 2 and tolerant:
        parts = SLIP_SEPARATOR.split(text, maxsplit=1)
    if len(parts) < 2 and any_dash:
        parts = re.split(ANY_DASH, text, maxsplit=1)
    publisher, name = (parts[0].strip(), parts[1].strip()) if len(parts) == 2 else ("", text)
    if name[-1:] in FOOTNOTE_SIGNS or publisher[-1:] in FOOTNOTE_SIGNS:
        publisher, name = FOOTNOTE_MARK.sub("", publisher), FOOTNOTE_MARK.sub("", name)
    return publisher, name if name[-1:].isalnum() else TRAILING_DASH.sub("", name)


def _is_swapped(publisher: str, name: str) -> bool:
    """Whether a child stands in the publisher's place and none in the name's."""
    return SUBJECT_CODE.fullmatch(publisher) is not None and not SUBJECT_NAME.match(name)


def _reads_as_name(publisher: str) -> bool:
    """Whether a publisher is written as one: prose goes on in lower case."""
    return UNNAMED.match(publisher) is not None or (
        NAME_BEGINNING.match(publisher) is not None and not publisher[0].islower()
    )


SUBJECT_NAME = lazy_pattern(rf"{SUBJECT}(?:\s+(?-i:[A-Z0-9\"'“‘])|$)", re.I)
SUBJECT_CODE = lazy_pattern(rf"{SUBJECT}\s+(?-i:[A-Z]{{1,2}}\d*)", re.I)
LAST_SUBJECT = lazy_pattern(rf"\s{SUBJECT}\s+[A-Z]{{0,2}}\d*$", re.I)
ODD_YEAR = lazy_pattern(  # 206, 2O26, 2025/26, 2025 and 2026, and with a month that is none
    rf"(?:\d{{1,3}}[.)]\s+)?[\W_]*(?:(?:(?i:{MONTH})|[A-Z][a-z]{{2,9}})\.?,?\s+)?(?P<year>\d[\dOoIl]{{1,4}})"
    rf"(?:\s*(?:/|{ANY_DASH}|&|,|\band\b|\bto\b|\s)\s*\d{{2,4}}\b)?"
    rf"(?P<sep>\s*(?:(?:{ANY_DASH}|{OTHER_SIGN})\s*)*)(?P<rest>[^\W\d].*|[\"'“‘(].*)"
)
NO_PUBLISHER = lazy_pattern(
    r"\b(reports?|summary|download|read|updated|published|nspcc|briefings?|contact|helpline)\b", re.I
)
BROKEN_HEADING = lazy_pattern(rf"(?:{MONTH}\s+)?{YEAR}(?:\W.*)?(?<![.;,])|[^.;]+\s{ANY_DASH}", re.I)
SMALL_WORDS = frozenset("upon with from under over into their which".split())


def guess_heading(text: str) -> tuple[Heading, Literal[0, 1, 2]]:
    """What a line that is no heading would say if it were one, and how much it is written as one.

    2: as no other line is; 1: as a line of the text may be too, so that its place or its markup must tell; 0: it
    is not. The year is never guessed. Where only that matters, ask `heading_likeness`.
    """
    text = text.rstrip(".:;, ").lstrip("-–—•* ")
    if len(text) > MAX_SLIP_CHARS:
        return Heading(None, None, "", text, weak=True), 0
    dated = ODD_YEAR.fullmatch(text)
    publisher, name = _split_names(dated["rest"] if dated else text)
    return Heading(None, None, publisher, name, weak=True), _likeness(text, dated, publisher, name)


def heading_likeness(text: str) -> Literal[0, 1, 2]:
    """How much a line that is no heading is written as one; see `guess_heading`."""
    if len(text) > 2 * MAX_SLIP_CHARS or (text[-1:] == "." and text.isupper()):  # as most are; a loud sentence
        return 0
    text = text.rstrip(".:;, ").lstrip("-–—•* ")
    return 0 if len(text) > MAX_SLIP_CHARS or parse_label(text, whole=True) else guess_heading(text)[1]


def _likeness(text: str, dated: re.Match[str] | None, publisher: str, name: str) -> Literal[0, 1, 2]:
    """How much a line is written as a heading, its odd year and its names being as given."""
    if not name or NO_PUBLISHER.search(publisher or name) or parse_label(text, whole=True):
        return 0
    if not publisher:
        subject = LAST_SUBJECT.search(f" {name}") is not None
        if dated and len(dated["year"]) > 2:
            return 2 if subject else 1
        return 1 if subject and reads_as_title(name) else 0
    titled = reads_as_title(publisher)
    if dated:
        return 2 if titled or dated["sep"].strip() or LAST_SUBJECT.search(f" {name}") else 1
    if titled and NAME_SEPARATOR.search(text) and (reads_as_title(name) or SUBJECT_NAME.match(name)):
        return 2
    return 1 if (titled and len(name.split()) <= 12) or LAST_SUBJECT.search(f" {name}") else 0


def begins_heading(text: str) -> bool:
    """Whether a line may be the first half of a heading that was typed over two: a year, or names and a last dash."""
    return len(text) <= MAX_SLIP_CHARS and BROKEN_HEADING.fullmatch(text) is not None


def reads_as_title(text: str) -> bool:
    """Whether a text is written as a name is: few words, and each of four letters or more with a capital."""
    if UNNAMED.match(text):
        return True
    words = text.split()
    if not words or len(words) > 8 or re.search(r"[.?!;]\s", text) or text[0].islower() or text.isnumeric():
        return False
    return not any(word[0].islower() and len(word) > 3 and word not in SMALL_WORDS for word in words)


def _is_short(text: str) -> bool:
    """Whether a line that nothing sets apart is short enough for a heading, and no sentence."""
    return len(text) <= MAX_SLIP_CHARS and text[-1] not in ".;,:"


LABEL_VERB = r"(?:\s*:?\s*(?:includes?|included|including|focus(?:es|ed)? on|are|is|relates? to|covers?|identified))?"
LABEL_OBJECT = r"(?:\s+(?:to|for|from|of|on|about|in)\s+[^:;.]{1,60}?)?"
LABEL_WORDS: dict[LabelKind, str] = {
    "background": r"(?:case\s+)?background(?:\s+information)?",
    "learning": r"(?:key\s+|main\s+|other\s+|areas?\s+of\s+)?(?:practice\s+)?"
    r"(?:issues|findings|learning|lessons|themes)"
    r"(?:\s+(?:identified|learned|learnt|points?|themes?|areas?|raised))*",
    "recommendations": r"(?:(?:key|main|other|further|additional|national|local)\s+)?"
    r"recommendations(?:\s+(?:made|identified))?",
    "model": r"(?:review\s+)?(?:model|methodology)(?:\s+used)?",
    "keywords": r"key[\s-]?words?",
    "other": r"(?:areas?\s+of\s+)?good\s+practice(?:\s+(?:points?|identified))*",
}
_BARE_KINDS: tuple[LabelKind, ...] = ("background", "keywords", "model")  # no verb or object follows these
LABEL_SIGN = rf"(?:\s*:\s*|\s*;\s+|\s+{ANY_DASH}\s+)"  # the colon, or what a hand types in its place
LABEL_KINDS: dict[str | None, LabelKind] = {kind: kind for kind in LABEL_WORDS}
LABEL_PATTERN = lazy_pattern(  # no text begins with the words of two kinds
    "|".join(
        rf"(?P<{kind}>{head}{'' if kind in _BARE_KINDS else LABEL_OBJECT + LABEL_VERB}){LABEL_SIGN}"
        for kind, head in LABEL_WORDS.items()
    ),
    re.I,
)
LABEL_BEGINNINGS = frozenset(  # three letters of each, so that most text need not be matched
    "cas bac key mai oth are pra iss fin lea les the fur add nat loc rec rev mod met goo inc mak".split()
)
LABEL_START = lazy_pattern(rf"{'|'.join(LABEL_WORDS.values())}|includes?\b|makes\b", re.I)
MAX_LABEL_CHARS = 200  # characters: a label and what stands before its text ends within them
BARE_INCLUDES = lazy_pattern(r"(includes?)\s*:\s*", re.I)  # 2022: the word before it was lost
MAKES_RECOMMENDATIONS = lazy_pattern(  # 2012: a sentence in place of a label
    r"(?:Makes|MAKES) (?:[\w-]+,? ){0,8}?(?:recommendations?|RECOMMENDATIONS?)\b"
)
SENTENCE_BREAK = lazy_pattern(r"[.!?][”\"’')]? +(?=[A-Z])")
NO_SENTENCE_END = "".join(rf"(?<!\b{word})" for word in "Dr Mr Mrs Ms St Mt No Nos Prof Rev Sgt Supt vs cf etc".split())
LIST_END = lazy_pattern(  # no end of a list: "Dr. Smith"; "Child A. Makes …" is one
    rf"(?:(?:(?<=\w\w)|(?<=\w\w[”\"’)])){NO_SENTENCE_END}[.!?] +(?=[A-Z])"
    r"|(?<=\w)[.!?] +(?=(?:Makes|Identifies|Uses|The review|The report)\b))"
)


KEYWORD_SIGNS = ",|•·;"  # between keywords, the first that is there


class Label(NamedTuple):
    """A label and where the text after it begins."""

    kind: LabelKind
    words: str  # as published, without the last colon
    end: int  # the index in the line at which its text begins


def parse_label(text: str, whole: bool = False) -> Label | None:
    """The known label that a line in normal form begins with, or None.

    `whole`: the markup sets the line apart, so it may be a label without its colon.
    """
    return _find_label(text, whole) if text[:3].lower() in LABEL_BEGINNINGS else None


@lru_cache(8192)  # each line is asked several times, and of a long page again when all are parted
def _find_label(text: str, whole: bool) -> Label | None:
    whole, text = whole and len(text) <= MAX_LABEL_CHARS, text[:MAX_LABEL_CHARS]
    if found := LABEL_PATTERN.match(text):
        return Label(LABEL_KINDS[found.lastgroup], found[found.lastindex or 0].strip(), found.end())
    if whole and (found := LABEL_PATTERN.fullmatch(text + ":")):
        return Label(LABEL_KINDS[found.lastgroup], text, len(text))
    if found := BARE_INCLUDES.match(text):
        return Label("learning", found[1], found.end())
    if MAKES_RECOMMENDATIONS.match(text):
        return Label("recommendations", "Makes recommendations", 0)
    return None


@lru_cache(8192)  # each line is asked several times, and of a long page again when all are parted
def split_labels(text: str) -> tuple[str, ...]:
    """A one-paragraph abstract in pieces, each after the first beginning with a known label."""
    # Behind the last colon begins no label.
    end = len(text) if "Makes " in text or "MAKES " in text else text.rfind(":")
    starts = [0]
    for found in SENTENCE_BREAK.finditer(text, 0, max(end, 0)):
        known = parse_label(rest := text[found.end() : found.end() + MAX_LABEL_CHARS])
        colon = known and (not known.end or ":" in rest[: known.end])  # within a paragraph a dash may be a dash
        if known and colon and known.words.lower() not in {"includes", "include"}:
            starts.append(found.end())
    if len(starts) == 1:
        return (text,)
    return tuple(text[a:b].strip() for a, b in zip(starts, [*starts[1:], len(text)], strict=True))


def split_items(text: str) -> tuple[str, ...]:
    """The entries of a list parted by semicolons, up to a further sentence; nothing when the text is no list.

    >>> split_items("no robust response; drift and delay; and lack of curiosity.")
    ('no robust response', 'drift and delay', 'lack of curiosity')
    """
    parts = [part.strip() for part in text.replace("\n", " ").split(";")]
    if len(parts) < 2:
        return ()
    last = parts[-1].removeprefix("and ").removeprefix("AND ").lstrip()
    if ". " in last or "! " in last or "? " in last:
        last = LIST_END.split(last, maxsplit=1)[0]
    parts[-1] = last.removesuffix(".")
    return tuple(part for part in parts if part)


def split_keywords(text: str) -> tuple[str, ...]:
    """Keywords as published, without the full stop that may end the last."""
    lines = text.strip().rstrip(".").replace("\n", ",")
    parts = lines.split("," if "\n" in text else next((sign for sign in KEYWORD_SIGNS if sign in text), ";"))
    return tuple(part for part in map(str.strip, parts) if part)


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
