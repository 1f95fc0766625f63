#!/usr/bin/env bash
# Four readers of web archives give four answers for an address that stands on the line behind its field's name. WARC
# 1.1 §4 (ISO 28500): a field can go on over several lines, each of which begins with a space or a tab; such white space
# may stand at the beginning of a value too, and means one space. warcio 2.4.11 (npm) has no address at all; warcio
# 1.8.1 (Python) puts %20 before it, takes it for no web address and gives the page with its HTTP fields in front;
# FastWARC 2.0.1 leaves a space before it; pywarc 0.3.1 refuses the record. So a page is missing from an index by
# address, or is there twice. A value that only goes on in the next line all but pywarc read. pywarc also gives None for
# WARC-Concurrent-To where two stand, which that field may (§5.7), and refuses a name in small letters (§4: not
# case-sensitive).
# Seen: null; %20http://example.org/, and 68 bytes for a page of 5; " http://example.org/"; InvalidWarcError.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    warcio==1.8.1 fastwarc==2.0.1 pywarc==0.3.1
"$folder/venv/bin/python" - <<'PYTHON'
import io
import logging
import pathlib

import fastwarc
import pywarc
from warcio.archiveiterator import ArchiveIterator

ADDRESS = "http://example.org/"
PAGE = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello"
HEAD = (
    "WARC/1.1\r\nWARC-Type: response\r\nWARC-Date: 2019-03-05T00:00:00Z\r\n"
    "WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000001>\r\nX-Note: One\r\n two.\r\n"
)


def record(fields):
    return f"{HEAD}{fields}\r\nContent-Length: {len(PAGE)}\r\n\r\n{PAGE}\r\n\r\n".encode()


RECORDS = {"one": record(f"WARC-Target-URI: {ADDRESS}"), "two": record(f"WARC-Target-URI:\r\n {ADDRESS}")}
logging.disable()
seen = {}
for name, data in RECORDS.items():
    pathlib.Path(f"{name}.warc").write_bytes(data)
    (one,) = (
        (found.rec_headers["WARC-Target-URI"], found.rec_headers["X-Note"], found.content_stream().read())
        for found in ArchiveIterator(io.BytesIO(data))
    )
    (other,) = (
        (found.headers["WARC-Target-URI"], found.headers["X-Note"])
        for found in fastwarc.warc.ArchiveIterator(io.BytesIO(data))
    )
    seen[name] = (one, other)
print(seen)
assert seen["one"] == ((ADDRESS, "One two.", b"hello"), (ADDRESS, "One two.")), "one of them reads values otherwise"
(address, _, body), other = seen["two"]
assert (address, body, other[0]) == (f"%20{ADDRESS}", PAGE.encode(), f" {ADDRESS}"), "one of them does otherwise now"

HEAD = HEAD.replace("X-Note: One\r\n two.\r\n", "")
TWO = "WARC-Concurrent-To: <urn:uuid:00000000-0000-0000-0000-000000000002>\r\n"
for data, expected in (
    (record(f"WARC-Target-URI: {ADDRESS}"), ([ADDRESS], "none")),
    (record(f"{TWO}WARC-Target-URI: {ADDRESS}"), ([ADDRESS], [TWO[20:-2]])),
    (record(f"{TWO}{TWO}WARC-Target-URI: {ADDRESS}"), ([ADDRESS], None)),
    (record(f"WARC-Target-URI:\r\n {ADDRESS}"), "InvalidWarcError"),
    (record(f"WARC-Target-URI: {ADDRESS}").replace(b"WARC-Type", b"warc-type"), "MissingWarcHeaderError"),
):
    try:
        block = pywarc.WarcReader(io.BytesIO(data)).get_next_block()
        assert block.type == "response"
        found = (block.headers["WARC-Target-URI"], block.headers.get("WARC-Concurrent-To", "none"))
    except pywarc.InvalidWarcError as error:
        found = type(error).__name__
    print("pywarc", found)
    assert found == expected, "pywarc does otherwise now"
PYTHON
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" warcio@2.4.11
cat >look.mjs <<'JS'
import assert from "node:assert";
import { createReadStream } from "node:fs";
import { WARCParser } from "warcio";

const seen = {};
for (const name of ["one", "two"]) {
  const record = await new WARCParser(createReadStream(`${name}.warc`)).parse();
  seen[name] = [record.warcTargetURI, record.warcHeader("X-Note"), await record.contentText()];
}
console.log(seen);
assert.deepStrictEqual(seen.one, ["http://example.org/", "One two.", "hello"]);
assert.strictEqual(seen.two[0], null, "warcio does otherwise now");
JS
node look.mjs
