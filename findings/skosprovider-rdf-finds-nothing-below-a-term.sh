#!/usr/bin/env bash
# skosprovider_rdf 1.4.0 (Python) reads a SKOS thesaurus by its words alone. SKOS Reference: S25, narrower is inverse of
# broader; S23, related is symmetric; S29 and S36, an ordered collection is a collection, and each item of its list a
# member; §7.1, a definition or another note may be a literal, a description of its own or a document. A thesaurus in
# which each term names its broader one, and no more, so has nothing below any term: expand, which its own text says
# returns the narrower ones, gives the term alone, and a search for abuse finds no page on neglect. A related term is
# known from one side, an ordered collection not at all, and a definition that is a document ends all of it with an
# AttributeError. skosify 2.3.0 makes the first two good.
# Seen: expand gives 1 of 2, related 0 of 1, False for the collection; AttributeError: 'URIRef' object has no attribute
# 'datatype'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    skosprovider-rdf==1.4.0 skosprovider==1.5.1 skosify==2.3.0
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import rdflib
from skosify import infer
from skosprovider_rdf.providers import RDFProvider

THESAURUS = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix : <https://example.org/> .
:terms a skos:ConceptScheme .
:abuse a skos:Concept ; skos:inScheme :terms ; skos:prefLabel "Abuse"@en .
:neglect a skos:Concept ; skos:inScheme :terms ; skos:prefLabel "Neglect"@en ;
    skos:broader :abuse ; skos:related :home .
:home a skos:Concept ; skos:inScheme :terms ; skos:prefLabel "Home conditions"@en .
:steps a skos:OrderedCollection ; skos:inScheme :terms ; skos:prefLabel "Steps"@en ; skos:memberList (:home :neglect) .
"""
ABUSE, NEGLECT, HOME, STEPS = [f"https://example.org/{name}" for name in ("abuse", "neglect", "home", "steps")]


def read(text, *rules):
    graph = rdflib.Graph().parse(data=text, format="turtle")
    for rule in rules:
        rule(graph)
    return RDFProvider({"id": "terms"}, graph)


provider, peer = read(THESAURUS), read(THESAURUS, infer.skos_hierarchical, infer.skos_related)
seen = [provider.expand(ABUSE), provider.get_by_id(HOME).related, provider.get_by_id(STEPS)]
try:
    read(THESAURUS + ":neglect skos:definition <https://example.org/page> .")
    raised = None
except AttributeError as error:
    raised = str(error)
print(seen, raised, sorted(peer.expand(ABUSE)), peer.get_by_id(HOME).related, sep="\n")
assert sorted(peer.expand(ABUSE)) == [ABUSE, NEGLECT] and peer.get_by_id(HOME).related == [NEGLECT]
assert provider.get_by_id(NEGLECT).broader == [ABUSE]
assert seen == [[ABUSE], [], False], "skosprovider_rdf does otherwise now"
assert raised == "'URIRef' object has no attribute 'datatype'", "skosprovider_rdf does otherwise now"
PYTHON
