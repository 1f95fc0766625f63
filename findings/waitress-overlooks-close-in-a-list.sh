#!/usr/bin/env bash
# waitress 3.0.2 looks for Connection: close as the whole field. Beside another option it overlooks it, and keeps the
# connection, until it is idle for too long. RFC 9110 §7.6.1: Connection is a list of options; RFC 9112 §9.6: a server
# that gets "close" closes after its answer. Perl's LWP sends "TE, close" with each request; who reads to the end of
# the connection waits.
# Seen: "close" and "Close" close; "TE, close" and "close, TE" keep.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check waitress==3.0.2
"$folder/venv/bin/python" - <<'PYTHON'
import http.client
import threading

from waitress.server import create_server


def application(environ, start_response):
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]


def ask(options):
    connection = http.client.HTTPConnection("127.0.0.1", server.effective_port, timeout=30)
    connection.request("GET", "/", headers={"TE": "trailers", "Connection": options})
    answer = connection.getresponse()
    said = answer.headers["Connection"]
    assert (answer.version, answer.read()) == (11, b"ok")
    if said == "close":
        return "closes"
    connection.request("GET", "/", headers={"Connection": "close"})
    return "keeps" if connection.getresponse().read() == b"ok" else "fails"


server = create_server(application, host="127.0.0.1", port=0)
threading.Thread(target=server.run, daemon=True).start()
seen = {options: ask(options) for options in ("close", "Close", "TE, close", "close, TE")}
print(seen)
assert seen == {
    "close": "closes",
    "Close": "closes",
    "TE, close": "keeps",
    "close, TE": "keeps",
}, "waitress does otherwise now"
PYTHON
