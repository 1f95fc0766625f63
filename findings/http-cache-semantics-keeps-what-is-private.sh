#!/usr/bin/env bash
# http-cache-semantics 4.3.0 (npm), by which got, cacheable-request and npm's own cache decide, knows the directives of
# Cache-Control in small letters alone. RFC 9111 §5.2: they are compared case-insensitively. So a shared cache keeps
# what is Private (§5.2.2.7) and gives it to others, keeps what is No-Store (§5.2.2.5), and gives what is No-Cache
# (§5.2.2.4) without asking. Of two max-age it takes the last; by §4.2.1 it is the first, or the answer is stale. And
# immutable without max-age (RFC 8246), for which its page has 24 hours, lasts 1000 days: milliseconds count as seconds.
# Seen: "given" for Private and No-Cache with max-age=60, and for No-Store with Expires; each in small letters
# "refused"; 60 for max-age=0, max-age=60; 86400000 for immutable.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" http-cache-semantics@4.3.0
cat >look.js <<'JS'
const assert = require("node:assert");
const CachePolicy = require("http-cache-semantics");

const request = { url: "/", method: "GET", headers: {} };
const now = Date.now();
const date = new Date(now).toUTCString();
const expires = new Date(now + 3600_000).toUTCString();

function policy(control, more) {
  const response = { status: 200, headers: { date, "cache-control": control, ...more } };
  return new CachePolicy(request, response, { shared: true });
}

function answer(control, more) {
  const kept = policy(control, more);
  return kept.storable() && kept.satisfiesWithoutRevalidation(request) ? "given" : "refused";
}

const seen = {};
for (const [control, more] of [["Private, max-age=60"], ["No-Cache, max-age=60"], ["No-Store", { expires }]])
  seen[control] = [answer(control, more), answer(control.toLowerCase(), more)];
for (const control of ["max-age=0, max-age=60", "immutable", "immutable, max-age=60"])
  seen[control] = policy(control).maxAge();
console.log(seen);
assert.deepStrictEqual(
  seen,
  {
    "Private, max-age=60": ["given", "refused"],
    "No-Cache, max-age=60": ["given", "refused"],
    "No-Store": ["given", "refused"],
    "max-age=0, max-age=60": 60,
    immutable: 86_400_000,
    "immutable, max-age=60": 60,
  },
  "http-cache-semantics does otherwise now",
);
JS
node look.js
