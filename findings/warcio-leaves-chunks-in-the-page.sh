#!/usr/bin/env bash
# warcio 1.8.1: content_stream(), by its page the content with transfer and content encoding undone, gives back a
# response record's body with its chunk sizes when the field says Chunked, or gzip, chunked; and behind the page the
# trailer, when there is one. RFC 9112 §7: transfer coding names are compared without regard to case, and may be
# several; §7.1.2: a chunked body may end in trailer fields, which are no content. x-gzip, to be taken for gzip (RFC
# 9110 §8.4.1.3), is left compressed. Nothing is raised: whoever reads pages from an archive reads "5" and "0" among
# their words.
# Seen: b"5\r\nhello\r\n0\r\n\r\n" for Chunked, b"hello0\r\n y\r\n\r\n" with a trailer, where chunked gives b"hello".
# FastWARC 2.0.1 gives b"hello" for Chunked and for gzip, chunked; http.client for Chunked and before a trailer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check warcio==1.8.1 fastwarc==2.0.1
"$folder/venv/bin/python" - <<'PYTHON'
import gzip
import http.client
import io

import fastwarc.warc
from warcio.archiveiterator import ArchiveIterator

PACKED = gzip.compress(b"hello", mtime=0)
CHUNKED = b"5\r\nhello\r\n0\r\n\r\n"
RESPONSES = {
    "chunked": (b"Transfer-Encoding: chunked", CHUNKED),
    "Chunked": (b"Transfer-Encoding: Chunked", CHUNKED),
    "gzip, chunked": (b"Transfer-Encoding: gzip, chunked", b"%x\r\n%s\r\n0\r\n\r\n" % (len(PACKED), PACKED)),
    "trailer": (b"Transfer-Encoding: chunked", b"5\r\nhello\r\n0\r\nX: y\r\n\r\n"),
    "x-gzip": (b"Content-Encoding: x-gzip\r\nContent-Length: %d" % len(PACKED), PACKED),
}


class Wire:
    def __init__(self, sent):
        self.sent = sent

    def makefile(self, mode):
        return io.BytesIO(self.sent)


def look(field, body):
    sent = b"HTTP/1.1 200 OK\r\n" + field + b"\r\n\r\n" + body
    record = (
        b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1b2e2f3a-0000-4000-8000-000000000001>\r\n"
        b"WARC-Date: 2026-11-28T08:00:00Z\r\nWARC-Target-URI: https://example.org/\r\n"
        b"Content-Type: application/http; msgtype=response\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n" % (len(sent), sent)
    )
    (seen,) = [one.content_stream().read() for one in ArchiveIterator(io.BytesIO(record))]
    try:
        (peer,) = [one.reader.read() for one in fastwarc.warc.ArchiveIterator(io.BytesIO(record), auto_decode="all")]
    except OSError as error:
        peer = str(error)
    client = http.client.HTTPResponse(Wire(sent))
    client.begin()
    return seen, peer, client.read()


seen = {name: look(*response) for name, response in RESPONSES.items()}
for name, (ours, peer, client) in seen.items():
    print(name, ours, peer, client, sep=" | ")
assert {name: ours for name, (ours, _, _) in seen.items()} == {
    "chunked": b"hello",
    "Chunked": CHUNKED,
    "gzip, chunked": RESPONSES["gzip, chunked"][1],
    "trailer": b"hello0\r\n y\r\n\r\n",
    "x-gzip": PACKED,
}, "warcio does otherwise now"
assert [seen[name][1] for name in ("chunked", "Chunked", "gzip, chunked")] == [b"hello"] * 3
assert [seen[name][2] for name in ("chunked", "Chunked", "trailer")] == [b"hello"] * 3
PYTHON
