#!/usr/bin/env bash
# mailparser 3.14.2 and letterparser 0.1.8 (npm) take the parts of a digest for plain text. RFC 2046 §5.1.5: in
# multipart/digest a part without Content-Type is message/rfc822, a mail of its own, and its example has none. So the
# fields of each mail stand among the words of the digest, and a body in base64 or quoted-printable (RFC 2045 §6) is not
# decoded: what a list's digest says is code, and no search finds it. With message/rfc822 written out mailparser has two
# attached mails, and letterparser the words of both. postal-mime 4.0.0 reads both ways alike.
# Seen: "Content-Transfer-Encoding: base64" and "Q2hpbGQgQSBkaWVk" in the text of both, no attachment; "Child A died" of
# postal-mime.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
    mailparser@3.14.2 letterparser@0.1.8 postal-mime@4.0.0
cat >look.mjs <<'JS'
import assert from "node:assert";
import { extract } from "letterparser";
import { simpleParser } from "mailparser";
import PostalMime from "postal-mime";

const MAILS = [
  "From: a@example.org\r\nSubject: One\r\nContent-Transfer-Encoding: base64\r\n\r\nQ2hpbGQgQSBkaWVk\r\n",
  "From: b@example.org\r\nSubject: Two\r\n\r\nNobody asked.\r\n",
];
const HEAD = "From: list@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/digest; boundary=x\r\n";
const digest = (type) => `${HEAD}\r\n${MAILS.map((mail) => `--x\r\n${type}\r\n${mail}`).join("")}--x--\r\n`;
const lines = (text) => (text ?? "").split(/\r?\n/).filter((line) => line.trim());

const seen = {};
for (const [name, type] of Object.entries({ none: "", written: "Content-Type: message/rfc822\r\n" })) {
  const mail = await simpleParser(digest(type));
  seen[name] = {
    mailparser: [lines(mail.text), mail.attachments.map((attachment) => attachment.contentType)],
    letterparser: lines(extract(digest(type)).text),
    "postal-mime": lines((await PostalMime.parse(digest(type))).text),
  };
}
console.dir(seen, { depth: null });
const words = MAILS.flatMap(lines);
assert(words.includes("Content-Transfer-Encoding: base64") && words.includes("Q2hpbGQgQSBkaWVk"));
for (const { "postal-mime": peer } of Object.values(seen))
  assert(peer.includes("Child A died") && peer.includes("Nobody asked."));
assert.deepStrictEqual(seen.none.mailparser, [words, []], "mailparser does otherwise now");
assert.deepStrictEqual(seen.none.letterparser, words, "letterparser does otherwise now");
assert.deepStrictEqual(seen.written.mailparser, [[], ["message/rfc822", "message/rfc822"]]);
assert.deepStrictEqual(seen.written.letterparser, ["Child A died", "Nobody asked."]);
JS
node look.mjs
