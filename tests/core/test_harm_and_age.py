"""What the first words of a review say for certain, and that nothing is guessed."""

import json
from math import inf

import pytest

from core.harm_and_age import VOCABULARY, OpeningWords, age_in_years, parse_harm_and_age, parse_opening_words

CERTAIN = [
    ("Death of a 12-week-old baby boy whilst co-sleeping with his mother.", ("Death",), "Under 1"),
    ('Death of a 16-year-old girl, "Lucy", and her unborn child in 2014.', ("Death",), "16 to 17"),
    ("Death of a 17-year-old in supported accommodation.", ("Death",), "16 to 17"),
    ("Death of a 14-year-old boy with autism, in a fire with his mother.", ("Death",), "11 to 15"),
    ("Deaths of two sisters in a house fire.", ("Death",), ""),
    ("Neglect and physical abuse of three siblings aged 3, 6 and 9.", ("Neglect", "Physical abuse"), ""),
    ("Serious injury of a 20-month-old girl.", ("Injury",), "1 to 5"),
    ("Serious head injury of 4-month-old twins.", ("Injury",), "Under 1"),
    ("Injury of twin boys, aged 4 months, in November.", ("Injury",), "Under 1"),
    ("Death of a girl aged 15 months old. Two agencies knew her.", ("Death",), "1 to 5"),
    ("Death of a boy aged 14, in a fire, and serious injury of his sister.", ("Death",), "11 to 15"),
    ("Suicide of a fifteen-year-old girl.", ("Suicide",), "11 to 15"),
    ("SUDDEN AND UNEXPECTED DEATH of an infant.", ("Death",), ""),
    ("NEGLECT, AND PHYSICAL ABUSE of a boy.", ("Neglect", "Physical abuse"), ""),
    ("Death And Long-Term Neglect Of A 2-Year-Old Girl", ("Death", "Neglect"), "1 to 5"),
    ("Neglect and sudden and unexpected death of an infant.", ("Neglect", "Death"), ""),
    ("Sudden and unexpected death, neglect and death of an infant.", ("Death", "Neglect"), ""),
    ("Death of a 12‑week‐old baby.", ("Death",), "Under 1"),
    ("Death  of a\n5-year-old boy.", ("Death",), "1 to 5"),
    ("Sexual abuse of an 11-year-old boy by a volunteer.", ("Sexual abuse",), "11 to 15"),
]
UNCERTAIN = [
    "Suicide of the father of a 3-year-old boy, and serious injury of the boy.",
    "Death of a 6-month-old baby's father.",
    "Death of a 6-month-old’s mother.",
    "Death of a 17-year-old mother and her baby.",
    "Death of a 34-year-old woman.",
    "Death of an older child’s grandmother.",
    "Thematic review of the deaths of three babies.",
    "Considers the death of a 2-year-old boy.",
    "Looks at neglect of children.",
    "Near death of a 4-year-old girl.",
    "Death of a 17-year-old girl and her 3-month-old baby.",
    "Neglect of a boy and a girl.",
    "Death of a boy aged 3 and a girl.",
    "Death of a boy, aged 14, and his sisters.",
    "Death of a boy and his younger brother.",
    "Death of a boy and sister aged 3.",
    "Death of a 7-year-old boy with his 3-year-old sister in a fire.",
    "Death of a 5-year-old, together with her younger brother.",
    "Death of a boy aged 7 alongside a 3-year-old girl.",
    "Death of a child with his sister, aged 3.",
    "Death of a 7-year-old boy, a 3-year-old girl and their mother.",
    "Neglect of a 7-year-old, a 5-year-old and a baby.",
    "Death of a child‘s mother.",
    "Death of a child`s mother.",
    "Neglect of a child/young person.",
    "Neglect of child(ren).",
    "Death of a nearly 2-year-old girl.",
    "",
]


@pytest.mark.parametrize(("summary", "harms", "band"), CERTAIN)
def test_what_is_certain_is_said(summary: str, harms: tuple[str, ...], band: str) -> None:
    assert parse_harm_and_age(summary) == (harms, band)


@pytest.mark.parametrize("summary", UNCERTAIN)
def test_what_is_not_certain_is_left_unsaid(summary: str) -> None:
    assert parse_harm_and_age(summary) == ((), "")


@pytest.mark.parametrize(
    "summary",
    [
        "Neglect of siblings aged 3 and 5.",
        "Neglect of a girl aged 3 to 6.",
        "Death of boys aged 2–4.",
        "Neglect of children aged 3 months to 4 years.",
        "Neglect of siblings aged 5 years, 7 years and 9 years.",
        "Sexual exploitation of girls aged fourteen to fifteen.",
        "Neglect of siblings aged 6 weeks; 3 years.",
        "Neglect of siblings aged 2 years (twins) and 6 years.",
        "Neglect of boys aged 2 years old and 4 years old.",
        "Death of children aged 5/6.",
        "Sexual abuse of girls aged 12 years upwards.",
        "Death of a boy aged 3½ years.",
        "Death of a baby aged 12 hours.",
        "Death of a baby aged 7 mths.",
        "Death of a baby aged 2 ½ months.",
        "Death of a baby, aged 6 completed weeks.",
    ],
)
def test_what_is_no_one_age_is_none(summary: str) -> None:
    assert parse_harm_and_age(summary).band == ""


@pytest.mark.parametrize("summary", ["Death of an 18-year-old girl.", "Death of a 19-year-old boy in care."])
def test_who_is_no_child_has_no_age_here(summary: str) -> None:
    assert parse_harm_and_age(summary).band == ""


def test_no_phrase_names_two_harms() -> None:
    phrases = [phrase for phrases in VOCABULARY["harms"].values() for phrase in phrases]

    assert len(phrases) == len(set(phrases))
    assert all(phrase == phrase.lower() for phrase in phrases), json.dumps(phrases)


def test_a_long_odd_summary_takes_no_time() -> None:
    assert parse_harm_and_age("Death of a " + "young " * 100_000) == ((), "")
    assert parse_harm_and_age("death, " * 50_000) == ((), "")


@pytest.mark.parametrize(
    ("summary", "said"),
    [
        ("Death of a 12-week-old premature baby boy.", OpeningWords("baby boy", "12 weeks", 12 / 52, ("death",))),
        ("Suicide of a fifteen-year-old girl.", OpeningWords("girl", "15 years", 15, ("suicide",))),
        ("Death of a 17-year-old in a hostel.", OpeningWords("", "17 years", 17, ("death",))),
        ("Injury of twin boys, aged 4 months.", OpeningWords("twin boys", "4 months", 4 / 12, ("injury",))),
        ("Neglect and abuse of a boy.", OpeningWords()),
        ("Considers the death of a 2-year-old boy.", OpeningWords()),
    ],
)
def test_the_words_themselves_are_kept_where_they_are_certain(summary: str, said: OpeningWords) -> None:
    assert parse_opening_words(summary) == said


@pytest.mark.parametrize(
    ("summary", "years"),
    [
        ("Death of a one-year-old girl.", 1),
        ("Death of a 6-month-old boy.", 0.5),
        ("Death of a baby.", 0.99),
        ("Neglect of newborn babies.", 0.99),
        ("Death of an infant.", inf),  # a baby to some, of school age to others
        ("Considers the death of a baby.", inf),
    ],
)
def test_ages_are_years_for_sorting(summary: str, years: float) -> None:
    assert age_in_years(summary) == years
