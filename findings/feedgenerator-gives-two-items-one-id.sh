#!/usr/bin/env bash
# feedgenerator 2.2.1 makes an Atom id from the host, the date and the path of an item's link, without its query: two
# reports of one day at /report?id=1 and /report?id=2 get one id. RFC 4287 §4.2.6 wants it universally unique, and by
# §4.1.1 two entries of one id are the same entry, so a reader may show one of them. An item without a date gets a tag URI
# without one, which RFC 4151 §2.1 does not have (an authority, a comma and a date). unique_id= avoids both.
# Seen: tag:example.org,2026-11-28:/report twice, then tag:example.org:/undated
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check feedgenerator==2.2.1
"$folder/venv/bin/python" - <<'PYTHON'
import datetime
import xml.etree.ElementTree as ElementTree

import feedgenerator

feed = feedgenerator.Atom1Feed("Invented reviews", "https://example.org/", "Invented.")
day = datetime.datetime(2026, 11, 28, 8)
feed.add_item("One", "https://example.org/report?id=1", "Invented.", pubdate=day)
feed.add_item("Two", "https://example.org/report?id=2", "Invented.", pubdate=day)
feed.add_item("Three", "https://example.org/undated", "Invented.")
atom = "{http://www.w3.org/2005/Atom}"
entries = ElementTree.fromstring(feed.writeString("utf-8").encode()).findall(f"{atom}entry")
seen = [(entry.find(f"{atom}link").get("href"), entry.findtext(f"{atom}id")) for entry in entries]
for link, identifier in seen:
    print(link, identifier)
assert seen == [
    ("https://example.org/report?id=1", "tag:example.org,2026-11-28:/report"),
    ("https://example.org/report?id=2", "tag:example.org,2026-11-28:/report"),
    ("https://example.org/undated", "tag:example.org:/undated"),
], "feedgenerator does otherwise now"
PYTHON
