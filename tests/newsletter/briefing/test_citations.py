"""Citations: each style as its manual has it, whatever is not known left out, and nothing that breaks a format."""

from datetime import date
from typing import Any

import pytest
import rispy  # type: ignore[import-untyped]  # it has no types

from core.records import Link, Review
from newsletter.briefing.citations import (
    Reference,
    cite_apa,
    cite_harvard,
    make_reference,
    order_references,
    write_bibtex,
    write_ris,
)

PAGE = "https://news.example.org/reviews/7"
REPORT = "https://library.example.org/report.pdf"


def reference(**more: Any) -> Reference:
    """What is cited of an invented review."""
    known = {"year": 2016, "month": 9, "kind": "Serious case review", "links": (Link("Read", REPORT),), "id": 7}
    known |= {"keywords": ("neglect", "hidden men"), "catalogue": "C0042"}
    review = Review(**{"source": "nspcc", "publisher": "Suffolk", "name": "Baby D"} | known | more)
    return make_reference(review, "NSPCC Repository", PAGE, date(2026, 11, 3))


@pytest.mark.parametrize(
    ("more", "harvard", "apa"),
    [
        (
            {},
            f"Suffolk (2016) Baby D. Serious case review. NSPCC Repository. Available at: {REPORT} "
            "(accessed 3 November 2026).",
            f"Suffolk. (2016, September). Baby D [Serious case review]. NSPCC Repository. {REPORT}",
        ),
        (
            {"publisher": "", "year": None, "kind": None, "links": (Link("Read", REPORT, "dead"),)},
            f"NSPCC Repository Baby D. NSPCC Repository. Available at: {PAGE} (accessed 3 November 2026).",
            f"Baby D. (n.d.). NSPCC Repository. {PAGE}",
        ),
        (
            {"month": None},
            f"Suffolk (2016) Baby D. Serious case review. NSPCC Repository. Available at: {REPORT} "
            "(accessed 3 November 2026).",
            f"Suffolk. (2016). Baby D [Serious case review]. NSPCC Repository. {REPORT}",
        ),
    ],
)
def test_a_citation_says_what_is_known(more: dict[str, Any], harvard: str, apa: str) -> None:
    assert cite_harvard(reference(**more)) == harvard
    assert cite_apa(reference(**more)) == apa


def test_ris_is_read_back_as_it_was_written() -> None:
    two = [reference(), reference(name="Child\r\nER  - \r\nTY  - JOUR", publisher="", year=None, month=5)]

    first, second = rispy.loads(write_ris(two))

    assert first["type_of_reference"] == second["type_of_reference"] == "RPRT"
    assert (first["authors"], first["title"], first["year"]) == (["Suffolk"], "Baby D", "2016")
    assert (first["keywords"], first["urls"], first["accession_number"]) == (
        ["neglect", "hidden men"],
        [REPORT],
        "C0042",
    )
    assert second["title"] == "Child ER - TY - JOUR"
    assert {"authors", "year", "date"} & set(second) == set()


def test_a_publisher_with_commas_is_no_person_to_ris() -> None:
    [only] = rispy.loads(write_ris([reference(publisher="Bournemouth, Christchurch and Poole")]))

    assert only["authors"] == ["Bournemouth Christchurch and Poole"]
    assert only["publisher"] == "Bournemouth, Christchurch and Poole"


def test_bibtex_escapes_what_it_would_read_as_its_own() -> None:
    text = write_bibtex(
        [reference(name=r"50% of {A} & #1 \input_~^$", links=(Link("Read", "https://e.example.org/%7B{x}"),))]
    )

    assert r"  title = {{50\% of \{A\} \& \#1 \textbackslash{}input\_\textasciitilde{}\textasciicircum{}\$}}," in text
    assert "  url = {https://e.example.org/%7B%7Bx%7D}," in text
    assert text.startswith("@techreport{casereview7,\n")
    assert text.endswith("  month = sep,\n}\n")


def test_a_publisher_of_several_words_is_one_author_and_one_institution() -> None:
    text = write_bibtex([reference(publisher="Ashcombe and Vale")])

    assert "  author = {{Ashcombe and Vale}},\n  institution = {{Ashcombe and Vale}},\n" in text


def test_a_list_is_in_order_and_years_of_one_publisher_are_told_apart() -> None:
    listed = [
        reference(publisher="Wigan", name="Child 10"),
        reference(publisher="Suffolk", name="Child C", year=None),
        reference(publisher="Suffolk", name="Child B", year=2019),
        reference(publisher="Suffolk", name="Child A", year=2019),
        reference(publisher="Suffolk", name="Child A", year=2016),
        *(reference(publisher="Wigan", name=f"Child {number}") for number in (9, 11)),
    ]
    ordered = order_references(listed)

    assert [(one.publisher, one.name, f"{one.year}{one.letter}") for one in ordered] == [
        ("Suffolk", "Child A", "2016"),
        ("Suffolk", "Child A", "2019a"),
        ("Suffolk", "Child B", "2019b"),
        ("Suffolk", "Child C", "None"),
        ("Wigan", "Child 9", "2016a"),
        ("Wigan", "Child 10", "2016b"),
        ("Wigan", "Child 11", "2016c"),
    ]
    assert cite_harvard(ordered[1]).startswith("Suffolk (2019a) Child A.")
    assert cite_apa(ordered[4]).startswith("Wigan. (2016a, September). Child 9 ")
    assert [one.letter for one in order_references([reference()] * 28)][24:] == ["y", "z", "aa", "ab"]
