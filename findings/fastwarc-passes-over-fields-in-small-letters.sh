#!/usr/bin/env bash
# FastWARC 2.0.1 knows a record's type by the field name WARC-Type alone, as it is written there: a record that begins
# with warc-type is of unknown type, so record_types=WarcRecordType.response passes over it, without a word. WARC 1.1
# §4 (and ISO 28500): field names are not case-sensitive. Whoever looks for the responses of such a file finds that it
# has none. A body with a chunk extension or a trailer (RFC 9112 §7.1.1: to be ignored; §7.1.2) cannot be read:
# OSError.
# Seen: unknown, and 0 of 1 responses; warcio 1.8.1 reads response, and 1 of 1. Invalid chunk header: '5;a=b', and 'y'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check fastwarc==2.0.1 warcio==1.8.1
"$folder/venv/bin/python" - <<'PYTHON'
import io

import warcio.archiveiterator
from fastwarc.warc import ArchiveIterator, WarcRecordType

HEAD = (
    b"WARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1b2e2f3a-0000-4000-8000-000000000001>\r\n"
    b"WARC-Date: 2026-11-28T08:00:00Z\r\nWARC-Target-URI: https://example.org/\r\n"
    b"Content-Type: application/http; msgtype=response\r\n"
)


def record(head, field, body):
    sent = b"HTTP/1.1 200 OK\r\n%s\r\n\r\n%s" % (field, body)
    return b"WARC/1.1\r\n%sContent-Length: %d\r\n\r\n%s\r\n\r\n" % (head, len(sent), sent)


def types(file):
    every = [str(one.record_type) for one in ArchiveIterator(io.BytesIO(file))]
    asked = [one for one in ArchiveIterator(io.BytesIO(file), record_types=WarcRecordType.response)]
    return every, len(asked), [one.rec_type for one in warcio.archiveiterator.ArchiveIterator(io.BytesIO(file))]


def body(file):
    try:
        return [one.reader.read() for one in ArchiveIterator(io.BytesIO(file), auto_decode="all")]
    except OSError as error:
        return str(error)


small = HEAD.replace(b"WARC-Type", b"warc-type")
seen = [types(record(head, b"Content-Length: 5", b"hello")) for head in (HEAD, small)]
chunked = [
    body(record(HEAD, b"Transfer-Encoding: chunked", sent))
    for sent in (b"5\r\nhello\r\n0\r\n\r\n", b"5;a=b\r\nhello\r\n0\r\n\r\n", b"5\r\nhello\r\n0\r\nX: y\r\n\r\n")
]
print(*seen, *chunked, sep="\n")
assert seen == [(["response"], 1, ["response"]), (["unknown"], 0, ["response"])], "FastWARC does otherwise now"
refused = ["Invalid chunk header: '5;a=b'", "Invalid chunk header: 'y'"]
assert chunked == [[b"hello"], *refused], "FastWARC does otherwise now"
PYTHON
