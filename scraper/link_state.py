"""Link state: live, moved, unreached, dead or unchecked, judged from a probe; pure.

Only an answer makes a link dead: 404, 410, a page that says so, a redirect away from the report. Where we were not let
in (silence, a certificate, a reset, a bot check, robots.txt, a log-in) a reader may well be: the link stays, and is
called unreached. What says nothing of the report takes nothing back: a dead link is dead, and where a document was one
is expected, until an answer shows it.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, assert_never
from urllib.parse import unquote, urlsplit

from core.lazy_pattern import lazy_pattern
from core.link_records import LinkCheck, Probe
from core.records import Link
from core.states import LinkState
from scraper.document_links import DOCUMENT_TYPES, OPAQUE_TYPES
from scraper.identity import catalogue_number, strip_version
from scraper.page_text import decode_body, media_type, normalise_text

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

DAYS_UNTIL_UNREACHED = 3  # failures on so many different days make a link unreached
PDF_TYPE = "application/pdf"
WEB_PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml"})
DOCUMENTS = DOCUMENT_TYPES | OPAQUE_TYPES  # that are remembered: an error told as plain text is none
WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
DOCUMENT_PATH = lazy_pattern(r"\.(pdf|docx?|rtf|odt)$", re.I)
DEAD_STATUSES: Mapping[int, str] = {404: "not found", 410: "gone for good", 451: "removed for legal reasons"}
ACCESS_STATUSES: Mapping[int, str] = {401: "the site asks for a log-in", 403: "the site will not let us read it"}

# what a page without the report says of itself, in its title or main heading
ACCESS_DENIED_WORDS = lazy_pattern(
    r"captcha|just a moment|attention required|are you (a )?human|verif\w+ .*\bhuman|not a robot"
    r"|access denied|unauthori[sz]ed|^(403 )?forbidden",
    re.I,
)
LOGIN_WORDS = lazy_pattern(
    r"^(please )?(log|sign)[ -]?[io]n\b|[-–—|:] *(log|sign)[ -]?[io]n$|(log|sign)[ -]?in (is )?(required|to )", re.I
)
MAINTENANCE_WORDS = lazy_pattern(
    r"(under|for|site|planned|scheduled) maintenance|^maintenance( mode)?$|(temporarily|service|currently) unavailable"
    r"|be back (soon|shortly)|too many requests",
    re.I,
)
NOT_FOUND_WORDS = lazy_pattern(
    r"\bnot\W+found\b(?! guilty)|(can(no|['’])?t|could(n['’]t| not)|unable to) (be )?(find|found|locate)"
    r"|^\W*(http )?(error |status )?4(00|04|10)\b|\b(error|status|code)\W{0,3}4(00|04|10)\b|[-–—|:] *4(00|04|10)$"
    r"|\b(page|file|document|content|resource|item|link|(this|the) report)\b[^.:]{0,25}"
    r"\b((has|have) been|is|was) (\w+ )?(removed|deleted|withdrawn|unavailable|missing|expired)"
    r"|(does(n['’]t| not)|no longer) exists?|no longer (available|here)|page (missing|unavailable|removed|expired)"
    r"|\bno (matching )?(records?|results?|matches|hits)\b|(session|link) (has )?(expired|timed out)|^expired",
    re.I,
)
FAULT_WORDS = lazy_pattern(
    r"^(an? )?error\b|[-–—|:] *error( page)?$|(server|application|unexpected|internal|system) error"
    r"|error (has )?occurred|something (went|has gone) wrong|^oops|^sorry\b",
    re.I,
)  # of the site, which may pass
NO_RECORD_WORDS = lazy_pattern(
    r"\bno (matching )?(records?|results?|matches|hits|items)\b|\b0 (records?|results?|hits)\b", re.I
)
# the last part of an address that is the site's way of saying the same
NOT_FOUND_PATH = lazy_pattern(r"(page-?)?not-?found|(error-?)?404|expired", re.I)
FAULT_PATH = lazy_pattern(r"errors?|error-?page", re.I)
LOGIN_PATH = lazy_pattern(r"log-?[io]n|sign-?[io]n", re.I)
HOME_PATH = lazy_pattern(r"(index|home|default|homepage|welcome|main|en|cy)?(\.(html?|aspx?|php|jsp))?", re.I)


def assess_link(probe: Probe, held: LinkCheck, today: date) -> LinkCheck:
    """What is known of an address after a look at it; `held` is what was known before.

    Only a clear answer makes a link dead. Silence and server errors leave it as it was, until they have been met on
    DAYS_UNTIL_UNREACHED different days with no answer between them; then it is unreached. A dead one stays so until an
    answer shows the report.
    """
    held = replace(held, unsettled=False)
    match probe.outcome:
        case "answered" if probe.status >= 500 or probe.status == 408:
            found = _count_failure(replace(probe, why=f"answered {probe.status}"), held, today)
        case "answered":
            found = _assess_answer(probe, held, today)
        case "failed":
            found = _count_failure(probe, held, today)
        case "busy":
            found = _postpone_check(probe, held)
        case "nowhere":
            found = LinkCheck(held.url, "none", why=probe.why)
        case "refused":
            found = _mark_refused(probe, held)
        case _:
            assert_never(probe.outcome)
    is_dead = found.state == "dead" or (held.state == "dead" and found.state in {"unreached", "unchecked"})
    return replace(
        found,
        url=held.url,
        state="dead" if is_dead else found.state,
        why=normalise_text(found.why)[:300],
        checked_at=probe.seen_at,
        dead_since=(held.dead_since or today) if is_dead else None,
        had_document=any(one.had_document or one.media in DOCUMENTS for one in (held, found)),
        reviews=held.reviews,
    )


def _without_document(probe: Probe, state: LinkState, why: str) -> LinkCheck:
    """A finding about the address alone: no document was seen."""
    return LinkCheck(probe.url, state, probe.status, why=why)


def _postpone_check(probe: Probe, held: LinkCheck) -> LinkCheck:
    """The site is not to be asked now; that says nothing about the link."""
    return replace(held, status=probe.status, why=probe.why, unsettled=True)


def _mark_refused(probe: Probe, held: LinkCheck) -> LinkCheck:
    """We may not look: nothing can be said, and no failure is forgotten."""
    return replace(held, state="unreached", status=probe.status, media="", size=None, pages=None, why=probe.why)


def _count_failure(probe: Probe, held: LinkCheck, today: date) -> LinkCheck:
    """One more failure, counted once a day."""
    days = held.failures + (held.last_failed_on is None or today > held.last_failed_on)
    first = (held.first_failed_on if held.failures else None) or today
    counted = replace(held, status=probe.status, failures=days, first_failed_on=first, last_failed_on=today)
    if days < DAYS_UNTIL_UNREACHED:
        return replace(counted, why=f"{probe.why} (day {days} of {DAYS_UNTIL_UNREACHED})", unsettled=True)
    why = f"{probe.why} (on {days} days, since {first.isoformat()})"
    return replace(counted, state="unreached", why=why, unsettled=False)


def _assess_answer(probe: Probe, held: LinkCheck, today: date) -> LinkCheck:
    if why := DEAD_STATUSES.get(probe.status):
        return _without_document(probe, "dead", f"answered {probe.status}, {why}")
    if not 200 <= probe.status < 300:
        if why := ACCESS_STATUSES.get(probe.status):
            return _without_document(probe, "unreached", f"answered {probe.status}, {why}")
        return _without_document(probe, "unchecked", f"answered {probe.status}, which says nothing of the report")
    if not probe.first.strip():
        return _without_document(probe, "unchecked", "answers with nothing")
    media = detect_media(probe)
    if media in WEB_PAGE_TYPES:
        return _assess_web_page(probe, held, media, today)
    pages = count_pdf_pages(probe.first, probe.size) if media == PDF_TYPE else None
    return replace(_mark_live(probe, media), size=probe.size, pages=pages)


def _mark_live(probe: Probe, media: str) -> LinkCheck:
    moved = not _same_address(probe.url, probe.final_url)
    return LinkCheck(
        probe.url,
        "moved" if moved else "live",
        probe.status,
        media,
        why=f"now at {probe.final_url}" if moved else "",
    )


def detect_media(probe: Probe) -> str:
    """The document's type: by its first bytes where they tell, else as the server says."""
    first, said = probe.first[:1024].lstrip().lower(), media_type(probe.content_type)
    if b"%pdf-" in first:
        return PDF_TYPE
    if first.startswith(b"pk\x03\x04") and (b"word/" in probe.first or said == WORD_TYPE):
        return WORD_TYPE
    if first.startswith(b"\xd0\xcf\x11\xe0") and said in {"", "application/octet-stream"}:
        return "application/msword"
    if re.match(rb"(\xef\xbb\xbf)?\s*(<!doctype html|<html|<head|<body)", first) or said in WEB_PAGE_TYPES:
        return "text/html" if said not in WEB_PAGE_TYPES else said
    return said or "application/octet-stream"


