#!/usr/bin/env bash
# EbookLib 0.20 reads an EPUB publication whose pages lie beside the folder of its package document, and writes it, as
# it was read, to a file that it cannot open: the pages get names like EPUB/../text/one.xhtml in the ZIP file, while
# the manifest has ../text/one.xhtml. EPUB 3.3 §5.6.2: the href of an item is a path-relative URL, so it may begin with
# ".."; §4.2.5: it is resolved against the package document; §4.2.4: a file's path is made of the names of the folders
# above it, among which is no "..". Whoever corrects a title with it hands on a file without pages: write_epub raises
# nothing, and read_epub does only when somebody opens the new file. MuPDF (PyMuPDF 2.0) reads the file before, and has
# no word of it after.
# Seen: KeyError: "There is no item named 'text/nav.xhtml' in the archive".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check ebooklib==0.20 pymupdf==2.0
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import zipfile

import pymupdf
from ebooklib import epub

CONTAINER = """<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="book/package/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""
PACKAGE = """<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:uuid:a1b0d67e-2e81-4df5-9e67-a64cbe366809</dc:identifier>
<dc:title>Child A</dc:title><dc:language>en-GB</dc:language>
<meta property="dcterms:modified">2026-11-28T08:00:00Z</meta></metadata>
<manifest><item id="nav" href="../text/nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>
<item id="one" href="../text/one.xhtml" media-type="application/xhtml+xml"/></manifest>
<spine><itemref idref="one"/></spine></package>"""
PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">
<head><title>Invented</title></head><body>{}</body></html>"""
CONTENTS = '<nav epub:type="toc"><ol><li><a href="one.xhtml">What happened</a></li></ol></nav>'
with zipfile.ZipFile("before.epub", "w") as file:
    file.writestr("mimetype", "application/epub+zip")
    file.writestr("META-INF/container.xml", CONTAINER)
    file.writestr("book/package/package.opf", PACKAGE)
    file.writestr("book/text/nav.xhtml", PAGE.format(CONTENTS))
    file.writestr("book/text/one.xhtml", PAGE.format("<h1>What happened</h1><p>Child A was four.</p>"))


def words(name):
    try:
        with pymupdf.open(name) as document:
            return "".join(page.get_text() for page in document).split()
    except RuntimeError:
        return []


book = epub.read_epub("before.epub")
assert "Child A was four." in book.get_item_with_id("one").get_content().decode()
epub.write_epub("after.epub", book)
with zipfile.ZipFile("after.epub") as file:
    names = [name for name in file.namelist() if name.endswith(".xhtml")]
try:
    seen = epub.read_epub("after.epub").title
except KeyError as error:
    seen = str(error)
print(names, seen, words("before.epub"), words("after.epub"), sep="\n")
assert words("before.epub") == ["What", "happened", "Child", "A", "was", "four."]
assert words("after.epub") == []
assert names == ["EPUB/../text/nav.xhtml", "EPUB/../text/one.xhtml"], "EbookLib does otherwise now"
assert seen == "\"There is no item named 'text/nav.xhtml' in the archive\"", "EbookLib does otherwise now"
PYTHON
