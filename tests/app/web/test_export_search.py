"""The index of the exported search: what it finds is what the search of the site finds by the words typed alone."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.web import export_search
from app.web.export_search import divide_words, search_files, shard_name, weigh_words
from core.config.schema import Source
from tests.support.sample_archive import Shelf, full, sample


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return full(tmp_path)


def index(app: Flask) -> dict[str, Any]:
    """The data of each file but the program's."""
    app.config["EXPORTED"] = True
    with app.test_request_context():
        found = dict(search_files())
    found.pop("search.js")
    parts: dict[str, Any] = {}
    for name, body in found.items():
        begin = f'casereviews("{Path(name).stem}",'
        assert body.decode().startswith(begin) and body.endswith(b");\n")
        parts[Path(name).stem] = json.loads(body.decode().removeprefix(begin)[:-3])
    return parts


def shard_of(word: str, parts: dict[str, Any]) -> dict[str, Any]:
    """What the script loads for a word."""
    prefix = max((one for one in parts["index"]["words"] if word.startswith(one)), key=len, default="")
    found: dict[str, Any] = parts.get(f"w-{shard_name(prefix)}", {})
    return found


def find(word: str, parts: dict[str, Any]) -> dict[int, int]:
    """The reviews that have a word, with its weight, as the script reads them."""
    entries = shard_of(word, parts)
    steps = [steps for words, steps in entries.values() if word in words.split()]
    begun = [stem for stem in entries if len(stem) > 3 and word.startswith(stem)]
    code, found = 0, dict[int, int]()
    for step in next(iter(steps), entries[max(begun, key=len)][1] if begun else []):
        code += step
        found[code >> 2] = code & 3
    return found


def by_site(shelf: Shelf, word: str) -> Iterator[int]:
    page = 1
    while reviews := shelf.client().get(f'/reviews.json?q="{word}"&page={page}').get_json()["reviews"]:
        yield from (review["id"] for review in reviews)
        page += 1


def test_it_finds_what_the_site_finds(shelf: Shelf) -> None:
    shelf.add(sample("Plant ŵyr", summary="Émigrés were bruised; Straße.", keywords=("日本語", "nul")))
    parts = index(shelf.app())

    for word in (
        "neglect",
        "neglected",
        "child",
        "children",
        "men",
        "health",
        "emigres",
        "bruise",
        "bruised",
        "wyr",
        "nul",
        "2019",
        "england",
    ):
        known = find(word, parts)
        assert set(known) == set(by_site(shelf, word)), word
    assert find("nosuchword", parts) == {}
    (number,) = find("日本語", parts)
    assert find("日本語", parts)[number] == 3
    assert find("emigres", parts)[number] == 2
    assert sorted(parts["index"]["order"]) == sorted(int(one) for n, p in parts.items() if n[:2] == "r-" for one in p)


def test_what_a_list_shows_is_what_the_list_of_the_site_shows(shelf: Shelf) -> None:
    parts = index(shelf.app())
    page = shelf.client().get("/reviews").text
    for number in parts["index"]["order"][:20]:
        title, meta, glance, extract, note = parts[f"r-{number // parts['index']['reviewsAFile']}"][str(number)]
        for text in filter(None, (meta, glance, note)):
            assert text.replace("&", "&amp;").replace("'", "&#39;") in page
        assert title.partition(",")[0][:20].replace("'", "&#39;") in page and extract


def test_nothing_withdrawn_or_held_back_is_in_it(tmp_path: Path) -> None:
    source = Source(name="nspcc", url="https://learning.example.org/reviews", detail="heading")
    shelf = full(tmp_path, sources=(source,))
    shelf.add(sample("Child Zebedee", summary="Xylophones were heard."))
    shelf.take_down(1)
    shelf.gone(2)
    parts = index(shelf.app())

    assert not {1, 2} & set(parts["index"]["order"])
    assert not {1, 2} & set(find("child", parts))
    assert find("zebedee", parts) and not find("xylophones", parts)


def test_large_files_are_divided_and_each_word_is_in_the_file_of_its_longest_beginning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(export_search, "MAX_SHARD_CHARS", 60)
    words = [
        "a",
        "co",
        "con",
        "cone",
        "cones",
        "conduct",
        "conducted",
        "conductor",
        "cord",
        "die",
        "died",
        "dying",
        "x1",
    ]
    shards = divide_words({word: {number: 1} for number, word in enumerate(words, 1)})

    assert {"a", "co", "con", "cond"} <= {prefix[:4] for prefix in shards}
    for word in words:
        own = max((prefix for prefix in shards if word.startswith(prefix)), key=len)
        assert any(word in str(entry[0]).split() for entry in shards[own].values()), word


def test_a_word_counts_by_the_best_place_where_it_stands() -> None:
    weights = weigh_words(sample("Drift", summary="A delay, a caravan."))

    assert [weights[word] for word in ("drift", "caravan", "delay", "issues", "suffolk", "2016")] == [3, 2, 2, 1, 3, 1]
