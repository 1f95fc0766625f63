#!/usr/bin/env bash
# microdata-rdf-streaming-parser 3.0.0 (npm) makes triples of a page as if it had no base element, no language but that
# of the item itself, and no template. HTML, "The base element": URLs of the document are resolved against it; "The lang
# and xml:lang attributes": the language is that of the nearest ancestor that has one; "The template element": what
# stands in one is no part of the document. Microdata to RDF, on property values: a URL is an absolute one, text is a
# literal of the element's language. So the address of a report leads elsewhere, an English title and a Welsh one are
# not told apart, and a placeholder is a title. Without baseIRI the page is refused for want of one. Of RDFa, on the
# same page, rdfa-streaming-parser 3.0.2 by the same authors has the address and the language.
# Seen: https://example.org/list/a.pdf for https://files.example/a.pdf, "Plentyn A" without @cy, "Title" of a template.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
    microdata-rdf-streaming-parser@3.0.0 rdfa-streaming-parser@3.0.2
cat >look.js <<'JS'
const assert = require("node:assert");
const { MicrodataRdfParser } = require("microdata-rdf-streaming-parser");
const { RdfaParser } = require("rdfa-streaming-parser");

const PAGE = `<!DOCTYPE html><html lang="en"><head><base href="https://files.example/"><title>Reviews</title></head>
<body><main lang="cy">
<article itemscope itemtype="https://schema.org/Report" vocab="https://schema.org/" typeof="Report">
<h1 itemprop="name" property="name">Plentyn A</h1><a itemprop="url" property="url" href="a.pdf">PDF</a>
<template><h1 itemprop="name">Title</h1></template></article></main></body></html>`;

function read(parser) {
  return new Promise((resolve) => {
    const seen = [];
    parser.on("data", ({ predicate, object }) => {
      const name = predicate.value.replace("https://schema.org/", "");
      if (["name", "url"].includes(name)) seen.push([name, object.value, object.language ?? ""].join(" ").trim());
    });
    parser.on("error", (error) => resolve(error.message));
    parser.on("end", () => resolve(seen));
    parser.end(PAGE);
  });
}

(async () => {
  const baseIRI = "https://example.org/list/";
  const seen = [await read(new MicrodataRdfParser({ baseIRI })), await read(new MicrodataRdfParser())];
  const peer = await read(new RdfaParser({ baseIRI, contentType: "text/html" }));
  console.log(seen, peer);
  assert.deepStrictEqual(peer, ["name Plentyn A cy", "url https://files.example/a.pdf"]);
  assert.deepStrictEqual(
    seen,
    [
      ["name Plentyn A", "url https://example.org/list/a.pdf", "name Title"],
      "Found invalid relative IRI 'a.pdf' for a missing baseIRI",
    ],
    "microdata-rdf-streaming-parser does otherwise now",
  );
})();
JS
node look.js
