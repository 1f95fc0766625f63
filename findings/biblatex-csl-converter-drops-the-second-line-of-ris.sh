#!/usr/bin/env bash
# biblatex-csl-converter 3.6.0 (npm) reads one line of each RIS field and drops those that follow. The RIS Format
# Specifications (How to handle long fields) allow a line to end after 70 characters and go on in the next one; titles
# and abstracts do. Their date, YYYY/MM/DD/other info, whose slashes are not optional (Y1, PY), it hands on as it is: in
# biblatex that is no date, in CSL there is none. And a name without a comma, by their syntax (A1, AU) all of it the
# last name, as of a partnership, becomes a person's. Nothing is raised, and errors and warnings are empty.
# Seen: the title ends at "county and"; date = {2019/03/05/}, no issued; family Partnership, given Ashcombe and Vale.
# Citation.js 0.8.2 (plugin-ris) has both lines, 2019-03-05, and the partnership as one name.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
    biblatex-csl-converter@3.6.0 @citation-js/core@0.8.2 @citation-js/plugin-ris@0.8.2
cat >look.mjs <<'JS'
import assert from "node:assert";
import { BibLatexExporter, CSLExporter, parseRIS } from "biblatex-csl-converter";
import { Cite } from "@citation-js/core";
import "@citation-js/plugin-ris";

const FIRST = "Child A: a review of what was known to the agencies of that county and";
const lines = [
  "TY  - RPRT",
  `TI  - ${FIRST}`,
  "what they did",
  "AU  - Nobody, Nora",
  "AU  - Ashcombe and Vale Partnership",
  "PY  - 2019/03/05/",
  "ER  - ",
];
const ris = lines.map((line) => `${line}\r\n`).join("");
const { entries, errors, warnings } = parseRIS(ris);
const [csl] = Object.values(new CSLExporter(entries).parse());
const biblatex = new BibLatexExporter(entries).parse();
const seen = {
  title: csl.title,
  issued: csl.issued,
  author: csl.author,
  date: /date = \{(.*)\}/.exec(biblatex)[1],
  told: [...errors, ...warnings],
};
console.log(seen);

const [peer] = new Cite(ris).data;
assert.strictEqual(peer.title, `${FIRST} what they did`);
assert.deepStrictEqual(peer.issued, { "date-parts": [[2019, 3, 5]] });
assert.deepStrictEqual(peer.author[1], { literal: "Ashcombe and Vale Partnership" });
assert.deepStrictEqual(
  seen,
  {
    title: FIRST,
    issued: undefined,
    author: [
      { given: "Nora", family: "Nobody" },
      { given: "Ashcombe and Vale", family: "Partnership" },
    ],
    date: "2019/03/05/",
    told: [],
  },
  "biblatex-csl-converter does otherwise now",
);
JS
node look.mjs
