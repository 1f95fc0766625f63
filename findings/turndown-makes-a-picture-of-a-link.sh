#!/usr/bin/env bash
# turndown 7.2.5, node-html-markdown 2.0.0 and html-to-md 0.8.8 (npm) write Markdown that says something else than the
# page. A link right behind an exclamation mark becomes "![", an image (CommonMark 0.31.2, §6.4): where it led there is
# a broken picture. A paragraph that begins with "1)", as numbered ones of reports do, becomes a list (§5.2). And the
# first two mark emphasis with "_", which is none inside a word (§6.2). turndown's page has its escapes ensure that text
# is not read as Markdown, and calls them aggressive. hast-util-to-mdast 10.1.3 with mdast-util-to-markdown 2.2.3 writes
# what the page says.
# Seen, as commonmark 0.31.2 reads them: <img> for the link of "New!<a>", <ol> for "1) Ask", "un_seen_" for un<em>seen.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" turndown@7.2.5 \
    node-html-markdown@2.0.0 html-to-md@0.8.8 hast-util-from-html@2.1.0 hast-util-to-mdast@10.1.3 \
    mdast-util-to-markdown@2.2.3 commonmark@0.31.2
cat >look.mjs <<'JS'
import assert from "node:assert";
import { HtmlRenderer, Parser } from "commonmark";
import { fromHtml } from "hast-util-from-html";
import { toMdast } from "hast-util-to-mdast";
import html2md from "html-to-md";
import { toMarkdown } from "mdast-util-to-markdown";
import { NodeHtmlMarkdown } from "node-html-markdown";
import TurndownService from "turndown";

const PAGE = [
  '<p>New!<a href="https://example.org/1">Child A</a></p>',
  "<p>1) Ask the father.</p>",
  "<p>The signs were un<em>seen</em>.</p>",
];
const WRITERS = {
  turndown: (html) => new TurndownService().turndown(html),
  "node-html-markdown": (html) => NodeHtmlMarkdown.translate(html),
  "html-to-md": (html) => html2md(html),
  "mdast-util-to-markdown": (html) => toMarkdown(toMdast(fromHtml(html, { fragment: true }))),
};
const seen = {};
for (const [name, write] of Object.entries(WRITERS))
  seen[name] = PAGE.map((html) => new HtmlRenderer().render(new Parser().parse(write(html))).trim());
console.log(seen);
const picture = '<p>New<img src="https://example.org/1" alt="Child A" /></p>';
const list = "<ol>\n<li>Ask the father.</li>\n</ol>";
const emphasis = "<p>The signs were un_seen_.</p>";
assert.deepStrictEqual(seen["mdast-util-to-markdown"], PAGE);
assert.deepStrictEqual(
  seen,
  {
    ...seen,
    turndown: [picture, list, emphasis],
    "node-html-markdown": [picture, list, emphasis],
    "html-to-md": [picture, list, PAGE[2]],
  },
  "one of the three does otherwise now",
);
JS
node look.mjs
