"""Names and sizes: one name has one meaning across the rooms; files and functions stay short."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROOMS = ("core", "scraper", "newsletter", "db", "services", "app")
FILES = sorted(file.relative_to(ROOT) for room in ROOMS for file in (ROOT / room).rglob("*.py"))
MAX_FILE, MAX_FUNCTION = 400, 40  # lines

# The same noun in two rooms, as the use case and what it is done to
SAME_NOUN = {
    "backup": "services decide when and where to, db copies the file",
    "completion": "the words that the shell is offered, and the query that finds them",
    "issues": "use cases of issues, and their rows",
    "mail": "messages and the ways out, and their rows",
    "operator": "use cases of the operator, and their rows",
    "refusal_labels": "what a phrase of a refusal means, and its rows",
    "restore": "services decide whether and what is in doubt, db puts the file in place",
    "schema": "of the configuration, and of the database",
    "send_rate": "who waits for it, and the row that remembers the last message",
    "provider_events": "the record, and its rows",
    "side_effects": "the record that is asked for, and the machine's own",
    "sources": "a parser each, and their rows",
}


@cache
def trees() -> dict[Path, ast.Module]:
    """Every file as Python reads it; for the worker that runs these tests, not for each that collects them."""
    return {file: ast.parse((ROOT / file).read_text("utf-8")) for file in FILES}


def modules() -> Iterator[tuple[str, Path]]:
    """Each module and each package by its own name, without the rooms it lies in."""
    for file in FILES:
        if file.name != "__init__.py":
            yield file.stem, file
        elif len(file.parts) > 2:
            yield file.parent.name, file.parent


def test_a_module_name_stands_once_or_for_the_same_noun() -> None:
    places = defaultdict(list)
    for name, place in modules():
        places[name].append(place.as_posix())

    assert {name: paths for name, paths in places.items() if len(paths) > 1 and name not in SAME_NOUN} == {}
    assert [name for name in SAME_NOUN if len(places[name]) < 2] == []


def test_no_two_classes_share_a_name() -> None:
    places = defaultdict(list)
    for file, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(file.as_posix())

    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}


def test_no_file_is_too_long_to_read_in_one_go() -> None:
    lengths = {file.as_posix(): len((ROOT / file).read_text("utf-8").splitlines()) for file in FILES}

    assert {file: length for file, length in lengths.items() if length > MAX_FILE} == {}


def test_no_function_is_too_long_to_see_at_once() -> None:
    long = [
        (f"{file.as_posix()}:{node.name}", node.end_lineno - node.lineno + 1)
        for file, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.end_lineno and node.end_lineno - node.lineno >= MAX_FUNCTION
    ]

    assert long == []
