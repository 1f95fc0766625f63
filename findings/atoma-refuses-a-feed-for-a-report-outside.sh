#!/usr/bin/env bash
# atoma 0.0.17 refuses a whole Atom feed for one entry whose content is the report itself: type="application/pdf" with
# its address in src. RFC 4287 §4.1.3.1: the type of content is text, html, xhtml or a media type; §4.1.3.2: with src
# it is outside, and type should be given. What is raised is a ValueError of an enumeration, not the library's own
# FeedParseError, so a reader that is ready for bad feeds is not ready for this good one.
# Seen: ValueError 'application/pdf' is not a valid AtomTextType; feedparser 6.0.12 reads the entry, and its address.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check atoma==0.0.17 feedparser==6.0.12
"$folder/venv/bin/python" - <<'PYTHON'
import atoma
import feedparser

FEED = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Invented</title><id>tag:example.org,2026:feed</id>
<updated>2026-11-28T08:00:00Z</updated><author><name>Nobody</name></author>
<entry><id>tag:example.org,2026:one</id><title>One</title><updated>2026-11-28T08:00:00Z</updated>
<link href="https://example.org/one"/><summary>Invented.</summary>
<content {}</entry></feed>"""


def read(content):
    try:
        return [entry.id_ for entry in atoma.parse_atom_bytes(FEED.format(content).encode()).entries]
    except ValueError as error:
        return type(error).__name__, isinstance(error, atoma.FeedParseError), str(error)


outside = 'type="application/pdf" src="https://example.org/one.pdf"/>'
seen = [read('type="text">Invented.</content>'), read(outside)]
peer = feedparser.parse(FEED.format(outside))
print(*seen, (peer.bozo, peer.entries[0].content[0]["src"]), sep="\n")
assert not peer.bozo and peer.entries[0].content[0]["src"] == "https://example.org/one.pdf"
assert seen == [
    ["tag:example.org,2026:one"],
    ("ValueError", False, "'application/pdf' is not a valid AtomTextType"),
], "atoma does otherwise now"
PYTHON
