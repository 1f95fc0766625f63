#!/usr/bin/env bash
# webfinger.js 3.0.6 (npm) writes the address that it looks up into its request as it is. RFC 7033 §4.1: the values of
# the parameters are percent-encoded, "=" and "&" in them, too. Of a page whose query has two parts (§4.5: what is asked
# about may have any scheme) the server sees the first alone, and answers for another page, or for none; of an account
# with a "+" in its name, which a query's reader takes for a space (HTML, URL-encoded form data), another one. And what
# has no "//" gets "acct:" before it, though lookup takes a full URI by its own words: acct: (RFC 7565) is asked for as
# acct:acct:, mailto: as acct:mailto:.
# Seen, as URLSearchParams of Node reads it: …/page?id=1 of …/page?id=1&part=2, "acct:nora list@…", acct:acct:nora@….
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" webfinger.js@3.0.6
cat >look.js <<'JS'
const assert = require("node:assert");
const http = require("node:http");
const WebFinger = require("webfinger.js");

const asked = [];
const server = http.createServer((request, response) => {
  const resource = new URL(request.url, "http://localhost").searchParams.get("resource");
  asked.push(resource);
  response.setHeader("Content-Type", "application/jrd+json");
  response.end(JSON.stringify({ subject: resource, links: [] }));
});

server.listen(0, "127.0.0.1", async () => {
  const host = `localhost:${server.address().port}`;
  const finger = new WebFinger({ tls_only: false, allow_private_addresses: true });
  const seen = {};
  try {
    for (const address of ["nora@H", "http://H/page?id=1", "http://H/page?id=1&part=2", "nora+list@H", "acct:nora@H"]) {
      const { object } = await finger.lookup(address.replace("H", host));
      assert.strictEqual(object.subject, asked.at(-1));
      seen[address] = object.subject.replace(host, "H");
    }
  } finally {
    server.close();
    server.closeAllConnections();
  }
  console.log(seen);
  assert.deepStrictEqual(
    seen,
    {
      "nora@H": "acct:nora@H",
      "http://H/page?id=1": "http://H/page?id=1",
      "http://H/page?id=1&part=2": "http://H/page?id=1",
      "nora+list@H": "acct:nora list@H",
      "acct:nora@H": "acct:acct:nora@H",
    },
    "webfinger.js does otherwise now",
  );
});
JS
node look.js
