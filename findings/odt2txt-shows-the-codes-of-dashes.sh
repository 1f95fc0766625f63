#!/usr/bin/env bash
# odt2txt 0.5 (Debian's 0.5-7) finds its way through an OpenDocument text by the letters of its XML. A character that is
# written by its number, as many programs write what is not ASCII, stays so: 7&#8211;14 days. XML 1.0 §4.1: such a
# reference stands for the character. &amp;lt;, the words &lt;, it decodes twice. A CDATA section (§2.7) is left out
# with the words in it, and where a tag has a line break in it (§3.1: white space) two paragraphs are one word. text:s,
# a space (ODF 1.2 Part 1 §6.1.3, no error behind a letter, as its note says), it leaves out. Nothing is said.
# Seen: 7&#8211;14 days, 7&#x2013;14 days, <5, "Neglect harm", onetwo, 7weeks. odfdo 3.27.3 reads all of it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"
apt-get download --quiet=2 odt2txt=0.5-7
dpkg-deb --extract odt2txt_*.deb "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check odfdo==3.27.3
"$folder/venv/bin/python" - <<'PYTHON'
import subprocess
import zipfile

import odfdo

SPACES = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text"))
CONTENT = f'<office:document-content {SPACES} office:version="1.2"><office:body><office:text>'
END = "</office:text></office:body></office:document-content>"
PARAGRAPHS = {
    "plain": "<text:p>7 weeks</text:p>",
    "decimal": "<text:p>7&#8211;14 days</text:p>",
    "hexadecimal": "<text:p>7&#x2013;14 days</text:p>",
    "twice": "<text:p>written &amp;lt;5</text:p>",
    "cdata": "<text:p>Neglect<![CDATA[, not]]> harm</text:p>",
    "tag": "<text:p\n>one</text:p\n><text:p\n>two</text:p>",
    "space": "<text:p>7<text:s/>weeks</text:p>",
}
odfdo.Document("text").save("template.odt")
seen, peer = {}, {}
for name, paragraphs in PARAGRAPHS.items():
    with zipfile.ZipFile("template.odt") as template, zipfile.ZipFile("document.odt", "w") as file:
        for part in template.infolist():
            content = CONTENT + paragraphs + END
            file.writestr(part, content if part.filename == "content.xml" else template.read(part))
    command = ["usr/bin/odt2txt.odt2txt", "--encoding=UTF-8", "--width=-1", "document.odt"]
    seen[name] = subprocess.run(command, check=True, capture_output=True).stdout.decode().split("\n")
    seen[name] = [line for line in seen[name] if line]
    body = odfdo.Document("document.odt").body
    peer[name] = [paragraph.inner_text for paragraph in body.paragraphs]
print(seen, peer, sep="\n")
assert peer == {
    "plain": ["7 weeks"],
    "decimal": ["7–14 days"],
    "hexadecimal": ["7–14 days"],
    "twice": ["written &lt;5"],
    "cdata": ["Neglect, not harm"],
    "tag": ["one", "two"],
    "space": ["7 weeks"],
}
assert seen == {
    "plain": ["7 weeks"],
    "decimal": ["7&#8211;14 days"],
    "hexadecimal": ["7&#x2013;14 days"],
    "twice": ["written <5"],
    "cdata": ["Neglect harm"],
    "tag": ["onetwo"],
    "space": ["7weeks"],
}, "odt2txt does otherwise now"
PYTHON
