"""Response body: read up to a cap of bytes, then decompressed as browsers do."""

import zlib
from collections.abc import Callable

import requests

from core.errors import FetchError
from scraper.fetch.rules import RETRY_FIX, SOURCE_FIX, RequestOptions
from scraper.fetch.web_address import printable_text

CHUNK_BYTES = 65_536  # bytes
ERROR_PAGE_BYTES = 16_384  # bytes of an error's page: enough to see what it says of itself
MAX_CODINGS = 5  # as many as curl undoes
MAX_MEMBERS = 100  # of gzip in one body: each costs a copy of what follows
GZIP_WINDOW, ZLIB_WINDOW, RAW_WINDOW = 31, 15, -15  # zlib's wbits
GZIP_MAGIC = b"\x1f\x8b\x08"
PACKINGS = frozenset({"gzip", "x-gzip", "deflate"})
UNWANTED_PACKINGS = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz"})  # we never ask for them


def read_body(
    address: str,
    response: requests.Response,
    errand: RequestOptions,
    late: Callable[[], bool],
    count: Callable[[int], None],
) -> bytes | None:
    """The body, decompressed; cut at the errand's `most` unless wanted whole. Redirects are not read.

    Of an error's page the beginning is enough. None when it came too late. `count` is told each arrival's bytes.
    Raises FetchError.
    """
    fine = 200 <= response.status_code < 300 or response.status_code == 304
    if not fine and (response.status_code < 400 or not errand.whole):
        return b""
    most, whole = (errand.most, errand.whole) if fine else (min(ERROR_PAGE_BYTES, errand.most), False)
    declared = (response.raw.length_remaining or 0) if whole else 0
    wire = bytearray()
    while max(declared, len(wire)) <= most and not late():
        chunk = response.raw.read1(min(CHUNK_BYTES, most + 1 - len(wire)), decode_content=False)
        if not chunk:
            break
        wire += chunk
        count(len(chunk))
    if late():
        return None
    over = whole and max(declared, len(wire)) > most
    codings = content_codings(response.headers.get("Content-Encoding", "")) if wire else []
    if over:
        body = b""
    elif fine and not errand.first_bytes_only:
        body = unpack(address, bytes(wire), codings, most)
    else:
        body = unpack_beginning(bytes(wire), codings, most)
    if over or (whole and len(body) > most):
        raise FetchError("answer too big", f"{address} has more than {most:,} bytes", SOURCE_FIX)
    return body[:most]


def content_codings(header: str) -> list[str]:
    """The packings of a Content-Encoding, in the order applied.

    What names none ("none", "utf-8", "aws-chunked") says nothing of the body, as browsers have it.
    """
    names = [name.strip().lower() for name in header.split(",")]
    return [name for name in names if name in PACKINGS | UNWANTED_PACKINGS]


def unpack(address: str, wire: bytes, codings: list[str], most: int) -> bytes:
    """The body without its packings, at most one byte more than `most`, so memory stays bounded. Raises FetchError."""
    bad = next((name for name in codings if name in UNWANTED_PACKINGS), "")
    if bad or len(codings) > MAX_CODINGS:
        raise FetchError("bad compressed data", f"{address} ({printable_text(bad or ', '.join(codings))})", RETRY_FIX)
    body = wire
    try:
        for done, name in enumerate(reversed(codings)):
            if done and name != "deflate" and not body.startswith(GZIP_MAGIC):
                break  # "gzip, gzip" of a body that was packed once
            body = _inflate(body, most) if name == "deflate" else _gunzip(body, most)
    except (EOFError, zlib.error) as e:
        raise FetchError("bad compressed data", f"{address} ({e})", RETRY_FIX) from e
    return body


def unpack_beginning(wire: bytes, codings: list[str], most: int) -> bytes:
    """What can be unpacked of a body's first bytes: less than all of it is no error here."""
    if not codings:
        return wire
    for window in (GZIP_WINDOW, ZLIB_WINDOW, RAW_WINDOW):
        try:
            return zlib.decompressobj(window).decompress(wire, most)
        except zlib.error:
            continue
    return b""


def _inflate(wire: bytes, most: int) -> bytes:
    """Of "deflate": zlib's format, or the bare one that some servers send so. Raises zlib.error, EOFError."""
    try:
        return _unpack_stream(wire, ZLIB_WINDOW, most)[0]
    except zlib.error:
        return _unpack_stream(wire, RAW_WINDOW, most)[0]


def _gunzip(wire: bytes, most: int) -> bytes:
    """Of gzip, all members; what follows the last and is none is left out. Raises zlib.error, EOFError."""
    body, rest = _unpack_stream(wire, GZIP_WINDOW, most)
    for _ in range(MAX_MEMBERS):
        if not rest.startswith(GZIP_MAGIC) or len(body) > most:
            return body
        more, rest = _unpack_stream(rest, GZIP_WINDOW, most - len(body))
        body += more
    raise EOFError(f"it has more than {MAX_MEMBERS} parts")


def _unpack_stream(wire: bytes, window: int, most: int) -> tuple[bytes, bytes]:
    """What one stream holds, at most one byte more than `most`, and what follows it. Raises zlib.error, EOFError."""
    stream = zlib.decompressobj(window)
    body = stream.decompress(wire, most + 1)
    if not stream.eof and len(body) <= most:
        raise EOFError("it ends before its end")
    return body, stream.unused_data
