"""Document links: which links of an entry lead to its documents, what their words say of them; pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from core.records import Link, Page
from scraper.line_builder import TextLine
from scraper.page_text import media_type, normalise_text

DOCUMENT_SUFFIXES = r"\.(?:pdf|docx?|odt|rtf)"
DOCUMENT_SUFFIX = re.compile(rf"{DOCUMENT_SUFFIXES}$", re.I)
DOCUMENT_TYPES = frozenset(
    "application/pdf application/x-pdf application/msword application/rtf text/rtf "
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document "
    "application/vnd.oasis.opendocument.text".split()
)
OPAQUE_TYPES = frozenset(  # they say that it is a file, and not which
    "application/octet-stream binary/octet-stream application/force-download application/download "
    "application/x-download".split()
)
DOCUMENT_PATH = re.compile(
    rf"{DOCUMENT_SUFFIXES}$|/(?:downloads?|attachments?|getfile|file|files|media|documents?|assets)/[^/]+", re.I
)
DOCUMENT_QUERY = re.compile(r"(?:^|&)(?:download|wpdmdl|file|fileid|attachment_id|documentid|alfresco)=?", re.I)
PICTURE_PATH = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|mp4|mp3|zip|xlsx?|pptx?|css|js)$", re.I)
SHARE_HOSTS = re.compile(
    r"(?:^|\.)(?:facebook|twitter|x|linkedin|whatsapp|pinterest|reddit|instagram|youtube)\.com$", re.I
)
_PARTS = (
    r"reports?; summary; summaries; overview; review; review report; briefing; briefing note; briefing paper; "
    r"learning (?:summary|briefing|brief|report|note|lessons); practice (?:briefing|learning); "
    r"(?:7|seven)[- ](?:minute|point)(?: briefing| guide| learning)?; practitioner (?:briefing|summary); "
    r"(?:partnership |board |agency )?(?:response|statement); action plan; appendix(?: \w)?; infographic; poster; "
    r"easy[- ]read(?: version)?; foreword; terms of reference; recommendations; cymraeg; (?:welsh|english) version; "
    r"adroddiad(?: (?:llawn|terfynol|cryno|adolygiad(?: ymarfer (?:plant|oedolion))?))?; crynodeb(?: gweithredol)?; "
    r"papur briffio(?: 7 munud)?; briffio 7 munud"
)
_PART = (
    r"(?:(?:the )?(?:full|final|published|overview|executive|easy[- ]read|word|pdf|web) )*"
    rf"(?:{'|'.join(_PARTS.split('; '))})"
)
_FACT = r"(?:pdf|docx?|word|[\d.]+ ?[km]b|\d+ pages?|opens in (?:a )?new (?:window|tab))"
# A sign between two facts is read in one way only: in two, many facts would take for ever.
_FILE_NOTE = rf"(?:[\s(\[,–—-]*{_FACT}(?:[\s()\[\],–—-]*{_FACT})*[)\],]*)?"
_GENERIC = (
    r"(?:link|here|click here|view|open|read(?: more)?|more|download|pdf|docx?|word|document|file|website"
    r"|english|welsh)"
)
PART_WORDS = re.compile(
    rf"(?:(?:read|view|download|open|see)(?: the)? )?(?:{_PART}|{_GENERIC})(?: (?:and|&) {_PART})?{_FILE_NOTE}[.:]?",
    re.I,
)
PART_TAIL = re.compile(rf"(?:\s*[–—:|,]\s*|\s+-\s*|\s*\(\s*|\s+)(?P<part>{_PART}){_FILE_NOTE}\)?$", re.I)
PART_HEAD = re.compile(rf"(?P<part>{_PART})(?:\s*[–—:|]\s*|\s+-\s*|\s+(?:(?:for|of|on) )?(?:the )?)(?=\S)", re.I)
_SIZE = r"[\d.,]+ ?[km]b"
FILE_TAIL = re.compile(
    rf"\s*[(\[][^()\[\]]*(?:pdf|docx?|\d ?[km]b|opens (?:in )?(?:a )?new (?:window|tab))[^()\[\]]*[)\]]\s*$"
    rf"|[\s|,·•–—-]+(?:(?:pdf|docx?|word)(?:[\s,|·•–—-]+{_SIZE})?|{_SIZE}(?:[\s,|·•–—-]+(?:pdf|docx?))?)"
    r"(?:[\s,|·•–—-]+\d+ pages?)?$",
    re.I,
)
INCOMPLETE_STEM = re.compile(  # what may stand before "review" or "report" in a name
    r"\b(?:case|practice|learning|annual|thematic|joint|rapid|safeguarding|homicide|adults?|agency|local|serious|national)$",
    re.I,
)
MAX_TAIL_CHARS = 160  # characters at a title's end that are looked at


def is_document(link: Link, declared: str = "") -> bool:
    """Whether a link's address, or a note of the file behind its words, says that it leads to a document.

    `declared`: the media type that its source states, if any. It is believed, but against the end of a file's name.
    """
    url = urlsplit(link.url)
    if PICTURE_PATH.search(url.path):
        return False
    kind = media_type(declared) if declared else ""
    if "/" in kind and kind not in OPAQUE_TYPES:
        return kind in DOCUMENT_TYPES or DOCUMENT_SUFFIX.search(url.path) is not None
    address = DOCUMENT_PATH.search(url.path) or DOCUMENT_QUERY.search(url.query)
    return bool(address or _find_file_note(link.text))


def entry_links(lines: Iterable[TextLine], page: Page) -> tuple[Link, ...]:
    """The links of an entry: those that lead to documents, or say that they do, or else all; each address once."""
    here = page.final_url.partition("#")[0]
    links = [link for line in lines for link in line.links if is_reading(link) and link.url.partition("#")[0] != here]
    chosen = [link for link in links if is_document(link) or (link.text and is_generic(link.text))]
    names = {link.url: link.text for link in reversed(links) if not is_generic(link.text)}
    return unique_links([replace(link, text=names.get(link.url, link.text)) for link in chosen or links])


def unique_links(links: Sequence[Link]) -> tuple[Link, ...]:
    """The links in order, each address once."""
    words = {link.url: link.text for link in reversed(links) if link.text}  # a picture's link has none
    last = {link.url: replace(link, text=words.get(link.url, "")) for link in reversed(links)}
    return tuple(last.values())[::-1]


def is_reading(link: Link) -> bool:
    """Whether a link may lead to something to read: no picture, and no button to share the page."""
    url = urlsplit(link.url)
    return not PICTURE_PATH.search(url.path) and not SHARE_HOSTS.search(url.hostname or "")


def is_generic(words: str) -> bool:
    """Whether words name a part of a review ("Executive summary", "Download (PDF, 1 MB)") and no review."""
    return not words or PART_WORDS.fullmatch(words.strip(" >»›–—-:()[]")) is not None


def split_part(title: str) -> tuple[str, str]:
    """A title without the part of a review at its end or beginning, and that part; the title and "" for none.

    >>> split_part("Child B – Executive summary"), split_part("Serious case review")
    (('Child B', 'Executive summary'), ('Serious case review', ''))
    """
    found = PART_TAIL.search(title, max(0, len(title) - MAX_TAIL_CHARS))
    stem = title[: found.start()].strip(" –—-:|,") if found else ""
    if found and stem and not is_generic(stem) and not INCOMPLETE_STEM.search(stem):
        return stem, found["part"]
    head = PART_HEAD.match(title)
    stem = title[head.end() :] if head and " " in head["part"] else ""  # "Review of" and "Report on" begin names
    return (stem, head["part"]) if head and stem and not is_generic(stem) else (title, "")


def clean_title(words: str) -> str:
    """A title without the notes of its file: "(PDF, 120 KB)", "(opens in a new window)", ".pdf"."""
    words = normalise_text(words)
    while note := _find_file_note(words):
        words = words[: note.start()]
    return re.sub(rf"{DOCUMENT_SUFFIXES}$", "", words, flags=re.I).strip(" >»›–—-:|,")


def _find_file_note(words: str) -> re.Match[str] | None:
    return FILE_TAIL.search(words, max(0, len(words) - MAX_TAIL_CHARS))
