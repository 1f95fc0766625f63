#!/usr/bin/env bash
# fastfeedparser 0.6.5 takes the first link of an Atom entry for its page unless one has rel="alternate" written out:
# an enclosure (the report itself), via (another site's page), related, self or replies. RFC 4287 §4.2.7.2: a link
# without rel is an alternate one; §4.1.2 has links in any order. enclosures, by its page those of an entry, has none
# (§4.2.7.2, "enclosure"). And a title or summary of type xhtml (§3.1.1) is empty. A list of new reviews so leads to
# another's page about them, or has no names. feedparser 6.0.12 has all of it.
# Seen: link one.pdf where the page is one, https://example.com/one for via; enclosures None; title ''.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    fastfeedparser==0.6.5 feedparser==6.0.12
"$folder/venv/bin/python" - <<'PYTHON'
import fastfeedparser
import feedparser

PAGE = '<link href="https://example.org/one"/>'
LINKS = {
    "the page": PAGE,
    "an enclosure, the page": f'<link rel="enclosure" href="https://example.org/one.pdf"/>{PAGE}',
    "via, the page": f'<link rel="via" href="https://example.com/one"/>{PAGE}',
    "via, the page as alternate": '<link rel="via" href="https://example.com/one"/>'
    '<link rel="alternate" href="https://example.org/one"/>',
}
XHTML = 'type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Child <b>A</b></div></'


def feed(entry):
    return f"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Invented</title><id>tag:example.org,2026:feed</id>
<updated>2026-11-28T08:00:00Z</updated><author><name>Nobody</name></author>
<entry><id>tag:example.org,2026:one</id><updated>2026-11-28T08:00:00Z</updated>{entry}</entry></feed>"""


seen = {}
for name, links in LINKS.items():
    text = feed(f"<title>One</title>{links}<summary>Invented.</summary>")
    seen[name] = fastfeedparser.parse(text).entries[0]["link"]
    assert feedparser.parse(text).entries[0]["link"] == "https://example.org/one"
text = feed(f"<title>One</title>{LINKS['an enclosure, the page']}<summary>Invented.</summary>")
enclosures = fastfeedparser.parse(text).entries[0].get("enclosures"), len(feedparser.parse(text).entries[0].enclosures)
text = feed(f"<title {XHTML}title>{PAGE}<summary {XHTML}summary>")
mine, peer = fastfeedparser.parse(text).entries[0], feedparser.parse(text).entries[0]
words = (mine["title"], mine["description"]), (peer["title"], peer["summary"])
print(*seen.items(), enclosures, words, sep="\n")
assert words[1] == ("Child <b>A</b>", "Child <b>A</b>")
assert seen == {
    "the page": "https://example.org/one",
    "an enclosure, the page": "https://example.org/one.pdf",
    "via, the page": "https://example.com/one",
    "via, the page as alternate": "https://example.org/one",
}, "fastfeedparser does otherwise now"
assert (enclosures, words[0]) == ((None, 1), ("", "")), "fastfeedparser does otherwise now"
PYTHON
