"""Crawl of a catalogue of many pages, stored page by page, so that an interrupted one resumes."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from core.config.schema import Source
from core.errors import FetchError, PageError
from core.records import Page, PageReading
from db.collection import crawled_pages, crawls, pages
from db.collection.crawled_pages import CrawledPages, CrawlStep
from db.collection.crawls import Crawl
from db.schema.connect import Database, write_transaction
from scraper import plausibility
from scraper.adapter import Adapter
from scraper.fetch import Fetcher, RunTimeUsed, SiteBusy

MAX_IDLE_TIME = timedelta(days=7)  # a crawl that stood still for longer starts anew
SKIPPED, LOOPED = "is left out: ", "leads back to pages already read"  # in what a walk says of its gaps
REORDER_WINDOW = 20  # pages: as far may a new session's order have moved for its pages to go on from the old one's


@dataclass(frozen=True, slots=True)
class CrawlResult:
    """How far a walk came. Its caller finishes it, with `crawls.finish`, in the write that stores its reviews."""

    pages: CrawledPages  # of the whole crawl, those of earlier runs too
    kept: int  # how many they were when the walk paused
    read: int  # pages read this time
    ended: bool  # there is nothing left to read
    complete: bool  # and nothing was left out: only then does absence mean something
    problems: tuple[str, ...]
    renewed: int = 0  # sessions that had ended and were asked for anew this time
    list_url: str = ""  # where its list begins
    stopped: bool = False  # something is in its way: it is no mere pause
    skipped: int = 0  # addresses left out, each of an entry
    looped: bool = False  # it led back to pages already read, and so to its end


def crawl_source(
    db: Database,
    folder: Path,
    source: Source,
    adapter: Adapter,
    fetcher: Fetcher,
    now: datetime,
    limit: int = 0,
    progress: Callable[[int], object] = lambda pages: None,
    may_go_on: Callable[[], bool] = lambda: True,
) -> CrawlResult:
    """Read on where the source's crawl stands, or begin one; at most `limit` pages this time, 0 for all.

    `folder` is where bodies are kept; `progress` hears the number of pages kept after each, and `may_go_on` is asked
    before. A crawl that has ended is handed out as it is until it is finished. Raises FetchError where the network
    fails or the site refuses: what was read is kept.
    """
    at_work = _Crawler(db, folder, source, adapter, fetcher, now)
    while at_work.crawl.left and not at_work.problem and (not limit or at_work.read < limit) and may_go_on():
        try:
            at_work.step()
        except RunTimeUsed:
            if at_work.read:
                break
            raise
        progress(at_work.kept)
    return at_work.result()


@dataclass(frozen=True, slots=True)
class _PageAnswer:
    """What an address answered: a page that shows something, or why it is none."""

    url: str
    page: Page | None = None
    keys: tuple[str, ...] = ()  # of its reviews
    leads_to: tuple[str, ...] = ()
    why: str = ""  # it shows nothing, in words
    past_end: bool = False  # it is past the last page, and the site says so

    @property
    def good(self) -> bool:
        return not self.why


@dataclass(slots=True)
class _Crawler:
    """A walk at work: what it has of the crawl, and what it found this time."""

    db: Database
    folder: Path
    source: Source
    adapter: Adapter
    fetcher: Fetcher
    now: datetime
    read: int = 0
    renewed: int = 0
    said: list[str] = field(default_factory=list)
    problem: str = ""  # why it cannot go on
    fresh: bool = True  # since its session began this time, it has met a page that it had not
    crawl: Crawl = field(init=False)
    steps: list[CrawlStep] = field(init=False)
    kept: int = field(init=False)  # pages
    seen: set[str] = field(init=False)  # keys of reviews
    pages: CrawledPages = field(init=False)
    limits: plausibility.PlausibilityLimits = field(init=False)

    def __post_init__(self) -> None:
        self.crawl = _resume_crawl(self.db, self.source, self.now)
        self.steps = crawled_pages.list_steps(self.db, self.source.name)
        self.kept = sum(step.kept for step in self.steps)
        self.seen = {key for step in self.steps for key in step.keys}
        self.pages = CrawledPages(self.db, self.folder, self.source.name)
        self.limits = plausibility.PlausibilityLimits(needs=self.adapter.needs, media=self.adapter.media)

    def result(self) -> CrawlResult:
        """How far the walk has come."""
        gaps, ended = self.crawl.gaps, not self.crawl.left
        return CrawlResult(
            self.pages,
            self.kept,
            self.read,
            ended,
            ended and not gaps,
            (*gaps, *self.said, *([self.problem] if self.problem else [])),
            self.renewed,
            _find_list(self.steps, self.adapter) or self.source.url,
            bool(self.problem),
            sum(SKIPPED in gap for gap in gaps),
            any(LOOPED in gap for gap in gaps),
        )

    def step(self) -> None:
        """Read the next address and keep what it answers; ask for a new session where the old one has ended."""
        answer = self._ask(self.crawl.left[0])
        if answer.past_end:
            self._end_list()
        elif answer.page and answer.good:
            self._store_page(answer, answer.page)
        elif len(self.crawl.left) > 1:
            self._skip_url(answer)  # a report in a list, say: the others must not wait for it
        elif self.steps and self.fresh:
            self._renew_session(answer)
        else:
            self._stop(answer)

    def _ask(self, url: str) -> _PageAnswer:
        try:
            page = self.fetcher.get(url, hosts=self.source.hosts)
        except FetchError as e:
            if url == self.source.url or not is_page_failure(e):
                raise
            if e.what == f"answered {self.adapter.past_end_status}":
                return _PageAnswer(url, past_end=True)
            return _PageAnswer(url, why=str(e))
        why = plausibility.check_page(page, self.limits)
        try:
            reading = PageReading() if why else self.adapter.parse(page, self.source.name)
            leads_to = self.adapter.follow(page) if self.adapter.follow and not why else ()
        except PageError as e:
            return _PageAnswer(url, page, why=str(e))
        reviews = reading.reviews
        if not (why or reviews or leads_to or reading.waiting or reading.leftovers or reading.lists_none):
            why = plausibility.check_reviews(page, (), self.now.date())
        return _PageAnswer(url, page, tuple(review.key for review in reviews), leads_to, "; ".join(why))

    def _store_page(self, answer: _PageAnswer, page: Page) -> None:
        """Keep a page and where it leads, in one write: killed before it, nothing of the page was there."""
        new = not answer.keys or not self.seen.issuperset(answer.keys)
        again = len(answer.keys) > 1 and any(
            step.session == self.crawl.session and set(step.keys) >= set(answer.keys) for step in self.steps
        )
        step = CrawlStep(len(self.steps) + 1, self.crawl.session, answer.url, answer.keys, new)
        self.steps.append(step)
        self.seen.update(answer.keys)
        self.fresh, self.read, self.kept = self.fresh or new, self.read + 1, self.kept + new
        left, looped = self._remaining_urls(answer)
        looped = looped or again
        gaps = (f"page {len(self.steps)} {LOOPED}: {answer.url}",) if looped else ()
        second = self.crawl.second or next(iter(answer.leads_to), "")
        self.crawl = replace(
            self.crawl, last_page_at=page.fetched_at, left=left, second=second, gaps=(*self.crawl.gaps, *gaps)
        )
        with write_transaction(self.db):
            if new:
                pages.save_body(self.folder, page)
            crawled_pages.add_step(self.db, self.source.name, step, page)
            crawls.save(self.db, self.crawl)

    def _remaining_urls(self, answer: _PageAnswer) -> tuple[tuple[str, ...], bool]:
        """The addresses left after a page, the page's own first; and whether it led nowhere but back."""
        read = {step.url for step in self.steps if step.session == self.crawl.session}
        ahead = [url for url in dict.fromkeys(answer.leads_to) if url not in read]
        left = (*ahead, *(url for url in self.crawl.left[1:] if url not in ahead))
        again = next((n for n, step in enumerate(reversed(self.steps)) if step.kept), 0)
        if again > self.kept + REORDER_WINDOW:  # new addresses, and the same pages for ever
            return (), True
        return left, bool(answer.leads_to) and not left

    def _end_list(self) -> None:
        """Go on after an address past the last page: nothing is left out."""
        self.crawl = replace(self.crawl, left=self.crawl.left[1:])
        self.read += 1
        with write_transaction(self.db):
            crawls.save(self.db, self.crawl)

    def _skip_url(self, answer: _PageAnswer) -> None:
        gap = f"{answer.url} {SKIPPED}{answer.why}"
        self.crawl = replace(self.crawl, left=self.crawl.left[1:], gaps=tuple(dict.fromkeys((*self.crawl.gaps, gap))))
        self.read += 1
        with write_transaction(self.db):
            crawls.save(self.db, self.crawl)

    def _renew_session(self, dead: _PageAnswer) -> None:
        """Go on in a new session, from the page before the dead address; from the start if that is another now.

        Costs two requests beside the dead one: the start address and the page before (none for the second page).
        """
        start = self._ask(self.source.url)
        if not start.page or not start.good:
            self._stop(dead, f"; asked anew, neither is the first page: {start.why}")
            return
        last, second = self.steps[-1], next(iter(start.leads_to), "")
        same = last.url == self.source.url
        before = start if same else self._ask(rewrite_session(last.url, self.crawl.second, second))
        if before.good and self._is_nearby(before) and not before.leads_to and self.read:
            self._stop(dead)  # nothing leads there now; if it is dead in the next run too, it is left out
            return
        self.crawl = replace(self.crawl, session=self.crawl.session + 1, second=second)
        self.fresh, self.renewed = False, self.renewed + 1
        if before.good and self._is_nearby(before):
            gap = [] if last.keys == before.keys else [f"{self._here()}: the order had changed meanwhile"]
            gap += [] if before.leads_to else [f"{dead.url} {SKIPPED}{dead.why}"]
            self.crawl = replace(self.crawl, left=before.leads_to, gaps=(*self.crawl.gaps, *gap))
            with write_transaction(self.db):
                crawls.save(self.db, self.crawl)
        else:
            self.said.append(f"{self._here()}: the session had ended; walks again from the start, a request a page")
            self._store_page(start, start.page)

    def _is_nearby(self, answer: _PageAnswer) -> bool:
        """Whether a page is the last one read, or one shortly before it."""
        return answer.keys == self.steps[-1].keys or not {
            key for step in self.steps[-REORDER_WINDOW:] for key in step.keys
        }.isdisjoint(answer.keys)

    def _stop(self, answer: _PageAnswer, more: str = "") -> None:
        """Leave the crawl open where it is; what answered there is kept aside with the reason."""
        self.problem = f"{self._here()} is no record: {answer.why}{more}"
        if answer.page:
            with write_transaction(self.db):
                pages.save_body(self.folder, answer.page)
                pages.add(self.db, self.source.name, answer.page, [self.problem])

    def _here(self) -> str:
        return f"page {self.kept + 1}"


