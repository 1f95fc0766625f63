"""A contender: requests, BeautifulSoup and sqlite-utils, a short script. Arguments: address, file, builder."""

import sys

import requests
from bs4 import BeautifulSoup
from sqlite_utils import Database

from tests.bench.naive import from_soup


def main(address: str, file: str, builder: str) -> None:
    """Read the page and store its entries."""
    response = requests.get(address, timeout=30)
    response.raise_for_status()
    found = list(enumerate(from_soup(BeautifulSoup(response.content, builder)), 1))
    db = Database(file)
    db.table("reviews").insert_all(
        (
            {
                "id": n,
                "year": entry.year,
                "publisher": entry.publisher,
                "name": entry.name,
                "catalogue": entry.catalogue,
                "summary": entry.summary,
            }
            for n, entry in found
        ),
        pk="id",
    )
    for table, names in (("sections", ("label", "text")), ("keywords", ("text",)), ("links", ("text", "url"))):
        db.table(table).insert_all(
            (
                {"review_id": n, "position": position}
                | dict(zip(names, part if isinstance(part, tuple) else (part,), strict=True))
                for n, entry in found
                for position, part in enumerate(getattr(entry, table))
            ),
            pk=("review_id", "position"),
        )
    db.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
