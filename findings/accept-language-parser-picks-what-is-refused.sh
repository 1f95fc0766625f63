#!/usr/bin/env bash
# accept-language-parser 1.5.0 (npm) picks a language for which the reader gave the weight 0. RFC 9110 §12.4.2: that is
# "not acceptable". A weight with a space before it is no weight to it, so what is wanted least is wanted most; the
# grammar there has optional white space on both sides of ";". And "*", any other language (§12.5.4), picks none. It has
# no word about them on its page. Who asks for Welsh and refuses English is shown English.
# Seen, of en and cy: en for "en;q=0, cy;q=0.5" where cy is not there, en for "en; q=0.1, cy", null for "*". negotiator
# 1.1.0, behind Express, has none, cy and any.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
    accept-language-parser@1.5.0 negotiator@1.1.0
cat >look.js <<'JS'
const assert = require("node:assert");
const parser = require("accept-language-parser");
const Negotiator = require("negotiator");

const seen = {};
for (const [header, ...languages] of [
  ["en;q=0.1, cy", "en", "cy"],
  ["en; q=0.1, cy", "en", "cy"],
  ["en ;q=0.1, cy;q=0.5", "en", "cy"],
  ["en;q=0, cy;q=0.5", "en"],
  ["en;q=0, *", "en", "cy"],
  ["*", "en", "cy"],
])
  seen[header] = [
    parser.pick(languages, header),
    new Negotiator({ headers: { "accept-language": header } }).language(languages) ?? null,
  ];
console.log(seen);
assert.deepStrictEqual(
  seen,
  {
    "en;q=0.1, cy": ["cy", "cy"],
    "en; q=0.1, cy": ["en", "cy"],
    "en ;q=0.1, cy;q=0.5": ["en", "cy"],
    "en;q=0, cy;q=0.5": ["en", null],
    "en;q=0, *": ["en", "cy"],
    "*": [null, "en"],
  },
  "accept-language-parser does otherwise now",
);
JS
node look.js
