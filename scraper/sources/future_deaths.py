"""Source parser for coroners' prevention of future deaths reports: WordPress answers, list pages, report pages.

The title of a report is the name of the person who died, so no record is called by it: a record is called by the
coroner's area and the report's number, and the name stands behind the link only.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode, urlsplit

from bs4 import BeautifulSoup, Tag

from core.errors import PageError
from core.records import Link, Page, PageReading, Review
from core.source_records import Leftover
from scraper import nations
from scraper.adapter import HTML_MEDIA, Adapter
from scraper.identity import add_identity, address_key, key_reviews
from scraper.line_builder import TextLine
from scraper.markup import element_text, link_address, parse_html
from scraper.publication_date import parse_year_month
from scraper.text_lines import extract_lines
from scraper.wordpress_rest import (
    JSON_MEDIA,
    PAST_END_STATUS,
    address_since,
    check_refusal,
    next_items,
    parse_items,
    rendered_text,
    stated_total,
)

REPORT_PATH = re.compile(r"/prevention-of-future-death-reports/(?!page/)[^/]+/?")  # a report's path
LIST_PAGE_PATH = re.compile(r"/page/(\d{1,6})(?:/|$)")
CATEGORY_TYPE = "pfd_report_type"  # of the answer that tells a category's number
KIND_NAME = "Prevention of future deaths report"
FIELD_LABELS = {  # a field, and how its label is written
    "date": r"dates? of reports?|report dates?",
    "ref": r"ref(?:erence)?s?(?: no\.?| numbers?)?",
    "deceased": r"(?:deceased(?:['’]s|s)?|name) (?:names?|of (?:the )?deceased)",
    "coroner": r"(?:coroner(?:['’]s|s['’]?)?|name) (?:names?|of (?:the )?coroner)",
    "area": r"(?:coroner(?:['’]s|s['’]?|\(s\))?|area) (?:areas?|of (?:the )?coroners?)",
    "category": r"categor(?:y|ies)",
    "sent": r"(?:this|these) reports? (?:is|are) being sent to",
}
LABEL_PATTERN = re.compile(
    rf"(?:^|(?<=\s))(?P<label>{'|'.join(FIELD_LABELS.values())})(?!\w)(?P<colon>\s*:)?", re.I | re.M
)
BARE_VALUES = {
    "date": re.compile(r".{0,30}\b(?:19|20)\d\d\b"),
    "ref": re.compile(r"(?:[-–—] )?\S*\d\S*"),
}  # after no colon
MAX_BARE_LENGTH = 120  # characters of a value after a label without a colon: beyond it they are prose
REQUIRED_FIELDS = {"date", "area", "category"}  # an entry with these needs no report page
DOCUMENT_PATH = re.compile(r".*\.(?:pdf|docx?|odt|rtf)", re.I)
REPORT_WORDS = re.compile(r"report|regulation.?28|prevention", re.I)
OTHER_WORDS = re.compile(  # not of a report
    r"respon[sd]|repl(?:y|ies)\b|answer|acknowledg|(?<![a-z])letter|action.?plan|ymateb|annex|appendix|annual"
    r"|privacy|cookie|guid(?:e|ance)\b",
    re.I,
)
REF_NUMBER = re.compile(r"\d{2,4} ?[-–/] ?\d{1,5}[a-z]?(?![a-z])|\d{4,}", re.I)
CORE_FIELDS = {"date", "ref", "area"}  # what has none of these tells nothing of a report
NO_VALUE = "\v"  # of a heading: no label's value goes on beyond it
ReportFields = dict[str, str]  # a field of FIELD_LABELS, its value


def parse(page: Page, source: str) -> PageReading:
    """The items of an answer, the complete entries of a list, or the one report of a report page.

    An entry that lacks a field is left to its report page: see `follow`. Empty when the page is none of these.
    """
    items = parse_items(page)
    if items is not None:
        return _read_answer(items, page, source)
    check_refusal(page)
    soup = parse_html(page)
    cards = _list_cards(soup, page)
    if not cards:
        return PageReading(key_reviews(_read_report_page(soup, page, source)))
    complete = [(fields, url) for url, fields in cards if not REQUIRED_FIELDS - set(fields)]
    return PageReading(key_reviews((_build_review(fields, url, source), address_key(url)) for fields, url in complete))


def follow(page: Page) -> tuple[str, ...]:
    """A category's list, the reports that a list does not tell in full, the list's next page; none from a report."""
    items = parse_items(page)
    if items is not None:
        lists = [_category_list(item, page) for item in items if item.get("taxonomy") == CATEGORY_TYPE]
        untold = [
            url for item, url, fields, _ in _answer_reports(page) if not fields and _may_be_asked(item, url, page)
        ]
        return tuple(lists) or (*untold, *next_items(page, len(items)))
    soup = parse_html(page)
    cards = _list_cards(soup, page)
    reports = [url for url, fields in cards if REQUIRED_FIELDS - set(fields)]
    return tuple(dict.fromkeys([*reports, *_next_page(soup, page)])) if cards else ()


def report_key(url: str) -> str:
    """The key of the report at an address; empty where a list is there."""
    return address_key(url) if REPORT_PATH.fullmatch(urlsplit(url).path) else ""


def changed_since(url: str, since: datetime) -> str:
    """The address of what a list has had added or edited since; the list itself where it cannot tell."""
    return address_since(url, since) if "/wp-json/" in url else url


def _read_answer(items: Sequence[dict[str, Any]], page: Page, source: str) -> PageReading:
    """The reports of an answer of the site's REST interface. Raises PageError when it knows no such category."""
    if not items and urlsplit(page.final_url).path.rstrip("/").endswith(CATEGORY_TYPE):
        raise PageError("there is no such category of reports", page.url, "Check the slug in the source's url.")
    reports = _answer_reports(page)
    told = [
        (_build_review(fields, document or url, source), address_key(url))
        for item, url, fields, document in reports
        if fields or not (_is_protected(item) or _may_be_asked(item, url, page))
    ]
    closed = [
        Leftover(f"report {item.get('id')}", "protected by a password") for item, *_ in reports if _is_protected(item)
    ]
    total = stated_total(page) if reports or not items else None
    return PageReading(key_reviews(told), leftovers=tuple(closed), total=total, lists_none=not items)


