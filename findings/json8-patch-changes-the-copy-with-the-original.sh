#!/usr/bin/env bash
# json8-patch 1.0.6 (npm) applies a copy of JSON Patch so that both places hold one and the same object: what a later
# operation of the patch changes in one changes in the other. RFC 6902 §4.5: a copy is identical in function to an add
# of the value that is at "from"; §3: operations are applied one after another, each to a JSON document, in which no
# two values are one. So of a record that a patch copies to an earlier version and then corrects, no earlier version is
# left. An add puts the patch's own object into the document likewise, though its README says that a patch is never
# changed: two documents that one patch was applied to share a list, and each has what was meant for the other.
# fast-json-patch 3.1.1 copies, and says in its README that it changes a patch; rfc6902 5.4.0 does neither.
# Seen: {"now":{"age":4},"before":{"age":4}}, the others age 3 before; then [1,1] in both, rfc6902 [1].
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
    json8-patch@1.0.6 rfc6902@5.4.0 fast-json-patch@3.1.1
cat >look.js <<'JS'
const assert = require("node:assert");
const json8 = require("json8-patch");
const rfc6902 = require("rfc6902");
const fast = require("fast-json-patch");

const PATCH = [
  { op: "copy", from: "/now", path: "/before" },
  { op: "replace", path: "/now/age", value: 4 },
];

const TWO = [
  { op: "add", path: "/children", value: [] },
  { op: "add", path: "/children/-", value: 1 },
];

function apply(how) {
  const record = { now: { age: 3 } };
  return JSON.stringify(how(record, structuredClone(PATCH)) ?? record);
}

const seen = {
  "json8-patch": apply((record, patch) => json8.apply(record, patch).doc),
  "fast-json-patch": apply((record, patch) => fast.applyPatch(record, patch).newDocument),
  rfc6902: apply((record, patch) => void assert.deepStrictEqual(rfc6902.applyPatch(record, patch), [null, null])),
};
console.log(seen);
const copied = '{"now":{"age":4},"before":{"age":3}}';
assert.strictEqual(seen["json8-patch"], '{"now":{"age":4},"before":{"age":4}}', "json8-patch does otherwise now");
assert.deepStrictEqual([seen["fast-json-patch"], seen.rfc6902], [copied, copied]);

const shared = structuredClone(TWO);
const twice = [json8.apply({}, shared), json8.apply({}, shared)].map(({ doc }) => JSON.stringify(doc.children));
const other = structuredClone(TWO);
const others = [{}, {}].map((record) => (rfc6902.applyPatch(record, other), JSON.stringify(record.children)));
console.log(twice, others);
assert.deepStrictEqual(twice, ["[1,1]", "[1,1]"], "json8-patch does otherwise now");
assert.deepStrictEqual(others, ["[1]", "[1]"]);
JS
node look.js
