#!/usr/bin/env bash
# pdfminer.six 20260107 leaves out of a PDF's contents (get_outlines) each entry that leads to no page. ISO 32000-1
# §12.3.3, table 153: Title is required, Dest and A are optional; an entry without either is a heading over those below
# it, such as Recommendations or Tables. What stands below is given, at its level, and so seems to belong to the entry
# before: of a report, its recommendations to the part on the family. Nothing is said. pypdf 7.1.1 has all of it.
# Seen: (1, The family), (2, Visit), (2, Ask) where Visit and Ask stand below Recommendations.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pdfminer.six==20260107 pypdf==7.1.1
"$folder/venv/bin/python" - <<'PYTHON'
import io

import pypdf
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfparser import PDFParser

PAGE = "/Dest [3 0 R /Fit]"
PARTS = [
    "<< /Type /Catalog /Pages 2 0 R /Outlines 4 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
    "<< /Type /Outlines /First 5 0 R /Last 6 0 R /Count 4 >>",
    f"<< /Title (The family) /Parent 4 0 R /Next 6 0 R {PAGE} >>",
    "<< /Title (Recommendations) /Parent 4 0 R /Prev 5 0 R /First 7 0 R /Last 8 0 R /Count 2 >>",
    f"<< /Title (Visit) /Parent 6 0 R /Next 8 0 R {PAGE} >>",
    f"<< /Title (Ask) /Parent 6 0 R /Prev 7 0 R {PAGE} >>",
]
out, places = "%PDF-1.7\n", []
for number, part in enumerate(PARTS, 1):
    places.append(len(out))
    out += f"{number} 0 obj\n{part}\nendobj\n"
table = "".join(f"{place:010} 00000 n \n" for place in places)
end = f"trailer << /Size 9 /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
file = (out + f"xref\n0 9\n0000000000 65535 f \n{table}{end}").encode()


def entries(outline, level=1):
    for entry in outline:
        if isinstance(entry, list):
            yield from entries(entry, level + 1)
        else:
            yield level, entry.title


peer = list(entries(pypdf.PdfReader(io.BytesIO(file)).outline))
seen = [entry[:2] for entry in PDFDocument(PDFParser(io.BytesIO(file))).get_outlines()]
print(seen, peer, sep="\n")
assert peer == [(1, "The family"), (1, "Recommendations"), (2, "Visit"), (2, "Ask")]
assert seen == [(1, "The family"), (2, "Visit"), (2, "Ask")], "pdfminer does otherwise now"
PYTHON
