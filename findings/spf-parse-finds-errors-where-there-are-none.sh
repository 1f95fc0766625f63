#!/usr/bin/env bash
# spf-parse 1.0.4 and dmarc-parse 1.2.1 (npm), which take the records of a domain apart and say what is wrong with them,
# find errors in valid ones. RFC 7208 §6: a modifier that is not known must be ignored, wherever it stands; §5.3 and
# §5.6: a may have a length for IPv6 behind two strokes, alone or behind one for IPv4. All of these are of type error to
# spf-parse, and not among the mechanisms that it gives. RFC 7489 §6.3: fo is a list divided by colons; fo=1:d is to
# dmarc-parse an invalid value, and its tag is not there. Who looks by them whether a domain's mail is in order mends
# what is. checkdmarc 6.0.4 (Python) takes fo=1:d.
# Seen: Unknown standalone term, for a//64, a/24//64 and note=invented; Invalid value for 'fo'; no fault of others.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" spf-parse@1.0.4 dmarc-parse@1.2.1
cat >look.mjs <<'JS'
import assert from "node:assert";
import parseDmarc from "dmarc-parse";
import parseSpf from "spf-parse";

const WRONG = ["a//64", "a/24//64", "note=invented"];
const spf = parseSpf(`v=spf1 ${WRONG.join(" ")} ip4:192.0.2.0/24 -all`);
const dmarc = parseDmarc("v=DMARC1; p=none; fo=1:d");
console.log(spf, dmarc.messages, Object.keys(dmarc.tags));
assert.deepStrictEqual(
  spf.messages,
  WRONG.map((term) => ({ message: `Unknown standalone term '${term}'`, type: "error" })),
  "spf-parse does otherwise now",
);
assert(!spf.mechanisms.some(({ type }) => type === "a"), "spf-parse does otherwise now");
const { messages } = parseSpf("v=spf1 a/24 ip4:192.0.2.0/24 exp=why.example.org -all");
assert.strictEqual(messages, undefined);
assert.deepStrictEqual(
  dmarc.messages,
  ["Invalid value for 'fo': '1:d', must be one of: 0, 1, d, s"],
  "dmarc-parse does otherwise now",
);
assert.deepStrictEqual(Object.keys(dmarc.tags), ["v", "p"]);
JS
node look.mjs
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check checkdmarc==6.0.4
"$folder/venv/bin/python" - <<'PYTHON'
from checkdmarc.dmarc import parse_dmarc_record

tags = parse_dmarc_record("v=DMARC1; p=none; fo=1:d", "example.org")["tags"]
print(tags["fo"])
assert tags["fo"]["value"] == "1:d"
PYTHON
