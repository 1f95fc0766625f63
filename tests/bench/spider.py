"""A contender: a plain Scrapy spider with a pipeline into SQLite. Arguments: address, file."""

import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scrapy import Spider
from scrapy.crawler import CrawlerProcess

from tests.bench.listing import Entry
from tests.bench.naive import entry

TABLES = """
    CREATE TABLE reviews (
        id INTEGER PRIMARY KEY, year INTEGER, publisher TEXT, name TEXT, catalogue TEXT, summary TEXT
    );
    CREATE TABLE sections (
        review_id INTEGER, position INTEGER, label TEXT, text TEXT, PRIMARY KEY (review_id, position)
    );
    CREATE TABLE keywords (review_id INTEGER, position INTEGER, text TEXT, PRIMARY KEY (review_id, position));
    CREATE TABLE links (
        review_id INTEGER, position INTEGER, text TEXT, url TEXT, PRIMARY KEY (review_id, position)
    );
"""


@dataclass
class Item:
    """What the spider hands to the pipeline."""

    entry: Entry


class Listing(Spider):
    """Reads the one page."""

    name = "listing"

    def parse(self, response: Any) -> Iterator[Item]:
        """An item for each heading."""
        for heading in response.css("h3"):
            body = heading.xpath("following-sibling::p[1]")
            yield Item(
                entry(
                    heading.css("::text").get(),
                    body.xpath("text()").get(),
                    [
                        (strong.xpath("text()").get(), strong.xpath("following-sibling::text()[1]").get())
                        for strong in body.css("strong")
                    ],
                    [(a.css("::text").get(), response.urljoin(a.attrib["href"])) for a in body.css("a")],
                )
            )


class Store:
    """Writes each item as it comes; one transaction for all."""

    def __init__(self, file: str) -> None:
        self.file = file

    @classmethod
    def from_crawler(cls, crawler: Any) -> "Store":
        """As Scrapy makes its pipelines."""
        return cls(crawler.settings["FILE"])

    def open_spider(self) -> None:
        """Make the tables."""
        self.db = sqlite3.connect(self.file)
        self.db.executescript(TABLES)

    def process_item(self, item: Item) -> Item:
        """Write one entry."""
        said = item.entry
        number = self.db.execute(
            "INSERT INTO reviews (year, publisher, name, catalogue, summary) VALUES (?, ?, ?, ?, ?)",
            [said.year, said.publisher, said.name, said.catalogue, said.summary],
        ).lastrowid
        self.db.executemany(
            "INSERT INTO sections VALUES (?, ?, ?, ?)", [(number, n, *part) for n, part in enumerate(said.sections)]
        )
        self.db.executemany(
            "INSERT INTO keywords VALUES (?, ?, ?)", [(number, n, word) for n, word in enumerate(said.keywords)]
        )
        self.db.executemany(
            "INSERT INTO links VALUES (?, ?, ?, ?)", [(number, n, *link) for n, link in enumerate(said.links)]
        )
        return item

    def close_spider(self) -> None:
        """Keep it all."""
        self.db.commit()
        self.db.close()


def main(address: str, file: str) -> None:
    """Crawl the address, robots.txt obeyed, without logging or waiting."""
    process = CrawlerProcess(
        {
            "FILE": file,
            "ITEM_PIPELINES": {Store: 300},
            "ROBOTSTXT_OBEY": True,
            "LOG_ENABLED": False,
            "TELNETCONSOLE_ENABLED": False,
            "AUTOTHROTTLE_ENABLED": False,
            "DOWNLOAD_DELAY": 0,
        }
    )
    process.crawl(Listing, start_urls=[address])
    process.start()


if __name__ == "__main__":
    main(*sys.argv[1:])
