#!/usr/bin/env bash
# smartypants 2.0.2, and typogrify 2.1.0 which calls it, take an HTML comment for text where two hyphens stand in it,
# and make dashes of its marks too: <!-- becomes <!—, which begins no comment any more. A remark in its code goes by the
# HTML5 that forbade them there; by HTML of today (§13.1.6) a comment may hold them, and for browsers it ends at --> all
# the same (§13.2.5, comment states). What is left is a bogus comment to them, up to the first ">", so that of a
# paragraph that was commented out the words are on the page. Comments without two hyphens are left alone.
# Seen: "Child A Born 1 May — not for print —> Child B" (html5lib 1.1) where the page shows "Child A Child B".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    smartypants==2.0.2 typogrify==2.1.0 html5lib==1.1
"$folder/venv/bin/python" - <<'PYTHON'
import html5lib
import smartypants
from typogrify.filters import typogrify


def pieces(part):
    """The words of an element, or behind a comment, in the order of the page (no element here holds another)."""
    return [part.text or "" if isinstance(part.tag, str) else "", part.tail or ""]


def shown(page):
    body = html5lib.parse(page, namespaceHTMLElements=False).find("body")
    return " ".join("".join(words for part in body.iter() for words in pieces(part)).split())


PAGE = "<p>Child A</p> <!-- <p>Born 1 May {} not for print</p> --> <p>Child B</p>"
tools = {"as it is": str, "smartypants": smartypants.smartypants, "typogrify": typogrify}
seen = {(tool, mark): shown(change(PAGE.format(mark))) for tool, change in tools.items() for mark in ("-", "--")}
print(smartypants.smartypants(PAGE.format("--")), *seen.items(), sep="\n")
for (tool, mark), words in seen.items():
    if tool == "as it is" or mark == "-":
        assert words == "Child A Child B"
    else:
        assert words == "Child A Born 1 May — not for print —> Child B", f"{tool} does otherwise now"
PYTHON
