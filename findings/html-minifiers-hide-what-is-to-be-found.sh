#!/usr/bin/env bash
# minify-html 0.18.1 (Python, Rust inside) as it is and html-minifier-terser 7.2.0 (npm) with collapseBooleanAttributes
# write hidden="until-found" as hidden. HTML, "The hidden attribute": it is not a boolean attribute, it has the states
# hidden and until found, and what is hidden until found is shown when a reader looks for its words on the page or
# follows a link to it; with hidden alone it is found never. minify-html takes crossorigin="use-credentials" for
# boolean too ("CORS settings attributes": the empty one is anonymous, so a file behind a login is asked for without
# it), and ends no paragraph that is the last in a custom element ("Optional tags": there its end tag may not be left
# out), so that what follows comes to stand in it. The pages are valid. htmlnano 3.5.1 keeps the three.
# Seen: <div hidden> twice, crossorigin without a value, and "After." in the paragraph before it, by html5lib 1.1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
    html-minifier-terser@7.2.0 htmlnano@3.5.1 posthtml@0.16.7
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check minify-html==0.18.1 html5lib==1.1
cat >pages.json <<'JSON'
["<div hidden=\"until-found\">Recommendation 4</div>",
"<script src=\"a.js\" crossorigin=\"use-credentials\"></script>",
"<x-note><p>Note.</p></x-note>After."]
JSON
cat >look.js <<'JS'
const assert = require("node:assert");
const pages = require("./pages.json");
const terser = require("html-minifier-terser");
const htmlnano = require("htmlnano");

(async () => {
  const seen = await terser.minify(pages[0], { collapseBooleanAttributes: true });
  const options = { minifyCss: false, minifyJs: false, minifySvg: false };
  const peer = [];
  for (const page of pages) peer.push((await htmlnano.process(page, options, htmlnano.presets.safe)).html);
  console.log(seen, peer);
  assert.strictEqual(seen, "<div hidden>Recommendation 4</div>", "html-minifier-terser does otherwise now");
  assert.deepStrictEqual(peer, pages);
})();
JS
node look.js
"$folder/venv/bin/python" - <<'PYTHON'
import json

import html5lib
import minify_html

with open("pages.json") as file:
    pages = json.load(file)
seen = [minify_html.minify(page) for page in pages]


def behind(page):
    """What a browser has behind the note."""
    (body,) = html5lib.parse("<!DOCTYPE html>" + page, namespaceHTMLElements=False).iter("body")
    return body.find("x-note").tail, body.find("x-note/p").tail, "".join(body.find("x-note/p").itertext())


print(seen, behind(pages[2]), behind(seen[2]))
assert behind(pages[2]) == ("After.", None, "Note.")
assert seen[:2] == ["<div hidden>Recommendation 4</div>", "<script crossorigin src=a.js></script>"], seen
assert behind(seen[2]) == (None, None, "Note.After."), "minify-html does otherwise now"
PYTHON
