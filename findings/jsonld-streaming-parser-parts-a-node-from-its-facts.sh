#!/usr/bin/env bash
# jsonld-streaming-parser 5.0.1 (npm), by its page 100% compliant with JSON-LD 1.1, gives what stands in a map of data
# (JSON-LD 1.1 §4.6.1, Data Indexing: "@container": "@index") to a node that nothing points to, and lets the property
# point to an empty one. The same goes for a map by a property (§4.6.1.1). It does so where a node has no @id, as the
# parts of a page's schema.org data often have none: a collection then has reports without names, and the names belong
# to nothing. Nothing is raised. rdflib 7.6.0 has one node each time.
# Seen: hasPart points to one blank node, name stands at another; with @id, or without the map, at the same.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" jsonld-streaming-parser@5.0.1
cat >look.mjs <<'JS'
import assert from "node:assert";
import fs from "node:fs";
import { JsonLdParser } from "jsonld-streaming-parser";

const page = (part, hasPart) => ({
  "@context": { "@version": 1.1, "@vocab": "https://schema.org/", hasPart: part },
  "@id": "https://example.org/",
  hasPart,
});
const one = { name: "Child A" };
const PAGES = {
  plain: page({ "@id": "https://schema.org/hasPart" }, [one]),
  map: page({ "@container": "@index" }, { first: one }),
  property: page({ "@container": "@index", "@index": "https://schema.org/position" }, { first: one }),
  named: page({ "@container": "@index" }, { first: { "@id": "https://example.org/a", ...one } }),
  type: page({ "@container": "@type" }, { Report: one }),
};
fs.writeFileSync("pages.json", JSON.stringify(PAGES));
const seen = {};
for (const [name, written] of Object.entries(PAGES)) {
  const parser = new JsonLdParser();
  parser.end(JSON.stringify(written));
  const quads = [];
  for await (const quad of parser) quads.push(quad);
  const { object } = quads.find(({ predicate }) => predicate.value.endsWith("/hasPart"));
  const { subject } = quads.find(({ predicate }) => predicate.value.endsWith("/name"));
  seen[name] = object.equals(subject);
}
console.log(seen);
assert.deepStrictEqual(
  seen,
  { plain: true, map: false, property: false, named: true, type: true },
  "jsonld-streaming-parser does otherwise now",
);
JS
node look.mjs
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check rdflib==7.6.0
"$folder/venv/bin/python" - <<'PYTHON'
import json
from pathlib import Path

from rdflib import Graph, URIRef

peer = {}
for name, page in json.loads(Path("pages.json").read_text()).items():
    graph = Graph().parse(data=json.dumps(page), format="json-ld")
    [part] = graph.objects(None, URIRef("https://schema.org/hasPart"))
    [named] = graph.subjects(URIRef("https://schema.org/name"))
    peer[name] = part == named
print(peer)
assert all(peer.values())
PYTHON
