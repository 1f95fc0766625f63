"""Source parser for coroners' prevention of future deaths reports: list pages, report pages."""

import re
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag

from core.records import Link, Page, PageReading, Review, Section
from scraper import nations
from scraper.adapter import Adapter
from scraper.identity import add_identity
from scraper.markup import element_text, link_address, parse_html
from scraper.publication_date import parse_year_month
from scraper.text_lines import extract_lines

REPORT_PATH = re.compile(r"/prevention-of-future-death-reports/(?!page/)[^/]+/?")  # a report's path
LIST_PAGE_PATH = re.compile(r"/page/(\d{1,6})(?:/|$)")
TITLE_PHRASE = r"(?:regulation 28[ :–—-]+)?prevention of future deaths?(?: reports?)?"
TITLE_PREFIX = re.compile(rf"^{TITLE_PHRASE} *[:–—-] *(?=\S)", re.I)
TITLE_SUFFIX = re.compile(rf"[ :–—-]{{1,5}}{TITLE_PHRASE}$", re.I)
KIND_PATTERN = re.compile(r"prevention of future deaths?", re.I)
LABEL_PATTERN = re.compile(
    r"(?:^|(?<=\s))(?P<label>Date of report|Ref|Deceased name|Coroner(?:['’]?s)? name|Coroner(?:['’]?s)? area|Category"
    r"|This report is being sent to)\s*:",
    re.I | re.M,
)
ReportFields = dict[str, tuple[str, str]]  # the label in small letters: the label as published, the value
REQUIRED_LABELS = {"date of report", "coroner area", "category"}  # an entry with these needs no report page


def parse(page: Page, source: str) -> PageReading:
    """The complete entries of a list, or the one report of a report page.

    An entry that lacks a field is left to its report page: see `follow`. Empty when the page is neither.
    """
    soup = parse_html(page)
    cards = _list_cards(soup, page)
    if cards:
        reviews = [
            _build_review(title, fields, link, source)
            for title, link, fields in cards
            if not REQUIRED_LABELS - set(fields)
        ]
    else:
        reviews = _read_report_page(soup, page, source)
    return PageReading(tuple({(review.fingerprint, review.links): review for review in reviews}.values()))


def follow(page: Page) -> tuple[str, ...]:
    """The reports that the list's entries do not tell in full, then the list's next page; none from a report page."""
    soup = parse_html(page)
    cards = _list_cards(soup, page)
    reports = [link.url for _, link, fields in cards if REQUIRED_LABELS - set(fields)]
    return tuple(dict.fromkeys([*reports, *_next_page(soup, page)])) if cards else ()


def _list_cards(soup: BeautifulSoup, page: Page) -> list[tuple[str, Link, ReportFields]]:
    """The entries of a list: title, the report's address, and the fields; none on a report page."""
    if REPORT_PATH.fullmatch(urlsplit(page.final_url).path):
        return []
    found: dict[str, tuple[str, Link, ReportFields]] = {}
    for anchor in soup.select(":is(h2, h3, h4, h5) a[href]"):
        url, title = link_address(anchor["href"], page), element_text(anchor)
        if title and url not in found and _is_report_url(url, page):
            found[url] = title, Link(title, url), _card_fields(anchor, page)
    return list(found.values())


def _is_report_url(url: str, page: Page) -> bool:
    there, here = urlsplit(url), urlsplit(page.final_url)
    return there.netloc == here.netloc and REPORT_PATH.fullmatch(there.path) is not None


def _card_fields(anchor: Tag, page: Page) -> ReportFields:
    """The labelled words of an entry; none when they are cut off, for then nobody knows which."""
    card = anchor.find_parent(class_="card") or anchor.find_parent(["article", "li"])
    if not card:
        return {}
    said = [line.text for line in extract_lines(replace(page, body=card.encode()))]
    cut_off = any(line.endswith(("…", "...", "[…]", "[...]")) for line in said)
    return {} if cut_off else _read_fields(said)


def _read_fields(said: Sequence[str]) -> ReportFields:
    """The first value of each label, which may follow on its line or be the next line; several may share a line."""
    whole, found = "\n".join(said), ReportFields()
    labels = list(LABEL_PATTERN.finditer(whole))
    ends = [*(label.start() for label in labels[1:]), len(whole)]
    for label, end in zip(labels, ends, strict=False):
        value = whole[label.end() : end].strip().partition("\n")[0].strip()
        key = re.sub(r"['’]?s\b", "", label["label"].lower())
        if value:
            found.setdefault(key, (label["label"], value))
    return found


def _read_report_page(soup: BeautifulSoup, page: Page, source: str) -> list[Review]:
    """The report of a report page, if it is one: it has a title, and a date, number or area."""
    said = [line.text for line in extract_lines(page)]
    fields = _read_fields(said)
    title = element_text(soup.select_one(".single__title") or soup.select_one("h1"))
    if not title or not {"date of report", "ref", "coroner area"} & set(fields):
        return []
    tags = [element_text(anchor) for anchor in soup.select(".pill--single a")]
    if tags and "category" not in fields:
        fields["category"] = "Category", " | ".join(tags)
    return [_build_review(title, fields, _find_pdf(soup, page) or Link(title, page.final_url), source)]


def _find_pdf(soup: BeautifulSoup, page: Page) -> Link | None:
    """The first PDF, which is the report: those after it are answers to it."""
    for selector in ("a.related-content__link", "main a[href]", "a[href]"):
        for anchor in soup.select(selector):
            url = link_address(anchor.get("href"), page)
            if urlsplit(url).path.lower().endswith(".pdf"):
                return Link(element_text(anchor), url)
    return None


def _build_review(title: str, fields: ReportFields, link: Link, source: str) -> Review:
    said = {key: value for key, (_, value) in fields.items()}
    publisher, name = said.get("coroner area", ""), TITLE_SUFFIX.sub("", TITLE_PREFIX.sub("", title)) or title
    year, month = parse_year_month(said.get("date of report", ""))
    return add_identity(
        Review(
            source=source,
            publisher=publisher,
            name=name,
            year=year,
            month=month,
            title=f"{publisher} – {name}" if publisher else name,
            sections=(Section("other", *fields["ref"]),) if "ref" in fields else (),
            keywords=tuple(filter(None, (part.strip() for part in said.get("category", "").split("|")))),
            links=(link,),
            heading=title,
            raw="\n".join([title, *(f"{label}: {value}" for label, value in fields.values())]),
            nation=nations.find_nation(publisher),
            kind="Prevention of future deaths report" if KIND_PATTERN.search(title) else None,
        )
    )


def _next_page(soup: BeautifulSoup, page: Page) -> list[str]:
    """The address of the list's next page, where it links to it."""
    here = LIST_PAGE_PATH.search(urlsplit(page.final_url).path)
    number = int(here[1]) + 1 if here else 2
    urls = [link_address(anchor.get("href"), page) for anchor in soup.select("a.page-numbers")]
    pages = ((LIST_PAGE_PATH.search(urlsplit(url).path), url) for url in urls)
    return [url for found, url in pages if found and int(found[1]) == number][:1]


# the list is thousands of reports long, so that no read of it can be taken for all of it
ADAPTER = Adapter(parse, follow, needs=frozenset({"publisher", "year", "link"}), lists_all=False)
