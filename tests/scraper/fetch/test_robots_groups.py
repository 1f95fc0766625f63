"""Which group of a robots.txt is ours (RFC 9309 §2.2.1), however it is written."""

import pytest

from scraper.fetch.robots_groups import parse_robots

PAGE = "https://example.org/list"


@pytest.mark.parametrize(
    "name",
    [
        "casereviews",
        "CaseReviews",
        "casereviews/0.1.0",
        "casereviews 0.1",
        "casereviews2",
        "casereviews (+https://example.org)",
        "casereviews*",
        "casereviews\t# ours",
        "*",
    ],
)
def test_a_group_in_our_name_is_obeyed_however_it_goes_on(name: str) -> None:
    assert not parse_robots(f"User-agent: {name}\nDisallow: /list").can_fetch(PAGE, "casereviews")


@pytest.mark.parametrize(
    "name", ["case", "c", "casereview", "casereviews-images", "casereviews_2", "Mozilla/5.0", "", "1"]
)
def test_another_crawlers_group_is_not_ours(name: str) -> None:
    text = f"User-agent: {name}\nDisallow: /\n\nUser-agent: *\nAllow: /"

    assert parse_robots(text).can_fetch(PAGE, "casereviews")


def test_our_group_goes_before_everybodys() -> None:
    text = "User-agent: *\nDisallow: /\nUser-agent: casereviews/0.1.0\nDisallow: /private\nCrawl-delay: 3"

    rules = parse_robots(text)

    assert rules.can_fetch(PAGE, "casereviews")
    assert not rules.can_fetch("https://example.org/private", "casereviews")
    assert rules.crawl_delay("casereviews") == 3


@pytest.mark.parametrize(
    "between",
    [
        "",
        "# a comment",
        "Sitemap: https://example.org/map.xml",
        "Host: example.org",
        "Crawl-delay: 5",
        "Noindex: /x",
        "?",
    ],
)
@pytest.mark.parametrize("agents", ["casereviews {} other", "other {} casereviews"])
def test_what_stands_between_two_user_agents_ends_nothing(between: str, agents: str) -> None:
    first, second = agents.split(" {} ")

    rules = parse_robots(f"User-agent: {first}\n{between}\nUser-agent: {second}\nDisallow: /list\n")

    assert not rules.can_fetch(PAGE, "casereviews")
    assert rules.crawl_delay("casereviews") == (5 if "delay" in between else None)


def test_a_rule_ends_the_run_even_an_empty_one() -> None:
    text = "User-agent: casereviews\nDisallow:\nUser-agent: other\nDisallow: /"

    assert parse_robots(text).can_fetch(PAGE, "casereviews")


def test_groups_of_one_name_are_one() -> None:
    text = (
        "User-agent: casereviews\nDisallow: /a\n\nUser-agent: x\nDisallow: /\n\nuser agent casereviews/2\nDissallow: /b"
    )

    rules = parse_robots(text)

    assert [rules.can_fetch(f"https://example.org/{path}", "casereviews") for path in "abc"] == [False, False, True]
