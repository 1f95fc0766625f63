#!/usr/bin/env bash
# web-auto-extractor 1.0.17 (npm), by its page for microdata on any page, and microdata 0.8.0 (Python) read other facts
# than a page has. HTML, "Microdata": itemref names elements elsewhere that have properties of the item, and neither
# looks there; itemprop is a set of names, and of "name headline" web-auto-extractor makes one property; the value of a
# time is its datetime, of data its value, of a link its address, resolved, and it gives words for the first two, and,
# as microdata does too, half an address for the third; any other value is the text as it is, of which it takes off the
# spaces at each tag, so that two words are one. itemtype is a set as well, of which it keeps the last, with the others
# as its context. A list of reviews by it has no dates that sort, and names that no search finds. Nothing is raised.
# microdata-node 2.0.0 has each of these.
# Seen: no name for itemref; "name headline"; "5 March" for 2019-03-05; "seven" for 7; "ChildA" for Child <b>A</b>;
# a.pdf for https://files.example/a.pdf; Article of Report and Article.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
    web-auto-extractor@1.0.17 microdata-node@2.0.0
cat >page.html <<'HTML'
<!DOCTYPE html><html lang="en"><head><title>Invented</title><base href="https://files.example/"></head><body>
<div itemscope itemtype="https://schema.org/Report https://schema.org/Article" itemref="publisher">
<h1 itemprop="name headline">Child <b>A</b></h1>
<p><time itemprop="datePublished" datetime="2019-03-05">5 March</time>
<data itemprop="numberOfPages" value="7">seven</data>
<a itemprop="url" href="a.pdf">Report</a></p></div>
<p id="publisher">By <span itemprop="publisher">Vale</span></p></body></html>
HTML
cat >look.js <<'JS'
const assert = require("node:assert");
const fs = require("node:fs");
const extractor = require("web-auto-extractor").default;
const { toJson } = require("microdata-node");

const page = fs.readFileSync("page.html", "utf8");
const [right] = toJson(page, { base: "https://example.org/list" }).items;
const { microdata } = extractor().parse(page);
console.log(right, microdata);
assert.deepStrictEqual(right, {
  properties: {
    name: ["Child A"],
    headline: ["Child A"],
    datePublished: ["2019-03-05"],
    numberOfPages: [7],
    url: ["https://files.example/a.pdf"],
    publisher: ["Vale"],
  },
  type: ["https://schema.org/Report", "https://schema.org/Article"],
});
assert.deepStrictEqual(
  microdata,
  {
    Article: [
      {
        "@context": "https://schema.org/Report https://schema.org/",
        "@type": "Article",
        "name headline": "ChildA",
        datePublished: "5 March",
        numberOfPages: "seven",
        url: "a.pdf",
      },
    ],
  },
  "web-auto-extractor does otherwise now",
);
JS
node look.js
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check microdata==0.8.0 html5lib==1.1
"$folder/venv/bin/python" - <<'PYTHON'
import json
import pathlib

import microdata

(item,) = microdata.get_items(pathlib.Path("page.html").read_text())
seen = json.loads(item.json())["properties"]
print(seen)
assert "publisher" not in seen, "microdata looks where itemref says now"
assert seen["url"] == ["a.pdf"], "microdata resolves addresses now"
assert (seen["name"], seen["headline"], seen["datePublished"]) == (["Child A"], ["Child A"], ["2019-03-05"])
PYTHON
