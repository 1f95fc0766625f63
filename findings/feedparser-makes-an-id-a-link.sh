#!/usr/bin/env bash
# feedparser 6.0.12 gives an Atom entry that has no link its id as `link`: a tag: URI (RFC 4151) that nothing can open.
# RFC 4287 §4.1.2 allows an entry without an alternate link when it has content. Whoever shows `entry.link` as the way to
# the report shows a dead address that looks like one of the publisher's.
# Seen: tag:example.org,2026:one
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check feedparser==6.0.12
"$folder/venv/bin/python" - <<'PYTHON'
import feedparser

feed = feedparser.parse(
    """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Invented</title><id>tag:example.org,2026:feed</id>
<updated>2026-11-28T08:00:00Z</updated><author><name>Nobody</name></author>
<entry><id>tag:example.org,2026:one</id><title>One</title><updated>2026-11-28T08:00:00Z</updated>
<content type="text">Invented.</content></entry></feed>"""
)
assert not feed.bozo and len(feed.entries) == 1
print(feed.entries[0].get("link"), feed.entries[0].get("links"))
assert feed.entries[0].get("link") == "tag:example.org,2026:one", "feedparser does otherwise now"
PYTHON
