#!/usr/bin/env bash
# feedparser 2.6.0 (npm; node-feedparser) has no author for an Atom entry that has two, and puts the author of the feed
# in their place. RFC 4287 §4.1.2: an entry may have several; §4.2.1: those of the feed hold for it where neither it nor
# its source has one. The authors of a source, the feed that an entry was taken over from, it passes over too, and a
# feed by two is by nobody. So in a list of many partnerships' reviews one by two of them is by whoever keeps the list,
# as is each that came from elsewhere. Nothing is raised. @rowanmanning/feed-parser 2.1.5 has both.
# Seen: "The list" for Ashcombe with Vale, and for a source by Ashcombe; null for a feed by two; "Ashcombe" for one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
    feedparser@2.6.0 @rowanmanning/feed-parser@2.1.5
cat >look.mjs <<'JS'
import assert from "node:assert";
import { Readable } from "node:stream";
import { parseFeed } from "@rowanmanning/feed-parser";
import FeedParser from "feedparser";

const by = (...names) => names.map((name) => `<author><name>${name}</name></author>`).join("");
const NOW = "2026-11-28T08:00:00Z";
const facts = (id) => `<id>tag:example.org,2026:${id}</id><title>Invented</title><updated>${NOW}</updated>`;
const feed = (authors, more) =>
  `<feed xmlns="http://www.w3.org/2005/Atom">${facts("list")}${authors}<entry>${facts("one")}${more}</entry></feed>`;

async function read(text) {
  const parser = Readable.from([text]).pipe(new FeedParser());
  const authors = [];
  for await (const entry of parser) authors.push(entry.author);
  return authors[0];
}

const FEEDS = {
  one: feed(by("The list"), by("Ashcombe")),
  two: feed(by("The list"), by("Ashcombe", "Vale")),
  source: feed(by("The list"), `<source>${facts("other")}${by("Ashcombe")}</source>`),
  "feed by two": feed(by("Ashcombe", "Vale"), ""),
};
const seen = {};
for (const [name, text] of Object.entries(FEEDS)) seen[name] = await read(text);
console.log(seen);
const names = (text) => parseFeed(text).items[0].authors.map((author) => author.name);
assert.deepStrictEqual([names(FEEDS.one), names(FEEDS.two)], [["Ashcombe"], ["Ashcombe", "Vale"]]);
assert.deepStrictEqual(names(FEEDS["feed by two"]), ["Ashcombe", "Vale"]);
assert.deepStrictEqual(
  seen,
  { one: "Ashcombe", two: "The list", source: "The list", "feed by two": null },
  "feedparser does otherwise now",
);
JS
node look.mjs
