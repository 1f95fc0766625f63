#!/usr/bin/env bash
# Citation.js (core, plugin-bibtex and plugin-csl 0.8.2) divides a BibTeX institution at "and", as biblatex has it (its
# manual, §2.2.2: institution is a list), and puts an array where CSL-JSON has a string (publisher). Whatever it then
# writes, a bibliography, BibTeX or RIS, holds the first half alone: of a report by two councils, or by one whose name
# has an "and", the other half is lost without a word. {Ashcombe {and} Vale} or {{Ashcombe and Vale}} avoids it.
# Seen: publisher ["Ashcombe","Vale"]; "Child A [Report]. Ashcombe.", institution = {Ashcombe}, PB  - Ashcombe. Braced
# twice: "Ashcombe and Vale" in all four.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
    @citation-js/core@0.8.2 @citation-js/plugin-bibtex@0.8.2 @citation-js/plugin-csl@0.8.2 @citation-js/plugin-ris@0.8.2
cat >look.js <<'JS'
const assert = require("node:assert");
const { Cite } = require("@citation-js/core");
for (const name of ["bibtex", "csl", "ris"]) require(`@citation-js/plugin-${name}`);

function read(institution) {
  const cite = new Cite(
    `@techreport{one, title = {{Child A}}, author = {{Somebody}}, year = {2019}, type = {Report},
      institution = ${institution}}`,
  );
  return [
    JSON.stringify(cite.data[0].publisher),
    cite.format("bibliography", { template: "apa" }).trim().split(" (2019). ")[1],
    /institution = \{(.*)\},/.exec(cite.format("bibtex"))[1],
    /PB {2}- (.*)/.exec(cite.format("ris"))[1],
  ];
}

const seen = { once: read("{Ashcombe and Vale}"), twice: read("{{Ashcombe and Vale}}") };
console.log(seen);
assert.deepStrictEqual(
  seen,
  {
    once: ['["Ashcombe","Vale"]', "Child A [Report]. Ashcombe.", "Ashcombe", "Ashcombe"],
    twice: ['"Ashcombe and Vale"', "Child A [Report]. Ashcombe and Vale.", "{Ashcombe and Vale}", "Ashcombe and Vale"],
  },
  "Citation.js does otherwise now",
);
JS
node look.js
