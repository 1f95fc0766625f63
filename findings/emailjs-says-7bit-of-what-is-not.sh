#!/usr/bin/env bash
# emailjs 5.0.3 (npm) says Content-Transfer-Encoding: 7bit of each plain text and sends it as it is: with letters beyond
# ASCII, with lines of any length, and with a bare "\n" where the text has one. RFC 2045 §2.7 and §6.2: 7bit has no
# octet above 127, no line above 998, and LF only behind CR, as in SMTP too (RFC 5321 §2.3.8); other text is to be
# encoded (§6.3), or announced in MAIL by BODY=8BITMIME (RFC 6152), which is not said either. Recipients all stand in
# one line of the header, each name encoded, be it ASCII or not: 40 of them make 2,542 octets, where RFC 5322 §2.1.1
# allows 998 and RFC 2047 §2 has 76 for a line with encoded words. Of a group (RFC 5322 §3.4) it makes one recipient
# whose address is undefined, and of a quoted local part (§3.4.1) one without any, and calls both messages valid.
# Nodemailer 10.6.1 sends each by the rules.
# Seen: octets above 127, a bare LF, lines of 1,200 and 2,542; MAIL without BODY; <undefined> and <>.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
    emailjs@5.0.3 nodemailer@10.6.1 smtp-server@3.21.6
cat >look.mjs <<'JS'
import assert from "node:assert";
import { Message, SMTPClient } from "emailjs";
import { createTransport } from "nodemailer";
import { SMTPServer } from "smtp-server";

const readers = Array.from({ length: 40 }, (_, at) => `Reader ${at} of the newsletter <reader${at}@example.net>`);
const MAILS = {
  plain: { to: "b@example.net", text: "Invented." },
  lines: { to: "b@example.net", text: "First.\nSecond." },
  welsh: { to: "b@example.net", text: "T\u0177." },
  long: { to: "b@example.net", text: "y".repeat(1200) },
  readers: { to: readers.join(", "), text: "Invented." },
};
const ADDRESSES = ["Readers: b@example.net, c@example.net;", '"b.c"@example.net'];

let received;
const server = new SMTPServer({
  disabledCommands: ["AUTH", "STARTTLS"],
  onData(stream, { envelope }, done) {
    const pieces = [];
    stream.on("data", (piece) => pieces.push(piece));
    stream.on("end", () => {
      const mail = Buffer.concat(pieces).toString("latin1");
      received = [
        /^Content-Transfer-Encoding: (\S+)/im.exec(mail)[1].toLowerCase(),
        /[\x80-\xff]/.test(mail),
        /[^\r]\n/.test(mail),
        envelope.bodyType,
        Math.max(...mail.split("\r\n").map((line) => line.length)),
        envelope.rcptTo.length,
      ];
      done();
    });
  },
});
server.on("error", () => {});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const { port } = server.server.address();
const client = new SMTPClient({ host: "127.0.0.1", port });
const peer = createTransport({ host: "127.0.0.1", port });
const FIELDS = { from: "n@example.org", subject: "Invented" };

const seen = {};
for (const [name, mail] of Object.entries(MAILS)) {
  await client.sendAsync({ ...FIELDS, ...mail });
  seen[name] = received;
  await peer.sendMail({ ...FIELDS, ...mail });
  const [encoding, beyond, bare, , longest, recipients] = received;
  assert(longest <= 998 && !beyond && !bare);
  assert.strictEqual(encoding === "7bit", !["welsh", "long"].includes(name));
  assert.strictEqual(recipients, name === "readers" ? 40 : 1);
}
for (const to of ADDRESSES) {
  const message = new Message({ ...FIELDS, to, text: "Invented." });
  assert(message.checkValidity().isValid);
  const read = await new Promise((done) => message.read((error, text) => done(text)));
  seen[to] = /^To: (.*)$/m.exec(read)[1];
  const refused = await client.sendAsync({ ...FIELDS, to, text: "Invented." }).catch((error) => error.message);
  assert.match(refused, /^bad response on command 'RCPT'/);
  await peer.sendMail({ ...FIELDS, to, text: "Invented." });
  assert.strictEqual(received[5], to.startsWith("Readers") ? 2 : 1);
}
console.log(seen);
assert.deepStrictEqual(
  seen,
  {
    plain: ["7bit", false, false, "7bit", 38, 1],
    lines: ["7bit", false, true, "7bit", 38, 1],
    welsh: ["7bit", true, false, "7bit", 38, 1],
    long: ["7bit", false, false, "7bit", 1200, 1],
    readers: ["7bit", false, false, "7bit", 2542, 40],
    [ADDRESSES[0]]: "=?UTF-8?Q?Readers?= <undefined>",
    [ADDRESSES[1]]: "=?UTF-8?Q?b=2Ec_=40example=2Enet?= <>",
  },
  "emailjs does otherwise now",
);
process.exit(0);
JS
node look.mjs
