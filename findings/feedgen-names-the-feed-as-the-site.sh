#!/usr/bin/env bash
# feedgen 1.0.0 (Python) writes into an RSS feed the address of the feed for that of the site. RSS 2.0 (required channel
# elements): link is the address of the website that belongs to the channel. Of several links feedgen takes the first,
# say its own words; it takes the last. Who gives the site first and the feed itself behind it, rel="self", as its
# manual does, has an RSS channel whose link is the feed, so a reader that opens the site from there gets XML. Its Atom
# has both as they are. With the two the other way round the RSS is right.
# Seen: link http://example.org/feed, and that as the site of feedparser 6.0.12; atom:link, self, has the same address.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check feedgen==1.0.0 feedparser==6.0.12
"$folder/venv/bin/python" - <<'PYTHON'
import feedparser
from feedgen.feed import FeedGenerator

SITE = {"href": "http://example.org/", "rel": "alternate"}
FEED = {"href": "http://example.org/feed", "rel": "self"}


def write(*links):
    generator = FeedGenerator()
    generator.id("urn:example:feed")
    generator.title("Reviews")
    generator.description("Invented.")
    for link in links:
        generator.link(**link)
    return generator


def sites(generator):
    return [feedparser.parse(text).feed.link for text in (generator.rss_str(), generator.atom_str())]


seen = {"site, feed": sites(write(SITE, FEED)), "feed, site": sites(write(FEED, SITE))}
print(write(SITE, FEED).rss_str().decode(), *seen.items(), sep="\n")
assert seen["feed, site"] == ["http://example.org/"] * 2
assert seen["site, feed"] == ["http://example.org/feed", "http://example.org/"], "feedgen does otherwise now"
PYTHON
