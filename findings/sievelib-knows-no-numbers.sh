#!/usr/bin/env bash
# sievelib 1.6.0, which by its page supports the Sieve extension "relational" (RFC 5231), refuses each script that
# compares numbers: the comparator i;ascii-numeric, of which RFC 5231 §3 says that it MUST be supported with the
# extension, is for it a "bad value", also where comparator-i;ascii-numeric is required as RFC 5228 §2.7.3 has it. It
# takes :count and :value without a comparator, and so with i;ascii-casemap (§2.7.3, the default), by which 10 stands
# before 9. A rule that sorts mail by a score, or by how many it goes to, is called wrong.
# Seen: bad value "i;ascii-numeric" for argument comparator, for :value, :count and :is; without it True.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check sievelib==1.6.0
"$folder/venv/bin/python" - <<'PYTHON'
from sievelib.parser import Parser

NUMERIC = ':comparator "i;ascii-numeric"'
TESTS = {
    ":value": f'header :value "ge" {NUMERIC} "X-Score" "5"',
    ":count": f'address :count "gt" {NUMERIC} ["To", "Cc"] "5"',
    ":is": f'header :is {NUMERIC} "X-Score" "5"',
    "without": 'header :value "ge" "X-Score" "5"',
    "i;octet": 'header :value "ge" :comparator "i;octet" "X-Score" "5"',
}
seen = {}
for name, test in TESTS.items():
    parser = Parser()
    script = f'require ["relational", "comparator-i;ascii-numeric"];\nif {test} {{ discard; }}\n'
    seen[name] = parser.parse(script) or parser.error
    print(name, seen[name])
refused = 'line 2: bad value "i;ascii-numeric" for argument comparator'
assert seen == {
    ":value": refused,
    ":count": refused,
    ":is": refused,
    "without": True,
    "i;octet": True,
}, "sievelib does otherwise now"
PYTHON
