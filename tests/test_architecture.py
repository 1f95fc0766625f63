"""The architecture page is true: every path in it exists, every room is named, the clever parts say the same."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
ROOMS = ("app", "services", "scraper", "newsletter", "db", "core", "templates")
PATH = re.compile(rf"`((?:{'|'.join(ROOMS)}|tests|docs)(?:/[\w.-]+)*/?)`")
PARTS = re.findall(r"^`([\w/]+\.py)`\. (.+?)(?=\n\n)", ARCHITECTURE.split("## The clever parts")[1], re.M | re.S)


def one_line(text: str) -> str:
    """A paragraph without its line ends."""
    return " ".join(text.split())


@pytest.mark.parametrize("text", [ARCHITECTURE, CONTRIBUTING], ids=["architecture.md", "CONTRIBUTING.md"])
def test_every_path_that_is_named_exists(text: str) -> None:
    named = {path for path in PATH.findall(text) if not re.search(r"NAME|KIND", path)}

    assert len(named) > 10
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


def test_every_room_is_named() -> None:
    folders = [folder for room in ROOMS for folder in (ROOT / room, *(ROOT / room).rglob("*")) if folder.is_dir()]
    rooms = {folder.relative_to(ROOT).as_posix() for folder in folders if any(folder.glob("*.*"))}
    rooms -= {room for room in rooms if "__pycache__" in room or "/static" in room}

    assert sorted(room for room in rooms if f"`{room}`" not in ARCHITECTURE) == []


def test_the_rooms_at_the_top_are_told_to_contributors() -> None:
    assert [room for room in ROOMS if f"| `{room}` |" not in CONTRIBUTING] == []


def test_the_clever_parts_are_told() -> None:
    assert len(re.findall("^### ", ARCHITECTURE.split("## The clever parts")[1], re.M)) == 25
    assert len(PARTS) == 25  # the others name several files


@pytest.mark.parametrize(("path", "paragraph"), PARTS, ids=[path for path, _ in PARTS])
def test_a_clever_part_is_told_alike_at_the_top_of_its_file(path: str, paragraph: str) -> None:
    docstring = ast.get_docstring(ast.parse((ROOT / path).read_text("utf-8"))) or ""

    assert one_line(docstring.split("\n\n")[1]) == one_line(paragraph)
