#!/usr/bin/env bash
# epub2text 0.2.8 (Python) leaves out of a chapter of an EPUB publication what is raised or lowered: of 7<sup>th</sup>,
# a 5<sup>1</sup>/<sub>2</sub> or CO<sub>2</sub> there remain 7, 5/ and CO, with its cleaning or without (--raw), though
# of footnotes its page names those in brackets alone. HTML, "The sub and sup elements": they mark up conventions with
# a meaning, as in these. Two lines of an address with a br between, which HTML has for that, are one word. And a li
# with a value ("The li element") gets the number behind the one before: recommendation 9 is the fifth.
# Seen: "aged 5/ years, CO and his 7 birthday", AshcombeVale, "4) Ask 5) Tell". inscriptis 2.7.6 has all of the words.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check epub2text==0.2.8 inscriptis==2.7.6
"$folder/venv/bin/python" - <<'PYTHON'
import zipfile

import inscriptis
from epub2text import EPUBParser

CONTAINER = """<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""
PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">urn:example:1</dc:identifier>
<dc:title>Review</dc:title><dc:language>en</dc:language>
<meta property="dcterms:modified">2026-01-01T00:00:00Z</meta></metadata><manifest>
<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="one" href="one.xhtml" media-type="application/xhtml+xml"/></manifest>
<spine><itemref idref="one"/></spine></package>"""
CONTENTS = '<nav epub:type="toc"><ol><li><a href="one.xhtml">Findings</a></li></ol></nav>'
BODIES = {
    "plain": "<p>aged 5½ years, CO₂ and his 7th birthday</p>",
    "raised": "<p>aged 5<sup>1</sup>/<sub>2</sub> years, CO<sub>2</sub> and his 7<sup>th</sup> birthday</p>",
    "lines": "<p>Ashcombe<br/>Vale</p>",
    "numbers": '<ol start="4"><li>Ask</li><li value="9">Tell</li></ol>',
}


def page(body):
    spaces = 'xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"'
    return f"<html {spaces}><head><title>Findings</title></head><body>{body}</body></html>"


seen, peer = {}, {}
for name, body in BODIES.items():
    with zipfile.ZipFile(f"{name}.epub", "w") as file:
        file.writestr("mimetype", "application/epub+zip")
        file.writestr("META-INF/container.xml", CONTAINER)
        file.writestr("package.opf", PACKAGE)
        file.writestr("nav.xhtml", page(CONTENTS))
        file.writestr("one.xhtml", page(f"<h1>Findings</h1>{body}"))
    [chapter] = EPUBParser(f"{name}.epub").get_chapters()
    seen[name] = chapter.text.removeprefix("Findings").split("\n\n")[-1]
    peer[name] = inscriptis.get_text(body).split()
print(*seen.items(), peer, sep="\n")
assert peer["raised"] == "aged 51/2 years, CO2 and his 7th birthday".split()
assert peer["lines"] == ["Ashcombe", "Vale"]
assert seen == {
    "plain": "aged 5½ years, CO₂ and his 7th birthday",
    "raised": "aged 5/ years, CO and his 7 birthday",
    "lines": "AshcombeVale",
    "numbers": "4) Ask 5) Tell",
}, "epub2text does otherwise now"
PYTHON
