#!/usr/bin/env bash
# html-to-text 10.0.1, turndown 7.2.5 and node-html-markdown 2.0.0 (npm) leave out the quotation marks of a q element.
# HTML (§4.5.7): marks must not be written around its content, since the user agent puts them into what it shows, as
# its own style sheet (§15.3) has it. A page that follows this has no others, so what a mother said, or what a record
# said of her, becomes what the report says: in the text of a mail, and in whatever is made of it. hast-util-to-mdast
# 10.1.3 writes the marks, also of a quotation in one.
# Seen: The mother said he fell. of all three.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" html-to-text@10.0.1 turndown@7.2.5 \
    node-html-markdown@2.0.0 hast-util-from-html@2.1.0 hast-util-to-mdast@10.1.3 mdast-util-to-markdown@2.2.3
cat >look.mjs <<'JS'
import assert from "node:assert";
import { fromHtml } from "hast-util-from-html";
import { toMdast } from "hast-util-to-mdast";
import { convert } from "html-to-text";
import { toMarkdown } from "mdast-util-to-markdown";
import { NodeHtmlMarkdown } from "node-html-markdown";
import TurndownService from "turndown";

const PAGE = "<p>The mother said <q>he fell</q>.</p>";
const seen = {
  "html-to-text": convert(PAGE),
  turndown: new TurndownService().turndown(PAGE),
  "node-html-markdown": NodeHtmlMarkdown.translate(PAGE),
  "hast-util-to-mdast": toMarkdown(toMdast(fromHtml(PAGE, { fragment: true }))).trim(),
};
console.log(seen);
assert.deepStrictEqual(
  seen,
  {
    "html-to-text": "The mother said he fell.",
    turndown: "The mother said he fell.",
    "node-html-markdown": "The mother said he fell.",
    "hast-util-to-mdast": 'The mother said "he fell".',
  },
  "one of them does otherwise now",
);
JS
node look.mjs
