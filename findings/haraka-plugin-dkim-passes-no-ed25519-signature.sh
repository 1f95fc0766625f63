#!/usr/bin/env bash
# haraka-plugin-dkim 1.3.1 (npm), the DKIM of the mail server Haraka, passes no signature of ed25519-sha256, which its
# list of changes has it validate since 1.1.0. RFC 8463 §3: what is signed is the SHA-256 hash of the header fields, and
# the key record of its own example (A.2) holds the 32 bytes of the key. The plugin reads a key in the wrapping of X.509
# alone, which RFC 6376 has for RSA, and takes the fields themselves for what was signed. So mail that is signed by this
# alone is unsigned to it, and to the DMARC behind it; one with a second signature by RSA passes.
# Seen: invalid, verification error; fail where the key is wrapped; pass of RSA. mailauth 4.13.3, which signs here, and
# dkimpy 1.1.8 pass the same message.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" haraka-plugin-dkim@1.3.1 mailauth@4.13.3
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    dkimpy==1.1.8 pynacl==1.6.2 dnspython==2.9.2
cat >look.js <<'JS'
const assert = require("node:assert");
const crypto = require("node:crypto");
const dns = require("node:dns");
const fs = require("node:fs");

const ed25519 = crypto.generateKeyPairSync("ed25519");
const rsa = crypto.generateKeyPairSync("rsa", { modulusLength: 2048 });
const wrapped = (pair) => pair.publicKey.export({ type: "spki", format: "der" });
const RECORDS = {
  rsa: `v=DKIM1; k=rsa; p=${wrapped(rsa).toString("base64")}`,
  plain: `v=DKIM1; k=ed25519; p=${wrapped(ed25519).subarray(-32).toString("base64")}`,
  wrapped: `v=DKIM1; k=ed25519; p=${wrapped(ed25519).toString("base64")}`,
};
const MESSAGE = [
  "From: Nora Nobody <nora@example.org>",
  "To: Reader <reader@example.net>",
  "Subject: New reviews",
  "Date: Fri, 28 Nov 2025 08:00:00 +0000",
  "Message-ID: <one@example.org>",
  "",
  "Invented.",
  "",
].join("\r\n");

const resolve = async (name) => [[RECORDS[name.split(".")[0]]]];
dns.promises.resolveTxt = resolve;
console.debug = () => {};
const { DKIMVerifyStream } = require("haraka-plugin-dkim/lib/dkim");
const { dkimSign } = require("mailauth/lib/dkim/sign");
const { dkimVerify } = require("mailauth/lib/dkim/verify");

function verify(message) {
  return new Promise((done) => {
    const stream = new DKIMVerifyStream({}, (_, result, [{ error }]) => done([result, error]));
    stream.write(Buffer.from(message));
    stream.end();
  });
}

(async () => {
  const seen = {};
  for (const selector of Object.keys(RECORDS)) {
    const pair = selector === "rsa" ? rsa : ed25519;
    const signature = {
      signingDomain: "example.org",
      selector,
      privateKey: pair.privateKey.export({ type: "pkcs8", format: "pem" }),
      algorithm: selector === "rsa" ? "rsa-sha256" : "ed25519-sha256",
      canonicalization: "relaxed/relaxed",
    };
    const signTime = new Date("2025-11-28T08:00:00Z");
    const { signatures, errors } = await dkimSign(MESSAGE, { signTime, signatureData: [signature] });
    assert.deepStrictEqual(errors, []);
    const peer = await dkimVerify(signatures + MESSAGE, { resolver: resolve });
    assert.strictEqual(peer.results[0].status.result, "pass");
    seen[selector] = await verify(signatures + MESSAGE);
    fs.writeFileSync(`${selector}.eml`, signatures + MESSAGE);
  }
  fs.writeFileSync("record", RECORDS.plain);
  console.log(seen);
  assert.deepStrictEqual(
    seen,
    { rsa: ["pass", undefined], plain: ["invalid", "verification error"], wrapped: ["fail", undefined] },
    "haraka-plugin-dkim does otherwise now",
  );
})();
JS
node look.js
"$folder/venv/bin/python" - <<'PYTHON'
import pathlib

import dkim

record = pathlib.Path("record").read_bytes()
assert dkim.verify(pathlib.Path("plain.eml").read_bytes(), dnsfunc=lambda name, timeout=5: record)
PYTHON
