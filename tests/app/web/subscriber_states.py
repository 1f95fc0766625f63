"""The states of the subscriber's pages that are looked at in a browser."""

from contextlib import closing
from datetime import timedelta

from playwright.sync_api import Page, Route

from app.runtime.side_effects import system_effects
from core.states import LinkKind, ProofKind
from core.subscriber_rules import Preferences
from db.mail import saved_searches
from db.schema.connect import connect
from tests.support.browser import Live, Steps
from tests.support.signups import NOW
from tests.support.web_site import UNKNOWN

SAYING = {"origin", "referer", "sec-fetch-site"}  # headers by which a browser says whose form it sends
FOREIGN_PAGE = (
    '<!doctype html><html lang="en"><title>Elsewhere</title><form action="{}/subscribe" method="post">'
    '<label>Address <input name="email"></label><button>Go</button></form></html>'
)


def at(path: str) -> Steps:
    """Open an address."""

    def steps(page: Page, site: Live) -> None:
        page.goto(path)

    return steps


def own(path: str, name: str, status: str = "active", *, wishes: Preferences | None = None, press: str = "") -> Steps:
    """Open a page of a reader's own, and press a button there."""

    def steps(page: Page, site: Live) -> None:
        page.goto(path + site.subscriber(name, status, wishes).token)
        if press:
            page.get_by_role("button", name=press, exact=True).click()

    return steps


def stop_alerts(name: str, press: str = "") -> Steps:
    """Open the page that ends a reader's saved searches, and press a button there."""

    def steps(page: Page, site: Live) -> None:
        one = site.subscriber(name)
        with closing(connect(site.settings.database)) as db:
            saved_searches.save(db, one.id, "hidden men", [("nation", "wales"), ("year", "2016-2020")], "day", NOW)
        page.goto(f"/unsubscribe/{one.token}/searches")
        if press:
            page.get_by_role("button", name=press, exact=True).click()

    return steps


def own_page(end: str, name: str, status: str) -> Steps:
    """Open a page below a reader's preferences."""

    def steps(page: Page, site: Live) -> None:
        page.goto(f"/preferences/{site.subscriber(name, status).token}{end}")

    return steps


def proving(name: str, link: str, press: bool) -> Steps:
    """Go from the preferences to what takes an email, and ask for it."""

    def steps(page: Page, site: Live) -> None:
        own("/preferences/", name)(page, site)
        page.get_by_role("link", name=link).click()
        if press:
            page.get_by_role("button", name="Email me the link").click()

    return steps


def proven(kind: ProofKind, press: str = "") -> Steps:
    """Follow the link of that email."""

    def steps(page: Page, site: Live) -> None:
        one = site.subscriber(f"proven-{kind}-{bool(press)}", wishes=Preferences(("neglect",), ("Wales",)))
        page.goto(site.proof_path(one, kind))
        if press:
            page.get_by_role("button", name=press).click()

    return steps


def stale(page: Page, site: Live) -> None:
    """Follow such a link when its day is over."""
    page.goto(f"/preferences/{site.subscriber('stale').token}/data/{UNKNOWN}")


def with_mistakes(page: Page, site: Live) -> None:
    """Send the form with much wrong in it."""
    page.goto("/subscribe")
    page.get_by_label("Your email address").fill("not an address")
    page.get_by_text("Choose what you get").click()
    page.get_by_label("Topics").fill("neglect; ---")
    page.get_by_role("button", name="Subscribe").click()


def with_choices(page: Page, site: Live) -> None:
    """Open what may be chosen, and the list of words."""
    page.goto("/subscribe")
    page.get_by_text("Choose what you get").click()
    page.get_by_text("Pick from a list").click()


def signed_up(page: Page, site: Live) -> None:
    """Sign up from the front page."""
    page.goto("/")
    page.get_by_label("Your email address").fill("new@example.org")
    page.get_by_role("button", name="Subscribe").click()


