#!/usr/bin/env bash
# Caddy 2.6.2 (Debian's 2.6.2-5) with encode and file_server compresses the part of a file that a Range asks for by
# itself, and says in Content-Range where that part stands in the plain file. RFC 9110 §14.1.2: with a content coding
# each range is one of the coded bytes. The plain and the compressed file have one strong tag, against §8.8.1 and
# §8.8.3.3, so that If-Range does not help. Who goes on with the download of a compressed list where it broke off puts
# together what no reader of gzip gets to the end of. And HEAD gives the length of nothing, compressed (§8.6).
# Seen: 206, Content-Encoding gzip, Content-Range bytes 1000-3999/4000, and 3,000 bytes that were compressed anew.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"
apt-get download --quiet=2 caddy=2.6.2-5
dpkg-deb --extract caddy_*.deb "$folder"
"${PYTHON:-python3}" - <<'PYTHON'
import gzip
import http.client
import os
import pathlib
import random
import socket
import subprocess
import time

CONFIGURATION = """
{{
    admin off
    auto_https off
}}
http://127.0.0.1:{port} {{
    root * {folder}/site
    encode gzip
    file_server
}}
"""


def ask(method="GET", **fields):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, "/list.csv", headers={name.replace("_", "-"): value for name, value in fields.items()})
    answer = connection.getresponse()
    return answer.status, dict(answer.headers), answer.read()


folder = pathlib.Path.cwd()
pathlib.Path("site").mkdir()
words = "".join(random.Random(1).choices("abcdefgh,\n", k=4000)).encode()
pathlib.Path("site/list.csv").write_bytes(words)
with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
pathlib.Path("Caddyfile").write_text(CONFIGURATION.format(folder=folder, port=port))
command = [f"{folder}/usr/bin/caddy", "run", "--config", "Caddyfile", "--adapter", "caddyfile"]
with open("log", "w") as log:
    server = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "HOME": str(folder)})
try:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            time.sleep(0.1)
    _, plain, body = ask()
    assert body == words
    _, whole, packed = ask(Accept_Encoding="gzip")
    assert gzip.decompress(packed) == words and len(packed) > 1000
    status, part, rest = ask(Accept_Encoding="gzip", Range="bytes=1000-", If_Range=whole["Etag"])
    _, head, _ = ask("HEAD", Accept_Encoding="gzip")
finally:
    server.terminate()
    server.wait()
version = subprocess.run([command[0], "version"], capture_output=True, text=True, check=True).stdout.strip()
print(version, len(packed), status, part, len(rest), head["Content-Length"])
assert version == "2.6.2"
assert plain["Etag"] == whole["Etag"] == part["Etag"] and not plain["Etag"].startswith("W/")
assert (status, part["Content-Encoding"], part["Content-Range"]) == (206, "gzip", "bytes 1000-3999/4000")
assert gzip.decompress(rest) == words[1000:] and rest != packed[1000:], "Caddy does otherwise now"
assert int(head["Content-Length"]) < 100 < len(packed), "Caddy does otherwise now"
PYTHON
