#!/usr/bin/env bash
# rdfxml-streaming-parser 3.3.0 (npm) keeps of a text in RDF/XML the last piece alone: what stands behind a comment, a
# processing instruction or the marks of a CDATA section, and none of the rest. XML 1.0 §2.5 and §2.6: comments and
# instructions are no part of the character data around them; §2.7: CDATA sections may occur wherever character data
# may, and hold it. So a definition in a thesaurus of SKOS loses its beginning, and with it the "not" of a sentence,
# without a word. rdflib 7.6.0 has all of each text.
# Seen: "two" of one<!-- checked -->two, " & two" of one<![CDATA[ & two]]>, "two" of one<?mark?>two.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" rdfxml-streaming-parser@3.3.0
cat >look.mjs <<'JS'
import assert from "node:assert";
import fs from "node:fs";
import { RdfXmlParser } from "rdfxml-streaming-parser";

const TEXTS = {
  plain: "one &amp; two",
  comment: "one<!-- checked -->two",
  cdata: "one<![CDATA[ & two]]>",
  between: "<![CDATA[one]]> and two",
  instruction: "one<?mark?>two",
};
const RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"';
const SKOS = 'xmlns:skos="http://www.w3.org/2004/02/skos/core#"';
const files = {};
const seen = {};
for (const [name, text] of Object.entries(TEXTS)) {
  const term = `<skos:Concept rdf:about="https://example.org/a"><skos:note>${text}</skos:note></skos:Concept>`;
  files[name] = `<rdf:RDF ${RDF} ${SKOS}>${term}</rdf:RDF>`;
  const parser = new RdfXmlParser();
  parser.end(files[name]);
  for await (const { predicate, object } of parser) if (predicate.value.endsWith("#note")) seen[name] = object.value;
}
fs.writeFileSync("files.json", JSON.stringify(files));
console.log(seen);
assert.deepStrictEqual(
  seen,
  { plain: "one & two", comment: "two", cdata: " & two", between: " and two", instruction: "two" },
  "rdfxml-streaming-parser does otherwise now",
);
JS
node look.mjs
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check rdflib==7.6.0
"$folder/venv/bin/python" - <<'PYTHON'
import json
from pathlib import Path

from rdflib import Graph
from rdflib.namespace import SKOS

files = json.loads(Path("files.json").read_text())
peer = {name: str(*Graph().parse(data=text, format="xml").objects(None, SKOS.note)) for name, text in files.items()}
print(peer)
assert peer == {
    "plain": "one & two",
    "comment": "onetwo",
    "cdata": "one & two",
    "between": "one and two",
    "instruction": "onetwo",
}
PYTHON
