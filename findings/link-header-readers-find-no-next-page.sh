#!/usr/bin/env bash
# parse-link-header 2.0.0 and http-link-header 1.1.4 (npm) each find no next page in a Link field where a reader of RFC
# 8288 does. parse-link-header knows rel in small letters alone, and with no space before its "="; the grammar (§3)
# has one there, to be read though not written, and names are made small before they are looked at (Appendix B.3). It
# also divides at a ";" inside quotation marks. http-link-header takes a parameter without a value, which the grammar
# allows, together with the one behind it: the relation is then no relation. Nothing is raised. A harvest that follows
# rel="next" is done after the first page, and looks complete.
# Seen: no next of parse-link-header for REL="next" and rel = "next", and title "a"; a parameter "crossorigin; rel" of
# http-link-header. Each reads what the other does not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
    parse-link-header@2.0.0 http-link-header@1.1.4
cat >look.js <<'JS'
const assert = require("node:assert");
const LinkHeader = require("http-link-header");
const parseLinkHeader = require("parse-link-header");

const NEXT = "https://example.org/reviews?page=2";
const WAYS = ['rel="next"', 'REL="next"', 'rel = "next"', 'title="a; b"; rel="next"', 'crossorigin; rel="next"'];
const seen = {};
for (const parameters of WAYS) {
  const field = `<${NEXT}>; ${parameters}`;
  const one = parseLinkHeader(field)?.next;
  const [other] = LinkHeader.parse(field).rel("next");
  seen[parameters] = { parse: one && [one.url, one.title], http: other && [other.uri, other.title] };
}
console.log(seen);
console.log(LinkHeader.parse(`<${NEXT}>; crossorigin; rel="next"`).refs);
const found = [NEXT, undefined];
assert.deepStrictEqual(
  seen,
  {
    'rel="next"': { parse: found, http: found },
    'REL="next"': { parse: undefined, http: found },
    'rel = "next"': { parse: undefined, http: found },
    'title="a; b"; rel="next"': { parse: [NEXT, "a"], http: [NEXT, "a; b"] },
    'crossorigin; rel="next"': { parse: found, http: undefined },
  },
  "one of the two does otherwise now",
);
JS
node look.js
