#!/usr/bin/env bash
# http.client (CPython 3.11.7), and so urllib3 2.8.0 and requests 2.34.2, take an interim answer for the answer: only 100
# is skipped, while RFC 9110 §15.2 asks every client to read one or more 1xx before the final one, expected or not
# (103 Early Hints, RFC 8297; 102 Processing).
# The page comes back as status 103 without a body. On a kept connection it is worse: the next request is answered with
# the page of the one before.
# Seen: 103 with no body; then the second address answers with the first one's page.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check requests==2.34.2 urllib3==2.8.0
"$folder/venv/bin/python" - <<'PYTHON'
import socket
import sys
import threading
import time

import requests

HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"


def serve(connection):
    while request := connection.recv(65536):
        path = request.split()[1]
        if path == b"/one":
            connection.sendall(HINTS)
            time.sleep(0.5)  # it makes the page meanwhile: what hints are for
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(path), path))


def listen(listener):
    while True:
        threading.Thread(target=serve, args=listener.accept()[:1], daemon=True).start()


listener = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=listen, args=(listener,), daemon=True).start()
site = f"http://127.0.0.1:{listener.getsockname()[1]}"
seen = []
with requests.Session() as session:
    session.trust_env = False
    for path in ("/one", "/two"):
        page = session.get(site + path, timeout=30)
        seen.append((path, page.status_code, page.text))
print(sys.version.split()[0], requests.__version__, *seen, sep="\n")
assert seen == [("/one", 103, ""), ("/two", 200, "/one")], "interim answers are read otherwise now"
PYTHON
