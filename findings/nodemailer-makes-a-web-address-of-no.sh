#!/usr/bin/env bash
# nodemailer 10.6.1 (npm) makes a web address of each word in its `list` option that is none: List-Post: NO, by which
# RFC 2369 §3.4 a list says that nobody can write to it, as a newsletter does, becomes <http://NO>, and the one value
# that RFC 8058 §3.1 allows List-Unsubscribe-Post becomes <http://List-Unsubscribe=One-Click>, which is not one click to
# any receiver. And two ways to leave, given as a list, become two fields, where RFC 2369 §3 has no more than one of
# each. Its page tells of the http:// and of the lines, not of these two words. `headers` takes them as they are, and a
# list in the list makes one field.
# Seen: List-Post: <http://NO>; List-Unsubscribe twice.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" nodemailer@10.6.1
cat >look.js <<'JS'
const assert = require("node:assert");
const nodemailer = require("nodemailer");

const WAYS = ["https://example.org/leave", "leave@example.org"];
const ONE_CLICK = "List-Unsubscribe=One-Click";
const WRITTEN = {
  list: { list: { unsubscribe: WAYS, "unsubscribe-post": ONE_CLICK, post: "NO" } },
  "list, nested": { list: { unsubscribe: [WAYS] } },
  headers: { headers: { "List-Unsubscribe-Post": ONE_CLICK, "List-Post": "NO" } },
};

(async () => {
  const transport = nodemailer.createTransport({ streamTransport: true, buffer: true });
  const seen = {};
  for (const [name, options] of Object.entries(WRITTEN)) {
    const mail = { from: "news@example.org", to: "reader@example.org", subject: "Invented", text: "Invented." };
    const { message } = await transport.sendMail({ ...mail, ...options });
    seen[name] = message
      .toString()
      .split("\r\n")
      .filter((line) => line.startsWith("List-"));
  }
  console.log(seen);
  assert.deepStrictEqual(
    seen,
    {
      list: [
        "List-Unsubscribe: <https://example.org/leave>",
        "List-Unsubscribe: <mailto:leave@example.org>",
        "List-Unsubscribe-Post: <http://List-Unsubscribe=One-Click>",
        "List-Post: <http://NO>",
      ],
      "list, nested": ["List-Unsubscribe: <https://example.org/leave>, <mailto:leave@example.org>"],
      headers: ["List-Unsubscribe-Post: List-Unsubscribe=One-Click", "List-Post: NO"],
    },
    "nodemailer does otherwise now",
  );
})();
JS
node look.js