def count_pdf_pages(first: bytes, size: int | None) -> int | None:
    """The page count from the dictionary that opens a linearised PDF (ISO 32000-1 §F.3.3), else None.

    A file that is longer or shorter than its dictionary says was changed afterwards: it is not believed.
    """
    found = re.search(rb"<<([^<>]{0,500}/Linearized\b[^<>]{0,500})>>", first[:2048])
    if not found:
        return None
    pages, length = (re.search(rb"/%s\s+(\d{1,12})(?![\d.])" % name, found[1]) for name in (b"N", b"L"))
    if not pages or (length and size is not None and int(length[1]) != size):
        return None
    return int(pages[1]) if 0 < int(pages[1]) < 100_000 else None


def _assess_web_page(probe: Probe, held: LinkCheck, media: str, today: date) -> LinkCheck:
    """A page of HTML: a record, the report's own page, or a site's way of saying that there is nothing."""
    from bs4 import BeautifulSoup  # with parsers, 7 MiB that the pages of a server do not need

    # the tag before it spares odd pages (XML, one bare word) the parser's warnings
    soup = BeautifulSoup(f"<html>{decode_body(probe.first, probe.content_type)}", "lxml")
    titles = [*soup.find_all("title", limit=1), *soup.find_all("h1", limit=2)]
    said = [normalise_text(tag.get_text(" "))[:120] for tag in titles]
    if words := next(filter(ACCESS_DENIED_WORDS.search, said), ""):
        return _without_document(probe, "unreached", f"the site will not let us read it: “{words}”")
    if words := next(filter(MAINTENANCE_WORDS.search, said), ""):
        return _postpone_check(replace(probe, why=f"answers with a page that says “{words}”"), held)
    if words := next(filter(NOT_FOUND_WORDS.search, said), ""):
        return _without_document(probe, "dead", f"answers with a page that says “{words}”")
    if words := next(filter(LOGIN_WORDS.search, said), ""):
        return _without_document(probe, "unreached", f"the site asks for a log-in: “{words}”")
    if words := next(filter(FAULT_WORDS.search, said), ""):
        return _count_failure(replace(probe, why=f"answers with a page that says “{words}”"), held, today)
    if found := _assess_redirect(probe, held, today):
        return found
    if number := catalogue_number([Link("", probe.url)]):
        return _assess_record(probe, soup, number, media)
    if _expects_document(probe, held):
        return _without_document(probe, "unchecked", "answers with a web page where a document was")
    return _mark_live(probe, media)


