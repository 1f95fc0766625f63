"""What a link's address is good for now: from a look at it and what was known before; pure."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup

from core.records import Checked, Link, Probe
from scraper.identity import catalogue_number
from scraper.lines import decode, normal

DAYS_TO_DIE = 3  # failures on so many different days make a link dead
PDF = "application/pdf"
HTML = frozenset({"text/html", "application/xhtml+xml"})
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
DOCUMENT = re.compile(r"\.(pdf|docx?|rtf|odt)$", re.I)
GONE: Mapping[int, str] = {404: "not found", 410: "gone for good", 451: "removed for legal reasons"}
CLOSED: Mapping[int, str] = {401: "the site asks for a log-in", 403: "the site will not let us read it"}

# what a page without the report says of itself, in its title or main heading
SHUT = re.compile(
    r"captcha|just a moment|attention required|are you (a )?human|verif\w+ .*\bhuman|not a robot"
    r"|access denied|unauthori[sz]ed|^(403 )?forbidden",
    re.I,
)
RESTING = re.compile(
    r"(under|for|site|planned|scheduled) maintenance|^maintenance( mode)?$|(temporarily|service|currently) unavailable"
    r"|be back (soon|shortly)|too many requests",
    re.I,
)
DEAD = re.compile(
    r"\bnot\W+found\b(?! guilty)|(can(no|['’])?t|could(n['’]t| not)|unable to) (be )?(find|found|locate)"
    r"|^\W*(http )?(error |status )?4(00|04|10)\b|\b(error|status|code)\W{0,3}4(00|04|10)\b|[-–—|:] *4(00|04|10)$"
    r"|\b(page|file|document|content|resource|item|link|(this|the) report)\b[^.:]{0,25}"
    r"\b((has|have) been|is|was) (\w+ )?(removed|deleted|withdrawn|unavailable|missing|expired)"
    r"|(does(n['’]t| not)|no longer) exists?|no longer (available|here)|page (missing|unavailable|removed|expired)"
    r"|\bno (matching )?(records?|results?|matches|hits)\b|(session|link) (has )?(expired|timed out)|^expired"
    r"|^(an? )?error\b|[-–—|:] *error( page)?$|(server|application|unexpected|internal|system) error"
    r"|error (has )?occurred|something (went|has gone) wrong|^oops|^sorry\b"
    r"|^(please )?(log|sign)[ -]?[io]n\b|[-–—|:] *(log|sign)[ -]?[io]n$|(log|sign)[ -]?in (is )?(required|to )",
    re.I,
)
NO_RECORD = re.compile(
    r"\bno (matching )?(records?|results?|matches|hits|items)\b|\b0 (records?|results?|hits)\b", re.I
)
# the last part of an address that is the site's way of saying the same
DEAD_PATH = re.compile(r"(page-?)?not-?found|404|errors?|error-?(page|404)|log-?[io]n|sign-?in|expired", re.I)
HOME = re.compile(r"(index|home|default|homepage|welcome|main|en|cy)?(\.(html?|aspx?|php|jsp))?", re.I)


def judge(probe: Probe, held: Checked, today: date) -> Checked:
    """What is known of an address after a look at it; `held` is what was known before.

    Only a clear answer makes a link dead at once. Silence and server errors leave it as it was, until they
    have been met on DAYS_TO_DIE different days with no answer between them.
    """
    held = replace(held, unsettled=False)
    match probe.outcome:
        case "answered" if probe.status >= 500 or probe.status == 408:
            found = _failed(replace(probe, why=f"answered {probe.status}"), held, today)
        case "answered":
            found = _answered(probe, held)
        case "failed":
            found = _failed(probe, held, today)
        case "busy":
            found = _later(probe, held)
        case "nowhere":
            found = Checked(held.url, "none", why=probe.why)
        case _:
            found = _refused(probe, held)
    return replace(found, url=held.url, why=normal(found.why)[:300], checked_at=probe.seen_at, reviews=held.reviews)


def _plain(probe: Probe, state: str, why: str) -> Checked:
    """A finding about the address alone: no document was seen."""
    return Checked(probe.url, state, probe.status, why=why)


def _later(probe: Probe, held: Checked) -> Checked:
    """The site is not to be asked now; that says nothing about the link."""
    return replace(held, status=probe.status, why=probe.why, unsettled=True)


def _refused(probe: Probe, held: Checked) -> Checked:
    """We may not look: nothing can be said, and no failure is forgotten."""
    return replace(held, state="unchecked", status=probe.status, media="", size=None, pages=None, why=probe.why)


def _failed(probe: Probe, held: Checked, today: date) -> Checked:
    """One more failure, counted once a day."""
    days = held.failures + (held.last_failed_on is None or today > held.last_failed_on)
    first = (held.first_failed_on if held.failures else None) or today
    counted = replace(held, status=probe.status, failures=days, first_failed_on=first, last_failed_on=today)
    if days < DAYS_TO_DIE:
        return replace(counted, why=f"{probe.why} (day {days} of {DAYS_TO_DIE})", unsettled=True)
    why = f"{probe.why} (on {days} days, since {first.isoformat()})"
    return replace(counted, state="dead", why=why, unsettled=False)


def _answered(probe: Probe, held: Checked) -> Checked:
    if why := GONE.get(probe.status):
        return _plain(probe, "dead", f"answered {probe.status}, {why}")
    if not 200 <= probe.status < 300:
        why = CLOSED.get(probe.status, "which says nothing of the report")
        return _plain(probe, "unchecked", f"answered {probe.status}, {why}")
    if not probe.first.strip():
        return _plain(probe, "unchecked", "answers with nothing")
    media = media_of(probe)
    if media in HTML:
        return _web_page(probe, held, media)
    pages = pdf_pages(probe.first, probe.size) if media == PDF else None
    return replace(_live(probe, media), size=probe.size, pages=pages)


def _live(probe: Probe, media: str) -> Checked:
    moved = not _same_place(probe.url, probe.final_url)
    return Checked(
        probe.url,
        "moved" if moved else "live",
        probe.status,
        media,
        why=f"now at {probe.final_url}" if moved else "",
    )


def media_of(probe: Probe) -> str:
    """The document's type: by its first bytes where they tell, else as the server says."""
    first, said = probe.first[:1024].lstrip().lower(), probe.content_type.partition(";")[0].strip().lower()
    if b"%pdf-" in first:
        return PDF
    if first.startswith(b"pk\x03\x04") and (b"word/" in probe.first or said == WORD):
        return WORD
    if first.startswith(b"\xd0\xcf\x11\xe0") and said in {"", "application/octet-stream"}:
        return "application/msword"
    if re.match(rb"(\xef\xbb\xbf)?\s*(<!doctype html|<html|<head|<body)", first) or said in HTML:
        return "text/html" if said not in HTML else said
    return said or "application/octet-stream"


