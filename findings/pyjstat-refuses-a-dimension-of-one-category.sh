#!/usr/bin/env bash
# pyjstat 2.4.0 (Python), by its page for JSON-stat 2.0, reads no dataset with a dimension of one category that has a
# label and no index. JSON-stat 2.0 (category, index): the index says in which order the categories are, and is optional
# for a dimension that has one alone, as one measure, one year or one nation is in most answers of an office of
# statistics. Its page says that not all metadata are converted; here it is the table itself that is not read.
# Seen: KeyError: 0; the two rows with "index": ["2019"] put in. jsonstat-toolkit 2.2.2 (npm), by the format's author,
# has the two rows without it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >reviews.json <<'JSON'
{"version": "2.0", "class": "dataset", "label": "Invented", "id": ["nation", "year"], "size": [2, 1],
 "dimension": {
  "nation": {"label": "Nation", "category": {"index": ["W", "S"], "label": {"W": "Wales", "S": "Scotland"}}},
  "year": {"label": "Year", "category": {"label": {"2019": "Of 2019"}}}},
 "value": [5, 7]}
JSON
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pyjstat==2.4.0 pandas==3.1.1
"$folder/venv/bin/python" - <<'PYTHON'
import json
import pathlib

from pyjstat.pyjstat import Dataset

data = json.loads(pathlib.Path("reviews.json").read_text())
try:
    seen = Dataset.read(json.dumps(data)).write("dataframe").values.tolist()
except KeyError as error:
    seen = repr(error)
data["dimension"]["year"]["category"]["index"] = ["2019"]
other = Dataset.read(json.dumps(data)).write("dataframe").values.tolist()
print(seen, other)
assert other == [["Wales", "Of 2019", 5], ["Scotland", "Of 2019", 7]]
assert seen == "KeyError(0)", "pyjstat does otherwise now"
PYTHON
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" jsonstat-toolkit@2.2.2
cat >look.mjs <<'JS'
import assert from "node:assert";
import fs from "node:fs";
import JSONstat from "jsonstat-toolkit";

const rows = JSONstat(JSON.parse(fs.readFileSync("reviews.json"))).toTable({ type: "arrobj" });
console.log(rows);
assert.deepStrictEqual(rows.map((row) => [row.nation, row.year, row.value]), [
  ["Wales", "Of 2019", 5],
  ["Scotland", "Of 2019", 7],
]);
JS
node look.mjs
