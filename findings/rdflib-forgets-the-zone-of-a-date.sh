#!/usr/bin/env bash
# rdflib 7.6.0 (Python) writes another date than it read. XML Schema 1.1 Part 2 §3.3.9: a date may have the offset of a
# zone, by which 2019-03-05+01:00 begins an hour before 2019-03-05Z, and one without a zone is a third. It drops the
# zone, so all three become one literal, and two statements one. Of a dateTime it keeps six digits of the second, where
# the schema has no limit (§3.3.7). In N-Triples it writes "inf" for INF, which is no double (§3.3.5), so that other
# programs have no number there. Its manual has literals normalized, as 01 to 1, which keeps their value; this does not.
# Seen: "2019-03-05" once for three; .123456+00:00 for .123456789Z; "inf"^^xsd:double. pyoxigraph 0.5.13 keeps them all.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check rdflib==7.6.0 pyoxigraph==0.5.13
"$folder/venv/bin/python" - <<'PYTHON'
import pyoxigraph
import rdflib

SCHEMA = "http://www.w3.org/2001/XMLSchema#"
ISSUED = "http://purl.org/dc/terms/issued"
LITERALS = [
    ("2019-03-05", "date"),
    ("2019-03-05Z", "date"),
    ("2019-03-05+01:00", "date"),
    ("2019-03-05T10:00:00.123456789Z", "dateTime"),
    ("INF", "double"),
]


def line(value, kind):
    return f'<urn:example:a> <{ISSUED}> "{value}"^^<{SCHEMA}{kind}> .'


data = "\n".join(line(*literal) for literal in LITERALS)
graph = rdflib.Graph().parse(data=data, format="nt")
seen = sorted(graph.serialize(format="nt").split("\n"))
TRIPLES = pyoxigraph.RdfFormat.N_TRIPLES
kept = pyoxigraph.serialize(pyoxigraph.parse(data, TRIPLES), format=TRIPLES)
print(*seen, sep="\n")
print(kept.decode())
assert sorted(kept.decode().split("\n")[:-1]) == sorted(data.split("\n"))
assert [text for text in seen if text] == [
    line("2019-03-05", "date"),
    line("2019-03-05T10:00:00.123456+00:00", "dateTime"),
    line("inf", "double"),
], "rdflib does otherwise now"
PYTHON
