#!/usr/bin/env bash
# parse-prometheus-text-format 1.1.1 (npm) reads one histogram and one summary of each name, and none of their labels.
# Prometheus, Exposition formats (Text format): a line is known by its name and its labels, and those of a histogram
# have le beside others, as those of a summary have quantile; of a histogram for each page there are as many as pages.
# It puts them all into one, where a later line takes the place of an earlier one with the same le, so what remains is a
# mixture; and of one with labels it has neither sum nor count. Nothing is raised. Counters keep their labels.
# Seen: one metric without labels, of 1, 95 and 2 answers, for search with 90, 95 and 100 and report with 1 and 2.
# prometheus_client 0.26.0 (Python) has all nine samples with their page.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >metrics.txt <<'TEXT'
# TYPE answer_seconds histogram
answer_seconds_bucket{page="search",le="1"} 90
answer_seconds_bucket{page="search",le="5"} 95
answer_seconds_bucket{page="search",le="+Inf"} 100
answer_seconds_sum{page="search"} 50
answer_seconds_count{page="search"} 100
answer_seconds_bucket{page="report",le="1"} 1
answer_seconds_bucket{page="report",le="+Inf"} 2
answer_seconds_sum{page="report"} 9
answer_seconds_count{page="report"} 2
# TYPE asked counter
asked{page="search"} 100
asked{page="report"} 2
TEXT
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" parse-prometheus-text-format@1.1.1
cat >look.mjs <<'JS'
import assert from "node:assert";
import fs from "node:fs";
import module from "parse-prometheus-text-format";

const [histogram, counter] = (module.default ?? module)(fs.readFileSync("metrics.txt", "utf8"));
console.dir([histogram, counter], { depth: null });
assert.deepStrictEqual(counter.metrics.map(({ labels }) => labels.page), ["search", "report"]);
assert.deepStrictEqual(
  JSON.parse(JSON.stringify(histogram.metrics)),
  [{ buckets: { 1: "1", 5: "95", "+Inf": "2" } }],
  "parse-prometheus-text-format does otherwise now",
);
JS
node look.mjs
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check prometheus_client==0.26.0
"$folder/venv/bin/python" - <<'PYTHON'
import pathlib

from prometheus_client.parser import text_string_to_metric_families

[histogram, _] = text_string_to_metric_families(pathlib.Path("metrics.txt").read_text())
pages = [sample.labels["page"] for sample in histogram.samples]
print(pages)
assert pages == ["search"] * 5 + ["report"] * 4
PYTHON