def _assess_record(probe: Probe, soup: "BeautifulSoup", number: str, media: str) -> LinkCheck:
    """A record of the catalogue. Its durable address may lead to a session's: that is not moving."""
    for hidden in soup(["script", "style"]):
        hidden.decompose()
    text = normalise_text(soup.get_text(" "))
    fields = soup.find(class_="fulllabel") is not None
    if not fields and NO_RECORD_WORDS.search(text):
        return _without_document(probe, "dead", f"the catalogue has no record {number}")
    if fields or re.search(rf"\b{number}\b", text, re.I):
        return LinkCheck(probe.url, "live", probe.status, media)
    return _without_document(probe, "unchecked", f"answers with a page that does not show record {number}")


def _expects_document(probe: Probe, held: LinkCheck) -> bool:
    """Whether a document was to be expected: by the address, or because one was there."""
    has_document = held.had_document or bool(held.media and held.media not in WEB_PAGE_TYPES)
    return has_document or DOCUMENT_PATH.search(urlsplit(probe.url).path) is not None


def _assess_redirect(probe: Probe, held: LinkCheck, today: date) -> LinkCheck | None:
    """What a redirect to a web page says that does not lead to the report any more; None where it may."""
    if _same_address(probe.url, probe.final_url):
        return None
    asked, came = _path_parts(probe.url), _path_parts(probe.final_url)
    last = re.sub(r"\.\w+$", "", came[-1]) if came else ""
    elsewhere = f"leads to {probe.final_url}, not to the report"
    if LOGIN_PATH.fullmatch(last):
        return _without_document(probe, "unreached", elsewhere)
    if FAULT_PATH.fullmatch(last):
        return _count_failure(replace(probe, why=elsewhere), held, today)
    if NOT_FOUND_PATH.fullmatch(last):
        return _without_document(probe, "dead", elsewhere)
    if _is_home_page(probe.final_url) and not _is_home_page(probe.url):
        return _without_document(probe, "dead", "leads to the site's home page")
    above = came == asked[: len(came)] or len(came) * 2 <= len(asked)
    if _expects_document(probe, held) and len(came) < len(asked) and above:
        return _without_document(probe, "dead", "leads to a general page of the site")
    return None


def _is_home_page(url: str) -> bool:
    parts = _path_parts(url)
    return not urlsplit(url).query and (not parts or (len(parts) == 1 and HOME_PATH.fullmatch(parts[0]) is not None))


def _path_parts(url: str) -> list[str]:
    return [unquote(part).lower() for part in urlsplit(url).path.split("/") if part]


def _same_address(one: str, other: str) -> bool:
    """Whether two addresses differ in nothing a reader would call moving: scheme, www, a last slash, case, version."""
    return _address_key(one) == _address_key(other)


def _address_key(url: str) -> tuple[str, int | None, list[str], str]:
    parts = urlsplit(strip_version(url))
    port = parts.port if parts.port not in {80, 443} else None
    return (parts.hostname or "").removeprefix("www."), port, _path_parts(url), unquote(parts.query)
