#!/usr/bin/env bash
# node-gettext 3.0.1 (npm) takes no notice of the Plural-Forms of a catalogue, and chooses among its forms by a list of
# its own. GNU gettext's manual (Plural forms): the header says how many forms there are, and by which rule one of them
# is chosen; the forms of the file are written for that. Its list has four for Welsh, where CLDR has six, and so has
# Babel 2.19.0, of which a new file is read here. So it gives each number the form of another: 1 that of 0, 2 that of 1.
# Its page says that it ships with forms for 136 languages, not that it takes no others. Nothing is raised.
# Seen: 1 mlynedd, 2 flwyddyn, 3 flynedd; Python's gettext has 1 flwyddyn, 2 flynedd, 3 blynedd of the same file.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check Babel==2.19.0
"$folder/venv/bin/python" - <<'PYTHON'
import gettext

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import write_po

FORMS = ("%d mlynedd", "%d flwyddyn", "%d flynedd", "%d blynedd", "%d blynedd", "%d mlynedd")
catalogue = Catalog(locale="cy", charset="utf-8")
catalogue.add(("%d year", "%d years"), FORMS)
with open("cy.po", "wb") as file:
    write_po(file, catalogue)
with open("cy.mo", "wb") as file:
    write_mo(file, catalogue)
with open("cy.mo", "rb") as file:
    translations = gettext.GNUTranslations(file)
seen = {number: translations.ngettext("%d year", "%d years", number) for number in (1, 2, 3, 5, 6)}
print(catalogue.plural_forms, seen)
assert catalogue.num_plurals == 6
assert seen == {1: "%d flwyddyn", 2: "%d flynedd", 3: "%d blynedd", 5: "%d mlynedd", 6: "%d blynedd"}
PYTHON
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" node-gettext@3.0.1 gettext-parser@10.0.0
cat >look.mjs <<'JS'
import assert from "node:assert";
import fs from "node:fs";
import { po } from "gettext-parser";
import Gettext from "node-gettext";

const catalogue = po.parse(fs.readFileSync("cy.po"));
assert.match(catalogue.headers["Plural-Forms"], /^nplurals=6; /);
const gettext = new Gettext();
gettext.addTranslations("cy", "messages", catalogue);
gettext.setLocale("cy");
const seen = [1, 2, 3, 5, 6].map((number) => gettext.ngettext("%d year", "%d years", number));
console.log(seen);
const other = ["%d mlynedd", "%d flwyddyn", "%d flynedd", "%d flynedd", "%d flynedd"];
assert.deepStrictEqual(seen, other, "node-gettext does otherwise now");
JS
node look.mjs
