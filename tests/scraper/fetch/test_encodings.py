"""Content codings are read as browsers read them."""

import gzip
import zlib

import pytest

from core.errors import FetchError
from scraper.fetch.response_body import content_codings, unpack, unpack_beginning
from tests.scraper.fetch.test_fetch import always, fetcher, known, one_line
from tests.support.loopback_site import Answer, Site

BODY = b"<p>reviews</p>" * 50
PACKED, TWICE = gzip.compress(BODY, mtime=0), gzip.compress(gzip.compress(BODY, mtime=0), mtime=0)
RAW = zlib.compress(BODY)[2:-4]  # without zlib's head and sum


@pytest.mark.parametrize(
    ("header", "wire"),
    [
        ("", BODY),
        ("identity", BODY),
        ("none", BODY),
        ("utf-8", BODY),
        ("aws-chunked", BODY),
        ("binary, 8bit", BODY),
        ("gzip", PACKED),
        ("X-GZIP", PACKED),
        ("aws-chunked, gzip", PACKED),
        ("gzip, aws-chunked", PACKED),
        ("gzip,utf-8", PACKED),
        ("gzip, gzip", TWICE),
        ("gzip, gzip", PACKED),
        ("deflate", zlib.compress(BODY)),
        ("deflate", RAW),
        ("deflate, gzip", gzip.compress(zlib.compress(BODY), mtime=0)),
        ("gzip", PACKED + b"\0" * 512),
        ("gzip", PACKED + b"\r\n<!-- served by cache -->"),
        ("gzip", gzip.compress(BODY[:70], mtime=0) + gzip.compress(BODY[70:], mtime=0) + b"\n"),
        ("deflate", zlib.compress(BODY) + b"\n"),
    ],
)
def test_body_is_unpacked_whatever_its_header_makes_of_it(header: str, wire: bytes) -> None:
    assert unpack("", wire, content_codings(header), 10_000) == BODY


@pytest.mark.parametrize(
    ("header", "wire"),
    [
        ("gzip", BODY),
        ("deflate", BODY),
        ("br", BODY),
        ("gzip, zstd", BODY),
        ("gzip", PACKED[:-1]),
        ("gzip", PACKED + PACKED[:-1]),
        ("deflate", RAW[:-1]),
        ("gzip, gzip, gzip, gzip, gzip, gzip", PACKED),
        ("gzip", gzip.compress(b"", mtime=0) * 1000),
    ],
)
def test_body_that_is_not_what_its_header_says_is_an_error(header: str, wire: bytes) -> None:
    with pytest.raises(FetchError) as error:
        unpack("https://example.org", wire, content_codings(header), 10_000)

    assert one_line(error).startswith("bad compressed data: https://example.org (")


@pytest.mark.parametrize("wire", [BODY, PACKED, zlib.compress(BODY), RAW])
def test_beginning_of_a_body_is_unpacked_as_far_as_it_came(wire: bytes) -> None:
    codings = [] if wire == BODY else ["gzip"]

    assert unpack_beginning(wire[:-4], codings, 10_000)[:60] == BODY[:60]


@pytest.mark.parametrize("wire", [bytes(100_000), gzip.compress(bytes(100_000))])
def test_no_more_is_unpacked_than_the_cap_and_one_byte(wire: bytes) -> None:
    twice = gzip.compress(wire, mtime=0)

    assert len(unpack("", twice, ["gzip", "gzip"] if wire[:1] else ["gzip"], 1_000)) <= 1_001


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_page_of_more_than_3_megabytes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    sizes = {"/fine": 3_000_000, "/over": 3_000_001}
    routes = {path: always(Answer(200, bytes(size))) for path, size in sizes.items()}
    with Site(routes) as site, fetcher(robots=known(site)) as f:
        assert len(f.get(site.url("/fine")).body) == 3_000_000
        with pytest.raises(FetchError) as error:
            f.get(site.url("/over"))

    assert "has more than 3,000,000 bytes" in one_line(error)
