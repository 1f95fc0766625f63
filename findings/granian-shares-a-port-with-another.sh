#!/usr/bin/env bash
# granian 2.8.9 listens with SO_REUSEPORT even with one worker: a second server started on a port that is in use says
# nothing, and the system gives it about half of the connections. Any other server says "Address already in use"; here a
# forgotten one goes on answering every other reader with what it knew when it began.
# Seen: both start, both answer on the one port.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check granian==2.8.9
cat >"$folder/served.py" <<'PYTHON'
import os


def app(environ, start_response):
    start_response("200 OK", [("Content-Length", str(len(os.environ["NAME"])))])
    return [os.environ["NAME"].encode()]
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

with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
command = [f"{sys.prefix}/bin/granian", "--interface", "wsgi", "--port", str(port), "served:app"]
servers, seen = [], set()
for name in ("first", "second"):
    servers.append(subprocess.Popen(command, env={**os.environ, "NAME": name}, start_new_session=True))
    for _ in range(300):
        time.sleep(0.1)
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", "/")
            seen.add(connection.getresponse().read())
        except OSError:
            continue
        if name.encode() in seen:
            break
print(sorted(seen), [server.poll() for server in servers])
for server in servers:
    os.killpg(server.pid, signal.SIGKILL)
    server.wait()
assert seen == {b"first", b"second"}, "granian does otherwise now"
PYTHON
