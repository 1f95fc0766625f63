"""A message as its parts, however odd its bytes: time grows with its length only, and nothing is raised."""

import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

HEAD = 131_072  # bytes of a part's headers that are read
TEXT = 65_536  # bytes of a part's text that are read
DEEPEST = 5  # multiparts inside one another that are opened
MOST = 100  # parts of one multipart
_NO_DIGIT = re.compile(rb"[^A-Za-z0-9+/]+")
_BLANK = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(r"\r?\n[ \t]+")
_BOUNDARY = re.compile(r";\s*boundary\s*=\s*(?:\"([^\"]{1,200})\"|([^\s;\"]{1,200}))", re.I)

Headers = Mapping[str, list[str]]  # names in lower case, values in the order they stand


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a message: its headers, and what follows them as it was sent."""

    headers: Headers
    body: bytes

    @property
    def kind(self) -> str:
        """The media type in lower case; text/plain where none is named (RFC 2045 §5.2)."""
        return first(self.headers, "content-type").partition(";")[0].strip().lower() or "text/plain"

    def decoded(self) -> bytes:
        """The start of the body without its transfer encoding (RFC 2045 §6), as far as that holds."""
        encoding = first(self.headers, "content-transfer-encoding").strip().lower()
        if encoding == "base64":
            digits = _NO_DIGIT.sub(b"", self.body[: 2 * TEXT])
            whole = digits[: len(digits) - (len(digits) % 4 == 1)]
            return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))
        if encoding == "quoted-printable":
            return binascii.a2b_qp(self.body[:TEXT])
        return self.body[:TEXT]

    def text(self) -> str:
        """The start of the body as text. What is sought in it is ASCII, so that its charset does not matter."""
        return _text(self.decoded())


def first(headers: Headers, name: str) -> str:
    """The first header of a name; empty where there is none."""
    return headers.get(name, [""])[0]


def headers(block: bytes) -> Headers:
    """The headers in a block of lines, up to its first blank line."""
    head = _split(block.lstrip(b"\r\n"))[0][:HEAD]
    found: dict[str, list[str]] = {}
    for line in _FOLD.sub(" ", _text(head)).split("\n"):
        name, colon, value = line.partition(":")
        if colon:
            found.setdefault(name.strip().lower(), []).append(value.strip())
    return found


def leaves(raw: bytes) -> tuple[Headers, list[Part]]:
    """The headers of a message, and its parts in their order, multiparts opened; a message within it is one part."""
    top = _part(raw)
    return top.headers, list(_opened(top, DEEPEST))


def _opened(part: Part, depth: int) -> Iterator[Part]:
    boundary = _BOUNDARY.search(first(part.headers, "content-type"))
    if not part.kind.startswith("multipart/") or not boundary or not depth:
        yield part
        return
    for piece in _pieces(part.body, (boundary[1] or boundary[2]).encode()):
        yield from _opened(_part(piece), depth - 1)


def _pieces(body: bytes, boundary: bytes) -> Iterator[bytes]:
    """What stands between the boundary's lines (RFC 2046 §5.1.1), to the end where the last is missing."""
    start, count = None, 0
    lines = re.compile(b"--" + re.escape(boundary) + rb"(--)?[ \t]{0,100}(?=\r?\n|$)")
    for line in lines.finditer(body):
        if line.start() and body[line.start() - 1] != 10:
            continue  # not at the beginning of its line; a pattern that says so takes ten times as long
        if start is not None:
            yield body[start : line.start()].removesuffix(b"\n").removesuffix(b"\r")
        start, count = line.end(), count + 1
        if line[1] or count > MOST:
            return
    if start is not None:
        yield body[start:]


def _part(raw: bytes) -> Part:
    """A part from the line after its boundary on; its headers may be missing."""
    if raw.startswith((b"\n\n", b"\n\r\n", b"\r\n\n", b"\r\n\r\n")):
        return Part({}, raw)
    head, body = _split(raw.lstrip(b"\r\n"))
    return Part(headers(head), body)


def _split(raw: bytes) -> tuple[bytes, bytes]:
    blank = _BLANK.search(raw)
    return (raw[: blank.start()], raw[blank.end() :]) if blank else (raw, b"")


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
