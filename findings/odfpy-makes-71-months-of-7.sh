#!/usr/bin/env bash
# odfpy 1.4.1 (teletype.extractText, by its words the text of an element with its spaces right) and odfdo 3.27.3
# (inner_text; both Python) put the footnotes and comments of an OpenDocument text into its sentences. ODF 1.2 Part 1
# (text:note, text:note-citation, office:annotation): a note is a sign that stands at its place and a body that stands
# elsewhere, and an annotation is a comment on the text. They write the sign right behind what it is a note to, then the
# note, then the comment. So 7 with a first note is 71 months, and what an editor asks is part of what the report says.
# Seen: "Child A was 71By her mother. months oldTo be checked"; of odfdo the same with "1. By", and None None for the
# author and the day of a comment that has neither. odfdo's own get_formatted_text has 7[1], as has pandoc 3.9
# (pypandoc_binary 1.17).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    odfpy==1.4.1 odfdo==3.27.3 pypandoc_binary==1.17
"$folder/venv/bin/python" - <<'PYTHON'
import odfdo
import pypandoc
from odf import teletype
from odf.office import Annotation
from odf.opendocument import OpenDocumentText, load
from odf.text import Note, NoteBody, NoteCitation, P

report = OpenDocumentText()
line = P(text="Child A was 7")
note = Note(noteclass="footnote", id="n1")
note.addElement(NoteCitation(text="1"))
body = NoteBody()
body.addElement(P(text="By her mother."))
note.addElement(body)
line.addElement(note)
line.addText(" months old")
comment = Annotation()
comment.addElement(P(text="To be checked"))
line.addElement(comment)
report.text.addElement(line)
report.save("report.odt")

document = odfdo.Document("report.odt")
seen = {
    "odfpy": teletype.extractText(load("report.odt").getElementsByType(P)[0]),
    "odfdo": document.body.inner_text,
    "odfdo, formatted": document.get_formatted_text(),
    "pandoc": pypandoc.convert_file("report.odt", "plain"),
}
print(*seen.items(), sep="\n")
assert seen["odfdo, formatted"].startswith("Child A was 7[1] months old[*]\n")
assert seen["pandoc"].startswith("Child A was 7[1] months old")
assert seen["odfpy"] == "Child A was 71By her mother. months oldTo be checked", "odfpy does otherwise now"
told = "Child A was 71. By her mother. months oldTo be checked\nNone None\n"
assert seen["odfdo"].startswith(told), "odfdo does otherwise now"
PYTHON
