#!/usr/bin/env bash
# sitemap-stream-parser 1.7.0, sitemap-urls 3.0.0 and get-sitemap-links 1.1.0 (npm), which list the addresses of a
# sitemap, find none in one whose elements have a prefix, <s:loc>. Namespaces in XML 1.0 §2 and §4: a prefix stands for
# the namespace, whatever it is, and a sitemap's is named by sitemaps.org (XML tag definitions, urlset). Where another
# vocabulary has no prefix, as in a sitemap of pictures, two of them list the pictures for the pages. An address in
# CDATA (XML 1.0 §2.7) sitemap-stream-parser passes over, and one with a comment in it (§2.5) it makes two of.
# get-sitemap-links reads letters, not XML: &amp; and <![CDATA[ stay in the address, of which sitemaps.org asks that it
# be escaped; a line break before it, or a space in the tag (§3.1), is the end of it; what is commented out is listed.
# So of a site with a thousand reports none is new, or each is asked for at an address that is none. Nothing is raised.
# Seen: [] of the three; the picture; a?x=1&amp;y=2; old, which is commented out. sitemapper 4.1.6 lists each rightly.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
    sitemap-stream-parser@1.7.0 sitemap-urls@3.0.0 get-sitemap-links@1.1.0 sitemapper@4.1.6
cat >look.mjs <<'JS'
import assert from "node:assert";
import { createServer } from "node:http";
import sitemapLinks from "get-sitemap-links";
import streamParser from "sitemap-stream-parser";
import { extractUrls } from "sitemap-urls";
import Sitemapper from "sitemapper";

const NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9";
const PICTURES = "http://www.google.com/schemas/sitemap-image/1.1";
const A = "http://example.org/a";
const QUERY = "http://example.org/a?x=1&y=2";
const plain = (words) => `<urlset xmlns="${NAMESPACE}">${words}</urlset>`;
const PAGES = {
  plain: plain(`<url><loc>${A}</loc></url>`),
  prefix: `<s:urlset xmlns:s="${NAMESPACE}"><s:url><s:loc>${A}</s:loc></s:url></s:urlset>`,
  picture:
    `<s:urlset xmlns:s="${NAMESPACE}" xmlns="${PICTURES}"><s:url><s:loc>${A}</s:loc>` +
    "<image><loc>http://example.org/i.png</loc></image></s:url></s:urlset>",
  cdata: plain(`<url><loc><![CDATA[${QUERY}]]></loc></url>`),
  reference: plain(`<url><loc>${QUERY.replace("&", "&amp;")}</loc></url>`),
  inside: plain("<url><loc>http://example.org/<!-- checked -->a</loc></url>"),
  lines: plain(`<url><loc>\n${A}\n</loc></url>`),
  space: plain(`<url><loc >${A}</loc ></url>`),
  outside: plain(`<!-- <url><loc>http://example.org/old</loc></url> --><url><loc>${A}</loc></url>`),
};
const RIGHT = {
  plain: [A], prefix: [A], picture: [A], cdata: [QUERY], reference: [QUERY], inside: [A], lines: [A], space: [A],
  outside: [A],
};
const SEEN = {
  sitemapper: RIGHT,
  "sitemap-stream-parser": {
    ...RIGHT, prefix: [], picture: [], cdata: [], inside: ["http://example.org/", "http://127.0.0.1/a"],
  },
  "sitemap-urls": { ...RIGHT, prefix: [], picture: ["http://example.org/i.png"], lines: [`\n${A}\n`] },
  "get-sitemap-links": {
    plain: [A],
    prefix: [],
    picture: ["http://example.org/i.png"],
    cdata: [`<![CDATA[${QUERY}]]>`],
    reference: [QUERY.replace("&", "&amp;")],
    inside: ["http://example.org/<!-- checked -->a"],
    lines: [],
    space: [],
    outside: ["http://example.org/old", A],
  },
};

const server = createServer((request, response) => {
  response.setHeader("Content-Type", "application/xml");
  response.end(`<?xml version="1.0" encoding="UTF-8"?>${PAGES[request.url.slice(1, -4)] ?? ""}`);
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const { port } = server.address();
const readers = {
  sitemapper: async (address) => (await new Sitemapper({ timeout: 5000 }).fetch(address)).sites,
  "sitemap-stream-parser": (address) =>
    new Promise((done) => {
      const found = [];
      streamParser.parseSitemaps([address], (one) => found.push(one), () => done(found));
    }),
  "sitemap-urls": async (address) => extractUrls(await (await fetch(address)).text()),
  "get-sitemap-links": (address) => sitemapLinks.default(address),
};
const seen = {};
for (const [reader, list] of Object.entries(readers)) {
  seen[reader] = {};
  for (const page of Object.keys(PAGES)) {
    const found = await list(`http://127.0.0.1:${port}/${page}.xml`);
    seen[reader][page] = found.map((one) => one.replace(`:${port}`, ""));
  }
}
server.close();
console.log(seen);
assert.deepStrictEqual(seen, SEEN, "one of them does otherwise now");
process.exit();
JS
node look.mjs
