#!/usr/bin/env bash
# rdflib 7.6.0, which by its manual parses JSON-LD as version 1.1, loses a context with "@propagate": false. By JSON-LD
# 1.1 (Context Propagation) it holds for the node object it stands in, and not for those inside that. rdflib takes its
# terms for neither: a property of that node gets the outer vocabulary's meaning, without a word. At the top of a
# document it ends in an AttributeError. "@propagate": true in a type's own context it has right. PyLD 3.3.0 has all
# three.
# Seen: the author's name is https://schema.org/name where it is https://example.org/title; AttributeError NoneType.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check rdflib==7.6.0 pyld==3.3.0
"$folder/venv/bin/python" - <<'PYTHON'
import json

import rdflib
from pyld import jsonld

SCHEMA, TITLE = "https://schema.org/", "https://example.org/title"
ONE, TWO = "https://example.org/1", "https://example.org/2"
PAGES = {
    "inside": {
        "@context": {"@vocab": SCHEMA},
        "@id": ONE,
        "author": {
            "@context": {"@propagate": False, "name": TITLE},
            "@id": TWO,
            "name": "Ash",
        },
    },
    "top": {"@context": {"@vocab": SCHEMA, "@propagate": False}, "@id": ONE, "name": "Invented"},
    "type": {
        "@context": {"@vocab": SCHEMA, "Report": {"@context": {"@propagate": True, "name": TITLE}}},
        "@id": ONE,
        "@type": "Report",
        "author": {"@id": TWO, "name": "Ash"},
    },
}


def names(triples):
    return sorted((str(who), str(what)) for who, what, words in triples if str(words) in ("Ash", "Invented"))


def read_with_pyld(page):
    graph = jsonld.to_rdf(page)["@default"]
    return names((one["subject"]["value"], one["predicate"]["value"], one["object"]["value"]) for one in graph)


def read_with_rdflib(page):
    try:
        return names(rdflib.Graph().parse(data=json.dumps(page), format="json-ld"))
    except AttributeError as error:
        return f"AttributeError {error}"


right = {name: read_with_pyld(page) for name, page in PAGES.items()}
seen = {name: read_with_rdflib(page) for name, page in PAGES.items()}
print(right, seen, sep="\n")
assert right == {"inside": [(TWO, TITLE)], "top": [(ONE, f"{SCHEMA}name")], "type": [(TWO, TITLE)]}
assert seen == {
    "inside": [(TWO, f"{SCHEMA}name")],
    "top": "AttributeError 'NoneType' object has no attribute 'get_id'",
    "type": [(TWO, TITLE)],
}, "rdflib does otherwise now"
PYTHON
