#!/usr/bin/env bash
# jats-xml 1.1.1 (npm) and jats 0.2.2 (Python) have no name for an author of a JATS article that is not a person: collab
# (JATS, ANSI/NISO Z39.96, collab: a group credited under one name, or an organization). jats-xml has " " for it, in the
# frontmatter that it makes of an article, and " Somebody" for a string-name whose given name is not marked up, as its
# mixed content allows; jats leaves out both. And jats leaves out of a section what stands in a list, a definition list,
# a table or a quotation: of a review, its recommendations. Nothing is raised. litdown 0.7.0 has all of them.
# Seen: ["Nora Nobody", " ", " Somebody"] and ["Nora Nobody"] for three authors; one of five parts of the section.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >review.xml <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96) Journal Archiving and Interchange DTD v1.3 20210610//EN"
"JATS-archivearticle1-3.dtd">
<article><front><journal-meta><journal-id>invented</journal-id><issn>1234-5679</issn></journal-meta>
<article-meta><title-group><article-title>Child A</article-title></title-group><contrib-group>
<contrib contrib-type="author"><name><surname>Nobody</surname><given-names>Nora</given-names></name></contrib>
<contrib contrib-type="author"><collab>Ashcombe Partnership</collab></contrib>
<contrib contrib-type="author"><string-name>Ned <surname>Somebody</surname></string-name></contrib>
</contrib-group><pub-date><year>2019</year></pub-date></article-meta></front>
<body><sec><title>Recommendations</title><p>The panel has four.</p>
<list list-type="order"><list-item><p>Ask the fathers.</p></list-item></list>
<def-list><def-item><term>MASH</term><def><p>Share with the hub.</p></def></def-item></def-list>
<disp-quote><p>Listen to children.</p></disp-quote>
<table-wrap><table><tbody><tr><td>Visit at home.</td></tr></tbody></table></table-wrap></sec></body></article>
XML
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" jats-xml@1.1.1
cat >look.mjs <<'JS'
import assert from "node:assert";
import fs from "node:fs";
import { Jats } from "jats-xml";

const authors = new Jats(fs.readFileSync("review.xml", "utf8")).frontmatter.authors.map(({ name }) => name);
console.log("jats-xml", authors);
assert.deepStrictEqual(authors, ["Nora Nobody", " ", " Somebody"], "jats-xml does otherwise now");
JS
node look.mjs
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check jats==0.2.2 litdown==0.7.0
"$folder/venv/bin/python" - <<'PYTHON'
import pathlib

import jats
import litdown

PARTS = ["The panel has four.", "Ask the fathers.", "Share with the hub.", "Listen to children.", "Visit at home."]
AUTHORS = ["Nora Nobody", "Ashcombe Partnership", "Ned Somebody"]
article = jats.parse_jats_xml(pathlib.Path("review.xml"))
authors = [f"{author.given_names} {author.surname}" for author in article.authors]
markdown = jats.convert_to_markdown(article)
parts = [part for part in PARTS if part in markdown]
print("jats", authors, parts)
peer = litdown.convert(pathlib.Path("review.xml").read_bytes())
assert [words for words in [*AUTHORS, *PARTS] if words not in peer] == []
assert (authors, parts) == (AUTHORS[:1], PARTS[:1]), "jats does otherwise now"
PYTHON
