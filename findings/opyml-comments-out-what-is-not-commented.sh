#!/usr/bin/env bash
# opyml 0.1.2 (Python), by its page for all versions of OPML, takes an outline that says isComment="false" for a
# commented one, and writes isComment="true" for it. OPML 2.0 (common attributes of an outline): isComment is "true" or
# "false", and by convention what stands below a commented outline is commented as well. isBreakpoint, whatever its
# value, becomes a comment too, and is gone itself. An outliner writes both attributes for each line; who reads its list
# of feeds and saves it has commented all of them out, and no reader that obeys fetches a feed of it again.
# Seen: is_comment True for "false", and isComment="true" written; the same of isBreakpoint="false" alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check opyml==0.1.2
"$folder/venv/bin/python" - <<'PYTHON'
from xml.etree import ElementTree

from opyml import OPML

OUTLINES = ["", 'isComment="true"', 'isComment="false"', 'isBreakpoint="false"']
seen = {}
for said in OUTLINES:
    feed = f'<outline type="rss" text="Vale" xmlUrl="https://example.org/feed" {said}/>'
    lists = OPML.from_xml(f'<opml version="2.0"><head><title>Feeds</title></head><body>{feed}</body></opml>')
    [read] = lists.body.outlines
    written = ElementTree.fromstring(lists.to_xml()).find("body/outline").attrib
    flags = {name: value for name, value in written.items() if name.startswith("is")}
    seen[said] = read.is_comment, read.is_breakpoint, flags
print(*seen.items(), sep="\n")
commented = True, None, {"isComment": "true"}
assert seen == {
    "": (None, None, {}),
    'isComment="true"': commented,
    'isComment="false"': commented,
    'isBreakpoint="false"': commented,
}, "opyml does otherwise now"
PYTHON
