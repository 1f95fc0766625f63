"""One answer's body: read no further than wanted, then decompressed."""

import gzip
import io
import zlib
from collections.abc import Callable

import requests

from core.errors import FetchError
from scraper.fetch.addresses import shown
from scraper.fetch.rules import LATER, LEFT, Errand

CHUNK = 65_536  # bytes


def read(
    address: str, response: requests.Response, errand: Errand, late: Callable[[], bool], count: Callable[[int], None]
) -> bytes | None:
    """The body, decompressed; cut at the errand's `most` unless wanted whole. Redirects and errors are not read.

    None when it came too late. `count` is told each arrival's bytes. Raises FetchError.
    """
    if not (200 <= response.status_code < 300 or response.status_code == 304):
        return b""
    declared = (response.raw.length_remaining or 0) if errand.whole else 0
    wire = bytearray()
    while max(declared, len(wire)) <= errand.most and not late():
        chunk = response.raw.read1(min(CHUNK, errand.most + 1 - len(wire)), decode_content=False)
        if not chunk:
            break
        wire += chunk
        count(len(chunk))
    if late():
        return None
    over = errand.whole and max(declared, len(wire)) > errand.most
    encoding = response.headers.get("Content-Encoding", "").strip().lower() if wire else ""
    body = b"" if over else _unpacked(address, bytes(wire), encoding, errand)
    if over or (errand.whole and len(body) > errand.most):
        raise FetchError("answer too big", f"{address} has more than {errand.most:,} bytes", LEFT)
    return body[: errand.most]


def _unpacked(address: str, wire: bytes, encoding: str, errand: Errand) -> bytes:
    if encoding in {"", "identity"}:
        return wire
    return _beginning(wire, errand.most) if errand.peek else _decompressed(address, wire, encoding, errand.most)


def _beginning(wire: bytes, most: int) -> bytes:
    """What can be unpacked of a body's first bytes: less than all of it is no error here."""
    try:
        return zlib.decompressobj(wbits=47).decompress(wire, most)  # 47: gzip or zlib, whichever it is
    except zlib.error:
        return b""


def _decompressed(address: str, wire: bytes, encoding: str, most: int) -> bytes:
    """At most one byte more than `most` of what `wire` holds, so memory stays bounded. Raises FetchError."""
    stream = zlib.decompressobj()
    try:
        match encoding:
            case "gzip" | "x-gzip":
                return gzip.GzipFile(fileobj=io.BytesIO(wire)).read(most + 1)
            case "deflate" if (body := stream.decompress(wire, most + 1)) and (stream.eof or len(body) > most):
                return body
    except (EOFError, gzip.BadGzipFile, zlib.error) as e:
        raise FetchError("bad compressed data", f"{address} ({e})", LATER) from e
    raise FetchError("bad compressed data", f"{address} ({shown(encoding)})", LATER)