def pdf_pages(first: bytes, size: int | None) -> int | None:
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


def _web_page(probe: Probe, held: Checked, media: str) -> Checked:
    """A page of HTML: a record, the report's own page, or a site's way of saying that there is nothing."""
    # the tag before it spares odd pages (XML, one bare word) the parser's warnings
    soup = BeautifulSoup(f"<html>{decode(probe.first, probe.content_type)}", "lxml")
    titles = [*soup.find_all("title", limit=1), *soup.find_all("h1", limit=2)]
    said = [normal(tag.get_text(" "))[:120] for tag in titles]
    if words := next(filter(SHUT.search, said), ""):
        return _plain(probe, "unchecked", f"the site will not let us read it: “{words}”")
    if words := next(filter(RESTING.search, said), ""):
        return _later(replace(probe, why=f"answers with a page that says “{words}”"), held)
    if words := next(filter(DEAD.search, said), ""):
        return _plain(probe, "dead", f"answers with a page that says “{words}”")
    if why := _led_astray(probe, held):
        return _plain(probe, "dead", why)
    if number := catalogue_number([Link("", probe.url)]):
        return _record(probe, soup, number, media)
    if _asked_document(probe, held):
        return _plain(probe, "unchecked", "answers with a web page where a document was")
    return _live(probe, media)


def _record(probe: Probe, soup: BeautifulSoup, number: str, media: str) -> Checked:
    """A record of the catalogue. Its durable address may lead to a session's: that is not moving."""
    for hidden in soup(["script", "style"]):
        hidden.decompose()
    text = normal(soup.get_text(" "))
    fields = soup.find(class_="fulllabel") is not None
    if not fields and NO_RECORD.search(text):
        return _plain(probe, "dead", f"the catalogue has no record {number}")
    if fields or re.search(rf"\b{number}\b", text, re.I):
        return Checked(probe.url, "live", probe.status, media)
    return _plain(probe, "unchecked", f"answers with a page that does not show record {number}")


def _asked_document(probe: Probe, held: Checked) -> bool:
    """Whether a document was to be expected: by the address, or because one was there."""
    return bool(DOCUMENT.search(urlsplit(probe.url).path)) or bool(held.media and held.media not in HTML)


def _led_astray(probe: Probe, held: Checked) -> str:
    """Why a redirect to a web page does not lead to the report any more; empty where it may."""
    if _same_place(probe.url, probe.final_url):
        return ""
    asked, came = _parts(probe.url), _parts(probe.final_url)
    last = came[-1] if came else ""
    if DEAD_PATH.fullmatch(re.sub(r"\.\w+$", "", last)):
        return f"leads to {probe.final_url}, not to the report"
    if _is_home(probe.final_url) and not _is_home(probe.url):
        return "leads to the site's home page"
    above = came == asked[: len(came)] or len(came) * 2 <= len(asked)
    if _asked_document(probe, held) and len(came) < len(asked) and above:
        return "leads to a general page of the site"
    return ""


def _is_home(url: str) -> bool:
    parts = _parts(url)
    return not urlsplit(url).query and (not parts or (len(parts) == 1 and HOME.fullmatch(parts[0]) is not None))


def _parts(url: str) -> list[str]:
    return [unquote(part).lower() for part in urlsplit(url).path.split("/") if part]


def _same_place(one: str, other: str) -> bool:
    """Whether two addresses differ in nothing a reader would call moving: the scheme, www, a last slash, case."""
    return _place(one) == _place(other)


def _place(url: str) -> tuple[str, int | None, list[str], str]:
    parts = urlsplit(url)
    port = parts.port if parts.port not in {80, 443} else None
    return (parts.hostname or "").removeprefix("www."), port, _parts(url), unquote(parts.query)
