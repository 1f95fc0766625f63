#!/usr/bin/env bash
# node-pop3 0.11.0, yapople 0.4.10, poplib 0.1.7 and mailpop3 0.1.0 (npm), clients of POP3, leave a dot too many in each
# line of a mail that begins with one. RFC 1939 §3: a server puts a dot before such a line, for a line that is a dot
# alone ends the mail, and the client strips it. So a link that quoted-printable breaks before ".example" leads
# elsewhere, a rule of style such as ".wide" is lost, and the signature (DKIM) of the mail is broken. They also take the
# line break off the last line, which is of the mail: the end is the dot and the one behind it. Of node-pop3 the dots
# are known upstream (its pull request 40, closed).
# Seen: "..example.org/reviews", "....", ".." and "The end." without a line break. Python's poplib reads each as sent.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
    node-pop3@0.11.0 yapople@0.4.10 poplib@0.1.7 mailpop3@0.1.0
cat >look.mjs <<'JS'
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const [port, kind] = [Number(process.argv[2]), process.argv[3]];
const host = "127.0.0.1";

async function events(Client) {
  return new Promise((done, fail) => {
    const client = new Client(port, host, { enabletls: false });
    client.on("error", fail);
    client.on("connect", () => client.login("reader", "invented"));
    client.on("login", () => client.retr(1));
    client.on("retr", (status, number, data) => done(data));
  });
}

const readers = {
  "node-pop3": async () => {
    const { default: Client } = await import("node-pop3");
    return new Client({ user: "reader", password: "invented", host, port }).RETR(1);
  },
  yapople: async () => {
    const { Client } = require("yapople");
    const options = { tls: false, mailparser: false, username: "reader", password: "invented" };
    const client = new Client({ hostname: host, port, ...options });
    await client.connect();
    return client.retrieve(1);
  },
  poplib: async () => events(require("poplib")),
  mailpop3: async () => events(require("mailpop3")),
};
process.stdout.write(JSON.stringify(String(await readers[kind]())), () => process.exit(0));
JS
"${PYTHON:-python3}" - <<'PYTHON'
import json
import poplib
import socket
import subprocess
import threading

HEAD = b"From: news@example.org\r\nSubject: Invented\r\n\r\n"
BODIES = {
    "plain": b"Invented.\r\n",
    "dots": b"Invented.\r\n.example.org/reviews\r\n...\r\n.\r\nThe end.\r\n",
    "empty": b"Invented.\r\n\r\n",
}


def serve(connection):
    with connection, connection.makefile("rb") as lines:
        connection.sendall(b"+OK ready\r\n")
        for line in lines:
            if line.upper().startswith(b"RETR"):
                stuffed = (HEAD + body).replace(b"\r\n.", b"\r\n..")
                connection.sendall(b"+OK message follows\r\n" + stuffed + b".\r\n")
            elif line.upper().startswith(b"STAT"):
                connection.sendall(b"+OK 1 %d\r\n" % len(HEAD + body))
            else:
                connection.sendall(b"+OK\r\n")


def listen():
    while True:
        threading.Thread(target=serve, args=server.accept()[:1], daemon=True).start()


def read(kind):
    command = ["node", "look.mjs", str(port), kind]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    return json.loads(answer.stdout).partition("\r\n\r\n")[2]


server = socket.create_server(("127.0.0.1", 0))
port = server.getsockname()[1]
threading.Thread(target=listen, daemon=True).start()
seen = {}
for name, body in BODIES.items():
    peer = poplib.POP3("127.0.0.1", port)
    assert b"".join(line + b"\r\n" for line in peer.retr(1)[1]) == HEAD + body
    peer.close()
    seen[name] = {kind: read(kind) for kind in ("node-pop3", "yapople", "poplib", "mailpop3")}
print(*seen.items(), sep="\n")
for name, words in {
    "plain": "Invented.",
    "dots": "Invented.\r\n..example.org/reviews\r\n....\r\n..\r\nThe end.",
    "empty": "Invented.\r\n",
}.items():
    assert set(seen[name].values()) == {words}, "one of them does otherwise now"
PYTHON
