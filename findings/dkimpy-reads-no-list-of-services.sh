#!/usr/bin/env bash
# dkimpy 1.1.8 finds no signature valid whose key is for mail and for TLS reports: s=tlsrpt:email in the key record, by
# RFC 6376 §3.6.1 a list of services divided by colons, is to it the name of one service, and of one that it does not
# know, so it makes no use of the key. RFC 8460 §3 wants tlsrpt there of who sends such reports, so a domain that signs
# both with one key has such a record, and its newsletters, and its reports too, fail here. It takes q=dns/other:dns/txt
# for one way as well (§3.5: a list of ways to the key, of which those that are unknown MUST be ignored).
# Seen: True for no s, s=* and s=email, and of a report (tlsrpt) for s=tlsrpt; False for s=tlsrpt:email and
# s=email:tlsrpt as either, and for the two ways. mailauth 4.13.3 passes all of these as mail.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" mailauth@4.13.3
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check dkimpy==1.1.8 dnspython==2.9.2
cat >look.js <<'JS'
const assert = require("node:assert");
const crypto = require("node:crypto");
const fs = require("node:fs");
const { dkimSign } = require("mailauth/lib/dkim/sign");
const { dkimVerify } = require("mailauth/lib/dkim/verify");

const MESSAGE = [
  "From: Nora Nobody <nora@example.org>", "To: Reader <reader@example.net>", "Subject: New reviews",
  "Date: Fri, 28 Nov 2025 08:00:00 +0000", "Message-ID: <one@example.org>", "", "Invented.", "",
].join("\r\n");
const HASH = crypto.createHash("sha256").update("Invented.\r\n").digest("base64");
const pair = crypto.generateKeyPairSync("rsa", { modulusLength: 2048 });
const key = pair.publicKey.export({ type: "spki", format: "der" }).toString("base64");
const RECORDS = {
  plain: `v=DKIM1; p=${key}`,
  star: `v=DKIM1; s=*; p=${key}`,
  email: `v=DKIM1; s=email; p=${key}`,
  report: `v=DKIM1; s=tlsrpt; p=${key}`,
  list: `v=DKIM1; s=tlsrpt:email; p=${key}`,
  reverse: `v=DKIM1; s=email:tlsrpt; p=${key}`,
};

function sign(methods) {
  const tags = `v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=s; q=${methods}; h=from:subject; bh=${HASH}; b=`;
  const signed = `from:Nora Nobody <nora@example.org>\r\nsubject:New reviews\r\ndkim-signature:${tags}`;
  return `DKIM-Signature: ${tags}${crypto.sign("sha256", signed, pair.privateKey).toString("base64")}\r\n${MESSAGE}`;
}

(async () => {
  const mails = { one: sign("dns/txt"), two: sign("dns/other:dns/txt") };
  for (const mail of Object.values(mails)) {
    for (const record of Object.values(RECORDS).filter((record) => record !== RECORDS.report)) {
      const { results } = await dkimVerify(mail, { resolver: async () => [[record]] });
      assert.strictEqual(results[0].status.result, "pass");
    }
  }
  fs.writeFileSync("seen.json", JSON.stringify({ mails, records: RECORDS }));
})();
JS
node look.js
"$folder/venv/bin/python" - <<'PYTHON'
import json
import pathlib

import dkim

given = json.loads(pathlib.Path("seen.json").read_text())


def verify(mail, record, tlsrpt):
    answer = given["records"][record].encode()
    return dkim.verify(given["mails"][mail].encode(), dnsfunc=lambda name, timeout=5: answer, tlsrpt=tlsrpt)


seen = {record: (verify("one", record, False), verify("one", record, "strict")) for record in given["records"]}
methods = verify("two", "plain", False)
print(*seen.items(), methods, sep="\n")
assert seen == {
    "plain": (True, False),
    "star": (True, False),
    "email": (True, False),
    "report": (False, True),
    "list": (False, False),
    "reverse": (False, False),
}, "dkimpy does otherwise now"
assert methods is False, "dkimpy does otherwise now"
PYTHON
