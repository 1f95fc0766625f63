#!/usr/bin/env bash
# phonenumbers 9.0.43 (Python, of Google's libphonenumber), whose parse() by its words takes RFC 3966 too, refuses a
# tel: URI with any parameter but ext and isub: "did not seem to be a phone number". RFC 3966 §3: a number may be
# followed by parameters of any name, with or without a value, as those of number portability and ENUM are (npdi, RFC
# 4694; enumdi, RFC 4759); by §5.4 the optional ones may be ignored. An extension with a hyphen in it, which §3 allows
# there as in the number, it refuses as well. A page whose helpline is written so has a link that works, and no number
# for whoever looks for one.
# Seen: NumberParseException for ;enumdi, ;npdi, ;ext=22;a=b and ;ext=2-2. libphonenumber-js 1.13.16 (npm)
# reads the first three.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check phonenumbers==9.0.43
"$folder/venv/bin/python" - <<'PYTHON'
import phonenumbers

NUMBER = "tel:+44-808-800-5000"
seen = {}
for parameters in ["", ";ext=22", ";isub=1", ";enumdi", ";npdi", ";ext=22;a=b", ";ext=2-2"]:
    try:
        read = phonenumbers.parse(NUMBER + parameters)
        seen[parameters] = phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.RFC3966)
    except phonenumbers.NumberParseException as error:
        seen[parameters] = str(error)
print(*seen.items(), sep="\n")
refused = "(1) The string supplied did not seem to be a phone number."
assert seen == {
    "": NUMBER,
    ";ext=22": f"{NUMBER};ext=22",
    ";isub=1": NUMBER,
    ";enumdi": refused,
    ";npdi": refused,
    ";ext=22;a=b": refused,
    ";ext=2-2": refused,
}, "phonenumbers does otherwise now"
PYTHON
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" libphonenumber-js@1.13.16
cat >look.mjs <<'JS'
import assert from "node:assert";
import { parsePhoneNumber } from "libphonenumber-js/max";

const seen = {};
for (const parameters of [";enumdi", ";npdi", ";ext=22;a=b"]) {
  const { number, ext } = parsePhoneNumber(`tel:+44-808-800-5000${parameters}`);
  seen[parameters] = [number, ext];
}
console.log(seen);
const number = "+448088005000";
assert.deepStrictEqual(seen, {
  ";enumdi": [number, undefined],
  ";npdi": [number, undefined],
  ";ext=22;a=b": [number, "22"],
});
JS
node look.mjs
