"""Response body: read up to a cap of bytes, then decompressed."""

import gzip
import io
import zlib
from collections.abc import Callable

import requests

from core.errors import FetchError
from scraper.fetch.rules import RETRY_FIX, SOURCE_FIX, RequestOptions
from scraper.fetch.web_address import printable_text

CHUNK_BYTES = 65_536  # bytes


def read_body(
    address: str,
    response: requests.Response,
    errand: RequestOptions,
    late: Callable[[], bool],
    count: Callable[[int], None],
) -> bytes | None:
    """The body, decompressed; cut at the errand's `most` unless wanted whole. Redirects and errors are not read.

    None when it came too late. `count` is told each arrival's bytes. Raises FetchError.
    """
    if not (200 <= response.status_code < 300 or response.status_code == 304):
        return b""
    declared = (response.raw.length_remaining or 0) if errand.whole else 0
    wire = bytearray()
    while max(declared, len(wire)) <= errand.most and not late():
        chunk = response.raw.read1(min(CHUNK_BYTES, errand.most + 1 - len(wire)), decode_content=False)
        if not chunk:
            break
        wire += chunk
        count(len(chunk))
    if late():
        return None
    over = errand.whole and max(declared, len(wire)) > errand.most
    encoding = response.headers.get("Content-Encoding", "").strip().lower() if wire else ""
    body = b"" if over else _unpack_body(address, bytes(wire), encoding, errand)
    if over or (errand.whole and len(body) > errand.most):
        raise FetchError("answer too big", f"{address} has more than {errand.most:,} bytes", SOURCE_FIX)
    return body[: errand.most]


def _unpack_body(address: str, wire: bytes, encoding: str, errand: RequestOptions) -> bytes:
    if encoding in {"", "identity"}:
        return wire
    return (
        _unpack_beginning(wire, errand.most)
        if errand.first_bytes_only
        else _decompress(address, wire, encoding, errand.most)
    )


def _unpack_beginning(wire: bytes, most: int) -> bytes:
    """What can be unpacked of a body's first bytes: less than all of it is no error here."""
    try:
        return zlib.decompressobj(wbits=47).decompress(wire, most)  # 47: gzip or zlib, whichever it is
    except zlib.error:
        return b""


def _decompress(address: str, wire: bytes, encoding: str, most: int) -> bytes:
    """At most one byte more than `most` of what `wire` holds, so memory stays bounded. Raises FetchError."""
    stream = zlib.decompressobj()
    try:
        match encoding:
            case "gzip" | "x-gzip":
                return gzip.GzipFile(fileobj=io.BytesIO(wire)).read(most + 1)
            case "deflate" if (body := stream.decompress(wire, most + 1)) and (stream.eof or len(body) > most):
                return body
    except (EOFError, gzip.BadGzipFile, zlib.error) as e:
        raise FetchError("bad compressed data", f"{address} ({e})", RETRY_FIX) from e
    raise FetchError("bad compressed data", f"{address} ({printable_text(encoding)})", RETRY_FIX)
