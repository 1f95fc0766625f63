"""What a page that lists nothing is called."""

from dataclasses import replace

import pytest

from core.records import Page
from scraper.page_kind import recognize_challenge, recognize_page
from tests.support.saved_pages import page, saved

FILLER = (
    "<p>" + "A list of the reports that our partners have published, with what was learned from each. " * 30 + "</p>"
)
SITE = "<header><a href='/'>Westmere Partnership</a></header><main>{}</main><footer><p>Cookies. Privacy.</p></footer>"


def wall(title: str, body: str, head: str = "") -> Page:
    return page(f"<!doctype html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>")


BOT_CHECKS = {
    "Cloudflare": wall("Just a moment...", "<noscript>Enable JavaScript and cookies to continue</noscript>"
                       "<script>window._cf_chl_opt={cvId:'3'};</script>"),
    "Akamai": wall("Access Denied", "<h1>Access Denied</h1>You don't have permission to access this page on this "
                   "server.<p>Reference #18.2d4b1502 https://errors.edgesuite.net/18.2d4b1502"),
    "Imperva": wall("", "<script src='/_Incapsula_Resource?SWJIYLWA=719d34d31c8e3a6e6fffd425f7e032f3'></script>"),
    "AWS WAF": wall("Human Verification", "<script>window.gokuProps = {};</script><noscript><h1>JavaScript is "
                    "disabled</h1>In order to continue, we need to verify that you're not a robot.</noscript>"),
    "DataDome": wall("westmere.example.org", "<p id='cmsg'>Please enable JS and disable any ad blocker</p>"
                     "<script>var dd={'rt':'c'}</script><script src='https://ct.captcha-delivery.com/c.js'></script>"),
    "PerimeterX": wall("Access to this page has been denied", "<p>Press & Hold to confirm you are a human</p>"
                       "<div id='px-captcha'></div>"),
    "Sucuri": wall("Sucuri WebSite Firewall - Access Denied", "<p>Access Denied - Sucuri Website Firewall</p>"),
    "F5": wall("Request Rejected", "The requested URL was rejected. Please consult with your administrator."),
    "Kasada": wall("", "<script>window.KPSDK={};</script><script src='/149e/ips.js'></script>"),
    "Azure": wall("Azure WAF", "<h1>Azure WAF JS Challenge</h1>"),
    "DDoS-Guard": wall("DDOS-GUARD", "<p>Please wait a few seconds.</p>"),
    "Fastly": wall("Client Challenge", "<noscript>JavaScript is disabled in your browser.</noscript>"
                   "<script src='/_fs-ch-1T1w/script.js'></script>"),
    "SiteGround": wall("", "", "<meta http-equiv='refresh' content='0;/.well-known/sgcaptcha/?r=%2F'>"),
}  # fmt: skip


@pytest.mark.parametrize("vendor", BOT_CHECKS)
def test_a_bot_check_is_called_one_with_its_vendor(vendor: str) -> None:
    assert recognize_page(BOT_CHECKS[vendor]) == f"a bot check ({vendor})"


@pytest.mark.parametrize(
    ("vendor", "body"),
    [
        (
            "Akamai",
            "<h1>Access Denied</h1><p>Reference&#32;&#35;18&#46;2d https&#58;&#47;&#47;errors&#46;edgesuite&#46;net",
        ),
        ("Cloudflare", "<h1>One more step</h1><div class='cf-turnstile' data-sitekey='0x4'></div>"),
        ("PerimeterX", "<h1>Please wait</h1><script src='//client.perimeterx.net/PX1/main.min.js'></script>"),
    ],
)
def test_a_vendor_s_other_pages_are_known_too(vendor: str, body: str) -> None:
    assert recognize_page(wall("Westmere", body)) == f"a bot check ({vendor})"


@pytest.mark.parametrize(
    "words",
    [
        "Verify you are human by completing the action below.",
        "Please complete the security check to access the site",
        "Checking your browser before accessing westmere.example.org",
        "Our systems have detected unusual traffic from your computer network.",
        "Making sure you're not a bot!",
    ],
)
def test_a_bot_check_of_an_unknown_vendor_is_known_by_its_words(words: str) -> None:
    assert recognize_page(wall("westmere.example.org", f"<p>{words}</p>")) == "a bot check"


@pytest.mark.parametrize(("name", "vendor"), [("cf-mitigated", "Cloudflare"), ("x-amzn-waf-action", "AWS WAF")])
def test_a_vendor_names_its_challenge_in_a_header(name: str, vendor: str) -> None:
    challenge = replace(page(""), headers=((name, "challenge"),))

    assert recognize_challenge(challenge) == f"a bot check ({vendor})"


