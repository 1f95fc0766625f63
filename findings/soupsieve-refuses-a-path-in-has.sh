#!/usr/bin/env bash
# soupsieve 4.1.3, behind select() of beautifulsoup4, refuses a combinator inside :has(): "Using strict rules as
# proposed by CSS, the complex selectors … is not allowed", as its notes on 3.0 say too. CSS allows it: Selectors Level
# 4 §4.5 gives :has() relative selectors, and by its grammar each of them is a complex selector with a combinator
# before it, if there is one. Only :has() inside :has() is ruled out. A scraper's selector that browsers take, and that
# soupsieve 2.10 took, ends in an error with the same beautifulsoup4. flags=soupsieve.NOSTRICT avoids it.
# Seen: div:has(ul li) and section:has(> h2 + ul) are a SelectorSyntaxError in 4.1.3; 2.10 finds each of them once.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
cat >"$folder/look.py" <<'PYTHON'
import sys

import bs4
import soupsieve

PAGE = "<div><section><h2>2026</h2><ul><li>Child A</li></ul></section></div><div><p>None.</p></div>"
SELECTORS = ["div:has(li)", "section:has(> ul)", "div:has(ul li)", "section:has(> h2 + ul)"]


def find(selector):
    try:
        return len(bs4.BeautifulSoup(PAGE, "html.parser").select(selector))
    except soupsieve.SelectorSyntaxError as error:
        return str(error).splitlines()[0]


seen = {selector: find(selector) for selector in SELECTORS}
if sys.argv[1] == "refused":
    soup = bs4.BeautifulSoup(PAGE, "html.parser")
    assert [len(soupsieve.select(one, soup, flags=soupsieve.NOSTRICT)) for one in SELECTORS] == [1, 1, 1, 1]
print(bs4.__version__, soupsieve.__version__, seen)
refused = "Using strict rules as proposed by CSS, the complex selectors at postition {} is not allowed"
paths = [refused.format(10), refused.format(16)] if sys.argv[1] == "refused" else [1, 1]
assert list(seen.values()) == [1, 1, *paths], "soupsieve does otherwise now"
PYTHON
for pair in 2.10:taken 4.1.3:refused; do
    "$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        beautifulsoup4==4.15.0 "soupsieve==${pair%:*}"
    "$folder/venv/bin/python" "$folder/look.py" "${pair#*:}"
done