def _category_list(item: dict[str, Any], page: Page) -> str:
    """The address of the reports of a category, the newest first."""
    url = urlsplit(page.final_url)
    asked = {"per_page": 100, "orderby": "date", "order": "desc", CATEGORY_TYPE: item.get("id")}
    path = url.path.rstrip("/").removesuffix(CATEGORY_TYPE)
    return url._replace(path=f"{path}pfd", query=urlencode(asked)).geturl()


@lru_cache(maxsize=2)  # parse and follow ask for the same page
def _answer_reports(page: Page) -> tuple[tuple[dict[str, Any], str, ReportFields, str], ...]:
    """The reports of an answer: the item, its page's address, its fields, its document's address.

    No fields where its content does not tell them: its page may.
    """
    found = []
    for item in parse_items(page) or ():
        if (link := rendered_text(item.get("link"))) and "taxonomy" not in item:
            url = link_address(link, page)
            body = f"<main>{rendered_text(item.get('content'))}</main>".encode()
            content = replace(page, headers=(), body=body)
            fields = _read_fields(extract_lines(content))
            fields = fields if CORE_FIELDS & set(fields) else {}
            document = _find_document(parse_html(content), page, fields.get("ref", "")) if fields else ""
            found.append((item, url, fields, document))
    return tuple(found)


def _may_be_asked(item: dict[str, Any], url: str, page: Page) -> bool:
    """Whether the page of an item may tell more: on the site that answers, and open to all."""
    return urlsplit(url).netloc == urlsplit(page.final_url).netloc and not _is_protected(item)


def _is_protected(item: dict[str, Any]) -> bool:
    content = item.get("content")
    return isinstance(content, dict) and content.get("protected") is True


def _list_cards(soup: BeautifulSoup, page: Page) -> list[tuple[str, ReportFields]]:
    """The entries of a list: the report's address, and the fields; none on a report page."""
    if REPORT_PATH.fullmatch(urlsplit(page.final_url).path):
        return []
    cards: dict[str, ReportFields] = {}
    for anchor in soup.select(":is(h2, h3, h4, h5) a[href]"):
        url = link_address(anchor["href"], page)
        if element_text(anchor) and url not in cards and _is_report_url(url, page):
            cards[url] = _card_fields(anchor, page)
    return list(cards.items())


def _is_report_url(url: str, page: Page) -> bool:
    there, here = urlsplit(url), urlsplit(page.final_url)
    return there.netloc == here.netloc and REPORT_PATH.fullmatch(there.path) is not None


def _card_fields(anchor: Tag, page: Page) -> ReportFields:
    """The labelled words of an entry; none when they are cut off, for then nobody knows which."""
    card = anchor.find_parent(class_="card") or anchor.find_parent(["article", "li"])
    if not card:
        return {}
    lines = extract_lines(replace(page, body=card.encode()))
    cut_off = any(line.text.endswith(("…", "...", "[…]", "[...]")) for line in lines)
    return {} if cut_off else _read_fields(lines)


