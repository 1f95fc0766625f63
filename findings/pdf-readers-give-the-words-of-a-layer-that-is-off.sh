#!/usr/bin/env bash
# pypdf 7.1.1 and pdfminer.six 20260107, which pdfplumber reads with (Python), and unpdf 1.7.0 (npm; Mozilla's pdf.js)
# give the words of a layer of a PDF that is switched off as words of the page. ISO 32000-1 §8.11: optional content is
# shown or not by the state of its group, and a group that OFF of the default configuration (§8.11.4.3) names is off
# when the file is opened. So notes of a draft, a stamp for another edition or the second language of a form, which
# nobody who opens the file sees, come into what is searched and quoted, and nothing tells them from the rest.
# Seen: "Draft: not agreed." of three, on one page with "Agreed."; PyMuPDF 2.0 has Agreed. alone, and both of a file
# whose layer is on.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    pypdf==7.1.1 pdfminer.six==20260107 PyMuPDF==2.0 pikepdf==10.18.0
"$folder/venv/bin/python" - <<'PYTHON'
import pikepdf
import pymupdf
import pypdf
from pdfminer.high_level import extract_text
from pikepdf import Array, Dictionary, Name, String

DRAWN = b"BT /F 12 Tf 20 80 Td (Agreed.) Tj ET /OC /L BDC BT /F 12 Tf 20 40 Td (Draft: not agreed.) Tj ET EMC"


def write(name, off):
    file = pikepdf.new()
    page = file.add_blank_page(page_size=(200, 100))
    layer = file.make_indirect(Dictionary(Type=Name.OCG, Name=String("Draft")))
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
    page.obj.Resources = Dictionary(Font=Dictionary(F=font), Properties=Dictionary(L=layer))
    page.obj.Contents = file.make_stream(DRAWN)
    state = Dictionary(Order=Array([layer]), **({"OFF": Array([layer])} if off else {"ON": Array([layer])}))
    file.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=state)
    file.save(name)


def read(name):
    texts = {
        "pypdf": pypdf.PdfReader(name).pages[0].extract_text(),
        "pdfminer.six": extract_text(name),
        "PyMuPDF": pymupdf.open(name)[0].get_text(),
    }
    return {reader: text.split() for reader, text in texts.items()}


ALL = ["Agreed.", "Draft:", "not", "agreed."]
write("on.pdf", False)
write("off.pdf", True)
on, off = read("on.pdf"), read("off.pdf")
print("on", on)
print("off", off)
assert on == dict.fromkeys(on, ALL)
assert off["PyMuPDF"] == ["Agreed."]
assert off["pypdf"] == ALL, "pypdf does otherwise now"
assert off["pdfminer.six"] == ALL, "pdfminer.six does otherwise now"
PYTHON
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" unpdf@1.7.0
cat >look.mjs <<'JS'
import assert from "node:assert";
import fs from "node:fs";
import { extractText } from "unpdf";

const { text } = await extractText(new Uint8Array(fs.readFileSync("off.pdf")), { mergePages: true });
console.log("unpdf", text);
assert.strictEqual(text, "Agreed.\nDraft: not agreed.", "unpdf does otherwise now");
JS
node look.mjs
