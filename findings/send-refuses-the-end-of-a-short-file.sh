#!/usr/bin/env bash
# send 1.2.1 (npm), by which Express serves files, and @fastify/send 4.2.1, behind @fastify/static, answer 416 to who
# asks for the last 500 bytes of a file of 100, and @hapi/inert 7.1.2 answers 500. RFC 9110 §14.1.2: where the selected
# representation is shorter than the suffix length all of it is used. Readers that begin at the end of a file, where the
# directory of a ZIP or the trailer of a PDF stands, ask so without knowing how long it is. A short list or letter is
# then not to be had, while the long ones are.
# Seen: 416 of send and @fastify/send, 500 of inert; bytes 50-99/100 of each for the last 50. @hono/node-server 2.1.9
# sends bytes 0-99/100.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" send@1.2.1 @fastify/send@4.2.1 \
    @hapi/hapi@21.4.10 @hapi/inert@7.1.2 hono@4.13.19 @hono/node-server@2.1.9
cat >look.mjs <<'JS'
import assert from "node:assert";
import fs from "node:fs";
import http from "node:http";
import fastifySend from "@fastify/send";
import hapi from "@hapi/hapi";
import inert from "@hapi/inert";
import { getRequestListener } from "@hono/node-server";
import { serveStatic } from "@hono/node-server/serve-static";
import { Hono } from "hono";
import send from "send";

fs.mkdirSync("public");
fs.writeFileSync("public/list.txt", "x".repeat(100));
const root = fs.realpathSync("public");

const reach = hapi.server();
await reach.register(inert);
reach.route({ method: "GET", path: "/{name*}", handler: { directory: { path: root } } });
await reach.initialize();
const hono = new Hono().use("/*", serveStatic({ root: "./public" }));
const SERVERS = {
  send: http.createServer((request, response) =>
    send(request, request.url, { root })
      .on("error", (error) => response.writeHead(error.status).end())
      .pipe(response),
  ),
  "@fastify/send": http.createServer(async (request, response) => {
    const { statusCode, headers, stream } = await fastifySend(request, request.url, { root });
    stream.pipe(response.writeHead(statusCode, headers));
  }),
  "@hapi/inert": reach.listener,
  "@hono/node-server": http.createServer(getRequestListener(hono.fetch)),
};

async function ask(port, range) {
  const response = await fetch(`http://127.0.0.1:${port}/list.txt`, { headers: { Range: range } });
  const length = (await response.arrayBuffer()).byteLength;
  return response.status === 206 ? [response.headers.get("Content-Range"), length] : response.status;
}

const seen = {};
for (const [name, server] of Object.entries(SERVERS)) {
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  seen[name] = [];
  for (const range of ["bytes=-50", "bytes=-500"]) seen[name].push(await ask(server.address().port, range));
  server.close();
  server.closeAllConnections();
}
console.log(seen);
const last = ["bytes 50-99/100", 50];
assert.deepStrictEqual(seen["@hono/node-server"], [last, ["bytes 0-99/100", 100]]);
assert.deepStrictEqual(
  seen,
  { ...seen, send: [last, 416], "@fastify/send": [last, 416], "@hapi/inert": [last, 500] },
  "one of the three does otherwise now",
);
JS
node look.mjs
