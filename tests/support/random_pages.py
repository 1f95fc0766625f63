"""Pages of invented reviews in random layouts, with what should be read of each.

`python -m tests.support.random_pages 500` tries five hundred as `sources try` does, and prints those that go wrong.
"""

import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from core.config.schema import Source
from core.records import Page
from scraper.discovery import discover
from tests.support.page_shapes import entry

PLACE = "https://northshire.example.org/reviews"
NAMES = (
    "Child Wren", "Baby Lark", "Family Rook", "Child A", "Adult Finch", "Child Q and siblings", "Sam", "LCSPR Owl",
    "SCR BDS12", "Thematic review: infants", "Child F, G and H", "Learning review – Kite", "Babies with injuries",
)  # fmt: skip
MONTHS = {1: "January", 3: "March", 6: "June", 10: "October"}
LAYOUTS = {  # what stands around the entries of one group, and one entry
    "list": ("<ul>{}</ul>", "<li>{title} {docs} {date}</li>"),
    "list of lists": ("<ul>{}</ul>", "<li>{title} {date}<ul>{items}</ul></li>"),
    "table": ("<table>{}</table>", "<tr><td>{title}</td><td>{date}</td><td>{docs}</td></tr>"),
    "cards": ("<div class='row'>{}</div>", "<div class='card'><h3>{title}</h3><p>{date}</p>{prose}{paragraphs}</div>"),
    "details": ("{}", "<details><summary>{title}</summary><p>{date}</p>{prose}{paragraphs}</details>"),
    "accordion": ("<div>{}</div>", "<h3><button>{title}</button></h3><div><p>{date}</p>{prose}{paragraphs}</div>"),
    "headings": ("{}", "<h3>{title}</h3><p>{date}</p>{prose}<ul>{items}</ul>"),
    "strong lines": ("{}", "<p><strong>{title}</strong></p><p>{date}</p>{prose}{paragraphs}"),
    "paragraphs": ("{}", "<p>{title} {docs}<br>{date}</p>"),
    "definitions": ("<dl>{}</dl>", "<dt>{title}</dt><dd>{date}</dd><dd>{docs}</dd>"),
    "plain blocks": ("<section>{}</section>", "<div><div><b>{title}</b></div><div>{date}</div><div>{docs}</div></div>"),
}
PARTS = ("Overview report", "Executive summary", "7 minute briefing", "Download (PDF, 1.2MB)", "Briefing note")


@dataclass(frozen=True, slots=True)
class RandomPage:
    """A page, and what should be read of it: name, year, month, how many links."""

    what: str
    html: str
    entries: list[list[Any]]


def make_page(seed: int) -> RandomPage:
    """The page of a seed: its layout, where the dates are, how many documents an entry has."""
    chance = random.Random(seed)
    layout, dates = chance.choice(list(LAYOUTS)), chance.choice(["none", "line", "title", "group"])
    area, suffix = chance.choice(["main", "article", "div"]), chance.choice([".pdf", ".docx", ""])
    around, one = LAYOUTS[layout]
    groups: dict[int, str] = {}
    entries = []
    years = sorted((chance.randint(2019, 2025) for _ in range(chance.randint(2, 9))), reverse=True)
    for place, (name, year) in enumerate(zip(chance.sample(NAMES, len(years)), years, strict=True)):
        month = chance.choice(list(MONTHS))
        when = f"{MONTHS[month]} {year}"
        title = f"{name} ({when})" if dates == "title" else name
        links = [f"<a href='/download/{seed}-{place}-{part[:3]}{suffix}'>{part}</a>" for part in _parts(chance)]
        groups[year] = groups.get(year, "") + one.format(
            title=title,
            date=f"Published: {when}" if dates == "line" else "",
            prose="<p>Agencies knew the family well, and each knew another part of it.</p>" * chance.randint(0, 1),
            docs=" ".join(links),
            items="".join(f"<li>{link}</li>" for link in links),
            paragraphs="".join(f"<p>{link}</p>" for link in links),
        )
        known = {"none": [None, None], "group": [year, None]}.get(dates, [year, month])
        entries.append([title, *known, len(links)])
    body = "".join(f"<h2>{year}</h2>{around.format(part)}" for year, part in groups.items())
    inside = body if dates == "group" else around.format("".join(groups.values()))
    menu = "<nav><ul><li><a href='/'>Home</a></li><li><a href='/plan.pdf'>Plan</a></li></ul></nav>"
    html = f"<html><body>{menu}<{area}><h1>Reviews</h1>{inside}</{area}><footer><a href='/p.pdf'>Privacy</a></footer>"
    return RandomPage(f"{layout}, dates: {dates}, in {area}", f"{html}</body></html>", entries)


def _parts(chance: random.Random) -> list[str]:
    return chance.sample(PARTS, chance.randint(1, 3))


def read_page(page: RandomPage) -> list[list[Any]]:
    """What is found out and read of a page."""
    now = datetime(2026, 11, 23, tzinfo=UTC)
    answer = Page(PLACE, PLACE, 200, (("content-type", "text/html"),), page.html.encode(), now)
    found = discover(answer, Source(name="northshire", url=PLACE))
    return [entry(review) for review in found[0].reading.reviews] if found else []


def wrong_pages(count: int) -> Iterator[str]:
    """A line for each page of so many that is read wrongly."""
    for seed in range(count):
        page = make_page(seed)
        if (read := read_page(page)) != page.entries:
            yield f"{seed}: {page.what}\n  right {page.entries}\n  read  {read}"


if __name__ == "__main__":
    wrong = list(wrong_pages(number := int(sys.argv[1])))
    print("\n".join([*wrong, f"{len(wrong)} of {number} pages wrong"]))
