"""Lint: a word that the schema does not know, compared with or set in a column of states, in any SQL of db/.

SQL is text, of which mypy knows nothing. Which words a column may hold is read from the CHECKs of the schema.
Run by `make check`: python -m tests.lint.sql_states
"""

import ast
import re
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from db.schema.connect import create

ROOT = Path(__file__).parents[2]
WORD = r"'[^']*'"
CHECK = re.compile(rf"CHECK \((\w+) IN \(({WORD}(?:, {WORD})*)\)\)")
COMPARISON = re.compile(
    rf"(\w+)\s*(?:=|<>|!=|\bIS(?:\s+NOT)?\b|\b(?:NOT\s+)?IN\b)\s*(\(\s*{WORD}(?:\s*,\s*{WORD})*\s*\)|{WORD})"
)


def checked_words(db: sqlite3.Connection) -> dict[tuple[str, str], tuple[str, ...]]:
    """The words that each checked column of a database may hold, by table and column, in the order written."""
    rows = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql IS NOT NULL ORDER BY name")
    return {(table, column): tuple(_words(group)) for table, sql in rows for column, group in CHECK.findall(sql)}


def misspelt(source: str, known: dict[str, set[str]]) -> Iterator[tuple[int, str]]:
    """Each word of the SQL in a module that its column cannot hold: the line, and what is wrong."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            for found in COMPARISON.finditer(node.value):
                line = node.lineno + node.value.count("\n", 0, found.start())
                for word in _words(found[2]) if found[1] in known else []:
                    if word not in known[found[1]]:
                        yield line, f"{found[1]} is never {word!r}; it is one of: {', '.join(sorted(known[found[1]]))}"


def known_words() -> dict[str, set[str]]:
    """The words that columns of each name may hold in today's schema: of one name in several tables, all of theirs."""
    with TemporaryDirectory() as folder, create(Path(folder) / "fresh.db") as db:
        known: dict[str, set[str]] = {}
        for (_, column), words in checked_words(db.conn).items():
            known.setdefault(column, set()).update(words)
        return known


def _words(group: str) -> list[str]:
    return [word[1:-1] for word in re.findall(WORD, group)]


def main() -> int:
    """Print what is misspelt in db/; 1 where anything is."""
    known = known_words()
    faults = [
        f"{file.relative_to(ROOT)}:{line}: {what}"
        for file in sorted((ROOT / "db").rglob("*.py"))
        for line, what in misspelt(file.read_text(encoding="utf-8"), known)
    ]
    sys.stdout.write("".join(f"{fault}\n" for fault in faults))
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
