"""Growth figures for the desk: readers, bounces, reviews, dead links by month, as pictures with their tables."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from app.web.context import context
from app.web.ops.desk import blueprint, render_page, utc_now
from app.web.public.trend_charts import WIDE, BarChart, BarLook, draw_bars
from core.dates import local_date, period_name, period_of
from core.states import LINK_STATES, READER_CHANGES, ReaderChange
from db.read.growth_figures import (
    IssueFigures,
    ReaderMonths,
    count_dead_links,
    count_new_reviews,
    count_reader_months,
    list_issue_figures,
    months_until,
)

MONTHS_SHOWN = 12
CHANGE_WORDS: Mapping[ReaderChange, str] = {
    "joined": "Joined",
    "left": "Left",
    "bounced": "Bounced",
    "complained": "Complained",
    "returned": "Came back",  # the table below has returned mail
}
LINK_WORDS = {
    "live": "good",
    "moved": "good by another address",
    "unreached": "without an answer lately",
    "dead": "dead",
    "none": "to no report",
    "unchecked": "not looked at yet",
}


class Figure(NamedTuple):
    """One picture with its table: a row for each month or issue."""

    name: str
    heading: str
    note: str
    chart: BarChart | None  # None: there is nothing to draw
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@blueprint.get("/figures")
def figures() -> str:
    """How the newsletter does, over the last months. Readers are counted; none is followed."""
    settings, db = context().settings, context().db
    months = months_until(period_of(local_date(utc_now(), settings.zone)), MONTHS_SHOWN)
    shown = (
        _readers_figure(months, count_reader_months(db, months)),
        _bounces_figure(list_issue_figures(db, MONTHS_SHOWN)),
        _month_figure(
            "reviews",
            "New reviews",
            "Those of a source’s first read are not news.",
            months,
            count_new_reviews(db, months, settings.zone),
        ),
        _links_figure(months, *count_dead_links(db, months)),
    )
    return render_page("figures.html", "Figures", figures=shown)


def _readers_figure(months: Sequence[str], counted: ReaderMonths) -> Figure:
    known = [(month, at) for at, month in enumerate(months) if counted.readers[at] is not None]
    rows = tuple(
        (period_name(month), *(_cell(column[at]) for column in (counted.readers, *counted.changes.values())))
        for month, at in reversed(known)
    )
    counts = [counted.readers[at] or 0 for _, at in known]
    note = (
        "Who gets the newsletter, or has paused it, at the end of each month. Counted, not followed: "
        "who is erased stays in the count of who left. These months begin and end at midnight UTC."
    )
    chart = _chart("Readers at the end of each month.", [month for month, _ in known], counts)
    return Figure(
        "readers",
        "Readers",
        note,
        chart,
        ("Month", "Readers", *(CHANGE_WORDS[change] for change in READER_CHANGES)),
        rows,
    )


def _bounces_figure(issues: Sequence[IssueFigures]) -> Figure:
    rows = tuple(
        (
            period_name(one.period),
            *(f"{one.deliveries[state]:,}" for state in ("sent", "refused", "failed", "unknown")),
            f"{one.bounced:,}",
        )
        for one in reversed(issues)
    )
    lost = [one.deliveries["refused"] + one.bounced for one in issues]
    chart = _chart("Refused or returned, by issue.", [one.period for one in issues], lost, "plain")
    note = (
        "Refused by the reader’s server while it was sent, or returned later. What was returned comes on top of sent."
    )
    return Figure(
        "bounces",
        "Refused and returned mail",
        note,
        chart,
        ("Issue", "Sent", "Refused", "Failed", "Unknown", "Returned"),
        rows,
    )


def _links_figure(months: Sequence[str], dead: Sequence[int], states: Mapping[str, int]) -> Figure:
    words = ", ".join(f"{states[state]:,} {LINK_WORDS[state]}" for state in LINK_STATES if states.get(state))
    note = f"Dead now, by the month they were found so. Of all links: {words}." if words else "No link is known yet."
    return _month_figure("links", "Dead links", note, months, dead)


def _month_figure(name: str, heading: str, note: str, months: Sequence[str], counts: Sequence[int]) -> Figure:
    rows = tuple((period_name(month), f"{count:,}") for month, count in reversed([*zip(months, counts, strict=True)]))
    return Figure(name, heading, note, _chart(f"{heading}, by month.", months, counts), ("Month", heading), rows)


def _chart(title: str, months: Sequence[str], counts: Sequence[int], last: BarLook = "unfinished") -> BarChart | None:
    """Bars by month, the last of which is not over; None where all are 0."""
    if not any(counts):
        return None
    most = max(counts)
    looks: list[BarLook] = ["plain" for _ in counts[1:]]
    bars, labels = draw_bars([period_name(month) for month in months], counts, [*looks, last], most, WIDE)
    ends = [f"{count:,} in {period_name(month)}" for count, month in ((counts[0], months[0]), (counts[-1], months[-1]))]
    return BarChart(WIDE, bars, labels, most, title, f"{ends[0]}, {ends[1]}; the most are {most:,}.")


def _cell(count: int | None) -> str:
    return "not counted" if count is None else f"{count:,}"
