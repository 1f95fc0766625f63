"""Page text: the bytes of an answer decoded, brought into the normal form of texts; pure."""

import codecs
import re
import unicodedata

from core.errors import PageError
from core.folding import strip_format_marks
from core.records import Page
from scraper.email_protection import reveal_addresses
from scraper.embedded_reports import link_reports

MAX_TAGS = 200_000  # opening and closing; a list of a thousand reviews has about 30,000
TOO_LARGE = "Look at the address in a browser: it is no list of case reviews."
PLAIN_TEXT = re.compile("[ -~¡-¬®-ʯ‐-‧‰-⁞]*")  # no white space but the space, nothing to compose or to leave out
CONTROL_CHARS = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")  # they command a terminal
BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
MEDIA_TYPE_PATTERN = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+")
CHARSET_PATTERN = re.compile(rb"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.I)


def normalise_text(text: str) -> str:
    """Every kind of white space as one space, trimmed; invisible characters gone; the rest as published."""
    plain = text.strip()
    if "  " not in plain and PLAIN_TEXT.fullmatch(plain):
        return plain
    composed = unicodedata.normalize("NFC", " ".join(plain.split()))
    return " ".join(CONTROL_CHARS.sub("", strip_format_marks(composed)).split())


def media_type(content_type: str) -> str:
    """The media type of a Content-Type in small letters; of one sent twice the last (Fetch Standard §2.2.2).

    >>> media_type("text/html, Text/HTML; charset=utf-8")
    'text/html'
    """
    types = [one.partition(";")[0].strip().lower() for one in content_type.split(",")]
    return next((one for one in reversed(types) if MEDIA_TYPE_PATTERN.fullmatch(one)), types[0])


def decode_body(body: bytes, content_type: str = "") -> str:
    """The text of a page, whatever its header claims.

    Bytes that are valid UTF-8 are UTF-8. Otherwise the header's charset, then the page's own, then
    Windows-1252, which is what ISO-8859-1 means on the web (WHATWG Encoding Standard §4.2).
    """
    for bom, codec in BYTE_ORDER_MARKS:
        if body.startswith(bom):
            return body.decode(codec, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    mended = body.decode("utf-8", "replace")
    if sum(ch > "\x7f" and ch != "\ufffd" for ch in mended) > mended.count("\ufffd"):
        return body.decode("utf-8", "casereviews.stray")
    for found in (
        CHARSET_PATTERN.search(content_type.encode("latin-1", "replace")),
        CHARSET_PATTERN.search(body[:2048]),
    ):
        codec = found[1].decode("ascii", "replace").lower() if found else ""
        if codec and codec not in {"iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii"}:
            try:
                return body.decode(codec)
            except (LookupError, UnicodeDecodeError):
                continue
    return body.decode("cp1252", "replace")


def _decode_stray(error: UnicodeError) -> tuple[str, int]:
    """A few bytes of Windows-1252 in a page of UTF-8, as editors leave them when they paste."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("casereviews.stray", _decode_stray)


def read_html(page: Page) -> str:
    """The page's HTML. Raises PageError where it has so much markup that it is no list of reviews."""
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", decode_body(page.body, page.header("content-type")))
    if (tags := text.count("<")) > MAX_TAGS:
        raise PageError(f"the page has {tags:,} tags, more than {MAX_TAGS:,}", page.final_url, TOO_LARGE)
    return link_reports(reveal_addresses(text))
