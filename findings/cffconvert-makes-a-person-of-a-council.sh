#!/usr/bin/env bash
# cffconvert 2.0.0 (Python), the converter of the Citation File Format, takes an author that is no person for one. The
# format (1.2.0, schema guide: definitions.entity) has bodies as authors, with a name alone. Its BibTeX has that without
# braces: Ashcombe and Vale Council is two authors there, Ashcombe and Council, Vale; its Schema.org has @type Person.
# Of two licences (guide: license, an array) it makes one address with Python's brackets in it, and of type: dataset
# SoftwareSourceCode. Its RIS ends with ER and nothing behind it: in the RIS Format Specifications each tag has two
# spaces, a hyphen and a space behind it, and rispy 0.10.0 finds no record in what it writes, and raises nothing.
# Seen: two authors by pybtex 0.26.1; Person; https://spdx.org/licenses/['CC-BY-4.0', 'CC0-1.0']; [] of rispy.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    cffconvert==2.0.0 pybtex==0.26.1 rispy==0.10.0
"$folder/venv/bin/python" - <<'PYTHON'
import json

import rispy
from cffconvert import Citation
from pybtex.database import parse_string

FILE = """cff-version: 1.2.0
message: Please cite these data.
type: dataset
title: Reviews of Ashcombe
authors:
  - name: Ashcombe and Vale Council
date-released: 2019-03-05
license: [CC-BY-4.0, CC0-1.0]
"""
citation = Citation(FILE)
citation.validate()
[entry] = parse_string(citation.as_bibtex(), "bibtex").entries.values()
graph = json.loads(citation.as_schemaorg())
ris = citation.as_ris()
seen = {
    "BibTeX": [str(person) for person in entry.persons["author"]],
    "Schema.org": (graph["@type"], graph["author"], graph["license"]),
    "RIS": ris.splitlines(),
}
print(*seen.items(), sep="\n")
assert seen["BibTeX"] == ["Ashcombe", "Council, Vale"], "cffconvert does otherwise now"
address = "https://spdx.org/licenses/['CC-BY-4.0', 'CC0-1.0']"
person = {"@type": "Person", "name": "Ashcombe and Vale Council"}
assert seen["Schema.org"] == ("SoftwareSourceCode", [person], address), "cffconvert does otherwise now"
assert seen["RIS"][-1] == "ER", "cffconvert does otherwise now"
assert rispy.loads(ris) == []
assert len(rispy.loads(ris.rstrip() + "  - \n")) == 1
PYTHON
