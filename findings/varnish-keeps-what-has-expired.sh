#!/usr/bin/env bash
# Varnish 7.1.1 (Debian's 7.1.1-2+deb12u1) keeps a page whose Expires is 0 or -1 for default_ttl, two minutes, as if it
# had none. RFC 9111 §5.3: what is no date, especially "0", MUST be taken for a time in the past; it is how older sites
# have their pages fetched anew. And where Date is more than ten seconds off (clock_skew) the time from Date to Expires
# begins when Varnish gets the page, with Age: 0: one that another cache has held since it was sent two hours ago, to
# expire after one, is fresh for an hour more. §4.2.3: its age is at least that of its Date; RFC 9111 §4: it is stale.
# Seen: one request of the site in two for Expires: 0, for -1, for a Date two hours and an Expires one hour ago, and
# without Expires; two for an Expires one hour ago with Date now, and for max-age=0. Varnish needs gcc, also here.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"
apt-get download --quiet=2 varnish=7.1.1-2+deb12u1 libvarnishapi3=7.1.1-2+deb12u1
for package in *.deb; do dpkg-deb --extract "$package" "$folder"; done
"${PYTHON:-python3}" - <<'PYTHON'
import collections
import email.utils
import http.client
import http.server
import os
import pathlib
import socket
import subprocess
import threading
import time

CASES = {
    "/none": {},
    "/0": {"Expires": "0"},
    "/-1": {"Expires": "-1"},
    "/held": {"Date": -7200, "Expires": -3600},
    "/past": {"Expires": -3600},
    "/max-age": {"Cache-Control": "max-age=0"},
}
asked = collections.Counter()


class Origin(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        asked[self.path] += 1
        self.send_response_only(200)
        for name, value in {"Date": 0, **CASES[self.path], "Content-Length": "2"}.items():
            date = value if isinstance(value, str) else email.utils.formatdate(time.time() + value, usegmt=True)
            self.send_header(name, date)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *words):
        pass


def ask(path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b"ok")
    return answer.headers["Age"]


folder = pathlib.Path.cwd()
origin = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Origin)
threading.Thread(target=origin.serve_forever, daemon=True).start()
with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
pathlib.Path("site.vcl").write_text(
    f'vcl 4.1;\nbackend default {{ .host = "127.0.0.1"; .port = "{origin.server_port}"; }}\n'
)
libraries = f"{folder}/usr/lib/x86_64-linux-gnu:{folder}/usr/lib/varnish"
varnish = [f"{folder}/usr/sbin/varnishd", "-F", "-j", "none", "-n", f"{folder}/work", "-f", f"{folder}/site.vcl"]
environment = {**os.environ, "LD_LIBRARY_PATH": libraries}
with open("log", "w") as log:
    server = subprocess.Popen([*varnish, "-a", f"127.0.0.1:{port}"], stdout=log, stderr=log, env=environment)
try:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            time.sleep(0.1)
    ages = {path: [ask(path), ask(path)] for path in CASES}
finally:
    server.terminate()
    server.wait()
version = subprocess.run([varnish[0], "-V"], capture_output=True, text=True, check=True, env=environment).stderr
print(version.splitlines()[0], asked, ages, sep="\n")
assert "varnish-7.1.1 " in version
assert asked == {"/none": 1, "/0": 1, "/-1": 1, "/held": 1, "/past": 2, "/max-age": 2}, "Varnish does otherwise now"
assert ages["/held"][0] == "0", "Varnish does otherwise now"
PYTHON
