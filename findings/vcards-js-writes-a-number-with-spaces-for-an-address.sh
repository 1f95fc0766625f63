#!/usr/bin/env bash
# vcards-js 2.11.1 (npm), asked for a card of version 4.0, makes a URI of a phone number by putting tel: before it, with
# its spaces: RFC 3966 §3 has none, §5.1.1 has hyphens, full stops and brackets between digits. Its REV has hyphens,
# colons and a fraction, where RFC 6350 §6.7.4 and §4.3.5 have 19951031T222710Z; ical.js 2.2.1 makes 2026--1-1-T9T:21::0
# of it. And in every version it writes the name of an organisation with a semicolon in it as it is, while commas get
# their backslash: by §6.6.4 and §3.4 what stands behind it is then a unit of the organisation.
# Seen: TEL;TYPE=CELL;VALUE=uri:tel:+44 808 800 5000; REV:2026-…; Ashcombe, Vale with a unit Reviews for one name.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" vcards-js@2.11.1 ical.js@2.2.1
cat >look.mjs <<'JS'
import assert from "node:assert";
import ICAL from "ical.js";
import vCard from "vcards-js";

const person = vCard();
const NAME = "Ashcombe, Vale; Reviews";
const given = { version: "4.0", firstName: "Nora", cellPhone: "+44 808 800 5000", organization: NAME };
const card = Object.assign(person, given).getFormattedString();
const fields = Object.fromEntries(card.split("\r\n").map((line) => [line.split(/[:;]/)[0], line]));
const read = Object.fromEntries(ICAL.parse(card)[1].map(([name, , , value]) => [name, value]));
console.log(fields, read);
assert.strictEqual(fields.TEL, "TEL;TYPE=CELL;VALUE=uri:tel:+44 808 800 5000", "it writes numbers otherwise now");
assert.match(fields.REV, /^REV:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, "it writes REV otherwise now");
assert.strictEqual(fields.ORG, "ORG:Ashcombe\\, Vale; Reviews", "it writes names otherwise now");
assert.deepStrictEqual(read.org, ["Ashcombe, Vale", " Reviews"]);
assert.doesNotMatch(read.rev, /^\d{4}-?\d\d-?\d\dT/);
const plain = card.replace(/REV:.*/, "REV:20261129T210732Z").replace(/ORG:.*/, "ORG:Ashcombe\\, Vale\\; Reviews");
const peer = Object.fromEntries(ICAL.parse(plain)[1].map(([name, , , value]) => [name, value]));
console.log(peer);
assert.deepStrictEqual([peer.org, peer.rev], [NAME, "2026-11-29T21:07:32Z"]);
JS
node look.mjs
