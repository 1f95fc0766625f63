"""Topics: keywords normalised to slugs through a reviewed table of spellings."""

import json
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from core.folding import fold_words

MAX_SLUG_CHARS = 80  # characters of a slug; a longer keyword is a sentence, and no topic
SPELLING_CUTOFF = 0.85  # of difflib's ratio: about one letter in seven
MIN_SPELT_CHARS = 5  # characters of a slug; a shorter word is near too many


class Topic(NamedTuple):
    """What reviews are about, identified by its slug."""

    slug: str  # child-sexual-exploitation: what stands in addresses
    name: str  # "Child sexual exploitation"


@lru_cache(20_000)
def slugify(text: str) -> str:
    """The words of a name in lower case without accents, parted by hyphens; empty where it has none or too many."""
    words = "-".join(fold_words(text, joined=True))
    return words if len(words) <= MAX_SLUG_CHARS else ""


@lru_cache(20_000)
def find_topic(keyword: str) -> Topic | None:
    """The topic that a keyword names: as the table has it, else the keyword itself; None where it has no word."""
    found = slugify(keyword)
    if not found:
        return None
    if found in topics_by_slug():
        return topics_by_slug()[found]
    words = " ".join(keyword.split()).rstrip(" .;,:")
    return Topic(found, words[:1].upper() + words[1:])


@lru_cache(20_000)
def misspelt_topic(keyword: str) -> str:
    """The known topic that a keyword all but spells; empty where it is known, or near none: then it is a word to find.

    Another form of a known word (neglected, gangs, co sleeping) is no misspelling: it is found in reviews as it is.
    """
    from difflib import get_close_matches

    slug = slugify(keyword)
    near = get_close_matches(slug, topics_by_slug(), 3, SPELLING_CUTOFF) if len(slug) >= MIN_SPELT_CHARS else []
    if not near or any(_stem(slug).startswith(_stem(one)) or _stem(one).startswith(_stem(slug)) for one in near):
        return ""
    return topics_by_slug()[near[0]].name


def _stem(slug: str) -> str:
    return slug.replace("-", "").removesuffix("s")


def load_spellings() -> dict[str, list[str]]:
    """Each topic's name with its other spellings, as a person reviewed them."""
    data = json.loads(Path(__file__).with_name("topics.json").read_bytes())
    topics: dict[str, list[str]] = data["topics"]
    return topics


@cache
def topics_by_slug() -> dict[str, Topic]:
    """Every topic of the table by the slugs of its name and spellings."""
    known = {}
    for name, spellings in load_spellings().items():
        own = Topic(slugify(name), name)
        known.update({slugify(spelling): own for spelling in (name, *spellings)})
    return known
