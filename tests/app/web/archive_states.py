"""The states of the archive's pages that are looked at in a browser."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Page

from core.config.schema import NewsletterSettings
from core.records import Change, Link
from db.collection import links, reviews, sightings
from db.mail import corrections
from db.schema.connect import write_transaction
from scraper.identity import heading_key
from tests.support.browser import Live, Steps
from tests.support.sample_archive import NOW, Shelf, full, sample


def house(folder: Path) -> Shelf:
    """A house whose pages have all there is to show: corrections, changes, tombstones, long names, dead links."""
    shelf = full(folder, newsletter=NewsletterSettings(library_email="library@example.org"))
    with write_transaction(shelf.db):
        corrections.add(
            shelf.db, "2026-10", "The link of one review was wrong.\n\nIt is [right](https://example.org).", NOW
        )
        checked = replace(links.get(shelf.db, reviews.get(shelf.db, "2").links[0].url), state="dead", checked_at=NOW)
        links.save(shelf.db, replace(checked, dead_since=NOW.date()), NOW)
        sightings.mark_shown(shelf.db, "board", [(2, "shown")], NOW)
        links.replace_copies(shelf.db, "board", [(2, (Link("Read it", "https://board.example.org/2.pdf"),))])
    edited = replace(reviews.get(shelf.db, "2"), summary="Neglect of a 5-year-old girl.", version=2)
    changes = (Change("summary", "Neglect of a 4-year-old girl.", edited.summary), Change("keywords", "a, b", ""))
    with write_transaction(shelf.db):
        reviews.save_edit(shelf.db, edited, changes, heading_key(edited), NOW + timedelta(days=1))
        sightings.mark_missing(shelf.db, "nspcc", [2], NOW.date())
        reviews.set_status(shelf.db, [2], "missing")
    chosen = "Our supervision is about fathers this week."
    shelf.db.execute(
        "UPDATE issues SET content = json_set(content, '$.first_reason', ?) WHERE period = '2026-09'", [chosen]
    )
    odd = "Overviewofeverything" * 9
    shelf.add(sample(odd, publisher="Unbreakable" * 15, keywords=(odd[:70], "a"), summary=odd * 3))
    shelf.take_down(shelf.app().test_client().get("/issues/2026-10.json").get_json()["reviews"][1])
    shelf.gone(3)
    return shelf


def at(path: str) -> Steps:
    """Open an address."""

    def steps(page: Page, site: Live) -> None:
        page.goto(path)

    return steps


def searched(page: Page, site: Live) -> None:
    """Search by the form, narrow by a link, and open what is hidden."""
    page.goto("/reviews")
    page.get_by_label("Words in the title").fill('health "safe sleep"')
    page.get_by_role("button", name="Search").click()
    page.goto("/reviews?q=the")
    page.locator(".narrow li a").first.click()
    for summary in page.locator("summary").all():
        summary.click()


def changed(page: Page, site: Live) -> None:
    """A record with its history open."""
    page.goto("/reviews/2")
    for summary in page.locator("summary").all():
        summary.click()


def mistaken(page: Page, site: Live) -> None:
    """Send an empty report with half an address."""
    page.goto("/reviews/1/report")
    page.get_by_label("Your email address").fill("someone@")
    page.get_by_role("button", name="Send").click()


def reported(page: Page, site: Live) -> None:
    """Send a report."""
    page.goto("/reviews/1/report")
    page.get_by_label("What is wrong?").fill("The link leads to another report.")
    page.get_by_role("button", name="Send").click()


def gathered(page: Page, site: Live) -> None:
    """Make a reading list of all that a search finds."""
    page.goto("/lists/new?q=neglect&all=yes")
    page.get_by_role("button", name="Make the reading list").first.click()
    page.locator("summary").click()


def gathered_nothing(page: Page, site: Live) -> None:
    """Tick nothing, with a list open already."""
    gathered(page, site)
    page.goto("/lists/new?q=neglect")
    page.get_by_role("button", name="Make the reading list").first.click()


def list_with_mistakes(page: Page, site: Live) -> None:
    """Keep no review of a list, and ask too many questions."""
    gathered(page, site)
    page.locator("[name=review]").evaluate_all("all => all.forEach(box => { box.checked = false })")
    page.get_by_label("Questions to ask of ourselves").fill("Who?\n" * 9)
    page.get_by_role("button", name="Save").click()


def taken_from_list(link: str) -> Steps:
    """Follow a link of a reading list."""

    def steps(page: Page, site: Live) -> None:
        gathered(page, site)
        page.get_by_role("link", name=link).click()

    return steps


def list_deleted(page: Page, site: Live) -> None:
    """Delete a reading list."""
    gathered(page, site)
    page.get_by_role("button", name="Delete the list").click()


STATES: dict[str, Steps] = {
    "issues": at("/issues"),
    "issue": at("/issues/2026-10"),
    "first issue": at("/issues/2026-09"),
    "no issue": at("/issues/2026-11"),
    "all reviews": at("/reviews"),
    "a page of reviews": at("/reviews?page=2&sort=publisher"),
    "searched": searched,
    "two filters": at("/reviews?q=neglect&year=2019&year=2026&nation=wales"),
    "nothing found, but by beginnings": at("/reviews?q=negl"),
    "other words searched too": at("/reviews?q=hidden+men&year=2016-2026"),
    "words that are too many": at(f"/reviews?q={'neglect+' * 20}hidden+men"),
    "a word put right": at("/reviews?q=neglekt"),
    "nothing found": at("/reviews?q=neglect&year=1950"),
    "too far": at("/reviews?page=99"),
    "review": at("/reviews/1"),
    "changed": changed,
    "long names": at("/reviews/45"),
    "withdrawn": at("/reviews/3"),
    "report": at("/reviews/1/report"),
    "report with mistakes": mistaken,
    "reported": reported,
    "topics": at("/topics"),
    "topics of a letter": at("/topics/a-z/c"),
    "topic": at("/topics/neglect"),
    "gathered learning": at("/topics/neglect/learning"),
    "gathered learning, filtered": at("/learning?q=health&what=recommendations&from=2019&nation=wales&year=2019"),
    "gathered learning, none": at("/learning?q=zzzz"),
    "year by year": at("/trends"),
    "year by year, narrowed": at("/trends?q=the&nation=wales&from=2019&to=2019"),
    "year by year, none": at("/trends?q=zzzz"),
    "four compared": at("/compare?review=1&review=2&review=5&review=6&review=7&review=99"),
    "one to compare": at("/compare?review=1&q=neglect"),
    "nothing to compare": at("/compare"),
    "topic with terms beside it": at("/topics/hidden-men"),
    "front": at("/"),
    "gathering": at("/lists/new?q=neglect&all=yes"),
    "gathering with a mistake": gathered_nothing,
    "nothing to gather": at("/lists/new?q=nothinglikeit"),
    "reading list": gathered,
    "reading list with mistakes": list_with_mistakes,
    "briefing": taken_from_list("Team briefing as a page"),
    "citations": taken_from_list("Citations"),
    "reading list deleted": list_deleted,
}
