#!/usr/bin/env bash
# authres 1.2.0, by its own words for RFC 8601, refuses an Authentication-Results field whose authserv-id stands in
# quotation marks. §2.2: it is a value as in RFC 2045 §5.1, so a token or a quoted string. A comment behind a method's
# version (§2.2, CFWS) it refuses too, and with it the heavily commented example of appendix B.7, which is there for
# those who write such readers. Both end in a SyntaxError, and none of the results in the field can be read. Comments in
# all other places of that example, and a quoted string as the value of a property, it takes.
# Seen: SyntaxError Expected authserv-id, and Expected "=".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check authres==1.2.0
"$folder/venv/bin/python" - <<'PYTHON'
import authres

FIELDS = {
    "plain": "example.org; spf=pass smtp.mailfrom=example.net",
    "quoted": '"example.org"; spf=pass smtp.mailfrom=example.net',
    "version": "example.org (a) 1; spf (b) / 1 = (c) pass smtp (d) . (e) mailfrom (f) = (g) example.net",
    "comment behind it": "example.org; spf / 1 (a) = pass smtp.mailfrom=example.net",
    "quoted property": 'example.org; spf=pass smtp.mailfrom="example.net"',
}


def read(field):
    try:
        (result,) = authres.parse(f"Authentication-Results: {field}").results
    except authres.SyntaxError as error:
        return f"SyntaxError {error.args[0]}"
    return result.method, result.result, result.smtp_mailfrom


seen = {name: read(field) for name, field in FIELDS.items()}
print(*seen.items(), sep="\n")
passed = ("spf", "pass", "example.net")
assert seen == {
    "plain": passed,
    "quoted": "SyntaxError Expected authserv-id",
    "version": passed,
    "comment behind it": 'SyntaxError Expected "="',
    "quoted property": passed,
}, "authres does otherwise now"
PYTHON
