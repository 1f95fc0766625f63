#!/usr/bin/env bash
# segno 1.6.6, which writes QR codes: make_vcard_data puts a line break of a note or of an address into the vCard as it
# is, and a backslash too. RFC 2425 §5.8.4, on which vCard 3.0 (RFC 2426, ESCAPED-CHAR in §4) stands: in a text they are
# written \n and \\. Its own words on what it escapes name the backslash, its page a vCard 3.0. A note of two lines
# makes a card that vobject 0.9.9 refuses whole, and C:\new one whose note has a line break. Commas and semicolons it
# has right, and vobject writes all of it.
# Seen: ParseError Failed to parse line: by ten; 'C:' and 'ew' on two lines.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check segno==1.6.6 vobject==0.9.9
"$folder/venv/bin/python" - <<'PYTHON'
import vobject
from segno.helpers import make_vcard_data


def read(card):
    try:
        return vobject.readOne(card).note.value
    except vobject.base.ParseError as error:
        return f"ParseError {error.msg}"


def write_with_vobject(note):
    card = vobject.vCard()
    card.add("n").value = vobject.vcard.Name(family="Ash", given="A")
    card.add("fn").value = "A Ash"
    card.add("note").value = note
    return card.serialize()


seen = {}
for note in ("Call, or write; thanks", "Call\nby ten", "C:\\new"):
    seen[note] = read(make_vcard_data("Ash;A", "A Ash", memo=note))
    print(repr(note), repr(seen[note]))
    assert read(write_with_vobject(note)) == note
assert seen == {
    "Call, or write; thanks": "Call, or write; thanks",
    "Call\nby ten": "ParseError Failed to parse line: by ten",
    "C:\\new": "C:\new",
}, "segno does otherwise now"
PYTHON
