"""An invented listing of any length in the format of 2016: what it says, and the page that says it."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from html import escape
from random import Random

LIBRARY = "https://library.nspcc.org.uk/HeritageScripts/Hapi.dll/search2?searchTerm0="
PUBLISHERS = (
    "Anonymous|Northmoor|Eastvale|Westhaven|Southfold|Highmere|Lowbridge|Oakshire|Elmsford|Ashcombe|Thornley|Kelbrook"
    "|Marstow|Fenwick and Dale|Upper Wold|St Ebba's|Harrowgate Bay|Two Rivers|An unnamed safeguarding children board"
).split("|")
WHOSE = "Child|Baby|Family|Young person|Siblings".split("|")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
HARMS = (
    "Death of|Serious injury of|Serious neglect of|Life-threatening harm to|Sexual exploitation of|Suicide of"
).split("|")
AGES = "a 5-week-old girl|a 7-month-old boy|a 2-year-old girl|a 6-year-old boy|a 13-year-old girl|a 17-year-old".split(
    "|"
)
CLAUSES = (
    "the family had moved between three areas and was known to services in each under another spelling of its name"
    "|the health visitor’s concerns were written down, but nobody was asked to act on them"
    "|appointments that were missed were recorded as the parents’ choice"
    "|a grandparent had told two professionals that the children were often left alone"
    "|the school held information – attendance, weight, drawings – that was never part of an assessment"
    "|the mother’s own history of care & loss was treated as past"
    "|agencies waited for one another; each believed another was in the lead"
    "|the voice of the child was heard once, and through an interpreter who was a relative"
    "|the plan listed services rather than what was to change for the child"
    "|an uncle who stayed in the house was not in any record"
    "|the hospital discharged the baby without a meeting, on a Friday evening"
    "|drug use was asked about, and the answer was believed"
).split("|")
STEPS = (
    "make sure that every record names each adult who lives in the household"
    "|review how missed appointments of children are followed up"
    "|agree who leads when more than one area is involved"
    "|test by audit whether supervision changes what is done"
    "|give staff time and training to speak with children alone"
    "|share the findings with housing and adult services"
    "|hold a discharge meeting for every baby about whom there is a concern"
).split("|")
WORDS = (
    "neglect|infants|child deaths|physical abuse|parental mental health|substance misuse|domestic abuse|"
    "professional curiosity|information sharing|disguised compliance|missed appointments|voice of the child|housing|"
    "adolescents|self-harm|looked after children|assessment|non-mobile infants"
).split("|")


@dataclass(frozen=True, slots=True)
class Entry:
    """What an entry says: the fields that every contender must store."""

    year: int
    publisher: str
    name: str
    catalogue: str
    summary: str
    sections: tuple[tuple[str, str], ...]  # label, text
    keywords: tuple[str, ...]
    links: tuple[tuple[str, str], ...]  # text, address


def entries(count: int) -> list[Entry]:
    """So many entries, the same each time; about 1.2 KB of text each."""
    chance = Random(2016)
    return [_entry(chance, number) for number in range(count)]


def _entry(chance: Random, number: int) -> Entry:
    catalogue = f"C{10_000 + number}"
    name = f"{chance.choice(WHOSE)} {chance.choice(LETTERS)}{chance.choice(LETTERS)}"
    told = chance.sample(CLAUSES, 8)
    return Entry(
        2016,
        chance.choice(PUBLISHERS),
        name,
        catalogue,
        f"{chance.choice(HARMS)} {chance.choice(AGES)} in {chance.choice(('March', 'August'))} 2014. "
        f"The review found that {told[0]}.",
        (
            ("Background", f"{_sentence(told[1])} {_sentence(told[2])} {_sentence(told[3])}"),
            ("Key issues", f"{'; '.join(told[4:7])}; and {told[7]}."),
            ("Recommendations", f"{'; '.join((steps := chance.sample(STEPS, 3))[:2])}; and {steps[2]}."),
            ("Model", "uses the significant incident learning process."),
        ),
        tuple(chance.sample(WORDS, chance.randint(4, 7))),
        (("Read the overview report", LIBRARY + catalogue), ("Read the executive summary", f"{LIBRARY}{catalogue}S")),
    )


def _sentence(clause: str) -> str:
    return clause[0].upper() + clause[1:] + "."


def page(said: Iterable[Entry]) -> bytes:
    """The entries as a listing: a heading each, then one paragraph with a line for each part.

    Two thousand are just below the most that is read of one page (core.sizes.MAX_PAGE_BYTES).
    """
    body = "\n".join(map(_markup, said))
    return f"{TOP}{body}{BOTTOM}".encode()


def _markup(entry: Entry) -> str:
    lines = [escape(entry.summary)]
    labelled = (*entry.sections, ("Keywords", ", ".join(entry.keywords)))
    lines += [f"<strong>{label}:</strong> {escape(text)}" for label, text in labelled]
    lines += [f'<a href="{escape(url)}">{text}</a>' for text, url in entry.links]
    heading = escape(f"{entry.year} – {entry.publisher} – {entry.name}")
    return f"<h3>{heading}</h3>\n<p>" + "<br>\n".join(lines) + "</p>"


def digest(said: Sequence[Entry]) -> str:
    """A hash of all that the entries say, in order."""
    return hashlib.sha256(json.dumps([astuple(entry) for entry in said]).encode()).hexdigest()


TOP = """\
<!DOCTYPE html>
<!-- Every review on this page is invented: invented children, invented facts, never a real case. -->
<html lang="en-GB">
<head><meta charset="utf-8"><title>Case reviews published in 2016</title></head>
<body>
<ul role="navigation"><li><a href="/">Home</a></li><li><a href="/2015">2015 case reviews</a></li></ul>
<div role="main">
<h1>Case reviews published in 2016</h1>
<p>Invented reviews. Last updated: 26 Sep 2016</p>
"""
BOTTOM = """
</div>
<footer><p>Invented reviews.</p></footer>
</body>
</html>
"""