def saved(page: Page, site: Live) -> None:
    """Save choices."""
    own("/preferences/", "saving")(page, site)
    page.get_by_label("Only when something matches").check()
    page.get_by_label("Topics").fill("neglect, online abuse")
    page.get_by_label("Wales").check()
    page.get_by_label("Only mine").check()
    page.get_by_role("button", name="Save").click()


def wrong_choices(page: Page, site: Live) -> None:
    """Save a topic that is none."""
    own("/preferences/", "wrong")(page, site)
    page.get_by_label("Topics").fill("???")
    page.get_by_role("button", name="Save").click()


def undone(page: Page, site: Live) -> None:
    """Unsubscribe and think again."""
    own("/unsubscribe/", "undone", press="Unsubscribe")(page, site)
    page.get_by_role("button", name="Undo").click()


def from_another_site(page: Page, site: Live) -> None:
    """Sign up by a form that another site shows."""
    foreign = FOREIGN_PAGE.format(site.url)
    page.route("http://elsewhere.example/", lambda route: route.fulfill(body=foreign, content_type="text/html"))
    page.goto("http://elsewhere.example/")
    page.locator("input").fill("ada@example.org")
    page.get_by_role("button").click()
    page.get_by_role("heading", name="This form was sent from another site").wait_for()


def from_a_silent_browser(page: Page, site: Live) -> None:
    """Sign up in a browser that does not say whose form it sends."""

    def hush(route: Route) -> None:
        silent = {key: value for key, value in route.request.headers.items() if key not in SAYING}
        answer = route.fetch(headers=silent, max_redirects=0)
        route.fulfill(response=answer)

    page.goto(f"{site.url}/subscribe")
    page.route("**/subscribe", hush)
    page.get_by_label("Your email address").fill("ada@example.org")
    page.get_by_role("button", name="Subscribe").click()
    page.get_by_role("heading", name="Send this?").wait_for()
    page.unroute("**/subscribe")


SEARCH = "/saved-searches?q=neglect&topic=neglect&topic=sleep&year=2016-2019&page=2&sort=newest"


def search_asked(name: str) -> Steps:
    """Ask for results by email; without a name, without an address."""

    def steps(page: Page, site: Live) -> None:
        page.goto(SEARCH)
        page.get_by_label("Your email address").fill(f"{name}@example.org" if name else "")
        page.get_by_role("button", name="Email me results like this").click()

    return steps


def search_confirming(page: Page, site: Live) -> None:
    """Follow the link of the email that confirms it."""
    search_asked("search-confirming")(page, site)
    page.goto(site.link_path("search-confirming@example.org", "search"))


def search_saved(name: str) -> Steps:
    """Save a search on a reader's own page."""

    def steps(page: Page, site: Live) -> None:
        own_page("/searches/new", name, "active")(page, site)
        page.get_by_label("Words, or the address").fill("/reviews?q=neglect&topic=neglect&year=2016-2019&page=2")
        page.get_by_role("button", name="Save").click()

    return steps


def search_changing(name: str, until: str | None = None) -> Steps:
    """Open the page of one search, and pause it until a day there."""

    def steps(page: Page, site: Live) -> None:
        search_saved(name)(page, site)
        page.get_by_role("link", name="Change, pause or delete").click()
        if until is not None:
            page.get_by_label("Until which day?").fill(until)
            page.get_by_role("button", name="Pause this search").click()
        if until:
            page.get_by_role("link", name="Change, pause or delete").click()

    return steps


def in_a_month() -> str:
    """A day to come."""
    return (system_effects().now() + timedelta(days=30)).date().isoformat()


def moving(name: str, *kinds: LinkKind) -> Steps:
    """Ask for another address, and follow the links of the emails; every button but the last is pressed."""

    def steps(page: Page, site: Live) -> None:
        own_page("/address", name, "active")(page, site)
        page.get_by_label("Your new email address").fill(f"new-{name}@example.org")
        page.get_by_role("button", name="Email me the link").click()
        for kind in kinds:
            if kind == "moved":
                page.get_by_role("button", name="Confirm this address").click()
            page.goto(site.link_path(f"{'new-' * (kind == 'moved')}{name}@example.org", kind))

    return steps


