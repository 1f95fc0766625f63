#!/usr/bin/env bash
# granian 2.8.9 sends 200 and none of the header fields of a WSGI application that calls start_response while its answer
# is read. PEP 3333 (specification details): that call may be made by the iterable's first iteration, so servers must
# not assume that it has come before. An application that is a generator is like that, PEP 3333's own second example,
# AppClass, too, and werkzeug's DebuggedApplication, which a Flask site is put into while it is worked on: a page that
# is not there, and a redirect, come as 200, without type and without Location. Nothing is raised or logged.
# Seen: the class of the PEP, a generator's 404 and, in werkzeug 3.1.9's DebuggedApplication, a 404 and a 302: 200 and
# no field of theirs. waitress 3.0.2 sends each as it is, granian those of an application that returns a list.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    granian==2.8.9 waitress==3.0.2 werkzeug==3.1.9
cat >"$folder/served.py" <<'PYTHON'
from werkzeug.debug import DebuggedApplication
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

KIND = [("Content-Type", "text/html")]


class Lazy:
    def __init__(self, environ, start_response):
        self.start_response = start_response

    def __iter__(self):
        self.start_response("200 OK", KIND)
        yield b"Invented.\n"


def generator(environ, start_response):
    start_response("404 Not Found", KIND)
    yield b"Invented.\n"


def listed(environ, start_response):
    return list(generator(environ, start_response))


@Request.application
def site(request):
    if request.path == "/old":
        return redirect("/new")
    return Response("Invented.\n", 404, mimetype="text/html")


debugged = DebuggedApplication(site)


def app(environ, start_response):
    kind, _, page = environ["PATH_INFO"].strip("/").partition("/")
    apps = {"class": Lazy, "generator": generator, "list": listed, "debugged": debugged}
    return apps[kind]({**environ, "PATH_INFO": f"/{page}"}, start_response)
PYTHON
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import http.client
import os
import signal
import socket
import subprocess
import sys
import time

PATHS = ["/class", "/generator", "/list", "/debugged/gone", "/debugged/old"]
SERVERS = {
    "granian": ["granian", "--interface", "wsgi", "--log-level", "error", "--port", "{}", "served:app"],
    "waitress": ["waitress-serve", "--listen", "127.0.0.1:{}", "served:app"],
}


def ask(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    assert answer.read()
    kind = (answer.headers["Content-Type"] or "").partition(";")[0]
    return answer.status, kind, answer.headers["Location"]


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
        seen[name] = {path: ask(port, path) for path in PATHS}
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()
    print(name, *seen[name].items())
assert seen["waitress"] == {
    "/class": (200, "text/html", None),
    "/generator": (404, "text/html", None),
    "/list": (404, "text/html", None),
    "/debugged/gone": (404, "text/html", None),
    "/debugged/old": (302, "text/html", "/new"),
}
begun_late = ["/class", "/generator", "/debugged/gone", "/debugged/old"]
expected = {"/list": (404, "text/html", None)} | dict.fromkeys(begun_late, (200, "", None))
assert seen["granian"] == expected, "granian does otherwise now"
PYTHON
