#!/usr/bin/env bash
# fastfeedparser 0.6.5 and atoma 0.0.17 (Python), rss-parser 3.13.0 and @extractus/feed-extractor 8.0.3 (npm) give the
# link of an Atom entry without the base that the feed says for it. RFC 4287 §2: any element may have xml:base, by which
# the relative addresses in it are resolved. Three give "child-a" as it is written, and none of them gives the base, so
# who reads by them looks for the page beside the feed's own address, or not at all; feed-extractor gives an empty link.
# feedparser-rs 0.7.1 has the link right, and leaves the addresses in the content, for which the RFC has the same, as
# they are. feedparser 6.0.12 and feedparser 2.6.0 (npm) have them right.
# Seen: child-a of three, "" of one, for http://example.org/reviews/2019/child-a; href="report.pdf" of feedparser-rs.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >feed.xml <<'XML'
<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:base="http://example.org/reviews/">
<title>Invented</title><id>urn:example:feed</id><updated>2019-03-05T10:00:00Z</updated>
<author><name>Invented</name></author>
<entry xml:base="2019/"><title>Child A</title><id>urn:example:a</id><updated>2019-03-05T10:00:00Z</updated>
<link href="child-a"/><content type="html">&lt;a href="report.pdf"&gt;The report&lt;/a&gt;</content></entry>
</feed>
XML
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    fastfeedparser==0.6.5 atoma==0.0.17 feedparser-rs==0.7.1 feedparser==6.0.12
"$folder/venv/bin/python" - <<'PYTHON'
import pathlib

import atoma
import fastfeedparser
import feedparser
import feedparser_rs

data = pathlib.Path("feed.xml").read_bytes()
[fast] = fastfeedparser.parse(data).entries
[entry] = atoma.parse_atom_bytes(data).entries
[rust] = feedparser_rs.parse(data).entries
[right] = feedparser.parse(data).entries
seen = {
    "fastfeedparser": (fast["link"], fast["content"][0]["value"], fast["content"][0]["base"]),
    "atoma": (entry.links[0].href, entry.content.value),
    "feedparser-rs": (rust.link, rust.content[0].value),
    "feedparser": (right.link, right.content[0].value),
}
print(*seen.items(), sep="\n")
LINK = "http://example.org/reviews/2019/child-a"
assert seen["feedparser"] == (LINK, '<a href="http://example.org/reviews/2019/report.pdf">The report</a>')
as_it_is = '<a href="report.pdf">The report</a>'
assert seen["fastfeedparser"] == ("child-a", as_it_is, None), "fastfeedparser does otherwise now"
assert seen["atoma"] == ("child-a", as_it_is), "atoma does otherwise now"
assert seen["feedparser-rs"][0] == LINK
assert 'href="report.pdf"' in seen["feedparser-rs"][1], "feedparser-rs does otherwise now"
PYTHON
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
    rss-parser@3.13.0 @extractus/feed-extractor@8.0.3 feedparser@2.6.0
cat >look.mjs <<'JS'
import assert from "node:assert";
import fs from "node:fs";
import { extractFromXml } from "@extractus/feed-extractor";
import FeedParser from "feedparser";
import Parser from "rss-parser";

const data = fs.readFileSync("feed.xml", "utf8");
const parser = new FeedParser({});
fs.createReadStream("feed.xml").pipe(parser);
const seen = {
  "rss-parser": (await new Parser().parseString(data)).items[0].link,
  "feed-extractor": extractFromXml(data).entries[0].link,
  feedparser: (await parser[Symbol.asyncIterator]().next()).value.link,
};
console.log(seen);
assert.strictEqual(seen.feedparser, "http://example.org/reviews/2019/child-a");
assert.strictEqual(seen["rss-parser"], "child-a", "rss-parser does otherwise now");
assert.strictEqual(seen["feed-extractor"], "", "feed-extractor does otherwise now");
JS
node look.mjs
