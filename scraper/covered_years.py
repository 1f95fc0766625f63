"""Coverage: which years of what a source showed before a read still lists; pure.

A page lists blocks of years, the newest of them still growing. In January a new block begins; the one before it stays
beside it, leaves at once, or leaves but for a few late ones. The oldest blocks leave one day too. A block that has left
is covered no longer: absence says nothing of its reviews. All else that is absent may have gone from the collection.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.records import Review

MAX_LOST = 3  # reviews that may go in one read; of a long list MAX_LOST_SHARE
MAX_LOST_SHARE = 0.1


def max_lost(shown: int) -> float:
    """How many of so many reviews may go in one read."""
    return max(MAX_LOST, MAX_LOST_SHARE * shown)


def covered_years(before: "Sequence[Review]", read: "Sequence[Review]", every_year: bool = False) -> set[int | None]:
    """The years of what a source showed before that it still covers; none where it lists nothing now.

    `every_year`: the source has no blocks of years that may leave it.
    """
    if not read:
        return set()
    if every_year:
        return {review.year for review in before}
    shown, now = Counter(review.year for review in before), Counter(review.year for review in read)
    return {year for year, count in shown.items() if year is None or not _has_left(year, count, shown, now)}


def _has_left(year: int, count: int, shown: Counter[int | None], now: Counter[int | None]) -> bool:
    """Whether the block of a year, in which so many were shown, is no longer on the page."""
    listed = [one for one in now if one is not None]
    newest = max(listed, default=year)
    if year >= newest:
        return False
    begins_anew = shown[newest] * 2 <= count  # a new year's list is short beside the old one
    return year < min(listed) or (begins_anew and now[year] * 2 <= count)


def format_years(read: "Iterable[Review]", before: "Sequence[Review]", covered: set[int | None]) -> tuple[str, ...]:
    """The years that a read lists all of, in order."""
    known = {review.year for review in before}
    years = {review.year for review in read if review.year in covered or review.year not in known}
    return tuple(str(year) for year in sorted(year for year in years if year is not None))
