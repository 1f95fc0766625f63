#!/usr/bin/env bash
# juice 11.1.1 (npm), css-inline 0.24.0 and premailer 3.10.0 write the rules of a page into style attributes for a mail,
# and take the style element away; a rule with :is(.a, .b) (Selectors Level 4 §4.2), which every browser of today
# follows, is then in neither place. juice does so with :not(.b, .c) (§4.3) too, css-inline with :where(). juice gives
# :where() the weight of what is in it, so that it wins over a later rule of the element; by §17 it has none, what
# resets use it for. The mail looks otherwise than its page, and no error says so; premailer's log does.
# Seen: no style for :is() in all three; red of juice for p:where(.a) before p{color:blue}, blue in browsers.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" juice@11.1.1
cat >sheets.json <<'JSON'
{
  "class": "p.a{color:red}",
  "is": "p:is(.a,.b){color:red}",
  "not": "p:not(.b,.c){color:red}",
  "where": "p:where(.a){color:red}",
  "where, then p": "p:where(.a){color:red}p{color:blue}"
}
JSON
cat >look.js <<'JS'
const assert = require("node:assert");
const juice = require("juice");
const seen = {};
for (const [name, sheet] of Object.entries(require("./sheets.json"))) {
  const mail = juice(`<html><head><style>${sheet}</style></head><body><p class="a">x</p></body></html>`);
  seen[name] = [/style="color: (\w+);"/.exec(mail)?.[1], mail.includes("<style>")];
}
console.log("juice", seen);
assert.deepStrictEqual(
  seen,
  {
    class: ["red", false],
    is: [undefined, false],
    not: [undefined, false],
    where: ["red", false],
    "where, then p": ["red", false],
  },
  "juice does otherwise now",
);
JS
node look.js
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    css-inline==0.24.0 premailer==3.10.0 cssselect==1.3.0
"$folder/venv/bin/python" - <<'PYTHON'
import json
import pathlib
import re

import css_inline
import premailer

TOOLS = {"css-inline": css_inline.inline, "premailer": lambda page: premailer.transform(page, remove_classes=False)}
seen = {tool: {} for tool in TOOLS}
for name, sheet in json.loads(pathlib.Path("sheets.json").read_text(encoding="ascii")).items():
    page = f'<html><head><style>{sheet}</style></head><body><p class="a">x</p></body></html>'
    for tool, inline in TOOLS.items():
        mail = inline(page)
        found = re.search(r'style="color: ?(\w+);?"', mail)
        seen[tool][name] = (found and found[1], "<style>" in mail)
print(*seen.items(), sep="\n")
assert seen["css-inline"] == {
    "class": ("red", False),
    "is": (None, False),
    "not": ("red", False),
    "where": (None, False),
    "where, then p": ("blue", False),
}, "css-inline does otherwise now"
assert seen["premailer"]["class"] == ("red", False)
assert seen["premailer"]["is"] == (None, False), "premailer does otherwise now"
PYTHON
