#!/usr/bin/env bash
# pdfminer.six 20260107 does not go to the next line at PDF's operator " (aw ac string "), which by ISO 32000-1, table
# 109, and by the words above pdfminer's own method, sets the spacing, moves to the next line and shows the string. It
# shows it on the line where it is: behind what stands there, or over it, and without an end of line in the text. The
# operator ' moves. Whoever searches the text of a report finds the words of two lines run into one another.
# Seen: three lines by " are one, "Ages of theHidden menNeglect"; by ' three, in pypdf 7.1.1 three by either.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pdfminer.six==20260107 pypdf==7.1.1
"$folder/venv/bin/python" - <<'PYTHON'
import io

import pypdf
from pdfminer.high_level import extract_text

LINES = ["Ages of the", "Hidden men", "Neglect"]


def document(operator):
    """A page of the three lines, each after the first shown by this operator."""
    shown = "".join(f" {operator.format(f'({line})')}" for line in LINES[1:])
    page = f"BT /F 12 Tf 14 TL 72 700 Td ({LINES[0]}) Tj{shown} ET"
    parts = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
        f"<< /Length {len(page)} >>\nstream\n{page}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    out, places = "%PDF-1.7\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{part}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return (out + f"xref\n0 6\n0000000000 65535 f \n{table}{end}").encode()


seen = {}
for name, operator in {"'": "{} '", '"': '0 0 {} "'}.items():
    file = document(operator)
    peer = pypdf.PdfReader(io.BytesIO(file)).pages[0].extract_text()
    seen[name] = (extract_text(io.BytesIO(file)).split("\n"), peer.split("\n"))
    print(name, *seen[name], sep=" | ")
assert seen["'"][0][:3] == seen["'"][1] == seen['"'][1] == LINES
assert seen['"'][0][0] == "Ages of theHidden menNeglect", "pdfminer does otherwise now"
PYTHON
