#!/usr/bin/env bash
# letterparser 0.1.8 (npm) divides a field of addresses at its commas, and takes what is between them for an address. A
# group (RFC 5322 §3.4), as mailing programs write one for hidden readers, is an address "Undisclosed recipients:;", and
# the name of a list stands before its first reader's. A comment (§3.2.2) is part of the address, the older way to give
# a name; two authors in From, which §3.6.2 allows, are one address; and of a quoted local part (§3.4.1) in angle
# brackets the first quotation mark is missing. Who answers these, or looks for a reader by address, finds none. Nothing
# is raised. postal-mime 4.0.0 has groups and comments right, but drops the second author, and the quotation marks of a
# local part outside brackets, without which it is none. mailparser 3.14.2 has all of it.
# Seen: the above of letterparser; nora nobody@example.org and nora@example.org alone of postal-mime.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
    letterparser@0.1.8 postal-mime@4.0.0 mailparser@3.14.2
cat >look.mjs <<'JS'
import assert from "node:assert";
import { extract } from "letterparser";
import { simpleParser } from "mailparser";
import PostalMime from "postal-mime";

const FIELDS = {
  hidden: "Undisclosed recipients:;",
  group: "Readers: Nora <nora@example.org>, ash@example.org;",
  comment: "nora@example.org (Nora Nobody)",
  brackets: 'Nora <"nora nobody"@example.org>',
  quoted: '"nora nobody"@example.org',
  two: "nora@example.org, ash@example.org",
};
const plain = (value) => [value].flat().flatMap((one) => (one.group ?? [one]).map(({ address }) => address));

const seen = {};
for (const [name, value] of Object.entries(FIELDS)) {
  const field = name === "two" ? "from" : "to";
  const mail = `${field}: ${value}\r\nSubject: Invented\r\n\r\nInvented.\r\n`;
  seen[name] = {
    letterparser: plain(extract(mail)[field]),
    "postal-mime": plain((await PostalMime.parse(mail))[field]),
    mailparser: plain((await simpleParser(mail))[field].value),
  };
}
console.dir(seen, { depth: null });
const of = (name) => Object.fromEntries(Object.entries(seen).map(([field, addresses]) => [field, addresses[name]]));
const right = {
  hidden: [],
  group: ["nora@example.org", "ash@example.org"],
  comment: ["nora@example.org"],
  brackets: ['"nora nobody"@example.org'],
  quoted: ['"nora nobody"@example.org'],
  two: ["nora@example.org", "ash@example.org"],
};
assert.deepStrictEqual(of("mailparser"), right);
assert.deepStrictEqual(
  of("letterparser"),
  {
    hidden: ["Undisclosed recipients:;"],
    group: ["nora@example.org", "ash@example.org;"],
    comment: ["nora@example.org (Nora Nobody)"],
    brackets: ['nora nobody"@example.org'],
    quoted: ['"nora nobody"@example.org'],
    two: ["nora@example.org, ash@example.org"],
  },
  "letterparser does otherwise now",
);
assert.strictEqual(extract(`To: ${FIELDS.group}\r\n\r\n`).to[0].name, "Readers: Nora");
assert.deepStrictEqual(
  of("postal-mime"),
  { ...right, quoted: ["nora nobody@example.org"], two: ["nora@example.org"] },
  "postal-mime does otherwise now",
);
JS
node look.mjs
