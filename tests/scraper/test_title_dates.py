"""Title dates: a date of publication is taken where it can be nothing else."""

import pytest

from scraper.title_dates import cut_labelled_date, line_date, sentence_date, split_date


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Child X – SPR published 17th March 2022", ("Child X – SPR", 2022, 3)),
        ("Child A: LCSPR – January 2023", ("Child A: LCSPR", 2023, 1)),
        ("Baby C LCSPR (March 2020)", ("Baby C LCSPR", 2020, 3)),
        ("Baby C, May 2023", ("Baby C", 2023, 5)),
        ("Baby C (published 12/05/2023)", ("Baby C", 2023, 5)),
        ("Baby C - 2021", ("Baby C", 2021, None)),
        ("Baby C – uploaded on March 5, 2024", ("Baby C", 2024, 3)),
        ("March 2024 – LCSPR Child A", ("LCSPR Child A", 2024, 3)),
        ("2024: Child A", ("Child A", 2024, None)),
        ("Review of a death in March 2019", ("Review of a death in March 2019", None, None)),
        ("Child A SPR 2019", ("Child A SPR 2019", None, None)),
        ("Child A – last updated 3 March 2024", ("Child A – last updated 3 March 2024", None, None)),
        ("Child A SPR 2019 – published May 2021", ("Child A SPR 2019", 2021, 5)),
        ("Child A SPR 2019 (May 2021)", ("Child A SPR 2019", 2021, 5)),
        ("Baby April – 2021", ("Baby April", 2021, None)),
        ("March 2024", ("March 2024", None, None)),
        ("Born 2019 – Child B", ("Born 2019 – Child B", None, None)),
        ("", ("", None, None)),
    ],
)
def test_a_title_is_parted_from_its_date(title: str, expected: tuple[str, int | None, int | None]) -> None:
    assert split_date(title) == expected


@pytest.mark.parametrize(
    "title",
    [
        "Deaths of children 2016–2019",
        "Deaths of children (2016–2019)",
        "Deaths of children, April 2016 – March 2019",
        "Deaths of children, April – May 2019",
        "Deaths in 2016, 2017, 2018",
        "2016-2019 thematic review",
        "2016–17: deaths of children",
        "March 2016 – March 2019: deaths of children",
    ],
)
def test_a_span_of_time_is_no_date_of_publication(title: str) -> None:
    assert split_date(title) == (title, None, None)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Published: 3 March 2022", (2022, 3)),
        ("Date of publication: 12/05/2023", (2023, 5)),
        ("Tuesday 3rd of March 2022", (2022, 3)),
        ("(March 2022)", (2022, 3)),
        ("2022-03-17", (2022, 3)),
        ("2019", (2019, None)),
        ("Last updated: 3 March 2022", (None, None)),
        ("He died on 3 March 2022", (None, None)),
        ("3 to 5 children", (None, None)),
    ],
)
def test_a_line_is_a_date_or_none(line: str, expected: tuple[int | None, int | None]) -> None:
    assert line_date(line) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("This review was published in March 2024. It tells of a child.", (2024, 3)),
        ("Published on 3 March 2024 by the partnership", (2024, 3)),
        ("The child died in March 2024.", (None, None)),
        ("Published 2022/23", (None, None)),
    ],
)
def test_a_sentence_says_when_something_was_published(line: str, expected: tuple[int | None, int | None]) -> None:
    assert sentence_date(line) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Child X Published: March 2022", ("Child X", "Published: March 2022")),
        ("Child X – Date published: 12/05/2023", ("Child X", "Date published: 12/05/2023")),
        ("Child X – SPR published 17th March 2022", ("Child X – SPR published 17th March 2022", "")),
        ("Published: March 2022", ("Published: March 2022", "")),
        ("Child X", ("Child X", "")),
    ],
)
def test_a_labelled_date_is_no_part_of_a_title(title: str, expected: tuple[str, str]) -> None:
    assert cut_labelled_date(title) == expected
