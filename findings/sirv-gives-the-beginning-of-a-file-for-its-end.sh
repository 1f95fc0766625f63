#!/usr/bin/env bash
# sirv 3.0.2 (npm), the file server that Vite shows its preview with, takes Range: bytes=-50, the last 50 bytes, for the
# first 51, and answers 206 with them. RFC 9110 §14.1.2: a suffix range is counted from the end. And a unit that it does
# not know, with which by §14.2 a server MUST ignore the field, is one of bytes to it: pages=2-3 gives four. Its page
# has no word of ranges. Content-Range tells the truth, but who asks for an end because the length is unknown, as for
# the directory of a ZIP or the trailer of a PDF, has the wrong bytes in hand.
# Seen, of "Child A died in 2019": bytes 0-5/20, "Child ", for bytes=-5; bytes 0-3/20 for pages=2-3. send 1.2.1 has
# bytes 15-19/20, and all of it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" sirv@3.0.2 send@1.2.1
cat >look.mjs <<'JS'
import assert from "node:assert";
import fs from "node:fs";
import http from "node:http";
import send from "send";
import sirv from "sirv";

const TEXT = "Child A died in 2019";
fs.mkdirSync("public");
fs.writeFileSync("public/one.txt", TEXT);
const root = fs.realpathSync("public");

async function look(handler) {
  const server = http.createServer(handler);
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const seen = {};
  for (const range of ["bytes=0-4", "bytes=16-", "bytes=-5", "pages=2-3"]) {
    const response = await fetch(`http://127.0.0.1:${server.address().port}/one.txt`, { headers: { Range: range } });
    seen[range] = [response.status, response.headers.get("Content-Range"), await response.text()];
  }
  server.close();
  server.closeAllConnections();
  return seen;
}

const right = {
  "bytes=0-4": [206, "bytes 0-4/20", "Child"],
  "bytes=16-": [206, "bytes 16-19/20", "2019"],
};
assert.deepStrictEqual(await look((request, response) => send(request, request.url, { root }).pipe(response)), {
  ...right,
  "bytes=-5": [206, "bytes 15-19/20", " 2019"],
  "pages=2-3": [200, null, TEXT],
});
for (const dev of [false, true]) {
  const seen = await look(sirv(root, { dev }));
  console.log(seen);
  assert.deepStrictEqual(
    seen,
    { ...right, "bytes=-5": [206, "bytes 0-5/20", "Child "], "pages=2-3": [206, "bytes 0-3/20", "Chil"] },
    "sirv does otherwise now",
  );
}
JS
node look.mjs
