#!/usr/bin/env bash
# HTML Tidy 5.6.0 (Debian's 2:5.6.0-11), which calls itself HTML Tidy for HTML5, writes valid lists as other ones. HTML,
# "The dl element": the names and values of a list may stand in groups, each a div. It ends the list before the first
# name, and puts a dl of its own into each div, all in one value without a name, so that where there was a list of two
# facts there is one of none, with two lists in it. "The menu element" has li in it like ul; it puts a ul between. An
# empty span, which a style fills, is gone. And of a page with data, slot or search it writes nothing: an error.
# Seen: dl, dd, div, dl for dl, div, dt; menu, ul, li; no span; Error: <data> is not recognized!, exit 2, no page.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"
apt-get download --quiet=2 tidy=2:5.6.0-11 libtidy5deb1=2:5.6.0-11
for package in *.deb; do dpkg-deb --extract "$package" "$folder"; done
"${PYTHON:-python3}" - <<'PYTHON'
import html.parser
import os
import pathlib
import subprocess

PAGE = '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Invented</title></head><body>{}</body></html>'
LIST = "<dl><div><dt>Age</dt><dd>7 months</dd></div><div><dt>Nation</dt><dd>Wales</dd></div></dl>"
MENU = '<menu><li><button type="button">Copy</button></li></menu>'
TICK = '<p>Neglect <span class="tick"></span></p>'
DATA = '<p>Found in <data value="3">three</data> reviews.</p>'


class Starts(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.names = []
        self.feed(text[text.index("<body") :])

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)


[library] = {path.parent for path in pathlib.Path("usr/lib").rglob("libtidy.so.5*")}


def tidy(*options, given=""):
    environment = {**os.environ, "LD_LIBRARY_PATH": str(library)}
    return subprocess.run(["usr/bin/tidy", *options], input=given, capture_output=True, text=True, env=environment)


version = tidy("-version").stdout.strip()
seen = {}
for text in (LIST, MENU, TICK, DATA):
    done = tidy("-quiet", given=PAGE.format(text))
    seen[text] = (done.returncode, " ".join(Starts(done.stdout).names[1:]) if done.stdout else None)
    print(text, *seen[text], done.stderr, sep="\n")
print(version)
assert version == "HTML Tidy for Linux version 5.6.0"
assert seen == {
    LIST: (1, "dl dd div dl dt dd div dl dt dd"),
    MENU: (1, "menu ul li button"),
    TICK: (1, "p"),
    DATA: (2, None),
}, "tidy does otherwise now"
PYTHON
