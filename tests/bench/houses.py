"""Houses that a product makes by its own commands, so that products of any schema can be compared."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.bench import listing
from tests.bench.products import Product

House = Callable[[Product, Path], None]
PERIOD = "2016-09"
NOWHERE = "http://127.0.0.1:9/listing"
CONFIG = """\
data_dir = "data"
base_url = "http://127.0.0.1:8765"
[[sources]]
name = "nspcc"
url = "{url}"
[fetch]
spacing = {spacing}
[mail]
sender = "Case reviews <news@example.org>"
bounce_address = "bounces@example.org"
"""
SMTP = """\
transport = "smtp"
host = "127.0.0.1"
port = {port}
security = "none"
live = true
connections = 4
"""


def new_house(url: str = NOWHERE, mail: str = "", spacing: float = 0) -> House:
    """An empty one, whose source is at `url`."""

    def build(product: Product, place: Path) -> None:
        (place / "casereviews.toml").write_text(CONFIG.format(url=url, spacing=spacing) + mail)
        product.must(place, "init")

    return build


def read_house(url: str) -> House:
    """One that has read its source, and has nothing more to do."""

    def build(product: Product, place: Path) -> None:
        new_house(url)(product, place)
        product.must(place, "scrape")
        for _ in range(5):
            if not product.must(place, "tick").out:
                break

    return build


def listed_house(reviews: int, readers: int) -> House:
    """One with so many reviews and readers."""

    def build(product: Product, place: Path) -> None:
        new_house()(product, place)
        _read_page(product, place, listing.entries(reviews), "2016-08-31")
        write_readers(readers, product, place)
        product.must(place, *IMPORT)

    return build


def linked_house(links: int, hosts: int, port: int) -> House:
    """One whose reviews have a link each, to so many hosts on a port; between two requests to one passes a second."""

    def build(product: Product, place: Path) -> None:
        new_house(spacing=1)(product, place)
        urls = [f"http://127.0.0.{n % hosts + 1}:{port}/{n}.pdf" for n in range(links)]
        said = [replace(entry, links=(("Read", url),)) for entry, url in zip(listing.entries(links), urls, strict=True)]
        _read_page(product, place, said, "2016-08-31")

    return build


IMPORT = tuple("subscribers import readers.csv --confirmed --consent Asked".split())


def write_readers(count: int, product: Product, place: Path) -> None:
    """The file that `IMPORT` reads."""
    rows = "".join(f"reader{n}@example.org,{'full' if n % 2 else 'lines'}\n" for n in range(count))
    (place / "readers.csv").write_text(f"email,rest of issue\n{rows}")


def issue_house(reviews: int, readers: int, mail: str = "", sections: slice = slice(1, 2)) -> House:
    """One whose issue of so many reviews is approved for so many readers."""

    def build(product: Product, place: Path) -> None:
        new_house(mail=mail)(product, place)
        said = [replace(entry, sections=entry.sections[sections]) for entry in listing.entries(reviews + 1)]
        _read_page(product, place, said[:1], "2016-08-31")
        _read_page(product, place, said, "2016-09-20")
        write_readers(readers, product, place)
        for words in (IMPORT, ("issue", "build", PERIOD), ("issue", "approve", PERIOD)):
            product.must(place, *words)

    return build


def _read_page(product: Product, place: Path, said: list[listing.Entry], day: str) -> None:
    (place / "page.html").write_bytes(listing.page(said))
    run = product.must(place, *"scrape nspcc --from-file page.html --json --as-of".split(), day)
    assert json.loads(run.out)[0]["seen"] == len(said), run.out
