"""Listing pages built anew from expected records: the same entries in any markup, typed rightly or with slips."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Any

from core.records import Page
from tests.support.saved_pages import expected, page


@dataclass(frozen=True, slots=True)
class TypedEntry:
    """An entry as a hand would type it."""

    heading: str
    lines: tuple[tuple[str, str], ...]  # label with its sign, or nothing; text
    links: tuple[tuple[str, str], ...]  # words, address

    def words(self) -> str:
        """All that it says but for its links, a line a line."""
        return "\n".join([self.heading, *(f"{label} {text}".strip() for label, text in self.lines)])


def era_entries(era: str) -> list[TypedEntry]:
    """The entries of a saved era."""
    return [_type(record, era) for record in expected(f"nspcc-listing/{era}/expected.json")]


def _type(record: dict[str, Any], era: str) -> TypedEntry:
    lines = [("", text) for text in record["summary"].split("\n")]
    for section in record["sections"]:
        first, *rest = section["text"].split("\n")
        if section["label"] == "Makes recommendations":
            lines[-1] = ("", f"{lines[-1][1]} {first}")
        elif era == "abstracts":
            lines[-1] = ("", f"{lines[-1][1]} {section['label']}: {first}")
        else:
            lines.append((f"{section['label']}:", first))
        lines += [("", text) for text in rest]
    if words := ", ".join(record["keywords"]):
        lines.append(("", f"{words}.") if era in ("2012", "2013") else ("Keywords:", words))
    links = [(link["text"], link["url"]) for link in record["links"]]
    return TypedEntry(record["heading"], tuple(lines), tuple(links))


def _rows(entry: TypedEntry, strong: bool = False) -> list[str]:
    form = "<strong>{}</strong> {}" if strong else "{} {}"
    said = [form.format(escape(label), escape(text)) if label else escape(text) for label, text in entry.lines]
    return said + [f'<a href="{escape(url)}">&gt; {escape(text)}</a>' for text, url in entry.links]


def _each(form: str, rows: Sequence[str]) -> str:
    return "".join(map(form.format, rows))


MARKUPS: dict[str, Callable[[str, TypedEntry], str]] = {
    "headings": lambda head, entry: f"<h3>{head}</h3><p>{'<br>'.join(_rows(entry, strong=True))}</p>",
    "strong": lambda head, entry: f"<p><strong>{head}</strong><br>{'<br>'.join(_rows(entry, strong=True))}</p>",
    "lead": lambda head, entry: f"<p><strong>{head}</strong> {'<br>'.join(_rows(entry))}</p>",
    "flat": lambda head, entry: f"<p>{head}</p>{_each('<p>{}</p>', _rows(entry))}",
    "breaks": lambda head, entry: f"{head}<br>{_each('{}<br>', _rows(entry))}",
    "details": lambda head, entry: f"<details><summary>{head}</summary>{_each('<p>{}</p>', _rows(entry))}</details>",
    "accordion": lambda head, entry: (
        f"<h3><button>{head}<i aria-hidden='true'>+</i></button></h3><div>{_each('<p>{}</p>', _rows(entry))}</div>"
    ),
    "terms": lambda head, entry: f"<dl><dt>{head}</dt>{_each('<dd>{}</dd>', _rows(entry))}</dl>",
    "table": lambda head, entry: (
        f"<table><tr><th>{head}</th></tr>{_each('<tr><td>{}</td></tr>', _rows(entry))}</table>"
    ),
    "list": lambda head, entry: f"<ul><li><b>{head}</b><br>{'<br>'.join(_rows(entry))}</li></ul>",
}
BEFORE = (
    "<html lang='en'><head><title>Case reviews published</title></head><body><header><a href='/'>NSPCC Learning</a>"
    "</header><div role='dialog'><h2>Your cookie preferences</h2><p>We use cookies to make our site work well.</p>"
    "<button>Accept all cookies</button></div><form><label>Search</label><input></form>"
    "<nav><a href='/case-reviews'>Case reviews</a></nav><main><h1>Case reviews published</h1>"
    "<p>Last updated: 02 Sept 2025</p><p>A list of the overview reports and executive summaries of the collection. "
    "If you have concerns about a child call our helpline on <a href='tel:0'>0808 800 5000</a>.</p>"
)
AFTER = (
    "<section><h2>More resources and training</h2><ul><li><a href='/briefings'>Learning from case reviews</a></li></ul>"
    "</section></main><footer><p>© Registered charity.</p></footer></body></html>"
)


def build_page(entries: Sequence[TypedEntry], *markups: str) -> Page:
    """A page of these entries, in one markup or one for each."""
    forms = markups * len(entries) if len(markups) == 1 else markups
    listed = "".join(MARKUPS[form](escape(entry.heading), entry) for form, entry in zip(forms, entries, strict=True))
    return page(f"{BEFORE}{listed}{AFTER}")


def mark_entries(entries: Sequence[TypedEntry]) -> list[TypedEntry]:
    """The entries with a word in each line, and a link, that no other entry has: "zq3" and a letter."""
    marked = []
    for n, entry in enumerate(entries):
        lines = []
        for k, (label, text) in enumerate(entry.lines):
            first, _, rest = text.partition(" ")
            word = f"zq{n}{chr(97 + k)}"
            keywords = label.startswith("Keywords") or (text.count(",") > 1 and text[0].islower() and not label)
            lines.append((label, f"{word}, {text}" if keywords else f"{first} {word} {rest}".strip()))
        links = tuple((text, _mark_address(url, n)) for text, url in entry.links)
        marked.append(replace(entry, lines=tuple(lines), links=links))
    return marked


def _mark_address(url: str, n: int) -> str:
    numbered = re.sub(r"(?<==)C\d+", f"C9{n:03}", url, flags=re.I)
    return numbered if numbered != url else f"{url}?C9{n:03}"


def slip(entry: TypedEntry, chance: random.Random) -> TypedEntry:
    """The entry with its heading, a label or a dash typed wrongly."""
    if chance.random() < 0.7 or not any(label for label, _ in entry.lines):
        return replace(entry, heading=chance.choice(HEADING_SLIPS)(entry.heading, chance))
    at = chance.choice([n for n, (label, _) in enumerate(entry.lines) if label])
    label, text = entry.lines[at]
    wrong = chance.choice(LABEL_SLIPS)(label, chance)
    return replace(entry, lines=(*entry.lines[:at], (wrong, text), *entry.lines[at + 1 :]))


def _drop(text: str, at: int) -> str:
    return text[:at] + text[at + 1 :]


def _any_letter(text: str, chance: random.Random) -> int:
    return chance.choice([n for n, char in enumerate(text) if char.isalpha()] or [0])


YEAR = re.compile(r"(?:19|20)\d\d")
DASH = re.compile(r"\s*[-–]\s+|\s+[-–]\s*")
SIGNS = [": ", ", ", ". ", " | ", " / ", "/", " ", "", "; ", " -- ", " ~ ", " –– ", " · ", "–", "-", " _ "]
HEADING_SLIPS: list[Callable[[str, random.Random], str]] = [
    lambda text, chance: DASH.sub(chance.choice(SIGNS), text, count=1),
    lambda text, chance: DASH.sub(chance.choice(SIGNS), text),
    lambda text, chance: re.sub(r"(.*)(?:\s*[-–]\s+|\s+[-–]\s*)", rf"\1{chance.choice(SIGNS)}", text, count=1),
    lambda text, chance: YEAR.sub("", text, count=1).lstrip(" -–"),
    lambda text, chance: YEAR.sub(
        lambda y: f"{y[0]}{chance.choice(['/', '-', '–', ' and ', ' & '])}{chance.randint(10, 30)}", text, 1
    ),
    lambda text, chance: YEAR.sub(lambda y: _drop(y[0], chance.randrange(4)), text, count=1),
    lambda text, chance: YEAR.sub(lambda y: y[0] + y[0][chance.randrange(4)], text, count=1),
    lambda text, chance: YEAR.sub(lambda y: y[0].replace("0", chance.choice("Oo"), 1), text, count=1),
    lambda text, chance: YEAR.sub(lambda y: f"{y[0][:2]} {y[0][2:]}", text, count=1),
    lambda text, chance: YEAR.sub(lambda y: y[0][0] + y[0][2] + y[0][1] + y[0][3], text, count=1),
    lambda text, chance: YEAR.sub(
        lambda y: chance.choice(["({})", "[{}]", "{}s", "{}.", "FY{}", "’{}"]).format(y[0]), text, 1
    ),
    lambda text, chance: YEAR.sub(lambda y: f"{y[0]} {chance.choice(['May', 'Decmber', 'Sept'])}", text, count=1),
    lambda text, chance: text.lower(),
    lambda text, chance: text.upper(),
    lambda text, chance: text + chance.choice([".", ":", " –", ";", ","]),
    lambda text, chance: chance.choice(["• ", "- ", "1. ", "* ", "– ", "“"]) + text,
    lambda text, chance: _drop(text, _any_letter(text, chance)),
    lambda text, chance: DASH.split(text, maxsplit=1)[-1],
]
LABEL_SLIPS: list[Callable[[str, random.Random], str]] = [
    lambda label, chance: label.rstrip(":"),
    lambda label, chance: label.rstrip(":") + chance.choice([";", " –", " -", "::", " :", ".", ",", "|"]),
    lambda label, chance: _drop(label, _any_letter(label, chance)),
    lambda label, chance: chance.choice([str.lower, str.upper, str.title])(label),
    lambda label, chance: "",
    lambda label, chance: label.replace(" ", ""),
    lambda label, chance: f"{label} {label}",
]