def moved_and_asking(page: Page, site: Live) -> None:
    """Ask to see what is held, at the new address."""
    moving("newcomer", "address")(page, site)
    page.get_by_role("button", name="Confirm this address").click()
    page.get_by_role("link", name="See all").click()


STATES: dict[str, Steps] = {
    "front": at("/"),
    "subscribe": at("/subscribe"),
    "about": at("/about"),
    "contact": at("/contact"),
    "privacy": at("/privacy"),
    "accessibility": at("/accessibility"),
    "subscribe with choices": with_choices,
    "subscribe with mistakes": with_mistakes,
    "check your email": signed_up,
    "confirm": own("/confirm/", "confirm", "pending"),
    "confirmed": own("/confirm/", "confirmed", "pending", press="Confirm my subscription"),
    "confirmed with choices": own(
        "/confirm/", "wishing", "pending", wishes=Preferences(("neglect",), ("Wales",)), press="Confirm my subscription"
    ),
    "confirmed though unsubscribed": own("/confirm/", "was", "unsubscribed", press="Confirm my subscription"),
    "unsubscribe": own("/unsubscribe/", "leaving"),
    "stop alerts": stop_alerts("stopping"),
    "alerts stopped": stop_alerts("stopped", press="Stop these emails"),
    "unsubscribed": own("/unsubscribe/", "left", press="Unsubscribe"),
    "undone": undone,
    "form of another site": from_another_site,
    "form of a silent browser": from_a_silent_browser,
    "preferences": own(
        "/preferences/", "choosing", wishes=Preferences(("neglect", "sleep"), ("Wales",), "short", True, "none")
    ),
    "preferences that reviews meet": own("/preferences/", "meeting", wishes=Preferences(("child", "girl", "boy"))),
    "preferences saved": saved,
    "preferences with mistakes": wrong_choices,
    "preferences of a pending reader": own("/preferences/", "pending", "pending"),
    "preferences of a paused reader": own("/preferences/", "paused", "paused"),
    "preferences of one who left": own("/preferences/", "gone", "unsubscribed"),
    "preferences of one who bounced": own("/preferences/", "bounced", "bounced"),
    "link to my data": proving("data", "See all", press=False),
    "link to my data asked for": proving("asking", "See all", press=True),
    "link to my data that does not work": stale,
    "my data": proven("data"),
    "link to delete me": proving("erase", "Delete me", press=False),
    "no link for one who bounced": own_page("/delete", "unmailed", "bounced"),
    "delete me": proven("erase"),
    "deleted": proven("erase", press="Delete me"),
    "results by email": at(SEARCH),
    "results by email with mistakes": search_asked(""),
    "results by email asked for": search_asked("search-asking"),
    "results by email of no search": at("/saved-searches"),
    "a saved search to confirm": search_confirming,
    "a saved search whose link is late": own_page(f"/searches/confirm/{UNKNOWN}", "search-late", "active"),
    "saved searches": search_saved("search-saving"),
    "a saved search to add": own_page("/searches/new", "search-adding", "active"),
    "a saved search": search_changing("search-changing"),
    "a saved search that is paused": search_changing("search-pausing", in_a_month()),
    "a saved search paused with mistakes": search_changing("search-mistaken", ""),
    "another address": own_page("/address", "moving", "active"),
    "another address for one who left": own_page("/address", "unmoved", "unsubscribed"),
    "another address asked for": moving("mover"),
    "another address to confirm": moving("confirmer", "address"),
    "another address to take back": moving("returner", "address", "moved"),
    "another address whose link is late": at(f"/new-address/1/{UNKNOWN}"),
    "no link for one who has moved": moved_and_asking,
    "a link that does not work": at(f"/confirm/{UNKNOWN}"),
    "no such page": at("/no-such-page"),
}
