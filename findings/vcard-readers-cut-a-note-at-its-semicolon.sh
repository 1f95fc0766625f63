#!/usr/bin/env bash
# vcard4 4.0.5 (npm), by its page all of RFC 6350, gives two values for a note, a formatted name or a title with a
# semicolon in it. §3.4: in properties that are not compound semicolons may be escaped, so they need not be; ical.js
# 2.2.1 writes them plain. It divides an address's LABEL at the commas, too, which stand in quotation marks (§3.3) as in
# the RFC's own example (§6.3.1), and leaves "\N", the other line break (§3.4), as it is. vcard4-ts 0.4.1, by its page
# compliant with RFC 6350, does the reverse: ORG, which is compound (§6.6.4), is one value, in which the semicolon of a
# name and the one before the unit cannot be told apart. Nothing is raised.
# Seen: ["Wants paper", " no mail"], ["1 High St", " Vale"], "\\N"; "Ashcombe; Vale;Reviews". ical.js reads all of them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" vcard4@4.0.5 vcard4-ts@0.4.1 ical.js@2.2.1
cat >look.mjs <<'JS'
import assert from "node:assert";
import ICAL from "ical.js";
import * as vcard4 from "vcard4";
import { parseVCards } from "vcard4-ts";

const text = (name, value) => [name, {}, "text", value];
const written = ICAL.stringify(["vcard", [
  text("version", "4.0"),
  text("fn", "Partnership; Vale"),
  text("title", "Head; reviews"),
  text("note", "Wants paper; no mail"),
  text("org", ["Ashcombe; Vale", "Reviews"]),
  ["adr", { label: "1 High St, Vale" }, "text", ["", "", "1 High St", "Vale", "", "", ""]],
], []]);
const card = written.replace("END:VCARD", "ROLE:Reader\\Nof reviews\r\nEND:VCARD") + "\r\n";
assert(card.includes("\r\nNOTE:Wants paper; no mail\r\n") && card.includes("\r\nORG:Ashcombe\\; Vale;Reviews\r\n"));

const peer = Object.fromEntries(ICAL.parse(card)[1].map(([name, { label }, , value]) => [name, label ?? value]));
const seen = Object.fromEntries(
  vcard4.parse(card).parsedVcard.map(({ property, parameters, value }) => [property, parameters.LABEL ?? value]),
);
const [typed] = parseVCards(card).vCards;
console.log(card, seen, typed.ORG, typed.nags);

assert.deepStrictEqual(peer, {
  version: "4.0",
  fn: "Partnership; Vale",
  title: "Head; reviews",
  note: "Wants paper; no mail",
  org: ["Ashcombe; Vale", "Reviews"],
  adr: "1 High St, Vale",
  role: "Reader\nof reviews",
});
assert.deepStrictEqual(
  seen,
  {
    FN: ["Partnership", " Vale"],
    TITLE: ["Head", " reviews"],
    NOTE: ["Wants paper", " no mail"],
    ORG: ["Ashcombe; Vale", "Reviews"],
    ADR: ["1 High St", " Vale"],
    ROLE: "Reader\\Nof reviews",
  },
  "vcard4 does otherwise now",
);
assert.strictEqual(typed.NOTE[0].value, "Wants paper; no mail");
assert.deepStrictEqual(typed.ORG[0].value, ["Ashcombe; Vale;Reviews"], "vcard4-ts does otherwise now");
assert(!typed.hasErrors);
JS
node look.mjs
