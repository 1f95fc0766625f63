#!/usr/bin/env bash
# rss-parser 3.13.0 (npm) gives the title of an Atom feed or entry as an object, { $, div }, when it is of type xhtml,
# one of the three that RFC 4287 §3.1.1 has; its own types (index.d.ts) say string. The object has no toString, so a
# page that puts the title among its words does not show it wrongly but ends with a TypeError. Content of type xhtml is
# a string.
# Seen: "Child A" for text, "Child <b>A</b>" for html, TypeError: Cannot convert object to primitive value for xhtml.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" rss-parser@3.13.0
cat >look.js <<'JS'
const assert = require("node:assert");
const Parser = require("rss-parser");

const TITLES = {
  text: '<title type="text">Child A</title>',
  html: '<title type="html">Child &lt;b>A&lt;/b></title>',
  xhtml: '<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Child <b>A</b></div></title>',
};

function feed(title) {
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">${title}<id>tag:example.org,2026:feed</id>
<updated>2026-11-28T08:00:00Z</updated><author><name>Nobody</name></author>
<entry>${title}<id>tag:example.org,2026:one</id><updated>2026-11-28T08:00:00Z</updated>
<link href="https://example.org/one"/><summary>Invented.</summary></entry></feed>`;
}

function show(title) {
  try {
    return `${title}`;
  } catch (error) {
    return `${error}`;
  }
}

(async () => {
  const seen = {};
  for (const [type, title] of Object.entries(TITLES)) {
    const read = await new Parser().parseString(feed(title));
    seen[type] = [typeof read.title, typeof read.items[0].title, show(read.items[0].title)];
  }
  console.log(seen);
  assert.deepStrictEqual(
    seen,
    {
      text: ["string", "string", "Child A"],
      html: ["string", "string", "Child <b>A</b>"],
      xhtml: ["object", "object", "TypeError: Cannot convert object to primitive value"],
    },
    "rss-parser does otherwise now",
  );
})();
JS
node look.js
