#!/usr/bin/env bash
# pikepdf 10.18.0 (qpdf) and pdfminer.six 20260107, which pdfplumber reads with, give the pages of a PDF that are
# lettered other letters than the document shows from the 28th on. ISO 32000-1 §12.4.2, table 159: style A is A to Z for
# the first 26 pages, AA to ZZ for the next 26, and so on: after Z come AA, BB, CC. They go on as the columns of a
# spreadsheet do, AB, AC. Appendices may be lettered: a reference to page BB then leads nowhere, and nothing is said of
# it. pypdf 7.1.1 and pypdfium2 5.15.2 have them right.
# Seen: Z, AA, AB of both, Z, AA, BB of the others; az for the 52nd page of style a, which is zz.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    pikepdf==10.18.0 pdfminer.six==20260107 pypdf==7.1.1 pypdfium2==5.15.2
"$folder/venv/bin/python" - <<'PYTHON'
import io

import pikepdf
import pypdf
import pypdfium2
from pdfminer.pdfpage import PDFPage


def document(style, start):
    """Three pages, the first of which is the start-th in this style."""
    with pikepdf.new() as pdf:
        for _ in range(3):
            pdf.add_blank_page()
        label = pikepdf.Dictionary(S=pikepdf.Name(style), St=start)
        pdf.Root.PageLabels = pikepdf.Dictionary(Nums=[0, label])
        file = io.BytesIO()
        pdf.save(file)
        return file.getvalue()


def by_pdfium(file):
    with pypdfium2.PdfDocument(file) as pdf:
        return [pdf.get_page_label(number) for number in range(len(pdf))]


READERS = {
    "pikepdf": lambda file: [page.label for page in pikepdf.open(io.BytesIO(file)).pages],
    "pdfminer": lambda file: [page.label for page in PDFPage.get_pages(io.BytesIO(file))],
    "pypdf": lambda file: pypdf.PdfReader(io.BytesIO(file)).page_labels,
    "pypdfium2": by_pdfium,
}
FILES = {"A": document("/A", 26), "a": document("/a", 51), "R": document("/R", 8)}
seen = {reader: {style: read(file) for style, file in FILES.items()} for reader, read in READERS.items()}
print(*seen.items(), sep="\n")
for reader in ("pypdf", "pypdfium2"):
    assert seen[reader] == {"A": ["Z", "AA", "BB"], "a": ["yy", "zz", "aaa"], "R": ["VIII", "IX", "X"]}
for reader in ("pikepdf", "pdfminer"):
    otherwise = {"A": ["Z", "AA", "AB"], "a": ["ay", "az", "ba"], "R": ["VIII", "IX", "X"]}
    assert seen[reader] == otherwise, f"{reader} does otherwise now"
PYTHON
