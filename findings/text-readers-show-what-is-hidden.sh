#!/usr/bin/env bash
# inscriptis 2.7.6, html-text 0.7.1, html2text 2025.4.15 and Resiliparse 2.0.1 (Python), and html-to-text 10.0.1,
# turndown 7.2.5 and node-html-markdown 2.0.0 (npm), which make a text of a page, give the words of it that nobody is
# shown. HTML, "The hidden attribute": what has it is not rendered, "The dialog element": without open it is not to be
# shown, and "Hidden elements" (rendering) display none of these, nor datalist and template, the contents of which ("The
# template element") are not even its children. html-text by its page leaves out text that is not normally visible to
# users, and inscriptis promises what follows the layout. Publishers keep earlier wordings, error messages and "no
# reviews found" in such elements until a script shows them, so a list of reviews is read as an empty one, and a mail in
# plain text begins with a form's complaints. Nothing tells these words from the others.
# Seen: Secret. beside Shown. for hidden and for dialog of all seven, for template of five, for datalist of six.
# hast-util-to-text 4.0.3 (npm) has Shown. each time.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    inscriptis==2.7.6 html-text==0.7.1 html2text==2025.4.15 resiliparse==2.0.1
"$folder/venv/bin/python" - <<'PYTHON'
import html_text
import html2text
import inscriptis
from resiliparse.extract.html2text import extract_plain_text

PAGES = {
    "hidden": "<p hidden>Secret.</p>",
    "dialog": "<dialog>Secret.</dialog>",
    "template": "<template><p>Secret.</p></template>",
    "datalist": "<datalist><option>Secret.</option></datalist>",
}
READERS = {
    "inscriptis": inscriptis.get_text,
    "html-text": html_text.extract_text,
    "html2text": html2text.html2text,
    "Resiliparse": lambda page: extract_plain_text(page, main_content=False),
}
seen = {reader: [] for reader in READERS}
for name, words in PAGES.items():
    page = f'<!DOCTYPE html><html lang="en"><head><title>T</title></head><body><p>Shown.</p>{words}</body></html>'
    for reader, read in READERS.items():
        text = read(page)
        assert "Shown." in text
        if "Secret." in text:
            seen[reader].append(name)
print(seen)
assert seen == {
    "inscriptis": ["hidden", "dialog", "template", "datalist"],
    "html-text": ["hidden", "dialog", "template", "datalist"],
    "html2text": ["hidden", "dialog", "template", "datalist"],
    "Resiliparse": ["hidden", "dialog"],
}, "one of them does otherwise now"
PYTHON
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" html-to-text@10.0.1 turndown@7.2.5 \
    node-html-markdown@2.0.0 hast-util-to-text@4.0.3 unified@11.0.5 rehype-parse@9.0.1
cat >look.mjs <<'JS'
import assert from "node:assert";
import { toText } from "hast-util-to-text";
import { convert } from "html-to-text";
import { NodeHtmlMarkdown } from "node-html-markdown";
import rehypeParse from "rehype-parse";
import TurndownService from "turndown";
import { unified } from "unified";

const PAGES = {
  hidden: "<p hidden>Secret.</p>",
  dialog: "<dialog>Secret.</dialog>",
  template: "<template><p>Secret.</p></template>",
  datalist: "<datalist><option>Secret.</option></datalist>",
};
const body = (tree) =>
  tree.children.find((one) => one.tagName === "html").children.find((one) => one.tagName === "body");
const readers = {
  "hast-util-to-text": (page) => toText(body(unified().use(rehypeParse).parse(page))),
  "html-to-text": (page) => convert(page),
  turndown: (page) => new TurndownService().turndown(page),
  "node-html-markdown": (page) => NodeHtmlMarkdown.translate(page),
};
const seen = {};
for (const [reader, read] of Object.entries(readers)) {
  seen[reader] = Object.keys(PAGES).filter((name) => {
    const text = read(
      `<!DOCTYPE html><html lang="en"><head><title>T</title></head><body><p>Shown.</p>${PAGES[name]}</body></html>`,
    );
    assert.ok(text.includes("Shown."));
    return text.includes("Secret.");
  });
}
console.log(seen);
assert.deepStrictEqual(
  seen,
  {
    "hast-util-to-text": [],
    "html-to-text": ["hidden", "dialog", "template", "datalist"],
    turndown: ["hidden", "dialog", "datalist"],
    "node-html-markdown": ["hidden", "dialog", "template", "datalist"],
  },
  "one of them does otherwise now",
);
JS
node look.mjs
