"""Source trial: how an unknown address can be read, found out with a few requests."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from core.config.schema import Source
from core.errors import FetchError, PageError
from core.plurals import plural
from core.records import Page
from scraper import nations, plausibility
from scraper.discovery import GOOD_SCORE, Candidate, discover, keep_to_reviews, read_candidate
from scraper.fetch import Fetcher
from scraper.page_kind import recognize_page
from scraper.script_list import recognize_script_list
from scraper.site_addresses import feed_addresses, guess_kind, rest_lists, rest_root, site_publisher

ENOUGH_ENTRIES = 5  # for a list to be one
MAX_FEEDS = 2  # of a page that are asked for


@dataclass(frozen=True, slots=True)
class SourceTrial:
    """What an address yields, identified by it."""

    url: str  # where the source lives: after a redirect to another host
    candidates: tuple[Candidate, ...]  # the best first; none: nobody can tell
    failures: tuple[str, ...]  # what was asked in vain, a line each


def try_source(fetcher: Fetcher, known: Source, page: Page | None = None) -> SourceTrial:
    """Read an address in every way there is; `known` is the table as far as a person has said it.

    `page` is read instead of the address where it is given. What the page itself shows is preferred; where that is
    no list, its feeds and its WordPress interface are asked: seven requests at the most. Raises FetchError, PageError.
    """
    page = page or fetcher.get(known.url, hosts=_host_variants(known.url))
    if urlsplit(page.final_url).hostname != urlsplit(known.url).hostname:
        known = known.replace(url=page.final_url)
    kind = known.kind if "kind" in known.given else guess_kind(page)
    known = _name_publisher(known, "" if kind in ("feed", "wordpress") else site_publisher(page))
    if kind and kind != "links":
        return SourceTrial(known.url, (_read(known.replace(kind=kind), page),), ())
    if problems := plausibility.check_page(page):
        raise PageError(problems[0], known.url, "Give the address of the page that lists the reviews.")
    found, failures = discover(page, known), list[str]()
    if obstacle := "" if found else recognize_page(page) or recognize_script_list(page):
        failures.append(f"it looks like {obstacle}")
    others = []
    if not found or found[0].score < GOOD_SCORE:
        for answer in _ask_site(fetcher, known, page):
            if isinstance(answer, str):
                failures.append(answer)
            else:
                others.append(answer)
    best = [*sorted([*found[:1], *others], key=_rank, reverse=True), *found[1:]]
    return SourceTrial(known.url, tuple(one for one in best if one.score), tuple(failures))


def _name_publisher(known: Source, site: str) -> Source:
    """The table with whose reviews these are, as their site calls itself, where nobody has said it."""
    publisher = known.publisher or site
    collection = known.collection or site or publisher or urlsplit(known.url).hostname
    nation = known.nation or nations.find_nation(publisher)
    return known.replace(publisher=publisher, collection=collection, nation=nation)


def _rank(candidate: Candidate) -> float:
    """A long list before one or two entries that happen to look like reviews, in a feed of news, say."""
    return candidate.score * min(1.0, len(candidate.reading.reviews) / ENOUGH_ENTRIES)


def _read(source: Source, page: Page) -> Candidate:
    return keep_to_reviews(read_candidate(source, page))


def _ask_site(fetcher: Fetcher, known: Source, page: Page) -> Iterator[Candidate | str]:
    """What the site's feeds and lists yield; a line for each address that yields nothing."""
    for url in feed_addresses(page)[:MAX_FEEDS]:
        yield _ask(fetcher, known.replace(kind="feed", url=url))
    root = rest_root(page)
    if not root:
        return
    try:
        types = fetcher.get(f"{root}/wp/v2/types")
    except FetchError as e:
        yield str(e)
        return
    for url in rest_lists(types, root):
        yield _ask(fetcher, known.replace(kind="wordpress", url=url))


def _ask(fetcher: Fetcher, source: Source) -> Candidate | str:
    try:
        return _read(source, fetcher.get(source.url))
    except (FetchError, PageError) as e:  # one road that leads nowhere: there may be others
        return str(e)


def _host_variants(url: str) -> tuple[str, ...]:
    """The hosts that an address's own may stand for: with and without www."""
    host = urlsplit(url).hostname or ""
    return (f"www.{host}", host.removeprefix("www."))


def describe_candidate(candidate: Candidate) -> str:
    """How an address can be read, and how much of it."""
    reviews = candidate.reading.reviews
    if not reviews:
        return f'kind "{candidate.source.kind}": it says that it lists none now'
    dated, links = sum(review.year is not None for review in reviews), sum(len(review.links) for review in reviews)
    return f'kind "{candidate.source.kind}": {plural(len(reviews), "review")}, {dated} dated, {plural(links, "link")}'


def describe_doubts(best: Candidate) -> list[str]:
    """What a person has to look at before a source is read so."""
    doubts = []
    if best.score < GOOD_SCORE:
        doubts.append("It is not sure that these are all reviews, or all of them: compare with the page.")
    if not best.source.publisher and not all(review.publisher for review in best.reading.reviews):
        doubts.append("Whose reviews they are is not said: set publisher, as publisher=Suffolk.")
    return doubts
