"""What a reader's wishes would have done with the latest issue, in every case, in sentences."""

from collections.abc import Iterator

import pytest

from core.states import Nation, RestOfIssue
from core.subscriber_rules import Preferences
from tests.support.sample_archive import Shelf, sample
from tests.support.web_site import Site, texts

ISSUE = "in the issue of November 2026"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A house whose latest issue has six reviews: of a pond, and of what no review before it has."""
    shelf = Shelf(tmp_path_factory.mktemp("house"))
    for number in range(6):
        keywords = ("drowning", "ponds") if number else ("neglect",)
        shelf.add(sample(f"Child {number}", keywords=keywords, publisher="Powys" if number < 2 else "Suffolk"))
    shelf.issue("2026-11")
    yield Site(shelf.db)
    shelf.db.close()


def preview(site: Site, wishes: Preferences) -> str:
    """What the preferences say of it; empty where they say nothing."""
    one = site.subscriber(f"reader{len(site.house.db.execute('SELECT id FROM subscribers').fetchall())}", wishes=wishes)
    page = texts(site.visitor().get(f"/preferences/{one.token}").text)
    return page.partition("With what you have chosen ")[2].partition(" Your choices")[0]


@pytest.mark.parametrize(
    ("topic", "rest", "matching", "begins", "ends"),
    [
        ("Child 0", "lines", False, f"1 of 6 reviews {ISSUE} would have come first:", "as one line each."),
        ("Child 0", "full", False, "1 of 6 reviews", "The other 5 would have followed in full."),
        ("Child 0", "none", False, f"1 of 6 reviews {ISSUE} would have come to you:", "left out, with a link to them."),
        ("ponds", "lines", False, "5 of 6 reviews", "The other one would have followed as one line."),
        ("ponds", "none", False, "5 of 6 reviews", "The other one would have been left out, with a link to it."),
        ("girl", "lines", False, f"All 6 reviews {ISSUE} match.", "And 1 more."),
        ("ships", "full", False, f"None of the 6 reviews {ISSUE} matches. All would have come", "in full."),
        ("ships", "none", False, "None of the 6 reviews", "All would have come as one line each."),
        ("ships", "none", True, "None of the 6 reviews", "so nothing would have been sent to you."),
    ],
)
def test_it_says_what_would_have_become_of_each_review(
    site: Site, topic: str, rest: RestOfIssue, matching: bool, begins: str, ends: str
) -> None:
    said = preview(site, Preferences((topic,), matching=matching, rest=rest))

    assert said.startswith(begins)
    assert said.endswith(ends)


def test_each_review_that_matches_says_what_it_is_about_and_why(site: Site) -> None:
    wales: tuple[Nation, ...] = ("Wales",)

    assert "Powys – Child 0 Girl, 4 years · neglect" in preview(site, Preferences(("neglect", "drift"), wales))
    assert "You asked for: neglect; drift; Wales" in preview(site, Preferences(("neglect", "drift"), wales))
    assert preview(site, Preferences()) == ""
