#!/usr/bin/env bash
# @mozilla/readability 0.6.0, behind Firefox's Reader View, leaves out of a page what is in an element whose class or id
# holds one of a list of words, among them social, community and extra; so sections that are named for what
# they are about, social-care, community-safety and extra-familial-harm, go from the middle of a review with all their
# paragraphs, and no gap shows it. trafilatura 2.3.1 does so for social. HTML (§3.2.6, class) gives these words no
# meaning, and neither package's page tells of such a list. goose3 3.1.22 keeps these three.
# Seen: of six sections readability keeps health, education and housing, trafilatura all but social-care.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" @mozilla/readability@0.6.0 jsdom@29.1.1
cat >write.py <<'PYTHON'
SECTIONS = ["health", "social-care", "education", "community-safety", "extra-familial-harm", "housing"]
SENTENCES = "<p>What {} knew of the family was not told to others, and the baby was not seen at home.</p>" * 4
sections = [f'<section class="{name}"><h2>Learning</h2>{SENTENCES.format(*[name] * 4)}</section>' for name in SECTIONS]
with open("page.html", "w", encoding="ascii") as file:
    file.write("<!DOCTYPE html><html lang='en'><head><title>Child A</title></head><body><main><article>")
    file.write(f"<h1>Child A</h1>{''.join(sections)}</article></main></body></html>")
PYTHON
"${PYTHON:-python3}" write.py
cat >look.js <<'JS'
const assert = require("node:assert");
const fs = require("node:fs");
const { Readability } = require("@mozilla/readability");
const { JSDOM } = require("jsdom");
const { window } = new JSDOM(fs.readFileSync("page.html", "ascii"), { url: "https://example.org/" });
const text = new Readability(window.document).parse().textContent;
const seen = [...new Set([...text.matchAll(/What ([a-z-]+) knew/g)].map((found) => found[1]))];
console.log("readability", seen);
assert.deepStrictEqual(seen, ["health", "education", "housing"], "readability does otherwise now");
JS
node look.js
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    trafilatura==2.3.1 lxml-html-clean==0.4.6 goose3==3.1.22
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import pathlib
import re

import goose3
import trafilatura

page = pathlib.Path("page.html").read_text(encoding="ascii")
texts = {"trafilatura": trafilatura.extract(page), "goose3": goose3.Goose().extract(raw_html=page).cleaned_text}
seen = {name: list(dict.fromkeys(re.findall("What ([a-z-]+) knew", text))) for name, text in texts.items()}
print(*seen.items(), sep="\n")
all_but_one = ["health", "education", "community-safety", "extra-familial-harm", "housing"]
assert seen["trafilatura"] == all_but_one, "trafilatura does otherwise now"
assert {"social-care", "community-safety", "extra-familial-harm"} < set(seen["goose3"])
PYTHON
