#!/usr/bin/env bash
# listparser 0.20 gives as feeds what an OPML list has commented out. OPML 2.0 (common attributes of an outline):
# isComment says that an outline is commented, and by convention all that stand below a commented one are too. It is
# how an outliner keeps a feed that nobody should read any more; who imports the list subscribes to it again.
# Seen: a feed with isComment="true", and one below a group with it, come out like the one without; bozo is False.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check listparser==0.20
"$folder/venv/bin/python" - <<'PYTHON'
import listparser

found = listparser.parse(
    """<?xml version="1.0" encoding="utf-8"?>
<opml version="2.0"><head><title>Invented reviews</title></head><body>
<outline text="Read" type="rss" xmlUrl="https://one.example.org/feed"/>
<outline text="Gone" type="rss" xmlUrl="https://two.example.org/feed" isComment="true"/>
<outline text="Old boards" isComment="true">
<outline text="Board" type="rss" xmlUrl="https://three.example.org/feed"/>
</outline></body></opml>"""
)
seen = [(feed.title, feed.url, sorted(feed)) for feed in found.feeds]
print(found.bozo, *seen, sep="\n")
assert not found.bozo
assert [title for title, _, _ in seen] == ["Read", "Gone", "Board"], "listparser does otherwise now"
assert not any("isComment" in fields for _, _, fields in seen)
PYTHON
