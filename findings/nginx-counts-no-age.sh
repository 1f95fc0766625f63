#!/usr/bin/env bash
# nginx 1.22.1 (Debian's 1.22.1-9+deb12u9) as a cache takes no notice of Age, and sends none of its own. RFC 9111
# §4.2.3: what another cache has held for Age seconds is that much older, and by §4.2 fresh only while its age is below
# max-age; §4: a cache MUST send Age with what it answers from its store. So behind a content network each answer lives
# twice as long as its page says, and a browser behind nginx keeps it as long again, for it believes it to be new.
# Seen: an answer of max-age=60 that comes with Age: 100, stale already, is stored and sent to the next who asks, as is
# one of max-age=60 without Age, which goes out without one. max-age=0 is not stored.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"
apt-get download --quiet=2 nginx=1.22.1-9+deb12u9
dpkg-deb --extract nginx_*.deb "$folder"
"${PYTHON:-python3}" - <<'PYTHON'
import http.client
import http.server
import pathlib
import socket
import subprocess
import threading
import time

FIELDS = {
    "/aged": {"Cache-Control": "max-age=60", "Age": "100"},
    "/new": {"Cache-Control": "max-age=60"},
    "/never": {"Cache-Control": "max-age=0"},
}
CONFIGURATION = """
daemon off; pid {folder}/pid; error_log {folder}/log; worker_processes 1; events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    proxy_cache_path {folder}/cache keys_zone=one:1m;
    server {{
        listen 127.0.0.1:{port};
        location / {{ proxy_cache one; proxy_pass http://127.0.0.1:{origin}; add_header Cache $upstream_cache_status; }}
    }}
}}
"""


class Origin(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        for name, value in {**FIELDS[self.path], "Content-Length": "2"}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *words):
        pass


def ask(path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b"ok")
    return answer.headers["Cache"], answer.headers["Age"]


folder = pathlib.Path.cwd()
origin = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Origin)
threading.Thread(target=origin.serve_forever, daemon=True).start()
with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
text = CONFIGURATION.format(folder=folder, port=port, origin=origin.server_port)
pathlib.Path("nginx.conf").write_text(text)
nginx = [f"{folder}/usr/sbin/nginx", "-p", str(folder), "-e", f"{folder}/log", "-c", f"{folder}/nginx.conf"]
server = subprocess.Popen(nginx)
try:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            time.sleep(0.1)
    seen = {path: [ask(path), ask(path)] for path in FIELDS}
finally:
    server.terminate()
    server.wait()
version = subprocess.run([nginx[0], "-v"], capture_output=True, text=True, check=True).stderr.strip()
print(version, *seen.items(), sep="\n")
assert version == "nginx version: nginx/1.22.1"
assert seen == {
    "/aged": [("MISS", "100"), ("HIT", "100")],
    "/new": [("MISS", None), ("HIT", None)],
    "/never": [("MISS", None), ("MISS", None)],
}, "nginx does otherwise now"
PYTHON
