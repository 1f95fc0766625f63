"""MIME reader: a message split into parts, in linear time, tolerant of any bytes."""

import binascii
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

MAX_HEADER_BYTES = 131_072  # bytes of a part's headers that are read
MAX_TEXT_BYTES = 65_536  # bytes of a part's text that are read
MAX_DEPTH = 5  # multiparts inside one another that are opened
MAX_PARTS = 100  # parts of one multipart
_NON_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_HEADER_FOLD = re.compile(r"\r?\n[ \t]+|(?<=;)\r?\n(?=[a-z-]{1,20}=)", re.I)  # some forget the space
_BOUNDARY_PATTERN = re.compile(r";\s*boundary\s*=\s*(?:\"([^\"]{1,200})\"|([^\s;\"]{1,200}))", re.I)
_CHARSET_PATTERN = re.compile(r";\s*charset\s*=\s*\"?([\w-]{1,40})", re.I)
# Those that are read: Python knows others, which unpack, or take time by the square of their length.
_MAIL_CHARSET = re.compile(r"iso-?(8859|2022)-[\w-]+|windows-\d+|cp\d+|koi8-\w|shift_jis|euc-\w+|gb\w+|big5", re.I)

MimeHeaders = Mapping[str, list[str]]  # names in lower case, values in the order they stand


@dataclass(frozen=True, slots=True)
class MimePart:
    """A piece of a message: its headers, and what follows them as it was sent."""

    headers: MimeHeaders
    body: bytes

    @property
    def kind(self) -> str:
        """The media type in lower case; text/plain where none is named (RFC 2045 §5.2)."""
        return first_header(self.headers, "content-type").partition(";")[0].strip().lower() or "text/plain"

    def decoded(self) -> bytes:
        """The start of the body without its transfer encoding (RFC 2045 §6), as far as that holds."""
        encoding = first_header(self.headers, "content-transfer-encoding").strip().lower()
        if encoding == "base64":
            digits = _NON_BASE64.sub(b"", self.body[: 2 * MAX_TEXT_BYTES])
            whole = digits[: len(digits) - (len(digits) % 4 == 1)]
            return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))
        if encoding == "quoted-printable":
            return binascii.a2b_qp(self.body[:MAX_TEXT_BYTES])
        return self.body[:MAX_TEXT_BYTES]

    def text(self) -> str:
        """The start of the body as text, by the charset that it names where that is one of mail."""
        named = _CHARSET_PATTERN.search(first_header(self.headers, "content-type"))
        if named and _MAIL_CHARSET.fullmatch(named[1]):
            with suppress(LookupError):
                return self.decoded().decode(named[1], "replace")
        return _decode_text(self.decoded())


def first_header(headers: MimeHeaders, name: str) -> str:
    """The first header of a name; empty where there is none."""
    return headers.get(name, [""])[0]


def parse_headers(block: bytes) -> MimeHeaders:
    """The headers in a block of lines, up to its first blank line."""
    head = _split_headers(block.lstrip(b"\r\n"))[0][:MAX_HEADER_BYTES]
    found: dict[str, list[str]] = {}
    for line in _HEADER_FOLD.sub(" ", _decode_text(head)).split("\n"):
        name, colon, value = line.partition(":")
        if colon:
            found.setdefault(name.strip().lower(), []).append(value.strip())
    return found


def read_parts(raw: bytes) -> tuple[MimeHeaders, list[MimePart]]:
    """The headers of a message, and its parts in their order, multiparts opened; a message within it is one part."""
    top = _parse_part(raw)
    return top.headers, list(_open_multipart(top, MAX_DEPTH))


def _open_multipart(part: MimePart, depth: int) -> Iterator[MimePart]:
    boundary = _BOUNDARY_PATTERN.search(first_header(part.headers, "content-type"))
    if not part.kind.startswith("multipart/") or not boundary or not depth:
        yield part
        return
    pieces = list(_split_multipart(part.body, (boundary[1] or boundary[2]).encode()))
    if not pieces:  # the boundary that is named is none: all of it is text
        yield MimePart({}, part.body)
    for piece in pieces:
        yield from _open_multipart(_parse_part(piece), depth - 1)


def _split_multipart(body: bytes, boundary: bytes) -> Iterator[bytes]:
    """What stands between the boundary's lines (RFC 2046 §5.1.1), to the end where the last is missing."""
    start, count = None, 0
    lines = re.compile(b"--" + re.escape(boundary) + rb"(--)?[ \t]{0,100}(?=\r?\n|$)")
    for line in lines.finditer(body):
        if line.start() and body[line.start() - 1] != 10:
            continue  # not at the beginning of its line; a pattern that says so takes ten times as long
        if start is not None:
            yield body[start : line.start()].removesuffix(b"\n").removesuffix(b"\r")
        start, count = line.end(), count + 1
        if line[1] or count > MAX_PARTS:
            return
    if start is not None:
        yield body[start:]


def _parse_part(raw: bytes) -> MimePart:
    """A part from the line after its boundary on; its headers may be missing."""
    if raw.startswith((b"\n\n", b"\n\r\n", b"\r\n\n", b"\r\n\r\n")):
        return MimePart({}, raw)
    head, body = _split_headers(raw.lstrip(b"\r\n"))
    return MimePart(parse_headers(head), body)


def _split_headers(raw: bytes) -> tuple[bytes, bytes]:
    blank = _BLANK_LINE.search(raw)
    return (raw[: blank.start()], raw[blank.end() :]) if blank else (raw, b"")


def _decode_text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
