"""Stems of words, as the full-text index takes them."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing

from db.schema.search_tables import TOKENIZER


def stem_words(words: Iterable[str]) -> dict[str, str]:
    """Each word with its stem: "bruises" with "bruis". No database of ours is asked."""
    numbered = dict(enumerate(words, 1))
    with closing(sqlite3.connect(":memory:")) as memory:
        memory.execute(f"CREATE VIRTUAL TABLE texts USING fts5 (word, tokenize = '{TOKENIZER}')")
        memory.execute("CREATE VIRTUAL TABLE stems USING fts5vocab (texts, 'instance')")
        memory.executemany("INSERT INTO texts (rowid, word) VALUES (?, ?)", numbered.items())
        stems = dict(memory.execute("SELECT doc, term FROM stems ORDER BY doc, offset DESC"))
    return {word: stems.get(number, word) for number, word in numbered.items()}
