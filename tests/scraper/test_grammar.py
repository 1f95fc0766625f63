"""Headings, labels, lists and keywords: tables of good and bad cases."""

import pytest

from scraper import grammar

GOOD = [
    ("2017 – Anonymous - Child AB", 2017, None, "Anonymous", "Child AB"),
    ("2018 - Anonymous- Children F, G and H", 2018, None, "Anonymous", "Children F, G and H"),
    ("2012Ceredigion – Child J", 2012, None, "Ceredigion", "Child J"),
    ("December 2013 - Derbyshire - BDS12", 2013, 12, "Derbyshire", "BDS12"),
    ("Sept 2013 – Westmere – Child Q", 2013, 9, "Westmere", "Child Q"),
    ("May 2014 - Westmere - Child Q", 2014, 5, "Westmere", "Child Q"),
    ("2022 – Anonymous – Babies with injuries", 2022, None, "Anonymous", "Babies with injuries"),
    ("2025 - Cambridgeshire and Peterborough - Gabriel", 2025, None, "Cambridgeshire and Peterborough", "Gabriel"),
    ("2019 - Stoke-on-Trent - Child K", 2019, None, "Stoke-on-Trent", "Child K"),
    ("2019 Stoke-on-Trent – Child K", 2019, None, "Stoke-on-Trent", "Child K"),
    ("2016—Northshire—“Lucy”", 2016, None, "Northshire", "“Lucy”"),
    ("2016-Northshire - Child A-B", 2016, None, "Northshire", "Child A-B"),
    ("2020 – An unnamed board – Child A – overview", 2020, None, "An unnamed board", "Child A – overview"),
    ("2020 – an unnamed board – Child A", 2020, None, "an unnamed board", "Child A"),
    ("2020 – an Unnamed Board – Child A", 2020, None, "an Unnamed Board", "Child A"),
    ("2020 – unknown – Child A", 2020, None, "unknown", "Child A"),
    ("2020 – ANONYMOUS – Child A", 2020, None, "ANONYMOUS", "Child A"),
    ("2017 – – Westmere – — Child A", 2017, None, "Westmere", "Child A"),
    ("2017 – Westmere – Child A –", 2017, None, "Westmere", "Child A"),
    (f"2017 – Westmere – {'x' * 142}", 2017, None, "Westmere", "x" * 142),  # 160 characters
    (f"2017 – Westmere – {'x' * 61}.", 2017, None, "Westmere", f"{'x' * 61}."),  # 80, as a name may end
    (f"2017 – Westmere – {'.' * 60}xyz", 2017, None, "Westmere", f"{'.' * 60}xyz"),
]
BAD = [
    "Case reviews published in 2017",
    "2017",
    "2017 case reviews",
    "2017 – Anonymous",
    "2010-2016 – sexual exploitation",
    "2015 was a difficult year - the mother moved house twice",
    "Last updated: 02 Sept 2025",
    "2014 – Child A was seen by a doctor - who did not ask about the bruises, nor about the earlier visits, and "
    "who wrote to nobody; this was found much later by the panel.",
    "1816 – Anonymous – Child A",
    "2017 – – Child A",
    "2017 – Anonymous –",
    f"2017 – Westmere – {'x' * 143}",
    f"2017 – Westmere – {'x' * 62}.",
    f"2017 – Westmere – {'x' * 62},",
]


@pytest.mark.parametrize(("text", "year", "month", "publisher", "name"), GOOD)
def test_a_heading_is_read(text: str, year: int, month: int | None, publisher: str, name: str) -> None:
    heading = grammar.parse_heading(text)

    assert heading
    assert (heading.year, heading.month, heading.publisher, heading.name) == (year, month, publisher, name)


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_heading_is_not_read_as_one(text: str) -> None:
    assert grammar.parse_heading(text) is None


@pytest.mark.parametrize("number", range(1, 13))
def test_a_month_is_read_whole_and_short(number: int) -> None:
    name = grammar.MONTH_NAMES[number - 1]

    for month in (name, name[:3], f"{name[:3]}.".upper()):
        heading = grammar.parse_heading(f"{month} 2014 – Westmere – Child Q")
        assert heading and heading.month == number


@pytest.mark.parametrize(
    ("text", "publisher", "name", "weak"),
    [
        ("2017 – Annual overview", "", "Annual overview", True),
        ("2017-Westmere-Child A-B", "Westmere", "Child A-B", False),
        ("2017 – Stoke-on-Trent – Child K", "Stoke-on-Trent", "Child K", False),
        ("2017 – the board of a city – Child K", "the board of a city", "Child K", False),
        (f"2017 – {'x' * 200}.", "", f"{'x' * 200}.", True),
        ("2017 Westmere – Child K", "Westmere", "Child K", True),
    ],
)
def test_what_follows_a_year_and_a_dash_is_a_heading_where_the_markup_says_so(
    text: str, publisher: str, name: str, weak: bool
) -> None:
    assert grammar.parse_heading(text, marked=True) == grammar.Heading(2017, None, publisher, name, weak)


