#!/usr/bin/env bash
# @fastify/etag 6.2.0, sirv 3.0.2, serve-handler 6.1.8, node-static 0.7.11 and ecstatic 4.1.4 (npm) know If-None-Match
# with one tag alone. RFC 9110 §13.1.2: it is a list of tags, or "*", and is compared by the weak comparison (§8.8.3.2),
# in which W/"a" is "a". A cache with several forms of a page asks with all of their tags, and by each of these servers
# gets the page anew each time. serve-handler and node-static take the weak form of their own strong tag for another
# one: nginx, where it compresses what comes from them, makes their tag weak, and no reader who comes again is then told
# that nothing has changed. sirv does not know the strong form of its weak one, sends Last-Modified, and asked with
# If-Modified-Since (§13.1.3) sends the file again. Nothing tells of it but the traffic.
# Seen: 200 for "x", "tag" and for * of all five, 200 for W/"tag" of serve-handler and node-static, for "tag" and for
# If-Modified-Since of sirv; 304 for the tag as it was sent. serve-static 2.2.1, of Express, has 304 for each.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
    fastify@5.12.8 @fastify/etag@6.2.0 sirv@3.0.2 serve-handler@6.1.8 node-static@0.7.11 ecstatic@4.1.4 \
    serve-static@2.2.1
mkdir public
printf 'Invented.' >public/a.txt
cat >look.js <<'JS'
const assert = require("node:assert");
const http = require("node:http");
const ecstatic = require("ecstatic");
const Fastify = require("fastify");
const fastifyEtag = require("@fastify/etag");
const nodeStatic = require("node-static");
const serveHandler = require("serve-handler");
const serveStatic = require("serve-static");
const sirv = require("sirv");

function listen(handler) {
  const server = http.createServer(handler);
  return new Promise((done) => server.listen(0, "127.0.0.1", () => done(server.address().port)));
}

async function fastify() {
  const app = Fastify();
  await app.register(fastifyEtag);
  app.get("/a.txt", async () => "Invented.");
  await app.listen({ port: 0, host: "127.0.0.1" });
  return app.server.address().port;
}

function get(port, headers = {}) {
  return new Promise((done, failed) => {
    const options = { host: "127.0.0.1", port, path: "/a.txt", headers, agent: false };
    http.get(options, (answer) => answer.resume().on("end", () => done(answer))).on("error", failed);
  });
}

const OPTIONS = { public: "public", etag: true };
const files = new nodeStatic.Server("public");
const kept = sirv("public", { etag: true });
const each = serveStatic("public");
const SERVERS = {
  "serve-static": () => listen((request, response) => each(request, response, () => response.end())),
  "@fastify/etag": fastify,
  sirv: () => listen((request, response) => kept(request, response, () => response.end())),
  "serve-handler": () => listen((request, response) => serveHandler(request, response, OPTIONS)),
  "node-static": () => listen((request, response) => request.on("end", () => files.serve(request, response)).resume()),
  ecstatic: () => listen(ecstatic({ root: "public" })),
};
const SEEN = {
  "serve-static": { sent: 304, list: 304, any: 304, strong: 304, weak: 304, date: 304 },
  "@fastify/etag": { sent: 304, list: 200, any: 200, strong: 304, weak: 304 },
  sirv: { sent: 304, list: 200, any: 200, strong: 200, weak: 304, date: 200 },
  "serve-handler": { sent: 304, list: 200, any: 200, strong: 304, weak: 200 },
  "node-static": { sent: 304, list: 200, any: 200, strong: 304, weak: 200, date: 304 },
  ecstatic: { sent: 304, list: 200, any: 200, strong: 304, weak: 304, date: 304 },
};

(async () => {
  const seen = {};
  for (const [name, start] of Object.entries(SERVERS)) {
    const port = await start();
    const { etag, "last-modified": date } = (await get(port)).headers;
    const strong = etag.replace(/^W\//, "");
    const ask = async (tag) => (await get(port, { "If-None-Match": tag })).statusCode;
    seen[name] = {
      sent: await ask(etag),
      list: await ask(`"x", ${etag}`),
      any: await ask("*"),
      strong: await ask(strong),
      weak: await ask(`W/${strong}`),
    };
    assert.strictEqual(await ask('"x"'), 200);
    if (date) seen[name].date = (await get(port, { "If-Modified-Since": date })).statusCode;
  }
  console.log(seen);
  assert.deepStrictEqual(seen, SEEN, "one of them does otherwise now");
  process.exit();
})();
JS
node --no-deprecation look.js
