#!/usr/bin/env bash
# imap-tools 1.16.0 (Python) and imapflow 2.10.2 (npm) take the news of another mail's flags for part of what they asked
# for. RFC 3501 §5.2, §7 and §7.4.2: a server may say what has changed at any time, as by FETCH with the FLAGS of a mail
# that another program has marked, and a client must be prepared for it; many do so in the answer to a FETCH. imap-tools
# adds these flags to those of the mail it is fetching; with bulk it gives one mail more, without uid or subject, and of
# news that comes between two mails it puts the flags on the second. imapflow gives one mail more, without uid, envelope
# and source. So a filter by flags, or a loop over what is new, acts on the wrong mail. Nothing is raised. imap-tools
# also leaves a backslash in a folder's name doubled (§4.3).
# Seen: flagged, the mail that nobody flagged; uids 10, 11 and None. IMAPClient 4.1.0 reads all of it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" imapflow@2.10.2
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check imap-tools==1.16.0 IMAPClient==4.1.0
cat >look.mjs <<'JS'
import { ImapFlow } from "imapflow";

const client = new ImapFlow({
  host: "127.0.0.1", port: Number(process.argv[2]), secure: false, doSTARTTLS: false, logger: false,
  auth: { user: "reader", pass: "invented" },
});
await client.connect();
await client.mailboxOpen("INBOX");
const mails = [];
for await (const mail of client.fetch("10,11", { uid: true, flags: true, envelope: true }, { uid: true })) {
  mails.push([mail.uid ?? null, [...mail.flags], mail.envelope?.subject ?? null]);
}
console.log(JSON.stringify(mails));
process.exit(0);
JS
"$folder/venv/bin/python" - <<'PYTHON'
import json
import re
import socket
import subprocess
import threading

import imap_tools
import imapclient

UIDS = {10: 1, 11: 2}
NEWS = rb"* 1 FETCH (FLAGS (\Flagged))"


def mail(uid, asked):
    number, subject = UIDS[uid], f"Invented {uid}".encode()
    text = b"Subject: %b\r\n\r\nInvented.\r\n" % subject
    items = [b"UID %d" % uid, b"FLAGS ()"]
    if b"ENVELOPE" in asked:
        items.append(b'ENVELOPE (NIL "%b" NIL NIL NIL NIL NIL NIL NIL NIL)' % subject)
    if b"BODY" in asked:
        items.append(b"BODY[] {%d}\r\n%b" % (len(text), text))
    return b"* %d FETCH (%b)" % (number, b" ".join(items))


def answer(command):
    name = command.split()[0]
    if name == b"CAPABILITY":
        return [b"* CAPABILITY IMAP4rev1"]
    if name == b"LIST":
        return [rb'* LIST (\HasNoChildren) "/" "Reviews \\ old"']
    if name in {b"SELECT", b"EXAMINE"}:
        return [rb"* FLAGS (\Seen \Flagged)", b"* 2 EXISTS", b"* 0 RECENT", b"* OK [UIDVALIDITY 1] ok"]
    if name == b"LOGOUT":
        return [b"* BYE"]
    if command.startswith(b"UID SEARCH"):
        return [b"* SEARCH 10 11"]
    if command.startswith(b"UID FETCH"):
        asked = [int(uid) for uid in re.findall(rb"\d+", command.split()[2])]
        if asked == [10, 11]:
            first, second = mail(10, command), mail(11, command)
            return [first, NEWS, second] if between else [first, second, NEWS]
        return [mail(asked[0], command)] + [NEWS] * (asked[0] == 11)
    return []


def serve(connection):
    with connection, connection.makefile("rb") as lines:
        connection.sendall(b"* OK ready\r\n")
        for line in lines:
            tag, command = line.rstrip().split(b" ", 1)
            connection.sendall(b"\r\n".join([*answer(command.upper()), tag + b" OK done"]) + b"\r\n")


def listen():
    while True:
        threading.Thread(target=serve, args=server.accept()[:1], daemon=True).start()


def tools(bulk):
    with imap_tools.MailBoxUnencrypted("127.0.0.1", port).login("reader", "invented") as box:
        names = [found.name for found in box.folder.list()]
        return names, [(found.uid, found.flags, found.subject) for found in box.fetch(bulk=bulk)]


def peer():
    with imapclient.IMAPClient("127.0.0.1", port, ssl=False) as client:
        client.login("reader", "invented")
        names = [name for _, _, name in client.list_folders()]
        client.select_folder("INBOX")
        mails = client.fetch([10, 11], ["FLAGS", "ENVELOPE"])
        return names, {uid: (data.get(b"FLAGS"), data[b"ENVELOPE"].subject) for uid, data in mails.items() }


server = socket.create_server(("127.0.0.1", 0))
port = server.getsockname()[1]
threading.Thread(target=listen, daemon=True).start()
seen = {}
for between in (False, True):
    seen["one by one", between] = tools(False)[1]
    seen["bulk", between] = tools(True)[1]
    flow = subprocess.run(["node", "look.mjs", str(port)], capture_output=True, text=True, check=True, timeout=60)
    seen["imapflow", between] = sorted(map(tuple, json.loads(flow.stdout)), key=lambda found: found[0] or 99)
    names, mails = peer()
    assert (names, mails) == ([r"Reviews \ old"], {10: ((), b"Invented 10"), 11: ((), b"Invented 11")})
folders = tools(False)[0]
print(*seen.items(), folders, sep="\n")
otherwise = "one of them does otherwise now"
assert folders == [r"Reviews \\ old"], otherwise
assert seen["bulk", False][:2] == [("10", (), "Invented 10"), ("11", (), "Invented 11")], otherwise
assert seen["bulk", False][2] == (None, ("\\Flagged",), ""), otherwise
assert seen["bulk", True][1:] == [("11", ("\\Flagged",), "Invented 11"), (None, (), "")], otherwise
for between in (False, True):
    assert seen["one by one", between] == [("10", (), "Invented 10"), ("11", ("\\Flagged",), "Invented 11")], otherwise
    assert seen["imapflow", between] == [
        (10, [], "Invented 10"),
        (11, [], "Invented 11"),
        (None, ["\\Flagged"], None),
    ], otherwise
PYTHON
