"""The listing read as a short script would: by the markup of this one page, with nothing doubted."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.bench.listing import Entry


def from_soup(soup: Any) -> Iterator[Entry]:
    """The entries of a BeautifulSoup tree."""
    for heading in soup.find_all("h3"):
        body = heading.find_next_sibling("p")
        yield entry(
            heading.get_text(),
            body.contents[0],
            [(strong.get_text(), strong.next_sibling) for strong in body.find_all("strong")],
            [(a.get_text(), a["href"]) for a in body.find_all("a")],
        )


def from_tree(tree: Any) -> Iterator[Entry]:
    """The entries of an lxml tree."""
    for heading in tree.iter("h3"):
        body = heading.getnext()
        yield entry(
            heading.text_content(),
            body.text,
            [(strong.text, strong.tail) for strong in body.iterchildren("strong")],
            [(a.text, a.get("href")) for a in body.iterchildren("a")],
        )


def entry(heading: str, summary: str, labelled: Sequence[tuple[str, str]], links: Sequence[tuple[str, str]]) -> Entry:
    """An entry from the texts of its parts."""
    year, publisher, name = heading.split(" – ")
    parts = [(label.strip().rstrip(":"), " ".join(text.split())) for label, text in labelled]
    return Entry(
        int(year),
        publisher,
        name,
        parse_qs(urlsplit(links[0][1]).query)["searchTerm0"][0],
        " ".join(summary.split()),
        tuple(part for part in parts if part[0] != "Keywords"),
        tuple(word for label, text in parts if label == "Keywords" for word in text.split(", ")),
        tuple(links),
    )
