"""The benchmark's summary and the page of results: what was measured, what was wanted, and what is missing."""

from datetime import date
from pathlib import Path

import pytest

from tests.bench import performance
from tests.bench.__main__ import BENCHES
from tests.bench.targets import PAGE_FRONT, READ_100, READ_304, READ_2000, TARGETS, Figure, summary

DAY = date(2026, 11, 29)
DOCUMENT = performance.FILE.read_text("utf-8")


@pytest.mark.parametrize(
    ("figure", "met"),
    [
        (Figure(READ_100, 0.45), True),
        (Figure(READ_100, 0.451), False),
        (Figure(PAGE_FRONT, 2.0), True),
        (Figure(PAGE_FRONT, 1.99), False),
    ],
)
def test_figure_meets_its_target_on_the_right_side_of_it(figure: Figure, met: bool) -> None:
    assert figure.met is met


def test_summary_has_a_line_for_each_target_of_the_tables_that_ran() -> None:
    lines = summary([Figure(READ_100, 0.4), Figure(READ_304, 0.5, "on a train")], ["reading"]).splitlines()

    assert lines[1].split("  ")[1:2] == ["read a page of 100 entries, whole process"]
    assert [line.split()[-5:] for line in lines if READ_2000.work in line] == [["not", "measured", "in", "this", "run"]]
    assert "  yes  of Scrapy's CPU" in lines[1]
    assert "  no   of Scrapy's CPU for 100 entries (on a train)" in lines[4]
    assert not any(PAGE_FRONT.work in line for line in lines)


def test_no_two_targets_share_a_row() -> None:
    assert len({target.work for target in TARGETS}) == len(TARGETS) > 30


def test_page_of_results_has_a_line_for_each_target() -> None:
    assert performance.updated(DOCUMENT, [], DAY, "") == DOCUMENT, "write them: python -m tests.documents"


def test_page_of_results_tells_how_each_table_is_measured() -> None:
    assert [table for table in {target.table for target in TARGETS} if f"\n| `{table}` |" not in DOCUMENT] == []


def test_figures_take_the_place_of_earlier_ones_of_their_rows_alone() -> None:
    first = performance.updated(DOCUMENT, [Figure(READ_100, 0.41), Figure(READ_2000, 0.9)], DAY, "2 × Old")

    second = performance.updated(first, [Figure(READ_100, 0.46)], date(2027, 1, 2), "4 × New, 8 GiB")

    old, new = (len(second.split(performance.MACHINES)[1].split("\n")) + at for at in (-3, -2))
    assert f"| {READ_100.work} | 0.46 | ≤ 0.45 | no | of Scrapy's CPU | 2027-01-02 | {new} |\n" in second
    assert f"| {READ_2000.work} | 0.9 | ≤ 0.8 | no | of Scrapy's CPU | 2026-11-29 | {old} |\n" in second
    assert second.endswith(f"{old}. 2 × Old\n{new}. 4 × New, 8 GiB\n")
    assert performance.updated(second, [], DAY, "") == second


def test_figure_of_another_target_says_nothing_of_this_one() -> None:
    text = DOCUMENT.replace(f"| {READ_100.work} |", f"| {READ_100.work} | 0.5 | ≤ 0.6 | yes | x | y | 1 |\n| gone |")

    assert performance.updated(text, [], DAY, "").count(f"| {READ_100.work} | – | ≤ 0.45 | – |") == 1


def test_machine_is_described_and_not_named() -> None:
    assert " × " in performance.machine() and "SQLite 3." in performance.machine()
    hostname = Path("/etc/hostname")
    assert not hostname.exists() or hostname.read_text().strip() not in performance.machine()


def test_measured_tables_are_known_to_the_command() -> None:
    assert {target.table for target in TARGETS if target.table in BENCHES} >= {
        "reading",
        "starting",
        "delivery",
        "pages",
    }
