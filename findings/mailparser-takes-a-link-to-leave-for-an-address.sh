#!/usr/bin/env bash
# mailparser 3.14.2 (npm) reads List-Unsubscribe and its like as if they were lists of addresses of mail. A web address
# that holds an "@" so becomes `mail`, not `url`, and is gone when a mailto: stands behind it; one with a comment
# becomes `id`, as does one with ftp:; and of two of a kind the last is kept. RFC 2369 §2: the field holds URLs in angle
# brackets, the preferred first, and comments are allowed; its own example (§3.1) has ftp: with one. A mail
# client that takes the link to leave from `url` does not find it, or has the worse of two.
# Seen: {"mail":"https://…?reader=a@example.org"}, and not that either where a mailto: follows; {"name":"FTP","id":…}.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" mailparser@3.14.2
cat >look.js <<'JS'
const assert = require("node:assert");
const { simpleParser } = require("mailparser");

const WAY = "https://example.org/leave";
const FIELDS = {
  plain: `<${WAY}?reader=1>, <mailto:leave@example.org>`,
  "with @": `<${WAY}?reader=a@example.org>`,
  "with @, and mailto": `<${WAY}?reader=a@example.org>, <mailto:leave@example.org>`,
  "with a comment": `<${WAY}> (one click), <mailto:leave@example.org>`,
  ftp: "<ftp://example.org/list.txt> (FTP)",
  two: `<${WAY}>, <https://example.com/leave>`,
};

(async () => {
  const seen = {};
  for (const [name, field] of Object.entries(FIELDS)) {
    const mail = await simpleParser(`List-Unsubscribe: ${field}\r\n\r\nInvented.\r\n`);
    seen[name] = mail.headers.get("list").unsubscribe;
  }
  console.log(seen);
  assert.deepStrictEqual(
    seen,
    {
      plain: { url: `${WAY}?reader=1`, mail: "leave@example.org" },
      "with @": { mail: `${WAY}?reader=a@example.org` },
      "with @, and mailto": { mail: "leave@example.org" },
      "with a comment": { name: "one click", id: WAY, mail: "leave@example.org" },
      ftp: { name: "FTP", id: "ftp://example.org/list.txt" },
      two: { url: "https://example.com/leave" },
    },
    "mailparser does otherwise now",
  );
})();
JS
node look.js
