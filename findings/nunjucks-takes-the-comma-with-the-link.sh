#!/usr/bin/env bash
# nunjucks 3.2.4 (npm): its filter urlize, by its page one that turns addresses in a text into links, loses marks of the
# sentence: a full stop, comma or ")" behind an address, of a page or of mail, is not in what comes out, and neither is
# a "(" before it. Of ")." the one is lost, and the other becomes part of the link, which so leads to no page. RFC 3986
# appendix C asks that an address in a text be told from the punctuation marks around it. Jinja 3.1.6, whose filter it
# takes over, has them behind the link. Nothing is raised.
# Seen: "Read https://example.org/one, then two." without its comma, href="https://example.org/one)" for one in
# brackets at a sentence's end.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" nunjucks@3.2.4
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check jinja2==3.1.6
cat >look.js <<'JS'
const fs = require("node:fs");
const nunjucks = require("nunjucks");

const environment = new nunjucks.Environment(null, { autoescape: true });
const sentences = JSON.parse(fs.readFileSync("sentences.json"));
const made = sentences.map((sentence) => environment.renderString("{{ sentence | urlize | safe }}", { sentence }));
fs.writeFileSync("made.json", JSON.stringify(made));
JS
"$folder/venv/bin/python" - <<'PYTHON'
import json
import pathlib
import re
import subprocess

import jinja2

SENTENCES = {
    "Read https://example.org/one then two.": "Read https://example.org/one then two.",
    "Read https://example.org/one, then two.": "Read https://example.org/one then two.",
    "Read https://example.org/one.": "Read https://example.org/one",
    "Write to nora@example.org, or ring.": "Write to nora@example.org or ring.",
    "Read it (https://example.org/one) first.": "Read it https://example.org/one first.",
    "Read it (https://example.org/one).": "Read it https://example.org/one)",
}


def words(html):
    return re.sub("<[^>]+>", "", html)


pathlib.Path("sentences.json").write_text(json.dumps(list(SENTENCES)))
subprocess.run(["node", "look.js"], check=True)
made = json.loads(pathlib.Path("made.json").read_text())
jinja = jinja2.Environment(autoescape=True).from_string("{{ sentence | urlize }}")
print(*made, sep="\n")
for sentence in SENTENCES:
    html = jinja.render(sentence=sentence)
    assert words(html) == sentence and "</a>" in html
assert [words(html) for html in made] == list(SENTENCES.values()), "nunjucks does otherwise now"
assert 'href="https://example.org/one)"' in made[-1], "nunjucks does otherwise now"
PYTHON
