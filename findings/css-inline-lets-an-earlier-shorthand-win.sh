#!/usr/bin/env bash
# css-inline 0.24.0 leaves a property at the place where it was first named when a later declaration of the same
# specificity names it again. Where a shorthand stands between the two, the style attribute ends with the shorthand, and
# so undoes what came after it. CSS Cascading Level 4 §6.1: at equal specificity the last declaration wins. A mail then
# looks otherwise than its page: with defaults, a reset and a rule of its own, the rule is lost. Declarations of unequal
# specificity come in the right order.
# Seen: margin-bottom: 9px;margin: 0; where the rules give a bottom margin of 9px and the attribute one of 0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check css-inline==0.24.0
"$folder/venv/bin/python" - <<'PYTHON'
import re

import css_inline

SHEETS = {
    "three rules": "p{margin-bottom:1em} p{margin:0} p{margin-bottom:9px}",
    "two classes over a default": "p{margin-bottom:1em} .reset{margin:0} .last{margin-bottom:9px}",
    "one rule": "p{border-bottom:0;border:none;border-bottom:1px solid red}",
    "unequal specificity": "p{margin-bottom:1em} p{margin:0} #end{margin-bottom:9px}",
}
BODY = '<p id="end" class="reset last">x</p>'
seen = {}
for name, sheet in SHEETS.items():
    page = css_inline.inline(f"<html><head><style>{sheet}</style></head><body>{BODY}</body></html>")
    seen[name] = re.search(r'style="([^"]*)"', page)[1]
    print(name, seen[name], sep=" | ")
assert seen == {
    "three rules": "margin-bottom: 9px;margin: 0;",
    "two classes over a default": "margin-bottom: 9px;margin: 0;",
    "one rule": "border-bottom: 1px solid red;border: none;",
    "unequal specificity": "margin: 0;margin-bottom: 9px;",
}, "css-inline does otherwise now"
PYTHON
