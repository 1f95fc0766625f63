#!/usr/bin/env bash
# css-inline 0.24.0 turns each double quote of a value into an apostrophe when it writes the style attribute, also where
# an apostrophe ends the string too early (CSS Syntax Level 3 §4.3.5: a string ends at the mark it began with). The mail
# then has a broken value, and loses the declarations after it: the new string runs on to the end of the attribute.
# HTML can hold the mark as &quot;, and CSS the apostrophe as \27.
# Seen: font-family: 'O'Hara',serif;color: red; in which tinycss2 1.5.1 finds no color.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check css-inline==0.24.0 tinycss2==1.5.1
"$folder/venv/bin/python" - <<'PYTHON'
import re

import css_inline
import tinycss2


def names(css):
    return [part.lower_name for part in tinycss2.parse_blocks_contents(css) if part.type == "declaration"]


SHEETS = {
    "an apostrophe in double quotes": """font-family:"O'Hara",serif;color:red""",
    "double quotes in apostrophes": """background:url('a"b.png');color:red""",
    "nothing inside": """font-family:"Open Sans",serif;color:red""",
}
seen = {}
for name, sheet in SHEETS.items():
    page = css_inline.inline(f"<html><head><style>p{{{sheet}}}</style></head><body><p>x</p></body></html>")
    style = re.search(r'<p style="([^"]*)"', page)[1]
    assert len(names(sheet)) == 2
    seen[name] = (style, names(style))
    print(name, *seen[name], sep=" | ")
assert seen == {
    "an apostrophe in double quotes": ("font-family: 'O'Hara',serif;color: red;", ["font-family"]),
    "double quotes in apostrophes": ("background: url('a'b.png');color: red;", ["background"]),
    "nothing inside": ("font-family: 'Open Sans',serif;color: red;", ["font-family", "color"]),
}, "css-inline does otherwise now"
PYTHON
