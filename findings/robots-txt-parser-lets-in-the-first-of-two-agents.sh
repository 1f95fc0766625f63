#!/usr/bin/env bash
# robots-txt-parser 2.0.3 (npm) holds the rules of a group in robots.txt for the last of its agents alone. RFC 9309
# §2.2: a group is one or more user-agent lines, and the rules behind them are for each; sites so name all the crawlers
# that they want to keep out of a folder. robots-txt-guard 1.0.2 with robots-txt-parse 2.0.1 (npm) and Python's
# robotexclusionrulesparser 1.7.1 read the first of two groups for one agent, and not the other; by §2.2.1 they MUST be
# combined into one. So a crawler that means to be polite goes where it was asked not to.
# Seen: /a and /b open to casereviews, of two agents; /b of a second group open. robots-parser 3.0.1 and robotspy 0.13.0
# obey both.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
    robots-txt-parser@2.0.3 robots-txt-guard@1.0.2 robots-txt-parse@2.0.1 robots-parser@3.0.1
cat >look.mjs <<'JS'
import assert from "node:assert";
import fs from "node:fs";
import { Readable } from "node:stream";
import robotsParser from "robots-parser";
import guard from "robots-txt-guard";
import parse from "robots-txt-parse";
import robotsTxtParser from "robots-txt-parser";

const SITE = "https://example.org";
const FILES = {
  one: "User-agent: casereviews\nDisallow: /a\nDisallow: /b\n",
  agents: "User-agent: casereviews\nUser-agent: other\nDisallow: /a\nDisallow: /b\n",
  groups: "User-agent: casereviews\nDisallow: /a\n\nUser-agent: casereviews\nDisallow: /b\n",
};
fs.writeFileSync("files.json", JSON.stringify(FILES));
const seen = {};
for (const [name, text] of Object.entries(FILES)) {
  const parser = robotsTxtParser({ userAgent: "casereviews", allowOnNeutral: true });
  parser.parseRobots(SITE, text);
  const guarded = guard(await parse(Readable.from([text])));
  const peer = robotsParser(`${SITE}/robots.txt`, text);
  const paths = ["/a", "/b"];
  assert.deepStrictEqual(paths.map((path) => peer.isAllowed(SITE + path, "casereviews")), [false, false]);
  seen[name] = {
    parser: paths.map((path) => parser.canCrawlSync(SITE + path)),
    guard: paths.map((path) => guarded.isAllowed("casereviews", path)),
  };
}
console.log(seen);
assert.deepStrictEqual(
  seen,
  {
    one: { parser: [false, false], guard: [false, false] },
    agents: { parser: [true, true], guard: [false, false] },
    groups: { parser: [false, false], guard: [false, true] },
  },
  "robots-txt-parser or robots-txt-guard does otherwise now",
);
JS
node look.mjs
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    robotexclusionrulesparser==1.7.1 robotspy==0.13.0
"$folder/venv/bin/python" - <<'PYTHON'
import json
from pathlib import Path

from robotexclusionrulesparser import RobotExclusionRulesParser
from robots import RobotsParser

seen = {}
for name, text in json.loads(Path("files.json").read_text()).items():
    peer = RobotsParser.from_string(text)
    assert not any(peer.can_fetch("casereviews", f"https://example.org{path}") for path in ("/a", "/b"))
    rules = RobotExclusionRulesParser()
    rules.parse(text)
    seen[name] = [rules.is_allowed("casereviews", path) for path in ("/a", "/b")]
print("robotexclusionrulesparser", seen)
assert seen == {
    "one": [False, False],
    "agents": [False, False],
    "groups": [False, True],
}, "robotexclusionrulesparser does otherwise now"
PYTHON
