#!/usr/bin/env bash
# fast-ebook 0.2.0 (Python, Rust inside) and @lingo-reader/epub-parser 0.4.6 (npm) have no word of a chapter of an EPUB
# publication if a letter of its address is percent-encoded. EPUB 3.3 §5.6.2: the href of an item of the manifest is a
# URL; §4.2.5: parsing may put percent-encoded letters for those of a file's path, as it does for each that is not
# ASCII. So a page tŷ.xhtml (Welsh for a house) may be written t%C5%B7.xhtml. Both look for a file of that very name.
# fast-ebook's Markdown goes on with the next chapter and its item is empty; the other gives "" and says so on the
# console alone. markitdown 0.1.9 and MuPDF (PyMuPDF 2.0) have the chapter.
# Seen: of two chapters the second alone, twice.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    fast-ebook==0.2.0 pymupdf==2.0 markitdown==0.1.9
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" @lingo-reader/epub-parser@0.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import zipfile

import pymupdf
from fast_ebook import epub
from markitdown import MarkItDown

CONTAINER = """<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""
PACKAGE = """<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:uuid:a1b0d67e-2e81-4df5-9e67-a64cbe366809</dc:identifier>
<dc:title>Child A</dc:title><dc:language>en-GB</dc:language>
<meta property="dcterms:modified">2026-11-28T08:00:00Z</meta></metadata>
<manifest><item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>
<item id="one" href="t%C5%B7.xhtml" media-type="application/xhtml+xml"/>
<item id="two" href="two.xhtml" media-type="application/xhtml+xml"/></manifest>
<spine><itemref idref="one"/><itemref idref="two"/></spine></package>"""
PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">
<head><title>Invented</title></head><body>{}</body></html>"""
CONTENTS = '<nav epub:type="toc"><ol><li><a href="t%C5%B7.xhtml">One</a></li></ol></nav>'
WORDS = ["Child A was four.", "The panel asks."]
with zipfile.ZipFile("review.epub", "w") as file:
    file.writestr("mimetype", "application/epub+zip")
    file.writestr("META-INF/container.xml", CONTAINER)
    file.writestr("EPUB/package.opf", PACKAGE)
    file.writestr("EPUB/nav.xhtml", PAGE.format(CONTENTS))
    file.writestr("EPUB/t\u0177.xhtml", PAGE.format(f"<p>{WORDS[0]}</p>"))
    file.writestr("EPUB/two.xhtml", PAGE.format(f"<p>{WORDS[1]}</p>"))

with pymupdf.open("review.epub") as document:
    texts = {"PyMuPDF": "".join(page.get_text() for page in document)}
texts["markitdown"] = MarkItDown().convert("review.epub").markdown
texts["fast-ebook"] = epub.read_epub("review.epub").to_markdown()
seen = {name: [words for words in WORDS if words in text] for name, text in texts.items()}
print(seen)
assert seen.pop("fast-ebook") == WORDS[1:], "fast-ebook does otherwise now"
assert seen == {"PyMuPDF": WORDS, "markitdown": WORDS}
PYTHON
cat >look.mjs <<'JS'
import assert from "node:assert";
import { initEpubFile } from "@lingo-reader/epub-parser";

const book = await initEpubFile("review.epub");
const seen = [];
for (const { id } of book.getSpine()) seen.push((await book.loadChapter(id)).html);
console.log(seen);
assert.deepStrictEqual(seen, ["", "<p>The panel asks.</p>"], "@lingo-reader/epub-parser does otherwise now");
JS
node look.mjs
