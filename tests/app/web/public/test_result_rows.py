"""Result rows: a review's own words stay words, and each row keeps to its review."""

from bs4 import BeautifulSoup
from markupsafe import Markup

from app.web.public.result_rows import result_rows
from app.web.public.review_phrases import ReviewListItem


def test_signs_of_html_stay_signs_and_what_is_empty_is_left_out() -> None:
    sign = ReviewListItem(
        "/reviews/7", 'Child <b>"A" & B', "2016 · <i>", "Death's & harm", Markup("<mark>x</mark>"), "", 7
    )
    bare = ReviewListItem("/reviews/8", "Child C", "", "", Markup(), "Not listed <now>.", 8)

    first, second = BeautifulSoup(result_rows([sign, bare], True), "html.parser").find_all("li")

    assert first.h2.a["href"] == "/reviews/7"
    assert [part.get_text() for part in first.find_all(["h2", "p"])] == [
        'Child <b>"A" & B',
        "2016 · <i>",
        "Death's & harm",
        "x",
        'Choose: Child <b>"A" & B',
    ]
    assert first.input["value"] == "7" and first.label["for"] == first.input["id"] == "tick-7"
    assert [part.get_text() for part in second.find_all(["h2", "p"])] == [
        "Child C",
        "Not listed <now>.",
        "Choose: Child C",
    ]


def test_without_a_form_to_gather_reviews_there_is_nothing_to_tick() -> None:
    row = ReviewListItem("/reviews/7", "Child A", "", "", Markup(), "", 7)

    assert "input" not in result_rows([row], False)
    assert result_rows([], True) == ""
