#!/usr/bin/env bash
# eml-parse-js 1.1.15, letterparser 0.1.8 and eml-format 0.6.1 (npm), which read .eml files, give an attached report
# another name than it has: eml-parse-js leaves the spaces out, both it and letterparser end a name in quotation marks
# at a semicolon, none takes the backslash off a quoted mark, and of a name in parts, or percent-encoded, they give
# none, or one with the charset in front. RFC 2045 §5.1: a value may be a quoted string (RFC 5322 §3.2.4); RFC 2231
# §3 and §4: name*0, name*1 and name*. And eml-format takes the closing boundary for the end of the last part where no
# empty line is before it (RFC 2046 §5.1.1: the line break before it belongs to it): a table gets a line more, a report
# in base64 some bytes that are not of it. Nothing is raised.
# Seen: "ChildA.pdf", "Smith", no name, "us-asciiChild B.pdf"; "year,count\r\n2019,5\r\n--b--\r\n", and 6 bytes for 3.
# mailparser 3.14.2 reads each as it is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
    eml-parse-js@1.1.15 letterparser@0.1.8 eml-format@0.6.1 mailparser@3.14.2
cat >look.js <<'JS'
const assert = require("node:assert");
const emlFormat = require("eml-format");
const { readEml } = require("eml-parse-js");
const { extract } = require("letterparser");
const { simpleParser } = require("mailparser");

const NAMES = {
  "Child.pdf": 'filename="Child.pdf"',
  "Child A.pdf": 'filename="Child A.pdf"',
  "Smith; A.pdf": 'filename="Smith; A.pdf"',
  '"A".pdf': 'filename="\\"A\\".pdf"',
  "Report of Child A.pdf": 'filename*0="Report of "; filename*1="Child A.pdf"',
  "Child B.pdf": "filename*=us-ascii''Child%20B.pdf",
};
const TABLE = "year,count\r\n2019,5";

function mail(name, kind, encoding, content) {
  return [
    "From: a@example.org", "To: b@example.org", "Subject: Invented", "Date: Sun, 29 Nov 2026 14:00:00 +0000",
    "MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="b"', "",
    "--b", "Content-Type: text/plain", "", "Invented.", "",
    "--b", `Content-Type: ${kind}`, `Content-Disposition: attachment; ${name}`,
    `Content-Transfer-Encoding: ${encoding}`, "", content, "--b--", "",
  ].join("\r\n");
}

const readers = {
  mailparser: async (text) => (await simpleParser(text)).attachments.map((one) => [one.filename, one.content]),
  "eml-parse-js": async (text) => readEml(text).attachments.map((one) => [one.name]),
  letterparser: async (text) => extract(text).attachments.map((one) => [one.filename]),
  "eml-format": (text) =>
    new Promise((done) =>
      emlFormat.read(text, (error, read) => done(read.attachments.map((one) => [one.name, Buffer.from(one.data)]))),
    ),
};

(async () => {
  const names = {};
  const contents = {};
  for (const [reader, read] of Object.entries(readers)) {
    names[reader] = [];
    for (const name of Object.values(NAMES)) {
      const [[given]] = await read(mail(name, "application/pdf", "base64", "YWJj"));
      names[reader].push(given ?? null);
    }
    if (!["mailparser", "eml-format"].includes(reader)) continue;
    const [[, table]] = await read(mail("filename=table.csv", "text/csv", "7bit", TABLE));
    const [[, report]] = await read(mail("filename=report.pdf", "application/pdf", "base64", "YWJj"));
    contents[reader] = [table.toString(), report.length];
  }
  console.log(names, contents);
  const right = Object.keys(NAMES);
  assert.deepStrictEqual(names.mailparser, right);
  assert.deepStrictEqual(contents.mailparser, [TABLE, 3]);
  const otherwise = "one of them does otherwise now";
  const parseJs = ["Child.pdf", "ChildA.pdf", "Smith", '\\"A\\".pdf', null, "us-asciiChild B.pdf"];
  assert.deepStrictEqual(names["eml-parse-js"], parseJs, otherwise);
  assert.deepStrictEqual(
    names.letterparser,
    ["Child.pdf", "Child A.pdf", "Smith", '\\"A\\".pdf', null, null],
    otherwise,
  );
  assert.deepStrictEqual(
    names["eml-format"],
    ["Child.pdf", "Child A.pdf", "Smith; A.pdf", '\\"A\\".pdf', null, null],
    otherwise,
  );
  assert.deepStrictEqual(contents["eml-format"], [`${TABLE}\r\n--b--\r\n`, 6], otherwise);
})();
JS
node look.js
