#!/usr/bin/env bash
# extruct 0.18.0 gives an empty string for a microdata property whose time element has no datetime: by HTML (§5.2.4) the
# value is the element's datetime value, which is its text where it has no such attribute (§4.5.14). In
# RDFa, by pyRdfa3 3.6.5, it does the reverse: it gives the text where there is a datetime (HTML+RDFa 1.1 §3.1 has the
# attribute). And of JSON-LD it passes over each script whose type has a parameter, as the media type's own profile
# (JSON-LD 1.1, IANA considerations) or a charset. PyLD 3.3.0 reads these. A report's date of publication, written as
# schema.org has it, is lost without a word, or the whole record is.
# Seen: datePublished '' for microdata, '1 Nov 2026' for RDFa; 1 of 3 JSON-LD scripts.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    extruct==0.18.0 pyrdfa3==3.6.5 lxml-html-clean==0.4.6 pyld==3.3.0
"$folder/venv/bin/python" - <<'PYTHON'
import extruct
from pyld import jsonld

TIMES = {
    "with": '<time {}="datePublished" datetime="2026-11-01">1 Nov 2026</time>',
    "without": '<time {}="datePublished">2026-11-01</time>',
}
TYPES = [
    "application/ld+json",
    "application/ld+json; charset=utf-8",
    "application/ld+json;profile=http://www.w3.org/ns/json-ld#compacted",
]


def page(body):
    return f'<!DOCTYPE html><html lang="en"><head><title>Child A</title></head><body>{body}</body></html>'


dates = {}
for name, time in TIMES.items():
    html = page(f'<p itemscope itemtype="https://schema.org/Report">{time.format("itemprop")}</p>')
    item = extruct.extract(html, syntaxes=["microdata"])["microdata"][0]
    dates["microdata", name] = item["properties"]["datePublished"]
    html = page(f'<p vocab="https://schema.org/" typeof="Report">{time.format("property")}</p>')
    found = extruct.extract(html, base_url="https://example.org/", syntaxes=["rdfa"])["rdfa"]
    values = [node["https://schema.org/datePublished"] for node in found if "https://schema.org/datePublished" in node]
    dates["rdfa", name] = values[0][0]["@value"]
scripts = {}
for type_ in TYPES:
    html = page(f'<script type="{type_}">{{"https://schema.org/name": "Child A"}}</script>')
    mine = extruct.extract(html, syntaxes=["json-ld"])["json-ld"]
    options = {"base": "https://example.org/", "extractAllScripts": True}
    scripts[type_] = (len(mine), len(jsonld.load_html(html, "https://example.org/", None, options)))
print(dates, scripts, sep="\n")
assert dates == {
    ("microdata", "with"): "2026-11-01",
    ("rdfa", "with"): "1 Nov 2026",
    ("microdata", "without"): "",
    ("rdfa", "without"): "2026-11-01",
}, "extruct does otherwise now"
assert scripts == {type_: (int(type_ == TYPES[0]), 1) for type_ in TYPES}, "extruct does otherwise now"
PYTHON