@pytest.mark.parametrize("label", ["Published: ", "Published in ", "PUBLISHED ", "Year: ", "Added – "])
def test_a_label_before_the_year_is_no_part_of_a_heading_that_the_markup_sets_apart(label: str) -> None:
    heading = grammar.parse_heading(f"{label}March 2017 – Westmere – Child Q", marked=True)

    assert heading
    assert (heading.year, heading.month, heading.publisher, heading.name) == (2017, 3, "Westmere", "Child Q")
    assert grammar.parse_heading(f"{label}March 2017 – Westmere – Child Q") is None
    assert grammar.parse_heading(f"{label}March 2017 – Westmere Safeguarding Board", marked=True) is None


@pytest.mark.parametrize("text", ["2017", "2017 –", "2017 Westmere", f"2017 Westmere – {'x' * 200}"])
def test_the_markup_alone_makes_no_heading(text: str) -> None:
    assert grammar.parse_heading(text, marked=True) is None


@pytest.mark.parametrize(
    ("text", "weak"),
    [("2019 Westmere – Child K", True), ("2019Westmere – Child K", False), ("2019 – Westmere – Child K", False)],
)
def test_a_heading_with_only_a_space_after_its_year_is_weak(text: str, weak: bool) -> None:
    heading = grammar.parse_heading(text)

    assert heading and heading.weak is weak


@pytest.mark.parametrize(
    ("text", "likeness"),
    [
        ("Westmere – Child Q", 2),
        ("westmere – child q", 1),
        ("an unnamed board – Child Q", 2),
        ("206 – Westmere – Babies with injuries", 2),
        ("2025/26 – Westmere – Child Q", 2),
        ("Decmber 2013 – Westmere – BDS12", 2),
        ("2026 Westmere Child Q", 2),
        ("2026 Westmere Gabriel", 1),
        ("Westmere Child Q", 1),
        ("Westmere, Child Q", 1),
        ("Police – ensure that officers attend", 1),
        ("2015 was a difficult year - the mother moved house twice", 1),
        ("12 month review of the plan", 0),
        ("2009 – 2011", 0),
        ("Learning – the voice of the child", 0),
        ("Read the report – Child Q", 0),
        ("Last updated – 2 Sept 2025", 0),
        ("Voice of the child", 0),
        (f"Westmere – {'x' * 90}", 0),
    ],
)
def test_a_line_is_more_or_less_like_a_heading(text: str, likeness: int) -> None:
    heading, like = grammar.guess_heading(text)

    assert (like, heading.year, heading.month) == (likeness, None, None)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("Background", "background"), ("KEY ISSUES", "learning"), ("Keywords", "keywords"), ("Child A", None)],
)
def test_a_line_that_the_markup_sets_apart_may_be_a_label_without_its_colon(text: str, kind: str | None) -> None:
    label, plain = grammar.parse_label(text, whole=True), grammar.parse_label(text)

    assert (label and (label.kind, label.words, label.end)) == (kind and (kind, text, len(text)))
    assert plain is None


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("Makes recommendations.", True),
        ("Makes various, interagency recommendations for all", True),
        ("Makes a recommendation", True),
        ("Makes a point of this", False),
        ("Makes one two three four five six seven eight recommendations", True),
        ("Makes one two three four five six seven eight nine recommendations", False),
    ],
)
def test_a_sentence_stands_in_place_of_the_label_of_recommendations(text: str, known: bool) -> None:
    label = grammar.Label("recommendations", "Makes recommendations", 0)

    assert grammar.parse_label(text) == (label if known else None)


@pytest.mark.parametrize(
    ("text", "kind", "words", "rest"),
    [
        ("Background: known to services", "background", "Background", "known to services"),
        ("Key issues: drift", "learning", "Key issues", "drift"),
        ("Key issues: include: drift", "learning", "Key issues: include", "drift"),
        ("KEY ISSUES : drift", "learning", "KEY ISSUES", "drift"),
        ("Issues identified include: drift", "learning", "Issues identified include", "drift"),
        ("Findings include: drift", "learning", "Findings include", "drift"),
        ("Learning focuses on: drift", "learning", "Learning focuses on", "drift"),
        ("Learning themes include: drift", "learning", "Learning themes include", "drift"),
        ("includes: drift", "learning", "includes", "drift"),
        ("Recommendations: include: train", "recommendations", "Recommendations: include", "train"),
        ("Recommendations include: train", "recommendations", "Recommendations include", "train"),
        ("National recommendations include: train", "recommendations", "National recommendations include", "train"),
        ("Learning – drift", "learning", "Learning", "drift"),
        ("Recommendations include; train; ask", "recommendations", "Recommendations include", "train; ask"),
        ("Keyword: drift", "keywords", "Keyword", "drift"),
        (
            "Recommendations to the partnership include: train",
            "recommendations",
            "Recommendations to the partnership include",
            "train",
        ),
        ("Model: a panel", "model", "Model", "a panel"),
        ("Keywords: drift", "keywords", "Keywords", "drift"),
    ],
)
def test_a_known_label_is_read_with_its_kind(text: str, kind: str, words: str, rest: str) -> None:
    label = grammar.parse_label(text)

    assert label
    assert (label.kind, label.words, text[label.end :]) == (kind, words, rest)


