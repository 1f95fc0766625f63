#!/usr/bin/env bash
# pypdf 7.1.1 and pdfminer.six 20260107 (Python) and unpdf 1.7.0 (npm; Mozilla's pdf.js) pass over what a PDF says that
# a sign of it stands for. ISO 32000-1 §14.9.4: ActualText replaces what is marked with it, for search and for reading
# aloud: a word that is drawn as a picture or in letters of its own, or a hyphen at a line's end that is none of the
# word's. And they, pypdfium2 5.15.2 and pdf_oxide 0.3.78 (Python) give the words of a layer that is switched off
# (§8.11.2 and §8.11.4.3: content of an optional content group whose state is OFF is not to be shown): earlier wordings,
# a note for the printer. Nothing tells them from the report's own. MuPDF (PyMuPDF 2.0) has both right, pypdfium2 and
# pdf_oxide the first.
# Seen: "in X" of three where the page says "in Wales"; "Layer." beside "Shown." of five.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    pypdf==7.1.1 pdfminer.six==20260107 pypdfium2==5.15.2 pdf_oxide==0.3.78 pymupdf==2.0
"$folder/venv/bin/python" - <<'PYTHON'
import pathlib

import pdf_oxide
import pymupdf
import pypdf
import pypdfium2
from pdfminer.high_level import extract_text

MARKED = b"BT /F1 12 Tf 50 700 Td (in ) Tj /Span << /ActualText (Wales) >> BDC (X) Tj EMC ET"
LAYERED = (
    b"BT /F1 12 Tf 50 700 Td (Shown.) Tj ET "
    b"/OC /Draft BDC BT /F1 12 Tf 50 650 Td (Layer.) Tj ET EMC"
)


def write(name, content):
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /OCProperties << /OCGs [6 0 R] /D << /Order [6 0 R] /OFF [6 0 R] >> >> >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources "
        b"<< /Font << /F1 5 0 R >> /Properties << /Draft 6 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /OCG /Name (Draft) >>",
    ]
    data, places = b"%PDF-1.7\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(data))
    pathlib.Path(name).write_bytes(data + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table) + end)


READERS = {
    "pypdf": lambda name: pypdf.PdfReader(name).pages[0].extract_text(),
    "pdfminer": extract_text,
    "pypdfium2": lambda name: pypdfium2.PdfDocument(name)[0].get_textpage().get_text_range(),
    "pdf_oxide": lambda name: pdf_oxide.PdfDocument(name).extract_text(0),
    "MuPDF": lambda name: pymupdf.open(name)[0].get_text(),
}
write("marked.pdf", MARKED)
write("layered.pdf", LAYERED)
seen = {
    name: [" ".join(read(f"{file}.pdf").split()) for file in ("marked", "layered")] for name, read in READERS.items()
}
print(seen)
assert seen["MuPDF"] == ["in Wales", "Shown."]
assert seen == {
    "pypdf": ["in X", "Shown. Layer."],
    "pdfminer": ["in X", "Shown. Layer."],
    "pypdfium2": ["in Wales", "Shown. Layer."],
    "pdf_oxide": ["in Wales", "Shown. Layer."],
    "MuPDF": ["in Wales", "Shown."],
}, "one of them does otherwise now"
PYTHON
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" unpdf@1.7.0
cat >look.mjs <<'JS'
import assert from "node:assert";
import { readFileSync } from "node:fs";
import { extractText, getDocumentProxy } from "unpdf";

const seen = [];
for (const name of ["marked", "layered"]) {
  const file = await getDocumentProxy(new Uint8Array(readFileSync(`${name}.pdf`)));
  const { text } = await extractText(file, { mergePages: true });
  seen.push(text.trim().split(/\s+/).join(" "));
}
console.log(seen);
assert.deepStrictEqual(seen, ["in X", "Shown. Layer."], "unpdf does otherwise now");
JS
node look.mjs
