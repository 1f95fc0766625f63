#!/usr/bin/env bash
# postal-mime 4.0.0 (npm) reads format=flowed, and joins quoted lines without a look at their quote marks: those of each
# line but the first stay among the words. RFC 3676 §4.5 has them counted and taken off before the rest of the line is
# looked at, and lines of unequal depth are not one paragraph; by §4.3 "-- " before a signature, quoted or not, is
# neither fixed nor flowed. An answer below a quotation that ends in a space so becomes part of it, and who looks for
# the words of one mail in another's quotation does not find them. mailparser 3.14.2 has all of it as the RFC does.
# Seen: "> Child A > died" of "> Child A ", "> died"; "> asks they answer"; "> -- > Ash".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" postal-mime@4.0.0 mailparser@3.14.2
cat >look.mjs <<'JS'
import assert from "node:assert";
import { simpleParser } from "mailparser";
import PostalMime from "postal-mime";

const WORDS = {
  quoted: ["> Child A ", "> died"],
  answer: ["> asks ", "they answer"],
  signature: ["> -- ", "> Ash"],
  plain: ["Child A ", "died"],
};
const seen = { "postal-mime": {}, mailparser: {} };
for (const [name, lines] of Object.entries(WORDS)) {
  const mail = ["Content-Type: text/plain; format=flowed", "", ...lines, ""].join("\r\n");
  seen["postal-mime"][name] = (await PostalMime.parse(mail)).text.trimEnd().split("\n");
  seen.mailparser[name] = (await simpleParser(mail)).text.trimEnd().split("\n");
}
console.log(seen);
assert.deepStrictEqual(
  seen,
  {
    "postal-mime": {
      quoted: ["> Child A > died"],
      answer: ["> asks they answer"],
      signature: ["> -- > Ash"],
      plain: ["Child A died"],
    },
    mailparser: {
      quoted: ["> Child A died"],
      answer: ["> asks ", "they answer"],
      signature: ["> -- ", "> Ash"],
      plain: ["Child A died"],
    },
  },
  "postal-mime does otherwise now",
);
JS
node look.mjs
