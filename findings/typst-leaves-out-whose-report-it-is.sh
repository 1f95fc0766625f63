#!/usr/bin/env bash
# typst 0.15.2 makes a list of sources of a BibLaTeX file, and leaves out what tells one case review from another: the
# institution, which an entry of type report must have (BibLaTeX's manual, §2.1.1), and the subtitle (§2.2.2). And it
# shows other dates (Date and Time Specifications): of 2018/2019 the end alone, of 201X, some year of the 2010s, 2019 as
# if it were known, of 2019-21, spring of 2019, none. All five styles that were tried lose the institution, and show it
# where the file calls it publisher. Nothing is raised. For the institution there is an open issue, of 2023.
# Seen, as pypdf 7.1.1 reads it: "Nobody, Nora. 2019. Baby. Review." pandoc 3.9 (pypandoc_binary 1.17) has "Nobody,
# Nora. 2018–2019. Baby: A Review. Review. Vale.", n.d. for 201X, 2019 for 2019-21.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    typst==0.15.2 pypdf==7.1.1 pypandoc_binary==1.17
"$folder/venv/bin/python" - <<'PYTHON'
import io
import pathlib

import pypandoc
import pypdf
import typst

PEER = '---\nnocite: "@*"\nbibliography: list.bib\n---\n'
STYLES = ("chicago-author-date", "apa", "ieee", "modern-language-association", "harvard-cite-them-right")
FIELDS = {
    "publisher": "publisher = {Vale}, date = {2018}",
    "range": "institution = {Vale}, date = {2018/2019}",
    "decade": "institution = {Vale}, date = {201X}",
    "season": "institution = {Vale}, date = {2019-21}",
}


def show(style):
    page = f'#set page(width: 40cm, height: auto)\n#bibliography("list.bib", full: true, title: none, style: "{style}")'
    pathlib.Path("list.typ").write_text(page)
    pages = pypdf.PdfReader(io.BytesIO(typst.compile("list.typ"))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


seen, peer = {}, {}
for name, fields in FIELDS.items():
    entry = f"author = {{Nobody, Nora}}, type = {{Review}}, title = {{Baby}}, subtitle = {{A review}}, {fields}"
    pathlib.Path("list.bib").write_text(f"@report{{one, {entry}}}")
    shown = [show(style) for style in STYLES]
    seen[name] = shown[0]
    lost = [text for text in shown if "Vale" not in text]
    assert len(lost) == (0 if name == "publisher" else len(STYLES)), (name, shown)
    assert not any("A review" in text for text in shown), shown
    options = ["--citeproc", "--wrap=none"]
    peer[name] = pypandoc.convert_text(PEER, "plain", "markdown", extra_args=options).strip()
print(*seen.items(), sep="\n")
assert peer == {
    "publisher": "Nobody, Nora. 2018. Baby: A Review. Review. Vale.",
    "range": "Nobody, Nora. 2018\N{EN DASH}2019. Baby: A Review. Review. Vale.",
    "decade": "Nobody, Nora. n.d. Baby: A Review. Review. Vale.",
    "season": "Nobody, Nora. 2019. Baby: A Review. Review. Vale.",
}, peer
assert seen == {
    "publisher": "Nobody, Nora. 2018. Baby. Review. Vale.",
    "range": "Nobody, Nora. 2019. Baby. Review.",
    "decade": "Nobody, Nora. 2019. Baby. Review.",
    "season": "Nobody, Nora. n.d. Baby. Review.",
}, "typst does otherwise now"
PYTHON
