#!/usr/bin/env bash
# haraka-plugin-spf 1.3.0 (npm), the SPF of the mail server Haraka, reads the macros of a record otherwise than RFC 7208
# does. §7.3: a number takes parts from the right, so by the RFC's own table (§7.4) %{d2} of email.example.com is
# example.com, and %{l-} of strong-bad is strong.bad; it takes them from the left, and divides at a hyphen only where it
# counts or turns round. Of an IPv6 address %{i} is its 32 digits with dots between (§7.3); it puts in the address as it
# is. a//64 (§5.3 and dual-cidr-length in §12), and %%, %_ and %- (§7.1), make the whole record a permanent error to it;
# a redirect to a domain without a record, which is one (§6.1), does not. So a newsletter that its domain permits fails,
# and one from elsewhere is neutral.
# Seen: email.example, email and strong-bad; 2001:db8::cb01; permerror for pass and for fail, neutral for permerror.
# mailauth 4.13.3 has all as the RFC does.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" haraka-plugin-spf@1.3.0 mailauth@4.13.3
cat >look.js <<'JS'
const assert = require("node:assert");
const { SPF } = require("haraka-plugin-spf/lib/spf");
const { spf } = require("mailauth/lib/spf");

const SENDER = "strong-bad@email.example.com";
const FOUR = "192.0.2.3";
const SIX = "2001:db8::cb01";
const NIBBLES = "2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.c.b.0.1";
const NAMES = {
  "%{d}": ["email.example.com", "email.example.com"],
  "%{dr}": ["com.example.email", "com.example.email"],
  "%{d2}": ["example.com", "email.example"],
  "%{d1}": ["com", "email"],
  "%{l}": ["strong-bad", "strong-bad"],
  "%{l-}": ["strong.bad", "strong-bad"],
  "%{lr-}": ["bad.strong", "bad.strong"],
};
const A = { "email.example.com": ["192.0.2.1"] };
const AAAA = { "email.example.com": ["2001:db8::1"] };
const EACH = [
  ["a:email.example.com/24 -all", FOUR, "pass", "pass"],
  ["a:email.example.com/24//64 -all", SIX, "pass", "pass"],
  ["a//64 -all", SIX, "pass", "permerror"],
  ["exists:%%.%_.%-.example.com -all", FOUR, "fail", "permerror"],
  ["redirect=none.example.com", FOUR, "permerror", "neutral"],
];

function resolver(terms, asked) {
  const answer = (names, name) => {
    if (names[name]) return names[name];
    throw Object.assign(new Error(name), { code: "ENOTFOUND" });
  };
  const texts = { "email.example.com": [[`v=spf1 ${terms}`]] };
  return {
    resolveTxt: async (name) => answer(texts, name),
    resolve4: async (name) => answer(A, name),
    resolve6: async (name) => answer(AAAA, name),
    resolve: async (name, type = "A") => {
      if (type === "A") asked.push(name);
      return answer({ TXT: texts, A, AAAA }[type], name);
    },
  };
}

async function haraka(terms, ip, asked = []) {
  const one = new SPF();
  one.log_debug = () => {};
  one.helo = "mx.example.org";
  one.resolver = resolver(terms, asked);
  const result = await one.check_host(ip, "email.example.com", SENDER);
  return one.result(result).toLowerCase();
}

async function peer(terms, ip, asked = []) {
  const { resolve } = resolver(terms, asked);
  const { status } = await spf({ resolver: resolve, ip, sender: SENDER, helo: "mx.example.org" });
  return status.result;
}

(async () => {
  const seen = {};
  for (const [macro, [right]] of Object.entries(NAMES)) {
    const [mine, other] = [[], []];
    await haraka(`exists:${macro}._spf.example.net -all`, FOUR, mine);
    await peer(`exists:${macro}._spf.example.net -all`, FOUR, other);
    assert.deepStrictEqual(other, [`${right}._spf.example.net`]);
    seen[macro] = [right, mine[0].replace("._spf.example.net", "")];
  }
  const [mine, other] = [[], []];
  await haraka("exists:%{i}._spf.example.net -all", SIX, mine);
  await peer("exists:%{i}._spf.example.net -all", SIX, other);
  assert.deepStrictEqual(other.map((name) => name.toLowerCase()), [`${NIBBLES}._spf.example.net`]);
  const results = [];
  for (const [terms, ip, right] of EACH) {
    assert.strictEqual(await peer(terms, ip), right, terms);
    results.push([terms, ip, right, await haraka(terms, ip)]);
  }
  console.log(seen, mine, results);
  assert.deepStrictEqual(seen, NAMES, "haraka-plugin-spf does otherwise now");
  assert.deepStrictEqual(mine, [`${SIX}._spf.example.net`], "haraka-plugin-spf does otherwise now");
  assert.deepStrictEqual(results, EACH, "haraka-plugin-spf does otherwise now");
})();
JS
node look.js
