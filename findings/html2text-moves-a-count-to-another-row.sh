#!/usr/bin/env bash
# html2text 2025.4.15 (Python), whose page says that its text is valid Markdown, breaks a table where a cell of it holds
# a line break: "England<br>and Wales", 5 becomes a row of England without a number and one of "and Wales" with 5. Two
# paragraphs of a cell run into one word, a "|" of the words makes another cell, and the table's caption goes into its
# first heading. GitHub's specification (tables) has a row on one line, and \| for the mark. escape_snob=True, which its
# page has for such marks, changes none of it. markdownify 1.2.3 has the break, the paragraphs and the caption right.
# Seen, as markdown-it-py 4.3.0 reads it: ["England", ""] and ["and Wales", "5"]; "Englandand Wales"; ["England",
# "Wales"], and no 5; "CountsNation".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    html2text==2025.4.15 markdownify==1.2.3 markdown-it-py==4.3.0
"$folder/venv/bin/python" - <<'PYTHON'
import re

import html2text
import markdownify
from markdown_it import MarkdownIt

CELLS = {
    "words": "England and Wales",
    "break": "England<br>and Wales",
    "paragraphs": "<p>England</p><p>and Wales</p>",
    "mark": "England|Wales",
}
HEAD = "<tr><th>Nation</th><th>Reviews</th></tr>"
parser = MarkdownIt("commonmark").enable("table")


def rows(text):
    found = re.findall("<tr>(.*?)</tr>", parser.render(text), re.S)
    return [[" ".join(cell.split()) for cell in re.findall("<t[hd]>(.*?)</t[hd]>", row, re.S)] for row in found]


def convert(html, snob):
    converter = html2text.HTML2Text()
    converter.escape_snob = snob
    return converter.handle(html)


seen, peer = {}, {}
for name, cell in CELLS.items():
    table = f"<table>{HEAD}<tr><td>{cell}</td><td>5</td></tr></table>"
    seen[name], snob = [rows(convert(table, snob))[1:] for snob in (False, True)]
    assert seen[name] == snob
    peer[name] = rows(markdownify.markdownify(table))[1:]
table = f"<table><caption>Counts</caption>{HEAD}<tr><td>Wales</td><td>1</td></tr></table>"
seen["caption"] = rows(convert(table, False))[0]
print(*seen.items(), peer, sep="\n")
right = [["England and Wales", "5"]]
assert peer["words"] == peer["break"] == peer["paragraphs"] == right
assert seen == {
    "words": right,
    "break": [["England", ""], ["and Wales", "5"]],
    "paragraphs": [["Englandand Wales", "5"]],
    "mark": [["England", "Wales"]],
    "caption": ["CountsNation", "Reviews"],
}, "html2text does otherwise now"
PYTHON
