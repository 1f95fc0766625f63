#!/usr/bin/env bash
# http.client (CPython 3.11.7), and so urllib3 2.8.0 and requests 2.34.2, take an interim answer for the answer: only 100
# is skipped, while RFC 9110 §15.2 asks every client to read one or more 1xx before the final one, expected or not
# (103 Early Hints, RFC 8297; 102 Processing).
# Seen: the page that the server sends after its hints comes back as status 103 without a body.
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
    while connection.recv(65536):
        connection.sendall(HINTS)
        time.sleep(0.5)  # it makes the page meanwhile: what hints are for
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")


def listen(listener):
    while True:
        threading.Thread(target=serve, args=listener.accept()[:1], daemon=True).start()


listener = socket.create_server(("127.0.0.1", 0))
threading.Thread(target=listen, args=(listener,), daemon=True).start()
site = f"http://127.0.0.1:{listener.getsockname()[1]}"
with requests.Session() as session:
    session.trust_env = False
    page = session.get(site, timeout=30)
print(sys.version.split()[0], requests.__version__, page.status_code, repr(page.text))
assert (page.status_code, page.text) == (103, ""), "interim answers are read otherwise now"
PYTHON
