"""Coverage of a month in words: what was read of each collection and when, so that silence proves nothing; pure.

A month is known from the day a source was first read well to the last good read by the month's end. Of what lies
outside, an issue says that it is not known, never that nothing was published.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from core.calendar import month_after
from core.clean_text import clean_text
from core.dates import day_name, period_name, year_and_month
from core.records import Review
from core.source_records import SourceCoverage
from newsletter.issue.phrases import join_list
from newsletter.issue.wording import Wording

LONGEST_PAUSE = timedelta(days=2)  # between two good reads, at a month's end, of which nothing need be said
Extent = Literal["never", "later", "nothing", "part", "whole"]


@dataclass(frozen=True)
class MonthCoverage:
    """How much of a month each collection was read for. Without any source: all of it."""

    period: str
    wording: Wording
    sources: Sequence[SourceCoverage] = ()
    since: datetime | None = None  # UTC; the month's first instant; None: nothing is of an earlier month

    @property
    def month(self) -> str:
        """The month in words."""
        return period_name(self.period)

    @property
    def title(self) -> str:
        """An issue's title: "Case reviews: September 2016"."""
        return f"{clean_text(self.wording.title)}: {self.month}"

    @property
    def first(self) -> date:
        """The month's first day."""
        return date(*year_and_month(self.period), 1)

    @property
    def following(self) -> date:
        """The next month's first day."""
        return date(*year_and_month(month_after(self.period)), 1)

    @property
    def is_whole(self) -> bool:
        """Whether a source that is not frozen was read from the month's beginning on."""
        read = [one for one in self.sources if self.extent(one) == "whole" and not one.frozen_since]
        return bool(read) or not self.sources

    def extent(self, one: SourceCoverage) -> Extent:
        """For how much of the month a source was read."""
        if one.begun is None:
            return "never"
        if one.begun >= self.following:
            return "later"
        if one.last is None or one.last < self.first:
            return "nothing"
        return "part" if one.begun >= self.first else "whole"

    def collection(self, one: SourceCoverage) -> str:
        """The collection that a source belongs to."""
        return self.wording.collection_of_source(one.source)

    def the_list(self, one: SourceCoverage) -> str:
        """What is read of it, within a sentence."""
        several = len(self.wording.all_collections()) > 1
        others = [other for other in self.sources if self.collection(other) == self.collection(one) and other != one]
        the_list = "one of the lists" if others else "the list"
        return f"{the_list} of the {self.collection(one)}" if several else the_list

    def was_known(self, review: Review) -> bool:
        """Whether a review was on its source's list when that was first read."""
        begun = next((one.begun_at for one in self.sources if one.source == review.source), None)
        return review.baseline or bool(begun and review.first_seen and review.first_seen <= begun)

    def is_earlier(self, review: Review) -> bool:
        """Whether a review was published before the month, as far as is known."""
        return self.was_known(review) or bool(self.since and review.first_seen and review.first_seen < self.since)

    def beginnings(self) -> list[str]:
        """When we began to read, where that was not before the month: a sentence each."""
        begun = [one for one in self.sources if one.begun and one.begun >= self.first]
        return _distinct(
            f"We began to read {self.the_list(one)} on {day_name(one.begun)}." for one in begun if one.begun
        )

    def none_published(self) -> str:
        """That nothing was published: of what was read, and of nothing else."""
        doubts = {self.collection(one): doubt for one in self.sources if (doubt := self._doubt(one))}
        sure = [f"the {name}" for name in self.wording.all_collections() if name not in doubts]
        plain = [f"In {self.month} no case reviews were published to {join_list(sure, 'or')}."] if sure else []
        return " ".join([*plain, *doubts.values()])

    def none_in_brief(self) -> str:
        """The same in one sentence, for an inbox."""
        if any(map(self._doubt, self.sources)):
            return self.none_published().partition(". ")[0].removesuffix(".") + "."
        own = join_list([f"the {name}" for name in self.wording.all_collections()], "or")
        return f"No case reviews were published to {own} in {self.month}."

    def _doubt(self, one: SourceCoverage) -> str:
        """What is to be said of a source that showed nothing new, where it is not that nothing was published."""
        the_list, unknown = self.the_list(one), f"what was published in {self.month} is not known to us."
        match self.extent(one):
            case "never":
                return f"We have not read {the_list} yet: {unknown}"
            case "later":
                return f"{self._began(one)}: {unknown}"
            case "nothing":
                return self._unread(one, unknown)
        if one.frozen_since:
            return f"{_capital(the_list)} has not changed since {day_name(one.frozen_since)}."
        return self._none_while_read(one, self.extent(one) == "part")

    def _unread(self, one: SourceCoverage, unknown: str) -> str:
        """That a source that was read before was not read in the month."""
        if one.last is None:
            return _capital(unknown)
        if one.next is None:
            return f"{_capital(self.the_list(one))} was last read well on {day_name(one.last)}: {unknown}"
        said = f"{_capital(self.the_list(one))} was not read well from {day_name(one.last)} to {day_name(one.next)}"
        return f"{said}: what was published in {self.month} comes with the next issue."

    def _none_while_read(self, one: SourceCoverage, is_part: bool) -> str:
        """That nothing was published while it was read; empty where that was all the month."""
        assert one.last is not None  # it was read in the month
        gap, end = self._gap(one), day_name(one.last)
        if not is_part and one.next and not gap:
            return ""
        if one.next is None:
            end += f", when we last read {'it' if is_part else self.the_list(one)},"
        if not is_part:
            said = f"By {end} no case reviews had been published to the {self.collection(one)} in {self.month}."
        elif one.last == one.begun and (gap or one.next is None):
            said = f"{self._began(one)}."
        else:
            until = end if gap or one.next is None else f"the end of {self.month}"
            said = f"{self._began(one)}. From then to {until} nothing was added to it."
        return " ".join(filter(None, [said, gap]))

    def _began(self, one: SourceCoverage) -> str:
        assert one.begun is not None
        return f"We began to read {self.the_list(one)} on {day_name(one.begun)}"

    def _gap(self, one: SourceCoverage) -> str:
        """That the source was not read at the month's end, so that some of it comes later."""
        if not (one.last and one.next and one.next - one.last > LONGEST_PAUSE):
            return ""
        said = f"{_capital(self.the_list(one))} was not read well from {day_name(one.last)} to {day_name(one.next)}"
        return f"{said}: what was published then comes with the next issue."

    def notices(self, is_empty: bool) -> tuple[str, ...]:
        """What else was not read; an empty issue has said some of it."""
        said = []
        for one in self.sources:
            if one.failing and one.next is None and not one.required:
                since = f" since {day_name(one.last_read)}" if one.last_read else " yet"
                said.append(f"{_capital(self.the_list(one))} could not be read{since}.")
            elif not is_empty and self.extent(one) in ("part", "whole"):
                said.append(self._gap(one))
            if one.frozen_since and not is_empty:
                said.append(f"{_capital(self.the_list(one))} has not changed since {day_name(one.frozen_since)}.")
        return tuple(_distinct(said))

    def last_read(self) -> tuple[date | None, tuple[str, ...]]:
        """The day on which the collections had last been read well, and which: those that failed stand in notices."""
        read = [one for one in self.sources if one.required or not (one.failing and one.next is None)]
        days = [one.last_read for one in read]
        if not days or None in days:
            return None, ()
        return min(day for day in days if day), tuple(_distinct(map(self.collection, read)))


def _distinct(sentences: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, sentences)))


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