def _read_fields(lines: Iterable[TextLine]) -> ReportFields:
    """The first value of each label, which may follow on its line or be the next line; several may share a line.

    A heading is no value. Of a number nothing is kept that may be somebody's name.
    """
    headed = (NO_VALUE if line.level and not LABEL_PATTERN.match(line.text) else line.text for line in lines)
    whole, fields = "\n".join(headed), ReportFields()
    labels = [label for label in LABEL_PATTERN.finditer(whole) if label["colon"] or _is_bare_label(label, whole)]
    ends = [*(label.start() for label in labels[1:]), len(whole)]
    for label, end in zip(labels, ends, strict=False):
        value = whole[label.end() : end].partition(NO_VALUE)[0].strip().partition("\n")[0].strip().lstrip("-–—: ")
        name = _field_name(label)
        if name == "ref" and re.search(r"[^\W\d_]{3}", value):
            value = ", ".join(REF_NUMBER.findall(value))
        if value:
            fields.setdefault(name, value)
    return fields


def _field_name(label: re.Match[str]) -> str:
    return next(name for name, words in FIELD_LABELS.items() if re.fullmatch(words, label["label"], re.I))


def _is_bare_label(label: re.Match[str], whole: str) -> bool:
    """Whether words without a colon are a label all the same: they begin a line, and what follows can be a value."""
    if label.start() and whole[label.start() - 1] != "\n":
        return False
    line = whole[label.end() : label.end() + MAX_BARE_LENGTH].partition("\n")
    value = line[0].strip() or line[2].partition("\n")[0].strip()
    possible = BARE_VALUES.get(_field_name(label))
    return bool(line[1] or len(line[0]) < MAX_BARE_LENGTH) and (not possible or bool(possible.match(value)))


def _read_report_page(soup: BeautifulSoup, page: Page, source: str) -> list[tuple[Review, str]]:
    """The report of a report page and its key, if it is one: it has a title, and a date, number or area."""
    fields = _read_fields(extract_lines(page))
    title = element_text(soup.select_one(".single__title") or soup.select_one("h1"))
    if not title or not CORE_FIELDS & set(fields):
        return []
    tags = [element_text(anchor) for anchor in soup.select(".pill--single a")]
    if tags and "category" not in fields:
        fields["category"] = " | ".join(tags)
    url = _find_document(soup, page, fields.get("ref", "")) or page.final_url
    return [(_build_review(fields, url, source), address_key(page.final_url))]


def _find_document(soup: BeautifulSoup, page: Page, ref: str) -> str:
    """The address of the report itself, never of an answer to it or of what belongs to the site; empty for none.

    The first that says it is the report, or else bears its number, or else is the only one.
    """
    documents: dict[str, str] = {}
    for anchor in (soup.select_one("main, article") or soup).select("a[href]"):
        url = link_address(anchor["href"], page)
        words = f"{element_text(anchor)} {urlsplit(url).path.rpartition('/')[2]}"
        aside = anchor.find_parent(["header", "footer", "nav"])
        if DOCUMENT_PATH.fullmatch(urlsplit(url).path) and not aside and not OTHER_WORDS.search(words):
            documents.setdefault(url, words)
    by_words = [url for url, words in documents.items() if REPORT_WORDS.search(words)]
    by_number = [url for url, words in documents.items() if ref and any(one in words for one in ref.split(", "))]
    return next(iter(by_words or by_number or (list(documents) if len(documents) == 1 else [])), "")


def _build_review(fields: ReportFields, url: str, source: str) -> Review:
    publisher, ref = fields.get("area", "").rstrip(" ."), fields.get("ref", "")
    name = f"{KIND_NAME} {ref}" if ref else KIND_NAME
    year, month = parse_year_month(fields.get("date", ""))
    title = f"{publisher} – {name}" if publisher else name
    categories = (part.strip() for part in fields.get("category", "").split("|"))
    told = [fields[field] for field in ("date", "category") if field in fields]
    return add_identity(
        Review(
            source=source,
            publisher=publisher,
            name=name,
            year=year,
            month=month,
            title=title,
            keywords=tuple(filter(None, categories)),
            links=(Link(title, url),),
            heading=title,
            raw="\n".join([title, *told]),
            nation=nations.find_nation(publisher),
            kind=KIND_NAME,
        )
    )


def _next_page(soup: BeautifulSoup, page: Page) -> Iterable[str]:
    """The address of the list's next page, where it links to it."""
    here = LIST_PAGE_PATH.search(urlsplit(page.final_url).path)
    number = int(here[1]) + 1 if here else 2
    urls = [link_address(anchor.get("href"), page) for anchor in soup.select("a.page-numbers")]
    pages = ((LIST_PAGE_PATH.search(urlsplit(url).path), url) for url in urls)
    return [url for path, url in pages if path and int(path[1]) == number][:1]


ADAPTER = Adapter(
    parse,
    follow,
    media=HTML_MEDIA | JSON_MEDIA,
    needs=frozenset({"publisher", "year", "link"}),
    lists_all=False,  # the list is thousands of reports long, so that no read of it can be taken for all of it
    entry_key=report_key,
    changed_since=changed_since,
    past_end_status=PAST_END_STATUS,
)
