#!/usr/bin/env bash
# granian 2.8.9 gives no more than the first piece of a request's body to whoever reads a piece and then the rest:
# after read(4), readline() or next(), wsgi.input.read() says b"", the end, and readlines() gives no line, while more
# readline() or read(4) still find what is there. PEP 3333 (input and error streams) gives these methods the meaning
# that they have in the Python Library Reference, where read() reads to the end. Flask's request.stream is this object
# where no MAX_CONTENT_LENGTH is set: a view that reads a list's heading and then the rest takes a full list for an
# empty one. Nothing is raised. waitress 3.0.2 gives all of it.
# Seen: of "name,age", "Baby D,0", "Child C,7": read(4) then read() gives "name" and "".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check granian==2.8.9 waitress==3.0.2
cat >"$folder/served.py" <<'PYTHON'
WAYS = {
    "read() alone": lambda body: [body.read()],
    "read(4), read()": lambda body: [body.read(4), body.read()],
    "readline(), read()": lambda body: [body.readline(), body.read()],
    "next(), read()": lambda body: [next(iter(body)), body.read()],
    "readline(), readlines()": lambda body: [body.readline(), *body.readlines()],
    "readline() to the end": lambda body: list(iter(body.readline, b"")),
    "read(4) to the end": lambda body: list(iter(lambda: body.read(4), b"")),
}


def app(environ, start_response):
    answer = repr(WAYS[environ["HTTP_WAY"]](environ["wsgi.input"])).encode()
    start_response("200 OK", [("Content-Length", str(len(answer)))])
    return [answer]
PYTHON
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import ast
import http.client
import os
import signal
import socket
import subprocess
import sys
import time

from served import WAYS

BODY = b"name,age\nBaby D,0\nChild C,7\n"
SERVERS = {
    "granian": ["granian", "--interface", "wsgi", "--log-level", "error", "--port", "{}", "served:app"],
    "waitress": ["waitress-serve", "--listen", "127.0.0.1:{}", "served:app"],
}


def ask(port, way):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", "/", BODY, {"Way": way})
    return b"|".join(ast.literal_eval(connection.getresponse().read().decode()))


def begin(port):
    for _ in range(300):
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not begin")


seen = {}
for name, command in SERVERS.items():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = [f"{sys.prefix}/bin/{command[0]}", *(word.format(port) for word in command[1:])]
    server = subprocess.Popen(words, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        begin(port)
        seen[name] = {way: ask(port, way) for way in WAYS}
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()
for way in WAYS:
    print(f"{way:24}", *(f"{name}: {seen[name][way]!r}" for name in SERVERS))
whole = {
    "read() alone": BODY,
    "readline() to the end": b"name,age\n|Baby D,0\n|Child C,7\n",
    "read(4) to the end": b"|".join(BODY[at : at + 4] for at in range(0, len(BODY), 4)),
}
assert seen["waitress"] == whole | {
    "read(4), read()": b"name|,age\nBaby D,0\nChild C,7\n",
    "readline(), read()": b"name,age\n|Baby D,0\nChild C,7\n",
    "next(), read()": b"name,age\n|Baby D,0\nChild C,7\n",
    "readline(), readlines()": b"name,age\n|Baby D,0\n|Child C,7\n",
}
assert seen["granian"] == whole | {
    "read(4), read()": b"name|",
    "readline(), read()": b"name,age\n|",
    "next(), read()": b"name,age\n|",
    "readline(), readlines()": b"name,age\n",
}, "granian does otherwise now"
PYTHON