def _find_list(steps: Iterable[CrawlStep], adapter: Adapter) -> str:
    """The first address that showed reviews and is not one review's own; empty where there is none."""
    return next(
        (step.url for step in steps if step.keys and not (adapter.entry_key and adapter.entry_key(step.url))), ""
    )


def _resume_crawl(db: Database, source: Source, now: datetime) -> Crawl:
    """The source's crawl; a new one where there is none, or it started elsewhere or stood still too long."""
    held = crawls.get(db, source.name)
    if held and held.url == source.url and now - held.last_page_at <= MAX_IDLE_TIME:
        return held
    crawl = Crawl(source.name, source.url, now, (source.url,))
    with write_transaction(db):
        crawls.finish(db, source.name)
        crawls.save(db, crawl)
    return crawl


def is_page_failure(e: FetchError) -> bool:
    """Whether the site answered, with no bot check, and asked for no pause: another of its addresses may do better."""
    return re.fullmatch("answered (?!429)[0-9]+", e.what) is not None and not isinstance(e, SiteBusy)


def rewrite_session(address: str, old: str, new: str) -> str:
    """An address of an old session as the new one has it.

    `old` and `new` are the address of the same page in each: what differs between them is the session's.

    >>> rewrite_session("http://a/r?Set=1F&n=9", "http://a/r?Set=1F&n=2", "http://a/r?Set=7B&n=2")
    'http://a/r?Set=7B&n=9'
    """
    was, now = _query_params(old), _query_params(new)
    changed = {name: now[name] for name in was if name in now and now[name] != was[name]}
    parts = urlsplit(address)
    asked = [(name, changed.get(name, value)) for name, value in parse_qsl(parts.query, keep_blank_values=True)]
    return parts._replace(query=urlencode(asked)).geturl() if changed else address


def _query_params(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))
