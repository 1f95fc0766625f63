#!/usr/bin/env bash
# pypdf 7.1.1 puts the names of glyphs among the words where a font names one with a suffix: /seven.oldstyle, /n.sc. ISO
# 32000-1 §9.10.2: without ToUnicode the names in an encoding's Differences are mapped by the Adobe Glyph List. The
# specification of that list (§2, The mapping) drops all from the first period on, takes the parts between underscores
# one by one, and has an empty string, not the name, for what it does not know; one.oldstyle, a.sc and T_h are in its
# own examples (§6). Layout programs set years and ages in such figures, and bodies' names in small capitals: no search
# finds them. pdfminer.six 20260107 has all three, pypdfium2 5.15.2 the figures and the letters.
# Seen: "Aged /seven.oldstyle weeks, /n.scspcc, /T_hree" for "Aged 7 weeks, nspcc, Three".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    pypdf==7.1.1 pdfminer.six==20260107 pypdfium2==5.15.2
"$folder/venv/bin/python" - <<'PYTHON'
import io

import pypdf
import pypdfium2
from pdfminer.high_level import extract_text

PAGE = r"BT /F 12 Tf 72 700 Td (Aged \001 weeks, \002spcc, \003ree) Tj ET"
ENCODING = "/Encoding << /Type /Encoding /BaseEncoding /WinAnsiEncoding /Differences [1 /seven.oldstyle /n.sc /T_h] >>"
PARTS = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F 5 0 R >> >> >>",
    f"<< /Length {len(PAGE)} >>\nstream\n{PAGE}\nendstream",
    f"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica {ENCODING} >>",
]
out, places = "%PDF-1.7\n", []
for number, part in enumerate(PARTS, 1):
    places.append(len(out))
    out += f"{number} 0 obj\n{part}\nendobj\n"
table = "".join(f"{place:010} 00000 n \n" for place in places)
end = f"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
file = (out + f"xref\n0 6\n0000000000 65535 f \n{table}{end}").encode()

seen = pypdf.PdfReader(io.BytesIO(file)).pages[0].extract_text()
peer = " ".join(extract_text(io.BytesIO(file)).split())
with pypdfium2.PdfDocument(file) as pdf:
    other = pdf[0].get_textpage().get_text_bounded()
print(seen, peer, other, sep="\n")
assert peer == "Aged 7 weeks, nspcc, Three"
assert other.startswith("Aged 7 weeks, nspcc, ")
assert seen == "Aged /seven.oldstyle weeks, /n.scspcc, /T_hree", "pypdf does otherwise now"
PYTHON
