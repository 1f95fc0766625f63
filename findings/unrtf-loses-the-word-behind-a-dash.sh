#!/usr/bin/env bash
# unrtf 0.21.10 (Debian's 0.21.10-clean-1) leaves out of the HTML that it makes the word behind a \u and its stand-in.
# RTF 1.9.1 (Unicode RTF): behind \u, \uc characters are for readers that do not know it, one where nothing is said, so
# of 5\u8211?14 days "?" is left out and "14" is not; with \uc0 nothing is left out. unrtf has "5– days" of both. Where
# the stand-in is an escape, \'96, as Word writes it, nothing is lost. A link (Field) it names "hyperlink", whatever its
# result, which is what is to be shown, and puts its address into quotation marks twice.
# Seen: 5&ndash; days; <a href=""https://example.org/"">hyperlink</a>. striprtf 0.0.35 has 5–14 days and the report.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"
apt-get download --quiet=2 unrtf=0.21.10-clean-1
dpkg-deb --extract unrtf_*.deb "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check striprtf==0.0.35
"$folder/venv/bin/python" - <<'PYTHON'
import re
import subprocess
from pathlib import Path

from striprtf.striprtf import rtf_to_text

FIELD = r'{\field{\*\fldinst{HYPERLINK "https://example.org/"}}{\fldrslt{the report}}}'
TEXTS = {
    "escape": r"from 5\u8211\'9614 days",
    "mark": r"from 5\u8211?14 days",
    "none": r"from \uc0 5\u8211 14 days",
    "letter": r"the boy\u8217 's own words",
    "link": f"see {FIELD} of 2019",
}
seen, peer = {}, {}
for name, text in TEXTS.items():
    document = r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}}\pard\f0 " + text + r"\par}"
    Path("document.rtf").write_text(document)
    command = ["usr/bin/unrtf", "-P", "usr/share/unrtf/", "--html", "document.rtf"]
    page = subprocess.run(command, check=True, capture_output=True).stdout.decode()
    body = re.search("<body>(.*)</body>", page, re.DOTALL)[1]
    seen[name] = re.sub("</?font[^>]*>|<br>", "", body).strip()
    peer[name] = rtf_to_text(document).strip()
print(seen, peer, sep="\n")
assert peer == {
    "escape": "from 5–14 days",
    "mark": "from 5–14 days",
    "none": "from 5–14 days",
    "letter": "the boy’s own words",
    "link": 'see the report("https://example.org/") of 2019',
}
assert seen == {
    "escape": "from 5&ndash;14 days",
    "mark": "from 5&ndash; days",
    "none": "from 5&ndash; days",
    "letter": "the boy&rsquo; own words",
    "link": 'see <a href=""https://example.org/"">hyperlink</a> of 2019',
}, "unrtf does otherwise now"
PYTHON
