"""Site addresses: what else a site offers of a page, its feeds and its WordPress interface; pure."""

import re
from urllib.parse import urlsplit

from core.folding import one_line
from core.records import Page
from scraper.markup import element_text, link_address, parse_html
from scraper.wordpress_rest import parse_answer, parse_items, rendered_text

KNOWN_HOSTS = {  # hosts of lists that have a kind of their own
    "learning.nspcc.org.uk": "nspcc-listing",
    "nationalnetwork.org.uk": "adult-reviews",
    "homicide-review.homeoffice.gov.uk": "homicide-reviews",
    "judiciary.uk": "future-deaths",
    "library.nspcc.org.uk": "heritage",
}
FEED_TYPES = frozenset(["application/rss+xml", "application/atom+xml", "application/feed+json"])
FEED_START = re.compile(  # a comment ends at its first end, whatever follows
    rb"^\s*(?:<\?xml[^>]*>\s*)?(?><!--.*?-->\s*)*<(?:\w+:)?(?:rss|feed|rdf)\b", re.I | re.S
)
REST_RELATION = "https://api.w.org/"
LIST_TYPES = re.compile(r"review|case|scr|spr|publication|report|learning|download|resource|document", re.I)
OWN_TYPES = frozenset("attachment page post wp_block wp_template wp_navigation nav_menu_item".split())
BOARD_WORDS = re.compile(r"safeguarding|partnership|board|committee|council|LSC[BP]|\bSC[BP]\b|\bSAB\b", re.I)
MAX_TYPES = 2  # of a site's own types of content that are asked for


def guess_kind(page: Page) -> str:
    """The kind of source that a page is by itself: a feed, an answer of WordPress, a list of its own kind; or ""."""
    host = (urlsplit(page.final_url).hostname or "").removeprefix("www.")
    if host in KNOWN_HOSTS:
        return KNOWN_HOSTS[host]
    if FEED_START.match(page.body[:4096]):
        return "feed"
    if parse_items(page) is not None:
        return "wordpress"
    answer = parse_answer(page)
    if not isinstance(answer, dict):
        return ""
    if "results" in answer and host == "gov.uk":
        return "govuk-search"
    return "feed" if "jsonfeed.org" in str(answer.get("version")) else ""


def feed_addresses(page: Page) -> tuple[str, ...]:
    """The feeds that a page names, those of comments left out."""
    found = [
        link_address(link["href"], page)
        for link in parse_html(page).select("link[rel~=alternate][href][type]")
        if str(link["type"]).lower() in FEED_TYPES and "comment" not in f"{link.get('title', '')}{link['href']}".lower()
    ]
    return tuple(dict.fromkeys(filter(None, found)))


def rest_root(page: Page) -> str:
    """The address of the WordPress interface of a page's site; empty where it is no WordPress site."""
    link = parse_html(page).select_one(f'link[rel="{REST_RELATION}"][href]')
    if link is not None:
        return link_address(link["href"], page).rstrip("/")
    header = re.search(rf'<([^>]+)>;\s*rel="?{re.escape(REST_RELATION)}', page.header("link"))
    if header:
        return link_address(header[1], page).rstrip("/")
    return link_address("/wp-json", page) if b"/wp-content/" in page.body else ""


def rest_lists(types: Page, root: str) -> tuple[str, ...]:
    """The lists that may hold reviews, the site's own types of content first, then posts and documents.

    `types`: what the interface answers of its types.
    """
    answer = parse_answer(types)
    known = [kind for kind in answer.values() if isinstance(kind, dict)] if isinstance(answer, dict) else []
    own = [
        rendered_text(kind.get("rest_base"))
        for kind in known
        if kind.get("slug") not in OWN_TYPES
        and LIST_TYPES.search(f"{kind.get('slug')} {rendered_text(kind.get('name'))}")
    ]
    wanted = [f"{base}?" for base in own[:MAX_TYPES] if base]
    wanted += ["posts?search=review&", "media?media_type=application&search=review&"]
    return tuple(f"{root}/wp/v2/{base}per_page=100&orderby=date&order=desc" for base in wanted)


def site_publisher(page: Page) -> str:
    """Whose site a page says it is: its name in the head, or a board's in the title; empty where neither says."""
    soup = parse_html(page)
    named = soup.select_one('meta[property="og:site_name"][content]')
    parts = re.split(r"\s+[|–—-]\s+", element_text(soup.title)) if soup.title else []
    names = [str(named["content"])] if named else []
    return next((one_line(name) for name in [*names, *reversed(parts)] if BOARD_WORDS.search(name)), "")


def source_name(url: str, taken: frozenset[str] = frozenset()) -> str:
    """A name for a source at an address that no other has: "northshirescp", "northshirescp-2"."""
    labels = (urlsplit(url).hostname or "").removeprefix("www.").split(".")
    name = re.sub(r"[^a-z0-9]+", "-", labels[0].lower()).strip("-") or "source"
    return next(one for one in (name, *(f"{name}-{n}" for n in range(2, 10_000))) if one not in taken)
