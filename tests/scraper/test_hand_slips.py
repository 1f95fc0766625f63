"""Mutation of the pages: headings, labels and dashes typed wrongly; no review is lost or mixed with another.

More of them: `python -m tests.scraper.test_hand_slips 20000`.
"""

import random
import re
import sys
from collections.abc import Iterator
from dataclasses import replace

from core.records import PageReading, Review
from scraper.identity import visible_texts
from scraper.sources.nspcc_listing import parse
from tests.support.listing_pages import MARKUPS, TypedEntry, build_page, era_entries, mark_entries, slip
from tests.support.saved_pages import ERAS

SLIPS = 300
LARGEST = 5  # entries of a page


def sloppy_pages(seed: int) -> Iterator[tuple[str, list[TypedEntry], PageReading]]:
    """Page after page, each with one to three entries typed wrongly: what it is, its entries, what is read."""
    chance = random.Random(seed)
    eras = {era: era_entries(era) for era in ERAS}
    while True:
        era, markup = chance.choice(ERAS), chance.choice(list(MARKUPS))
        size = chance.randint(2, min(LARGEST, len(eras[era])))
        entries = mark_entries(chance.sample(eras[era], size))
        if chance.random() < 0.2:
            entries = [replace(entry, links=()) if chance.random() < 0.5 else entry for entry in entries]
        for at in chance.sample(range(size), chance.randint(1, size // 2)):
            entries[at] = slip(entries[at], chance)
        markups = [chance.choice(list(MARKUPS)) if chance.random() < 0.05 else markup for _ in entries]
        yield f"{era} {' '.join(markups)}", entries, parse(build_page(entries, *markups), "nspcc")


def marks(text: str) -> set[str]:
    return set(re.findall(r"\bzq\d+[a-z]\b", text.casefold()))


def owners(review: Review) -> set[str]:
    """The numbers of the typed entries that a review has words or a link of."""
    links = {str(int(number)) for link in review.links for number in re.findall(r"C9(\d{3})", link.url)}
    return links | {mark[2:-1] for mark in marks("\n".join([review.raw, *visible_texts(review)]))}


def find_faults(entries: list[TypedEntry], found: PageReading) -> list[str]:
    """What is wrong with a reading: an entry lost without a word, or two entries in one review."""
    faults = [f"mixed: {r.heading}" for r in (*found.reviews, *found.waiting) if len(owners(r)) > 1]
    shown = set().union(*(marks("\n".join(visible_texts(r))) for r in (*found.reviews, *found.waiting)), set())
    linked = {link.url for review in (*found.reviews, *found.waiting) for link in review.links}
    named = "\n".join(left.words for left in found.leftovers)
    for entry in entries:
        missing = marks(entry.words()) - shown - marks(named)
        faults += [f"lost: {entry.heading}: {' '.join(sorted(missing))}"] if missing else []
        faults += [f"link lost: {entry.heading}" for _, url in entry.links if url not in linked]
    if len(found.waiting) > len(found.leftovers):
        faults.append("waits without a word")
    return faults


def run(count: int, seed: int = 1) -> list[str]:
    """The faults of so many sloppy pages."""
    faults = []
    for _, (kind, entries, found) in zip(range(count), sloppy_pages(seed), strict=False):
        typed = [entry.heading for entry in entries]
        faults += [f"{kind}: {fault} | {typed}" for fault in find_faults(entries, found)]
    return faults


def test_no_slip_of_the_hand_loses_or_mixes_a_review() -> None:
    assert run(SLIPS) == []


if __name__ == "__main__":
    count = int(sys.argv[1]) if sys.argv[1:] else SLIPS
    found = run(count, seed=int(sys.argv[2]) if sys.argv[2:] else 1)
    print("\n".join(found[:100]))
    print(f"{count} pages with slips: {len(found)} faults")
