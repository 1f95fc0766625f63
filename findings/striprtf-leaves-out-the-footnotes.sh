#!/usr/bin/env bash
# striprtf 0.0.35 (Python) leaves out of an RTF document its footnotes and endnotes, the words of a text box and what an
# embedded object shows. RTF 1.9.1: \footnote is a note to the text at its place, an endnote with \ftnalt; \shptxt holds
# the text of a shape; \result what an object last showed, for a reader that does not know the object. In a review the
# notes have the sources, and often who was not heard. Nothing is raised, and no mark is left where a note was. pandoc
# (pypandoc_binary 1.17) has the words of each.
# Seen: "Seen.", twice, "Box:" and "Table:"; pandoc "Seen[1]." with the note, and so on.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check striprtf==0.0.35 pypandoc_binary==1.17
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import pypandoc
from striprtf.striprtf import rtf_to_text

HEAD = r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}}\uc1 "
SHAPE = r"{\*\shpinst\shpleft0{\sp{\sn shapeType}{\sv 202}}{\shptxt\pard\plain Note well.\par}}"
PARTS = {
    "footnote": (r"Seen{\super\chftn{\footnote\pard\plain\chftn  Only once.}}.", "Only once."),
    "endnote": (r"Seen{\super\chftn{\footnote\ftnalt\pard\plain\chftn  Only once.}}.", "Only once."),
    "shape": (r"Box:{\shp" + SHAPE + "}", "Note well."),
    "object": (r"Table:{\object\objemb{\*\objdata 0105}{\result\pard\plain 12 visits}}", "12 visits"),
}
seen = {}
for name, (part, words) in PARTS.items():
    document = HEAD + part + r"\par}"
    seen[name] = rtf_to_text(document).strip()
    peer = pypandoc.convert_text(document, "plain", format="rtf")
    print(name, repr(seen[name]), repr(peer))
    assert words in peer
expected = {"footnote": "Seen.", "endnote": "Seen.", "shape": "Box:", "object": "Table:"}
assert seen == expected, "striprtf does otherwise now"
PYTHON
