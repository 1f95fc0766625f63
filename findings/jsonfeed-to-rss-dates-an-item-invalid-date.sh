#!/usr/bin/env bash
# jsonfeed-to-rss 3.0.8 (npm) gives each item of a JSON Feed that has no date_published the pubDate "Invalid Date", also
# where date_modified says when it changed. JSON Feed 1 (Items) has both optional; RSS 2.0 (pubDate of item, dates) has
# pubDate optional, and a date of RFC 822 where there is one. A reader finds no date for the item, old or new,
# though the feed's own pubDate is taken from date_modified. And it refuses a JSON Feed of version 1.1 in the
# name of another package. jsonfeed-to-atom 1.2.5, its sibling, takes date_modified, and refuses 1.1 too.
# Seen: <pubDate>Invalid Date</pubDate> in two items of three; feedparser 6.0.12 finds a date in one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
    jsonfeed-to-rss@3.0.8 jsonfeed-to-atom@1.2.5
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check feedparser==6.0.12
cat >look.js <<'JS'
const assert = require("node:assert");
const fs = require("node:fs");
const toAtom = require("jsonfeed-to-atom");
const toRss = require("jsonfeed-to-rss");

const item = (id, dates) => ({ id: `tag:example.org,2026:${id}`, title: id, content_text: "Invented.", ...dates });
const feed = {
  version: "https://jsonfeed.org/version/1",
  title: "Reviews",
  home_page_url: "https://example.org/",
  feed_url: "https://example.org/list.json",
  items: [
    item("published", { date_published: "2026-11-01T08:00:00Z" }),
    item("modified", { date_modified: "2026-11-28T08:00:00Z" }),
    item("neither", {}),
  ],
};
const rss = toRss(feed);
const dates = [...rss.matchAll(/<pubDate>(.*)<\/pubDate>/g)].map(([, date]) => date);
console.log(dates);
fs.writeFileSync("list.rss", rss);
assert(toAtom(feed).includes("<updated>2026-11-28T08:00:00Z</updated>"));
assert.deepStrictEqual(
  dates,
  ["Sat, 28 Nov 2026 08:00:00 GMT", "Sun, 01 Nov 2026 08:00:00 GMT", "Invalid Date", "Invalid Date"],
  "jsonfeed-to-rss does otherwise now",
);
for (const write of [toRss, toAtom])
  assert.throws(
    () => write({ ...feed, version: "https://jsonfeed.org/version/1.1" }),
    { message: "jsonfeed-to-atom: JSON feed version 1 required" },
    "jsonfeed-to-rss, or jsonfeed-to-atom, does otherwise now",
  );
JS
node look.js
"$folder/venv/bin/python" - <<'PYTHON'
import feedparser

entries = feedparser.parse("list.rss").entries
dated = [entry.title for entry in entries if entry.get("published_parsed")]
print(dated)
assert len(entries) == 3 and dated == ["published"], "jsonfeed-to-rss does otherwise now"
PYTHON
