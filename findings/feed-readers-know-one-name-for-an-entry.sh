#!/usr/bin/env bash
# feedparser-rs 0.7.1 (Python, Rust inside), @extractus/feed-extractor 8.0.3 and feedme 2.0.2 (npm) know the elements of
# Atom without a prefix alone. Namespaces in XML 1.0 §2 and §4: a prefix stands for the namespace, whatever it is, and
# RFC 4287 §1.2 writes atom: only for its own text. Of a feed that a program writes with a:entry or atom:entry, as XML
# libraries do where several vocabularies are in one tree (Python's ElementTree: ns0:entry), feedparser-rs has neither
# title nor entry, and bozo False, as if a source had nothing new; the other two do not know what it is.
# Seen: [] and False; Error Unrecognized feed format; Error Feed type not recognized. feedparser 6.0.12 and feedsmith
# 3.0.1 (npm) read the entry each time.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check feedparser-rs==0.7.1 feedparser==6.0.12
"$folder/venv/bin/python" - <<'PYTHON'
import json
from pathlib import Path
from xml.etree import ElementTree

import feedparser
import feedparser_rs

ATOM = "http://www.w3.org/2005/Atom"
PLAIN = f"""<feed xmlns="{ATOM}"><title>Reviews</title><id>urn:example:1</id><updated>2026-01-01T00:00:00Z</updated>
<author><name>Vale</name></author><entry><title>Child A</title><id>urn:example:2</id>
<updated>2026-01-01T00:00:00Z</updated><link href="https://example.org/a"/><summary>Neglect</summary></entry></feed>"""
feeds = {"plain": PLAIN, "ElementTree": ElementTree.tostring(ElementTree.fromstring(PLAIN), encoding="unicode")}
feeds["atom"] = feeds["ElementTree"].replace("ns0", "atom")
assert "<ns0:entry>" in feeds["ElementTree"]
seen = {}
for name, feed in feeds.items():
    read = feedparser_rs.parse(feed)
    seen[name] = read.feed.title, [entry.title for entry in read.entries], read.bozo
    assert [entry.title for entry in feedparser.parse(feed).entries] == ["Child A"]
Path("feeds.json").write_text(json.dumps(feeds))
print(seen)
assert seen == {
    "plain": ("Reviews", ["Child A"], False),
    "ElementTree": (None, [], False),
    "atom": (None, [], False),
}, "feedparser-rs does otherwise now"
PYTHON
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
    @extractus/feed-extractor@8.0.3 feedme@2.0.2 feedsmith@3.0.1
cat >look.mjs <<'JS'
import assert from "node:assert";
import fs from "node:fs";
import { extractFromXml } from "@extractus/feed-extractor";
import FeedMe from "feedme";
import { parseFeed } from "feedsmith";

const attempt = (read, feed) => {
  try {
    return read(feed);
  } catch (error) {
    return error.message;
  }
};
const extractor = (feed) => extractFromXml(feed).entries.map(({ title }) => title);
const feedme = (feed) => {
  const parser = new FeedMe(true);
  parser.write(feed);
  return parser.done().items.map(({ title }) => title);
};
const seen = {};
for (const [name, feed] of Object.entries(JSON.parse(fs.readFileSync("feeds.json", "utf8")))) {
  seen[name] = [attempt(extractor, feed), attempt(feedme, feed)];
  assert.deepStrictEqual(parseFeed(feed).feed.entries.map(({ title }) => title.value), ["Child A"]);
}
console.log(seen);
const unknown = ["Unrecognized feed format", "Feed type not recognized"];
assert.deepStrictEqual(
  seen,
  { plain: [["Child A"], ["Child A"]], ElementTree: unknown, atom: unknown },
  "feed-extractor or feedme does otherwise now",
);
JS
node look.mjs
