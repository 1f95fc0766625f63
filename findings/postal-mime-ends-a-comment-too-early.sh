#!/usr/bin/env bash
# postal-mime 4.0.0 (npm) takes the first closing parenthesis for the end of a comment in an address field, also of one
# within another and of one behind a backslash. RFC 5322 §3.2.2: comments nest, and a quoted pair stands for its letter.
# So nora@example.net (Nora (of Vale), head) gives two readers, of whom the second has half of the comment for a name
# and no address, and what is behind an inner comment stays in the name of who has one. The colon of an address literal
# (RFC 5321 §4.1.3, RFC 5322 §3.4.1) it takes for that of a group, so nora@[IPv6:2001:db8::1] is in no list of
# addresses. And "nora, vale"@example.net comes without its marks (§3.4.1), so as two addresses to whoever writes it
# again.
# Seen: Nora (of Vale with the address, head) without; Nora); a group named nora@[IPv6; nora, vale@example.net. In angle
# brackets the last two are read. mailparser 3.14.2 reads all.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" postal-mime@4.0.0 mailparser@3.14.2
cat >look.mjs <<'JS'
import assert from "node:assert";
import { simpleParser } from "mailparser";
import PostalMime from "postal-mime";

const FIELDS = {
  "nora@example.net (Nora, head)": [["Nora, head", "nora@example.net"]],
  "nora@example.net (Nora (of Vale), head)": [["Nora (of Vale", "nora@example.net"], ["head)", ""]],
  "nora@example.net (Nora \\), head)": [["Nora \\", "nora@example.net"], ["head)", ""]],
  "Nora (head (of Vale)) <nora@example.net>": [["Nora)", "nora@example.net"]],
  "nora@[IPv6:2001:db8::1]": [["nora@[IPv6", [["1]", ""]]]],
  "<nora@[IPv6:2001:db8::1]>": [["", "nora@[IPv6:2001:db8::1]"]],
  '"nora, vale"@example.net': [["", "nora, vale@example.net"]],
  '<"nora, vale"@example.net>': [["", '"nora, vale"@example.net']],
};
const PEER = [
  ["Nora, head", "nora@example.net"],
  ["Nora (of Vale), head", "nora@example.net"],
  ["Nora ), head", "nora@example.net"],
  ["Nora", "nora@example.net"],
  ["", "nora@[IPv6:2001:db8::1]"],
  ["", "nora@[IPv6:2001:db8::1]"],
  ["", '"nora, vale"@example.net'],
  ["", '"nora, vale"@example.net'],
];

const short = (list) => list.map(({ name, address, group }) => [name, group ? short(group) : address]);
const seen = {};
for (const [at, field] of Object.keys(FIELDS).entries()) {
  const mail = `From: news@example.org\r\nTo: ${field}\r\nSubject: Invented\r\n\r\nInvented.\r\n`;
  seen[field] = short((await PostalMime.parse(mail)).to);
  assert.deepStrictEqual(short((await simpleParser(mail)).to.value), [PEER[at]]);
}
console.log(seen);
assert.deepStrictEqual(seen, FIELDS, "postal-mime does otherwise now");
JS
node look.mjs
