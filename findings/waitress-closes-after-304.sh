#!/usr/bin/env bash
# waitress 3.0.2 closes a kept HTTP/1.1 connection after every answer that has no body: 304 and 204.
# A reader's browser that asks again whether a page has changed pays a new connection for each "not modified", so a
# revisit can cost more than the page. RFC 9112 §9.3 keeps the connection; a 200 of no bytes keeps it here too.
# Seen: 200 keeps, 200 with Content-Length: 0 keeps, 304 closes, 204 closes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check waitress==3.0.2
"$folder/venv/bin/python" - <<'PYTHON'
import http.client
import threading

from waitress.server import create_server

ANSWERS = {"/page": "200 OK", "/empty": "200 OK", "/unchanged": "304 Not Modified", "/nothing": "204 No Content"}


def application(environ, start_response):
    path = environ["PATH_INFO"]
    body = b"ok" if path == "/page" else b""
    headers = [("Content-Length", str(len(body)))] if ANSWERS[path].startswith("200") else []
    start_response(ANSWERS[path], headers)
    return [body] if body else []


server = create_server(application, host="127.0.0.1", port=0)
threading.Thread(target=server.run, daemon=True).start()
seen = {}
for path in ANSWERS:
    connection = http.client.HTTPConnection("127.0.0.1", server.effective_port, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    seen[path] = (answer.status, answer.version, "closes" if answer.will_close else "keeps")
    print(path, *seen[path])
assert seen == {
    "/page": (200, 11, "keeps"),
    "/empty": (200, 11, "keeps"),
    "/unchanged": (304, 11, "closes"),
    "/nothing": (204, 11, "closes"),
}, "waitress does otherwise now"
PYTHON
