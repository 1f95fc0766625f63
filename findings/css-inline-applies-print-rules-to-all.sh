#!/usr/bin/env bash
# css-inline 0.24.0 does not look at a style element's media attribute: rules for print, or for a narrow or dark screen,
# are written into the style attributes, where they hold for every medium. By HTML (the style element, media attribute)
# they apply only where the query matches. A paragraph that print leaves out is so left out of the mail on every screen.
# The same rules inside @media are not inlined. data-css-inline="ignore" on the element avoids it.
# Seen: display: none; from media="print" and color: white; from a dark screen's sheet, both on the mail's paragraph.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check css-inline==0.24.0
"$folder/venv/bin/python" - <<'PYTHON'
import re

import css_inline

SHEETS = {
    "print, attribute": '<style media="print">p{display:none}</style>',
    "print, rule": "<style>@media print{p{display:none}}</style>",
    "dark, attribute": '<style media="(prefers-color-scheme: dark)">p{color:white}</style>',
    "dark, rule": "<style>@media (prefers-color-scheme: dark){p{color:white}}</style>",
}
seen = {}
for name, sheet in SHEETS.items():
    page = css_inline.inline(f"<html><head>{sheet}</head><body><p>The report.</p></body></html>")
    seen[name] = re.search(r"<p.*</p>", page)[0]
    print(name, seen[name], sep=" | ")
assert seen == {
    "print, attribute": '<p style="display: none;">The report.</p>',
    "print, rule": "<p>The report.</p>",
    "dark, attribute": '<p style="color: white;">The report.</p>',
    "dark, rule": "<p>The report.</p>",
}, "css-inline does otherwise now"
PYTHON
