"""The HTML part against the contract's rules for mail: language, headings, links, sizes, contrast."""

import re
from itertools import pairwise

import pytest
from bs4 import BeautifulSoup, Tag

from core.records import Issue
from newsletter.issue.render import RenderedIssue, render
from tests.newsletter.samples import ISSUES, WORDING, full_issue, plain


@pytest.fixture(scope="module", params=ISSUES)
def case(request: pytest.FixtureRequest) -> tuple[Issue, RenderedIssue, BeautifulSoup]:
    made = ISSUES[request.param]
    rendered = render(made, WORDING)
    return made, rendered, BeautifulSoup(rendered.html, "lxml")


Case = tuple[Issue, RenderedIssue, BeautifulSoup]


def styles(tag: Tag) -> dict[str, str]:
    pairs = (part.split(":", 1) for part in str(tag.get("style", "")).split(";") if ":" in part)
    return {name.strip(): value.strip() for name, value in pairs}


def test_document_says_its_language_and_direction(case: Case) -> None:
    _, rendered, page = case
    assert page.html and page.body
    tags = [page.html, page.body, *page.body.find_all(recursive=False)]

    assert rendered.html.lower().startswith("<!doctype html>")
    assert len(tags) >= 4
    assert all((tag.get("lang"), tag.get("dir")) == ("en-GB", "ltr") for tag in tags)
    assert page.find("meta", attrs={"name": "color-scheme", "content": "light dark"})
    assert page.title and page.title.text == case[0].title


def test_headings_come_in_order(case: Case) -> None:
    made, _, page = case
    ranks = [int(tag.name[1]) for tag in page.find_all(re.compile("^h[1-6]$"))]

    assert ranks[0] == 1 and ranks.count(1) == 1 and max(ranks) <= 3
    assert all(after <= before + 1 for before, after in pairwise(ranks))
    assert page.h1 and page.h1.text == made.title


def test_link_texts_are_unique_and_addresses_plain(case: Case) -> None:
    _, _, page = case
    anchors = page.find_all("a")
    texts = [plain(a.text).casefold() for a in anchors]

    assert len(set(texts)) == len(texts) > 4
    assert all(re.match(r"(https?://[^\s]+|mailto:[^\s]+@[^\s]+|tel:[0-9+]+)$", str(a["href"])) for a in anchors)


def test_nothing_is_fetched_run_or_jumped_to(case: Case) -> None:
    _, rendered, page = case
    forbidden = ["img", "script", "link", "iframe", "object", "form", "input", "video", "svg", "base"]

    assert not page.find_all(forbidden)
    assert not [tag for tag in page.find_all(True) if {"id", "name", "src", "background"} & set(tag.attrs) - {"name"}]
    assert not [tag for tag in page.find_all(True) for key in tag.attrs if key.startswith("on")]
    assert 'href="#' not in rendered.html and "url(" not in rendered.html and "@import" not in rendered.html


def test_layout_tables_are_presentational(case: Case) -> None:
    _, rendered, page = case

    assert page.find_all("table")
    assert all(table.get("role") == "presentation" for table in page.find_all("table"))
    assert rendered.html.count("<table") == rendered.html.count('role="presentation"')
    assert not page.find_all("th")


def test_all_text_is_18_pixels_or_more(case: Case) -> None:
    _, rendered, page = case
    screen = rendered.html.partition("@media print")[0] + rendered.html.partition("</style>")[2]
    sizes = [int(size) for size in re.findall(r"font(?:-size)?:[a-z\s]*(\d+)px", screen)]
    outside = [
        text
        for text in page.find("main").find_all(string=True)  # type: ignore[union-attr]  # it is there
        if text.strip() and type(text).__name__ == "NavigableString" and not text.find_parent(class_="cell")
    ]

    assert min(sizes) >= 18 and len(sizes) > 5
    assert not outside  # each cell sets the size, and so each word has it
    assert not re.search(r"font-size:\s*[\d.]+(?!\d*px)(em|rem|%|pt)", screen)


def test_every_cell_is_styled_without_the_style_block(case: Case) -> None:
    for cell in case[2].select(".cell"):
        assert {"padding", "color", "font"} <= set(styles(cell))


def test_breaking_long_words_is_said_once_and_inherited(case: Case) -> None:
    _, rendered, page = case
    (sheet,) = page.select(".sheet")

    assert styles(sheet)["word-break"] == "break-word"
    assert rendered.html.count("word-break") == 1
    assert "overflow-wrap" not in rendered.html


def test_what_few_programs_know_stands_in_media_queries_alone(case: Case) -> None:
    _, rendered, page = case
    kept = rendered.html.partition("<style>")[2].partition("</style>")[0]
    outside = re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", kept)

    assert outside.strip() == ":root { color-scheme: light dark; supported-color-schemes: light dark }"
    assert not [tag for tag in page.find_all(True) if "line-height" in styles(tag)]
    assert len(page.select("table")) == 1


def test_no_line_begins_with_what_ends_a_number(case: Case) -> None:
    for number in case[2].select(".box span"):
        assert number.get_text()[-1] in ".;"
        assert not str(number.next_sibling or " ").strip().startswith((".", ";"))


def test_content_note_is_a_cell_which_word_pads_and_paints(case: Case) -> None:
    for note in case[2].select(".box"):
        assert note.name == "td"
        assert {"padding", "background-color", "border-left"} <= set(styles(note))


def test_lists_are_indented_by_margins_which_word_keeps(case: Case) -> None:
    lists = [styles(one) for one in case[2].select("ul")]

    assert lists and all((one["padding"], one["margin"]) == ("0", "0 0 20px 24px") for one in lists)


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_formula_is_the_known_one() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def colours(page: BeautifulSoup, tag: Tag, dark: dict[str, dict[str, str]]) -> tuple[str, str]:
    """The tag's text colour and the colour behind it; in the dark, classes and tags are painted over."""
    found = {}
    for name in ("color", "background-color"):
        for level in [tag, *tag.parents]:
            if not isinstance(level, Tag):
                continue
            own = styles(level).get(name)
            for selector in [level.name, *(f".{c}" for c in level.get("class") or [])]:
                own = dark.get(selector, {}).get(name, own)
            if own:
                found[name] = own
                break
    return found["color"], found["background-color"]


def test_contrast_is_seven_to_one_in_light_and_dark() -> None:
    rendered = render(full_issue(), WORDING)
    page = BeautifulSoup(rendered.html, "lxml")
    block = re.search(r"@media \(prefers-color-scheme: dark\) \{(.*?)\n\}", rendered.html, re.S)
    assert block
    dark: dict[str, dict[str, str]] = {}
    for selectors, body in re.findall(r"([^{}]+)\{([^}]*)\}", block[1]):
        for selector in selectors.split(","):
            rules = (rule.replace("!important", "").split(":") for rule in body.split(";") if ":" in rule)
            dark.setdefault(selector.strip(), {}).update({k.strip(): v.strip() for k, v in rules})
    words = page.find("main").find_all(["p", "li", "a", "h1", "h2", "h3", "b"])  # type: ignore[union-attr]

    assert len(words) > 40 and len(dark) > 8
    for tag in words:
        for painted in ({}, dark):
            pair = colours(page, tag, painted)
            assert contrast(*pair) >= 7, (tag, pair)
