#!/usr/bin/env bash
# mrrc 0.9.2 makes MODS and Dublin Core of a MARC 21 record, and leaves out of both what tells one report of a council
# from another. The Library of Congress maps 110 and 710 $b, the part of a body, to a namePart of its own, 245 $n and $p
# to partNumber and partName (MARC mapping to MODS), and 260 $a with $b to the publisher (MARC to Dublin Core
# crosswalk). Field 264, in which place, publisher and year stand since RDA, gives nothing at all. mrrc's page calls its
# Dublin Core a lossy export, but not its MODS. Nothing is raised. pymarc 5.4.0 reads publisher and year from 264.
# Seen: Ashcombe. for Ashcombe. Safeguarding Partnership.; The review. for The review. Part 2, Child A; no publisher and
# no date for 264; in Dublin Core "Ashcombe :", the place alone, for the publisher of 260.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check mrrc==0.9.2 pymarc==5.4.0
"$folder/venv/bin/python" - <<'PYTHON'
import io
import re

import mrrc
import pymarc

PUBLISHED = {"a": "Ashcombe :", "b": "The Council,", "c": "2019."}


def field(tag, second, subfields):
    inner = "".join(f'<subfield code="{code}">{words}</subfield>' for code, words in subfields.items())
    return f'<datafield tag="{tag}" ind1="2" ind2="{second}">{inner}</datafield>'


def read(published):
    text = f"""<record xmlns="http://www.loc.gov/MARC21/slim"><leader>00000nam a2200000 a 4500</leader>
    <controlfield tag="001">1</controlfield>
    {field("110", " ", {"a": "Ashcombe.", "b": "Safeguarding Partnership."})}
    {field("245", "4", {"a": "The review.", "n": "Part 2,", "p": "Child A"})}{published}</record>"""
    peer = pymarc.parse_xml_to_array(io.StringIO(text))[0]
    assert (peer.publisher, peer.pubyear) == ("The Council,", "2019.")
    record = mrrc.xml_to_record(text)
    mods = re.findall(r"<mods:(namePart|title|part\w+|publisher|dateIssued)>(.*?)<", mrrc.record_to_mods(record))
    return mods, re.findall(r"<dc:(title|creator|publisher|date)>(.*?)<", mrrc.record_to_dublin_core_xml(record))


seen = {"260": read(field("260", " ", PUBLISHED)), "264": read(field("264", "1", PUBLISHED))}
for tag, (mods, dublin_core) in seen.items():
    print(tag, mods, dublin_core, sep="\n")
named = [("title", "The review."), ("namePart", "Ashcombe.")]
core = [("title", "The review."), ("creator", "Ashcombe.")]
assert seen == {
    "260": (
        [*named, ("publisher", "The Council,"), ("dateIssued", "2019.")],
        [*core, ("publisher", "Ashcombe :"), ("date", "2019.")],
    ),
    "264": (named, core),
}, "mrrc does otherwise now"
PYTHON
