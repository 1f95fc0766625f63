#!/usr/bin/env bash
# eml-parse-js 1.1.15 (npm) has no text for a mail without Content-Type: its words are an attachment without a name or a
# type. RFC 2045 §5.2: such a mail is plain text, as mails written by hand or by cron are. So is a part, and one whose
# type is written TEXT/PLAIN, which by §5.1 is the same. A mail whose field names are in small letters has neither
# sender nor subject (RFC 5322 §1.2.2: literal text of its rules is case-insensitive). And what stands behind the last
# boundary, which RFC 2046 §5.1.1 has ignored, is joined to the text. All it says is a warning on the console, of some.
# postal-mime 4.0.0 has all of it.
# Seen: text undefined and one attachment, three times; subject undefined; "Child A died.\r\nNot to be read.".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" eml-parse-js@1.1.15 postal-mime@4.0.0
cat >look.mjs <<'JS'
import assert from "node:assert";
import { readEml } from "eml-parse-js";
import PostalMime from "postal-mime";

const TEXT = "Child A died.";
const mail = (fields, body) => ["From: nora@example.org", "Subject: Invented", ...fields, "", body, ""].join("\r\n");
const parts = (fields, after) =>
  mail(["Content-Type: multipart/mixed; boundary=x"], ["--x", ...fields, "", TEXT, "--x--", ...after].join("\r\n"));
const MAILS = {
  typed: mail(["Content-Type: text/plain"], TEXT),
  untyped: mail([], TEXT),
  capitals: mail(["Content-Type: TEXT/PLAIN"], TEXT),
  part: parts([], []),
  small: mail(["Content-Type: text/plain"], TEXT).replace(/^[\w-]+:/gm, (name) => name.toLowerCase()),
  epilogue: parts(["Content-Type: text/plain"], ["Not to be read."]),
};
const read = (text) =>
  new Promise((resolve, reject) => readEml(text, (error, result) => (error ? reject(error) : resolve(result))));

console.warn = () => {};
const seen = {};
for (const [name, text] of Object.entries(MAILS)) {
  const result = await read(text);
  seen[name] = [result.subject, result.text?.trim(), result.attachments?.length ?? 0];
  const peer = await PostalMime.parse(text);
  assert.deepStrictEqual([peer.subject, peer.text.trim(), peer.attachments.length], ["Invented", TEXT, 0]);
}
console.log(seen);
assert.deepStrictEqual(
  seen,
  {
    typed: ["Invented", TEXT, 0],
    untyped: ["Invented", undefined, 1],
    capitals: ["Invented", undefined, 1],
    part: ["Invented", undefined, 1],
    small: [undefined, undefined, 1],
    epilogue: ["Invented", `${TEXT}\r\nNot to be read.`, 0],
  },
  "eml-parse-js does otherwise now",
);
JS
node look.mjs
