#!/usr/bin/env bash
# feedparser 6.0.12, the current release, reads no JSON Feed: a valid JSON Feed 1.1 comes back as a feed of no entries,
# with the error of an XML parser, not of an unsupported format. A source polled through it looks like an empty feed.
# Seen: 0 entries, version '', bozo 1, not well-formed (invalid token)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check feedparser==6.0.12
"$folder/venv/bin/python" - <<'PYTHON'
import json

import feedparser

document = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "Invented reviews",
    "items": [{"id": "1", "url": "https://example.org/1", "content_text": "Invented.", "title": "One"}],
}
feed = feedparser.parse(json.dumps(document), response_headers={"content-type": "application/feed+json"})
print(len(feed.entries), "entries, version", repr(feed.version), "bozo", int(feed.bozo), feed.bozo_exception)
assert (len(feed.entries), feed.version, int(feed.bozo)) == (0, "", 1), "feedparser does otherwise now"
assert "not well-formed" in str(feed.bozo_exception)
PYTHON
