#!/usr/bin/env bash
# turndown-plugin-gfm 1.0.2 (npm), with which turndown 7.2.5 writes tables, puts what is in a cell into its row as it
# is. A row of GitHub Flavored Markdown (0.29, §4.10) is a line, so the second line of a cell begins a row of its own,
# and the year behind it stands below a kind of harm. Paragraphs in a cell end the table. A "|" is not escaped, as there
# it has to be, and makes one cell more; what is then beyond the header's number of cells is ignored. Nothing is raised.
# node-html-markdown 2.0.0 escapes the "|", and keeps its rows.
# Seen, as micromark 4.0.3 reads them: rows "7 weeks, Neglect" and "Physical harm, 2019"; "7, 8 weeks, Neglect" without
# the year; "| 2019 |" as a paragraph.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" turndown@7.2.5 \
    turndown-plugin-gfm@1.0.2 node-html-markdown@2.0.0 micromark@4.0.3 micromark-extension-gfm@3.0.0
cat >look.mjs <<'JS'
import assert from "node:assert";
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { NodeHtmlMarkdown } from "node-html-markdown";
import TurndownService from "turndown";
import turndownPluginGfm from "turndown-plugin-gfm";

const ROWS = {
  plain: ["7 weeks", "Neglect", "2019"],
  "line break": ["7 weeks", "Neglect<br>Physical harm", "2019"],
  bar: ["7|8 weeks", "Neglect", "2019"],
  paragraphs: ["7 weeks", "<p>Neglect</p><p>Physical harm</p>", "2019"],
};
const service = new TurndownService().use(turndownPluginGfm.gfm);

function read(markdown) {
  const html = micromark(markdown, { extensions: [gfm()], htmlExtensions: [gfmHtml()] });
  const rows = [...html.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row]) =>
    [...row.matchAll(/<t[hd]>(.*?)<\/t[hd]>/gs)].map(([, cell]) => cell),
  );
  const rest = html.replace(/<table>.*<\/table>/s, "").trim();
  return rest ? [...rows.slice(1), rest] : rows.slice(1);
}

const seen = {};
const peer = {};
for (const [name, cells] of Object.entries(ROWS)) {
  const row = cells.map((cell) => `<td>${cell}</td>`).join("");
  const html = `<table><tr><th>Age</th><th>Harm</th><th>Year</th></tr><tr>${row}</tr></table>`;
  seen[name] = read(service.turndown(html));
  peer[name] = read(NodeHtmlMarkdown.translate(html));
}
console.log(seen);
assert.deepStrictEqual([peer.plain, peer.bar], [[ROWS.plain], [ROWS.bar]]);
for (const rows of Object.values(peer)) assert(rows.length === 1 && rows[0][2] === "2019", "a row of the peer");
assert.deepStrictEqual(
  seen,
  {
    plain: [ROWS.plain],
    "line break": [
      ["7 weeks", "Neglect", ""],
      ["Physical harm", "2019", ""],
    ],
    bar: [["7", "8 weeks", "Neglect"]],
    paragraphs: [["7 weeks", "", ""], ["Neglect", "", ""], "<p>Physical harm</p>\n<p>| 2019 |</p>"],
  },
  "turndown-plugin-gfm does otherwise now",
);
JS
node look.mjs
