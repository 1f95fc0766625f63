#!/usr/bin/env bash
# pypdf 7.1.1 reads the named destinations of a PDF from one of the two places that it has for them: where the catalog
# has Dests (names, PDF 1.1), it does not look into the Dests of Names (strings, since PDF 1.2). ISO 32000-1 §12.3.2.3
# has both, one beside the other, for a destination may be a name or a string. Files put together from older and newer
# ones may have both, and an empty Dests is enough: the contents of the report (outline) then have their titles, but
# those that lead to a string lead to no page, and nothing is said. pypdfium2 5.15.2 finds all of them.
# Seen: pages [0, None] and 1 name for an outline to /old and (new); [None, None] beside an empty Dests; without Dests
# (new) is found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pypdf==7.1.1 pypdfium2==5.15.2
"$folder/venv/bin/python" - <<'PYTHON'
import io

import pypdf
import pypdfium2


def document(catalog):
    """A page, and an outline of two entries: to the name /old and to the string (new)."""
    parts = [
        f"<< /Type /Catalog /Pages 2 0 R /Outlines 4 0 R {catalog} >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
        "<< /Type /Outlines /First 5 0 R /Last 6 0 R /Count 2 >>",
        "<< /Title (Old) /Parent 4 0 R /Dest /old /Next 6 0 R >>",
        "<< /Title (New) /Parent 4 0 R /Dest (new) /Prev 5 0 R >>",
        "<< /Names [(new) [3 0 R /Fit]] >>",
    ]
    out, places = "%PDF-1.7\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{part}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"trailer << /Size 8 /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return (out + f"xref\n0 8\n0000000000 65535 f \n{table}{end}").encode()


STRINGS = "/Names << /Dests 7 0 R >>"
CATALOGS = {"both": f"/Dests << /old [3 0 R /Fit] >> {STRINGS}", "empty": f"/Dests << >> {STRINGS}", "strings": STRINGS}
seen, peer = {}, {}
for name, catalog in CATALOGS.items():
    file = document(catalog)
    reader = pypdf.PdfReader(io.BytesIO(file))
    pages = [entry.page is not None and reader.get_destination_page_number(entry) for entry in reader.outline]
    seen[name] = ([None if page is False else page for page in pages], len(reader.named_destinations))
    with pypdfium2.PdfDocument(file) as pdf:
        ends = [entry.get_dest() for entry in pdf.get_toc()]
        peer[name] = [end and end.get_index() for end in ends]
print(seen, peer, sep="\n")
assert peer == {"both": [0, 0], "empty": [None, 0], "strings": [None, 0]}
assert seen == {
    "both": ([0, None], 1),
    "empty": ([None, None], 0),
    "strings": ([None, 0], 1),
}, "pypdf does otherwise now"
PYTHON
