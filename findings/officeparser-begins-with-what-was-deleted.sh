#!/usr/bin/env bash
# officeparser 7.8.0 (npm) begins the text of an .odt file with the paragraphs that were deleted from it while changes
# were tracked. ODF 1.2 Part 1 (Change Tracking: text:tracked-changes, text:deletion) keeps them before the text, and a
# text:change where they stood; they are no part of it. Of a .docx file it gives no deleted words. A sentence that was
# taken out before a review was published is so the first of it, and nothing tells it from the others.
# get_formatted_text of odfdo 3.27.3 has the text alone.
# Seen: "The father is Nobody.", "The child was seen." where the document has the second alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check odfdo==3.27.3
"$folder/venv/bin/python" - <<'PYTHON'
from odfdo import Document, Element

DELETED = """<text:tracked-changes><text:changed-region text:id="one"><text:deletion>
<office:change-info><dc:creator>Editor</dc:creator><dc:date>2026-11-28T08:00:00</dc:date></office:change-info>
<text:p>The father is Nobody.</text:p></text:deletion></text:changed-region></text:tracked-changes>"""
report = Document("text")
report.body.clear()
report.body.append(Element.from_tag(DELETED))
report.body.append(Element.from_tag('<text:p>The child was seen.<text:change text:change-id="one"/></text:p>'))
report.save("report.odt")
text = Document("report.odt").get_formatted_text().strip()
print(text)
assert text == "The child was seen."
PYTHON
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" officeparser@7.8.0
cat >look.js <<'JS'
const assert = require("node:assert");
const officeparser = require("officeparser");

officeparser.parseOffice("report.odt").then((tree) => {
  const seen = tree.toText().split("\n");
  console.log(seen);
  assert.deepStrictEqual(seen, ["The father is Nobody.", "The child was seen."], "officeparser does otherwise now");
});
JS
node look.js
