#!/usr/bin/env bash
# kreuzberg 4.10.4 gives an EPUB publication that has a title and a subtitle the subtitle for its title. EPUB 3.3
# §5.5.3.1.2: the first dc:title in document order is the main title; more may follow, and a meta that refines them says
# what they are. It has the last of the rest too: of two dc:creator (§5.5.3.2.3: one for each, the first is the primary
# one) its list of authors holds the second alone, and its language is the last (§5.5.3.1.3: the first is the primary
# one), so an English review with a part in Welsh is filed as Welsh. Nothing is raised, and nothing says that there was
# more. EbookLib 0.20 gives all of them, the first one first.
# Seen: "A local review", ["Ashcombe Partnership"], "cy"; EbookLib "Child A" first, two creators, en-GB before cy.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check kreuzberg==4.10.4 ebooklib==0.20
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import zipfile

import kreuzberg
from ebooklib import epub

CONTAINER = """<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""
PACKAGE = """<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:uuid:a1b0d67e-2e81-4df5-9e67-a64cbe366809</dc:identifier>
<dc:title id="main">Child A</dc:title><meta refines="#main" property="title-type">main</meta>
<dc:title id="sub">A local review</dc:title><meta refines="#sub" property="title-type">subtitle</meta>
<dc:creator>Nora Nobody</dc:creator><dc:creator>Ashcombe Partnership</dc:creator>
<dc:language>en-GB</dc:language><dc:language>cy</dc:language>
<meta property="dcterms:modified">2026-11-28T08:00:00Z</meta></metadata>
<manifest><item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>
<item id="one" href="one.xhtml" media-type="application/xhtml+xml"/></manifest>
<spine><itemref idref="one"/></spine></package>"""
PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">
<head><title>Invented</title></head><body>{}</body></html>"""
CONTENTS = '<nav epub:type="toc"><ol><li><a href="one.xhtml">What happened</a></li></ol></nav>'
with zipfile.ZipFile("review.epub", "w") as file:
    file.writestr("mimetype", "application/epub+zip")
    file.writestr("META-INF/container.xml", CONTAINER)
    file.writestr("EPUB/package.opf", PACKAGE)
    file.writestr("EPUB/nav.xhtml", PAGE.format(CONTENTS))
    file.writestr("EPUB/one.xhtml", PAGE.format("<h1>What happened</h1><p>Child A was four.</p>"))

book = epub.read_epub("review.epub")
peer = [[words for words, _ in book.get_metadata("DC", name)] for name in ("title", "creator", "language")]
read = kreuzberg.extract_file_sync("review.epub").metadata
seen = (read["title"], read["authors"], read["language"])
print("EbookLib", peer, "kreuzberg", seen)
assert peer == [["Child A", "A local review"], ["Nora Nobody", "Ashcombe Partnership"], ["en-GB", "cy"]]
assert seen == ("A local review", ["Ashcombe Partnership"], "cy"), "kreuzberg does otherwise now"
PYTHON