@pytest.mark.parametrize(
    "text",
    [
        "LA1 partnership: oversee the work of the panel",
        "Mother had a history of: abuse in childhood",
        "Services supporting Lucy and her family included: a youth club",
        "The learning from this: it takes time",
        "Professionals: listen to the child",
    ],
)
def test_words_before_a_colon_are_no_label_unless_they_are_known(text: str) -> None:
    assert grammar.parse_label(text) is None


def test_a_one_paragraph_abstract_is_cut_where_a_sentence_begins_with_a_label() -> None:
    text = (
        "Death of a baby. Mother had a history of: loss. Issues identified include: drift; delay. Findings include: x."
    )

    assert list(grammar.split_labels(text)) == [
        "Death of a baby. Mother had a history of: loss.",
        "Issues identified include: drift; delay.",
        "Findings include: x.",
    ]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Death of a baby. Makes recommendations.", ["Death of a baby.", "Makes recommendations."]),
        ("Death of a baby. Makes nothing of it.", ["Death of a baby. Makes nothing of it."]),
        ("Death of a baby. Includes: drift.", ["Death of a baby. Includes: drift."]),
        ("Death of a baby. Include: drift.", ["Death of a baby. Include: drift."]),
        ("Death of a baby! Model: a panel.", ["Death of a baby!", "Model: a panel."]),
        ("It was “late.” Model: a panel.", ["It was “late.”", "Model: a panel."]),
        ("Model: a panel.", ["Model: a panel."]),
        ("Nothing of the kind. Nothing.", ["Nothing of the kind. Nothing."]),
    ],
)
def test_only_a_known_label_after_a_sentence_cuts(text: str, pieces: list[str]) -> None:
    assert list(grammar.split_labels(text)) == pieces


@pytest.mark.parametrize(
    ("text", "keywords"),
    [
        ("neglect, drug misuse.", ("neglect", "drug misuse")),
        ("neglect; drug misuse", ("neglect", "drug misuse")),
        ("neglect\ndrug misuse", ("neglect", "drug misuse")),
        ("neglect; loss, drug misuse", ("neglect; loss", "drug misuse")),
        ("neglect; loss\ndrug misuse", ("neglect; loss", "drug misuse")),
        (" neglect, ,fragile X... ", ("neglect", "fragile X")),
        (".net, neglect", (".net", "neglect")),
        ("neglect", ("neglect",)),
        ("", ()),
    ],
)
def test_keywords_are_parted_at_commas_and_lines_or_else_at_semicolons(text: str, keywords: tuple[str, ...]) -> None:
    assert grammar.split_keywords(text) == keywords


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("a; b; and c.", ("a", "b", "c")),
        ("a\nand b; c", ("a and b", "c")),
        ("a; b; c", ("a", "b", "c")),
        ("a; and the sand; b and c.", ("a", "and the sand", "b and c")),
        ("a; b of a case. It was told twice.", ("a", "b of a case")),
        ("a; b by Dr. Smith", ("a", "b by Dr. Smith")),
        ("a; b of law. It was told twice.", ("a", "b of law")),
        ("a; the voice of Child B. Makes recommendations.", ("a", "the voice of Child B")),
        ("one thing only.", ()),
        ("a;", ("a",)),
        ("", ()),
    ],
)
def test_a_list_is_parted_at_its_semicolons(text: str, items: tuple[str, ...]) -> None:
    assert grammar.split_items(text) == items


@pytest.mark.parametrize(
    ("text", "is_list"),
    [
        ("infanticide, maternal mental health, shaken baby.", True),
        ("child neglect, drug misuse", True),
        ("Ensure that training reaches every school, and that it is repeated.", False),
        ("Mother, father and the two children moved house, and then moved again.", False),
        ("improve training; review policy", False),
        ("neglect", False),
        ("child neglect, and drug misuse", False),
        ("child neglect, or drug misuse", False),
        ("neglect, and so on, drug misuse", True),  # only the end of a sentence is told by its "and"
        ("one two three four five six, neglect, loss", True),
        ("one two three four five six seven, neglect, loss", False),
        ("one two three, one two three four", True),
        ("one two three four, one two three four", False),
        ("Drug Misuse, Child Neglect", False),  # names
        ("Drug misuse, Child Neglect", True),
        ("Drug misuse, Child Neglect, Child Death", False),
        ("child a, child b", True),
    ],
)
def test_an_unlabelled_line_is_taken_for_keywords_only_when_it_reads_like_them(text: str, is_list: bool) -> None:
    assert grammar.reads_as_keywords(text) is is_list
