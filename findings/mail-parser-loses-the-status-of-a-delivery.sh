#!/usr/bin/env bash
# mail-parser 4.8.0 (Python) gives nothing of the message/delivery-status part of a mail that could not be delivered: it
# is in no text, in no attachment, nor in text_not_managed, where other kinds of text go. RFC 3464 §2 has that part for
# programs: which recipient, what was done, and the status code. Its fields stand in blocks, which the email package
# reads as messages without a body, and what has no body is passed over. The text of the message that is returned does
# come, as if the server had written it. Whoever takes bounces from here knows neither for whom nor why. postal-mime
# 4.0.0 (npm) has the part as an attachment.
# Seen: texts "Not delivered." and "Baby, 7 weeks.", no attachments, no 5.1.1 anywhere in mail_json.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" postal-mime@4.0.0
cat >message.eml <<'MAIL'
From: MAILER-DAEMON@mail.example.net
To: news@example.org
Subject: Undelivered mail
Date: Sun, 01 Nov 2026 08:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain; charset=utf-8

Not delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.net

Final-Recipient: rfc822; reader@example.net
Action: failed
Status: 5.1.1

--b
Content-Type: message/rfc822

From: news@example.org
To: reader@example.net
Subject: Case reviews
Content-Type: text/plain; charset=utf-8

Baby, 7 weeks.
--b--
MAIL
cat >look.mjs <<'JS'
import assert from "node:assert";
import fs from "node:fs";
import PostalMime from "postal-mime";
const mail = await PostalMime.parse(fs.readFileSync("message.eml"));
const status = mail.attachments.find((part) => part.mimeType === "message/delivery-status");
assert.match(Buffer.from(status.content).toString(), /^Status: 5\.1\.1$/m);
JS
node look.mjs
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check mail-parser==4.8.0
"$folder/venv/bin/python" - <<'PYTHON'
import mailparser

mail = mailparser.parse_from_file("message.eml")
seen = [text.strip() for text in mail.text_plain], mail.text_html, mail.text_not_managed, mail.attachments
print(*seen, "5.1.1" in mail.mail_json, sep="\n")
assert seen == (["Not delivered.", "Baby, 7 weeks."], [], [], []), "mail-parser does otherwise now"
assert "5.1.1" not in mail.mail_json and "reader@example.net" not in mail.mail_json, "mail-parser does otherwise now"
PYTHON
