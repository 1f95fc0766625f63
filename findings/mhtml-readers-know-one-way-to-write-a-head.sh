#!/usr/bin/env bash
# pimht 0.6.0 and fast-mhtml 2.1.0 (npm) read a page that was saved as MHTML (RFC 2557) where its fields are written as
# Chrome writes them, and not otherwise. RFC 2045 §5.1: parameters come in any order, and quotation marks are no part of
# a value, so boundary=example is one too; §6.1: 7bit, 8bit and binary are encodings as well, and 7bit is meant where
# none is named; RFC 822 §3.4.7: a field's name is the same in small letters. Where another parameter stands behind
# boundary on its line fast-mhtml has no page at all, without a word; the rest are errors of one or of both.
# mhtml-to-html 2.1.0 (npm) has the page each time.
# Seen: [] of fast-mhtml for boundary before type, Error No separator and Unknown encoding undefined; ValueError Unknown
# mhtml part encoding: 8bit of pimht, and None, TypeError No boundary in Content-Type, KeyError 'Content-Type'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pimht==0.6.0
"$folder/venv/bin/python" - <<'PYTHON'
import json
from pathlib import Path

import pimht

TYPE = 'Content-Type: multipart/related; type="text/html"; boundary="example"'
PAGES = {
    "as Chrome does": (TYPE, "Content-Transfer-Encoding: quoted-printable\n"),
    "8bit": (TYPE, "Content-Transfer-Encoding: 8bit\n"),
    "no encoding": (TYPE, ""),
    "boundary before type": (
        'Content-Type: multipart/related; boundary="example"; type="text/html"',
        "Content-Transfer-Encoding: quoted-printable\n",
    ),
    "no quotation marks": (TYPE.replace('"example"', "example"), "Content-Transfer-Encoding: quoted-printable\n"),
    "small letters": (TYPE.replace("Content-Type", "content-type"), "Content-Transfer-Encoding: quoted-printable\n"),
}
files, seen = {}, {}
for name, (head, encoding) in PAGES.items():
    part = f"Content-Type: text/html\n{encoding}Content-Location: https://example.org/\n\n<p>Child A</p>"
    files[name] = f"{head}\nMIME-Version: 1.0\n\n--example\n{part}\n--example--\n".replace("\n", "\r\n")
    try:
        seen[name] = [part.text for part in pimht.from_bytes(files[name].encode())]
    except (KeyError, TypeError, ValueError) as error:
        seen[name] = repr(error)
Path("pages.json").write_text(json.dumps(files))
print(*seen.items(), sep="\n")
assert seen == {
    "as Chrome does": ["<p>Child A</p>"],
    "8bit": "ValueError('Unknown mhtml part encoding: 8bit')",
    "no encoding": "ValueError('Unknown mhtml part encoding: None')",
    "boundary before type": ["<p>Child A</p>"],
    "no quotation marks": "TypeError('No boundary in Content-Type')",
    "small letters": "KeyError('Content-Type')",
}, "pimht does otherwise now"
PYTHON
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" fast-mhtml@2.1.0 mhtml-to-html@2.1.0
cat >look.mjs <<'JS'
import assert from "node:assert";
import fs from "node:fs";
import mhtml from "fast-mhtml";
import { convert } from "mhtml-to-html";

const seen = {};
for (const [name, text] of Object.entries(JSON.parse(fs.readFileSync("pages.json", "utf8")))) {
  try {
    const parts = new mhtml.Parser({}).parse(text).rewrite().spit();
    seen[name] = parts.map((part) => part.content.trim());
  } catch (error) {
    seen[name] = error.message.split("body")[0];
  }
  const { data } = await convert(Buffer.from(text));
  assert(data.includes("<p>Child A"), `mhtml-to-html: ${name}`);
}
console.log(seen);
assert.deepStrictEqual(
  seen,
  {
    "as Chrome does": ["<p>Child A</p>"],
    "8bit": ["<p>Child A</p>"],
    "no encoding": "Unknown encoding undefined",
    "boundary before type": [],
    "no quotation marks": "No separator",
    "small letters": ["<p>Child A</p>"],
  },
  "fast-mhtml does otherwise now",
);
JS
node look.mjs
