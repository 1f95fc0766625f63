#!/usr/bin/env bash
# sifter3 0.2.7, by its page all of the base Sieve language but what it lists there, refuses each script with a size
# test, which is not on that list. RFC 5228 §5.9: size has :over or :under, and a number behind it. It takes numbers
# only where they are still text, and its own parser has made numbers of them by then. Mail that a rule would have
# sorted by size so keeps the whole script, and all its other rules, from being read. sievelib 1.6.0 takes them.
# Seen: RuleSyntaxError Unexpected tag argument ':OVER' to SIZE encountered, and ':UNDER'.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check sifter3==0.2.7 sievelib==1.6.0
"$folder/venv/bin/python" - <<'PYTHON'
import email

import sievelib.parser
import sifter.parser
from sifter.grammar.rule import RuleSyntaxError

MAIL = email.message_from_string("Subject: Invented\n\nInvented.\n")
TESTS = ("size :over 100K", "size :over 10", "not size :under 1M", 'header :is "Subject" "Invented"')


def run(script):
    try:
        return sifter.parser.SieveParser().parse(script).evaluate(MAIL)
    except RuleSyntaxError as error:
        return f"RuleSyntaxError {error}"


seen = []
for test in TESTS:
    script = f'if {test} {{ redirect "a@example.org"; }}\n'
    assert sievelib.parser.Parser().parse(script), test
    seen.append(run(script))
    print(test, seen[-1])
refused = "RuleSyntaxError Unexpected tag argument ':{}' to SIZE encountered"
assert seen == [
    refused.format("OVER"),
    refused.format("OVER"),
    refused.format("UNDER"),
    [("redirect", "a@example.org")],
], "sifter3 does otherwise now"
PYTHON