@pytest.mark.parametrize(
    ("bad", "kind"),
    [
        (wall("Sign in", "<form><input name=p type='password'></form>"), "a log-in page"),
        (wall("Members", "<h1>Members</h1><form><input TYPE=Password></form>"), "a log-in page"),
        (wall("Westmere", "<h1>Members only</h1><p>Register to see the reviews.</p>"), "a log-in page"),
        (wall("Westmere", "<h1>Case reviews</h1><p>Please first sign in to continue.</p>"), "a log-in page"),
        (wall("Westmere", "<h1>You are now in line.</h1><p>Your estimated wait: 3 min.</p>"), "a waiting room"),
        (wall("Westmere", "<p>This domain is for sale."), "a page that its host put in the site's place"),
        (wall("Account suspended", f"<h1>Oh</h1>{FILLER}"), "a page that its host put in the site's place"),
        (wall("301 Moved Permanently", "<h1>Moved Permanently</h1><p>It has moved."), "a page that has moved"),
        (wall("Reviews", f"<h1>This page has moved</h1>{FILLER}"), "a page that has moved"),
        (
            wall("Reviews", "<p>Please wait", "<meta http-equiv=Refresh content=\"0; URL='https://new.example.org/r'\">"),
            "a page that has moved to https://new.example.org/r",
        ),
        (wall("Reviews", "<script>window.location.replace('/new')</script>"), "a page that has moved"),
        (wall("Page not found", f"<h1>Page not found</h1>{FILLER}"), "an error page"),
        (wall("Westmere", "<p>HTTP Error 503. The service is unavailable.</p>"), "an error page"),
        (
            wall("Westmere", "<div id='onetrust-banner-sdk'><h2>We value your privacy</h2><p>We use cookies. "
                 "<button>Accept all</button> <button>Reject all</button></div><div id=app></div>"),
            "a consent wall",
        ),
        (
            wall("Westmere", "<div id='ccc'><h2>Our use of cookies</h2><p>This site uses cookies to store "
                 "information.</p><button>I Accept</button></div>"),
            "a consent wall",
        ),
        (
            wall("Before you continue", "<div id='wall'><h1>We value your privacy</h1><p>We use cookies.</p></div>"),
            "a consent wall",
        ),
        (
            wall("Westmere", "<noscript>You need to enable JavaScript to run this app.</noscript><div id='root'></div>"
                 "<script src='/static/js/main.js'></script>"),
            "a page that only a script fills in",
        ),
        (wall("Westmere", "<app-root></app-root><script src=a.js></script>"), "a page that only a script fills in"),
    ],
)  # fmt: skip
def test_what_stands_in_the_way_is_called_what_it_is(bad: Page, kind: str) -> None:
    assert recognize_page(bad) == kind


@pytest.mark.parametrize(
    "good",
    [
        saved("nspcc-listing/broken/blank.html"),
        saved("nspcc-listing/2016/onep.html"),
        wall("Reviews", SITE.format(f"<h1>Published reviews</h1>{FILLER}<p>We use reCAPTCHA. Log in to comment.</p>")),
        wall("Reviews", SITE.format(f"<h1>Reviews</h1>{FILLER}<noscript>Please enable JavaScript.</noscript>")),
        wall("Reviews", SITE.format("<h1>Reviews</h1><p>Reviews will be added here when they are published.</p>")
             + "<div id='cookie-banner'><h2>We value your privacy</h2><button>Accept all</button></div>"
             + "<noscript>Enable JavaScript for the best experience</noscript><script>location.href == '/'</script>"
             + "<script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>"),
        wall("Reviews", f"<h1>Reviews</h1>{FILLER}<p>The family had moved. Access denied. Error of judgement."),
        page('{"total": 0, "results": []}', "application/json"),
    ],
)  # fmt: skip
def test_a_good_page_that_mentions_such_things_stays_good(good: Page) -> None:
    assert recognize_page(good) == ""


@pytest.mark.parametrize(("status", "kind"), [(403, "a bot check (DataDome)"), (404, ""), (200, "")])
def test_a_refusal_is_looked_at_for_a_bot_check(status: int, kind: str) -> None:
    assert recognize_challenge(replace(BOT_CHECKS["DataDome"], status=status)) == kind


@pytest.mark.parametrize("text", ["<div id=cookie>", "<a href='x", "<!--", "&#27;", "human ", "<script>"])
def test_a_hostile_page_is_judged_all_the_same(text: str) -> None:
    recognize_page(page(text * (400_000 // len(text))))
