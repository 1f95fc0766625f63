#!/usr/bin/env bash
# marcjs 3.0.2 (npm) reads MARCXML by the positions of its letters, as they are where tag, ind1 and ind2 come in this
# order. Of what pymarc 5.4.0 writes, ind1 first and no space between two records, it reads each second record not at
# all, and for the tag 245 it has "0". XML 1.0 §3.1: the order of attributes is not significant; §2.5 and §2.7: comments
# and CDATA sections may stand in content; Namespaces in XML §2 and §4: a prefix stands for the name, whatever it is.
# MARC21slim.xsd asks for none of the rest either. A catalogue is so half gone, and nothing is raised.
# Seen: 2 of 4 records, tag "\"0\""; with tag first and spaces between, 4 and 245; <![CDATA[ among the words of a title,
# subfield "<" where a comment stands before it, no field of a record with a prefix. pymarc reads all of it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" marcjs@3.0.2
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pymarc==5.4.0
"$folder/venv/bin/python" - <<'PYTHON'
import json
import re

import pymarc

with open("pymarc.xml", "wb") as file:
    writer = pymarc.XMLWriter(file)
    for number in "1234":
        record = pymarc.Record()
        record.add_field(pymarc.Field("001", data=number))
        title = [pymarc.Subfield("a", "Child A")]
        record.add_field(pymarc.Field("245", pymarc.Indicators("0", "4"), title))
        writer.write(record)
    writer.close()

with open("pymarc.xml", encoding="utf-8") as file:
    written = file.read()
ordered = re.sub(r'(ind1="." ind2=".") (tag="...")', r"\2 \1", written)
files = {
    "pymarc": written,
    "ordered": ordered,
    "spaced": ordered.replace("</record><", "</record>\n<"),
    "cdata": ordered.replace("Child A", "<![CDATA[Child A]]>"),
    "comment": ordered.replace("<subfield", "<!-- checked --><subfield"),
}
for name, text in files.items():
    with open(f"{name}.xml", "w", encoding="utf-8") as file:
        file.write(text)
    titles = [record.title for record in pymarc.parse_xml_to_array(f"{name}.xml")]
    assert titles == ["Child A"] * 4, (name, titles)
one = re.search("<record>.*?</record>", ordered)[0]
one = re.sub("<(/?)", r"<\1marc:", one).replace(">", ' xmlns:marc="http://www.loc.gov/MARC21/slim">', 1)
with open("prefix.xml", "w", encoding="utf-8") as file:
    file.write(one)
assert [record.title for record in pymarc.parse_xml_to_array("prefix.xml")] == ["Child A"]
with open("names.json", "w") as file:
    json.dump(list(files), file)
PYTHON
cat >look.js <<'JS'
const assert = require("node:assert");
const fs = require("node:fs");
const { Marc } = require("marcjs");

async function read(name) {
  const records = [];
  for await (const record of fs.createReadStream(`${name}.xml`).pipe(Marc.createStream("Marcxml", "Parser")))
    records.push(record);
  return [records.length, records[0]?.fields[1]];
}

(async () => {
  const seen = {};
  for (const name of require("./names.json")) seen[name] = await read(name);
  seen.prefix = Marc.parse(fs.readFileSync("prefix.xml", "utf8"), "marcxml").fields;
  console.log(seen);
  assert.deepStrictEqual(
    seen,
    {
      pymarc: [2, ['"0"', '"5', "a", "Child A"]],
      ordered: [2, ["245", "04", "a", "Child A"]],
      spaced: [4, ["245", "04", "a", "Child A"]],
      cdata: [2, ["245", "04", "a", "<![CDATA[Child A]]>"]],
      comment: [2, ["245", "04", "<", 'bfield code="a">Child A']],
      prefix: [],
    },
    "marcjs does otherwise now",
  );
})();
JS
node look.js
