"""A year's list of case reviews as its site really keeps it, in two markups, changing from day to day; all invented."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from tests.support.loopback_site import Answer, Request

AREAS = (
    "Aldercombe", "Brackenford", "Cotterham", "Dunmere", "Eastleigh Vale", "Fenbridge", "Garside", "Hollowell",
    "Inverlea", "Kingsmarsh", "Larkhill", "Millhaven", "Norwell", "Otterburn", "Pendlewick", "Ravensholm",
    "Stoke-on-Sea", "Thornaby", "Ulverley", "Westmere",
)  # fmt: skip
HARMS = (
    "Neglect",
    "Serious injury",
    "Sexual abuse",
    "Death by suicide",
    "Fatal stabbing",
    "Non-accidental head injury",
)
THEMES = ("school exclusion", "the use of interpreters", "late booking in pregnancy", "unseen men", "was not brought")
BOT_CHECK = Answer(200, b"<html><title>Just a moment...</title><body>Verify you are human.</body></html>")
FURNITURE = """<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8">
<title>Recently published case reviews</title></head>
<body><a href="#content">Skip to content.</a><header><ul><li><a href="/news">News stories</a></li>
<li><a href="/case-reviews">Case reviews</a></li><li><a href="/services/library">Library service</a></li></ul></header>
<main id="content"><h1>Recently published case reviews</h1><p class="meta">Last updated: 02 Sept {year}</p>
<h2>Case reviews published in {year}</h2>
<p>A list of the full overview reports and executive summaries added to the National Case Review Collection. To find
all published case reviews <a href="/search">search the national collection</a>.</p>
<p>If you have any concerns about children, please contact the NSPCC Helpline on <a href="tel:0">0808 800 5000</a>.</p>
{lists}<section><h2>More resources and training</h2><ul><li><a href="/briefings"><h3>Learning from case reviews
briefings</h3><p>Our series of thematic briefings highlight the learning from case reviews.</p></a></li></ul></section>
</main>
<footer><p>NSPCC / All rights reserved.</p></footer></body></html>"""
NOTHING = "<p>There are no case reviews published in {year} yet. Please check back soon.</p>"


@dataclass(frozen=True)
class Entry:
    """One entry of the list, identified by its number."""

    number: int
    listed: int  # the year in whose list it stands
    year: int
    name: str
    words: str = ""  # a correction at the end of its first sentence
    label: str = "Learning includes"

    @property
    def title(self) -> str:
        """As an issue heads it."""
        return f"{AREAS[self.number % len(AREAS)]} – {self.name}"

    @property
    def body(self) -> tuple[str, str, str, str]:
        """Its first sentence, what was learnt, what is recommended, its keywords."""
        n, spring, age = self.number, self.listed - 1, self.number % 16 + 1
        first, second = THEMES[n % len(THEMES)], THEMES[(n + 2) % len(THEMES)]
        return (
            f"{HARMS[n % len(HARMS)]} of a child of {age} in the spring of {spring}{self.words}. Case marker {n}7.",
            f"{first}; {second} in family {n}; and questions that nobody asked of family {n}.",
            f"review how {first} is told; audit {second}; and see family {n} at home.",
            f"{HARMS[n % len(HARMS)].lower()}, {first}, family {n}",
        )


@dataclass
class ChangingList:
    """The list at one address: what it holds, how it is marked up, or what stands in its way."""

    entries: list[Entry] = field(default_factory=list)
    years: tuple[int, ...] = (2026,)  # whose lists stand on the page, the newest first
    redesigned: bool = False
    trouble: Answer | None = None
    last: int = 0  # the number of the last entry

    def add(self, year: int, *names: str, listed: int = 0) -> None:
        """List further reviews of a year, in another year's list perhaps."""
        self.last += len(names)
        first = self.last - len(names) + 1
        self.entries += [Entry(first + place, listed or year, year, name) for place, name in enumerate(names)]

    def edit(self, numbers: Iterable[int], **changes: Any) -> None:
        """Change what the entries of these numbers say."""
        chosen = set(numbers)
        self.entries = [replace(one, **changes) if one.number in chosen else one for one in self.entries]

    def remove(self, number: int) -> None:
        """Take an entry off the list."""
        self.entries = [one for one in self.entries if one.number != number]

    def __call__(self, _: Request) -> Answer:
        lists = "".join(map(self._list, self.years))
        page = FURNITURE.format(year=self.years[0], lists=lists)
        return self.trouble or Answer(200, page.encode(), {"Content-Type": "text/html; charset=utf-8"})

    def _list(self, year: int) -> str:
        """A year's list, by area."""
        own, newest = [one for one in self.entries if one.listed == year], year == self.years[0]
        markup = self._accordion if self.redesigned else self._headings
        said = "".join(markup(one) for one in sorted(own, key=lambda one: (one.title, one.number)))
        return (f"<h2>Case reviews published in {year}</h2>" if not newest else "") + (
            said or NOTHING.format(year=year)
        )

    def _headings(self, one: Entry) -> str:
        summary, learnt, recommended, keywords = one.body
        return (
            f"<h3>{one.year} – {one.title}</h3>\n<p>{summary}<br>\n<strong>{one.label}:</strong> {learnt}<br>\n"
            f"<strong>Recommendations include:</strong> {recommended}<br>\n<strong>Keywords:</strong> {keywords}<br>\n"
            f'<a href="/HeritageScripts/Hapi.dll/search2?searchTerm0=C{9000 + one.number}">&gt; Read the overview '
            "report</a></p>\n"
        )

    def _accordion(self, one: Entry) -> str:
        summary, learnt, recommended, keywords = one.body
        return (
            f"<details><summary>{one.year} – {one.title}</summary><div><p>{summary}</p>"
            f"<p><b>{one.label}:</b> {learnt}</p>"
            f"<p><b>Recommendations include:</b> {recommended}</p><p><b>Keywords:</b> {keywords}</p>"
            f'<p><a href="/library/record/C{9000 + one.number}/overview.pdf">Read the overview report (PDF)</a></p>'
            "</div></details>\n"
        )
