"""Adapters: kinds of other packages, what the configuration adds to every kind."""

from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import EntryPoint, EntryPoints
from typing import Any

import pytest

from core.config.schema import Source
from core.errors import PageError, SourceError
from core.records import Link, Page, PageReading, Review
from core.source_records import Leftover
from scraper import adapter
from scraper.adapter import Adapter, load_adapter, source_kinds
from scraper.identity import add_identity, durable_key
from scraper.source_options import complete_reading
from tests.support.saved_pages import page

ACME = Source(name="acme", kind="acme", url="https://acme.example.org/")


def read_acme(page: Page, source: str) -> PageReading:
    return PageReading((Review(source=source, publisher="Acme", name="Child A", links=(Link("a", page.url),)),))


ADAPTER = Adapter(read_acme)
NO_ADAPTER = "an adapter"
NO_READING = Adapter(lambda page, source: [])  # type: ignore[arg-type, return-value]  # what a plugin may do wrong


def make_adapter(source: Source) -> Adapter:
    return Adapter(partial(read_acme), lists_all=source.complete is True)


def refuse(source: Source) -> Adapter:
    raise ValueError("no such\nregion")


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Have another package register the kind acme as one of the names here."""

    def run(value: str) -> None:
        known = EntryPoints([EntryPoint("acme", value, adapter.PLUGIN_GROUP)])
        monkeypatch.setattr("importlib.metadata.entry_points", lambda **asked: known.select(**asked))

    return run


@pytest.mark.parametrize("name", ["ADAPTER", "make_adapter"])
def test_another_package_registers_a_kind(register: Callable[[str], None], name: str) -> None:
    register(f"{__name__}:{name}")

    reading = load_adapter(ACME).parse(page("x"), "acme")

    assert [review.name for review in reading.reviews] == ["Child A"]
    assert source_kinds()[-1] == "acme"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (f"{__name__}:NO_ADAPTER", "TypeError"),
        (f"{__name__}:nothing", "AttributeError"),
        ("no_such_package.reviews:ADAPTER", "ModuleNotFoundError"),
        (f"{__name__}:refuse", "ValueError: no such region"),
        ("builtins:str", "it gives str, not a scraper.adapter.Adapter"),
    ],
)
def test_a_broken_plugin_is_one_clear_line(register: Callable[[str], None], value: str, words: str) -> None:
    register(value)

    with pytest.raises(SourceError) as caught:
        load_adapter(ACME)

    said = str(caught.value)
    assert said.startswith(f"the kind of source acme cannot be used: {value} of its package: ") and "\n" not in said
    assert words in said and said.endswith("Install its package anew, or take the source out.")


def test_a_plugin_that_gives_no_reading_is_named(register: Callable[[str], None]) -> None:
    register(f"{__name__}:NO_READING")

    with pytest.raises(PageError, match=r"test_adapter:NO_READING gave list, not a PageReading"):
        load_adapter(ACME).parse(page("x"), "acme")


def test_a_kind_that_there_is_not_is_named_with_those_that_are() -> None:
    with pytest.raises(SourceError, match=r"no such kind of source: acme\. Kinds: nspcc-listing, .*, links"):
        load_adapter(ACME)


def reviews(*names: str, **fields: Any) -> tuple[Review, ...]:
    return tuple(add_identity(Review(source="a", publisher="", name=name, title=name, **fields)) for name in names)


def chosen(found: Sequence[Review], **options: Any) -> PageReading:
    source = Source(name="a", url="https://a.example.org/", **options)
    return complete_reading(PageReading(tuple(found), total=9, leftovers=(Leftover("x", "y"),)), source)


def test_the_configuration_fills_what_the_page_does_not_say() -> None:
    (review,) = chosen(reviews("Child A"), publisher="Gwent", review_kind="Child practice review").reviews

    assert (review.publisher, review.title, review.nation) == ("Gwent", "Gwent – Child A", "Wales")
    assert review.kind == "Child practice review"
    assert review.key == f"f-{review.fingerprint[:16]}" == add_identity(review).key


def test_what_the_page_says_stays() -> None:
    own = Review("a", "Leeds", "Child A", title="Leeds – Child A", nation="England", kind="Learning review", key="a-12")

    (review,) = chosen([own], publisher="Gwent", nation="Wales", review_kind="Child practice review").reviews

    assert review == own


def test_a_key_that_lasts_stays() -> None:
    (review,) = chosen([*reviews("Child A")][:1], publisher="Gwent").reviews
    keyed = Review("a", "", "Child A", key="a-1234")

    (other,) = chosen([keyed], publisher="Gwent").reviews

    assert (durable_key(review), durable_key(other)) == ("", "a-1234")


@pytest.mark.parametrize(
    ("only", "names", "total", "lists_none"),
    [
        ("review|SPR", ["Learning Review of B", "spr C"], None, False),
        ("", ["Child A", "Learning Review of B", "spr C"], 9, False),
        ("homicide", [], None, True),
    ],
)
def test_only_the_titles_that_match_are_read(only: str, names: list[str], total: int | None, lists_none: bool) -> None:
    reading = chosen(reviews("Child A", "Learning Review of B", "spr C"), only=only)

    assert [review.name for review in reading.reviews] == names
    assert (reading.total, reading.lists_none, len(reading.leftovers)) == (total, lists_none, 1)
