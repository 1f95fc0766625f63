#!/usr/bin/env bash
# nginx 1.22.1 (Debian's 1.22.1-9+deb12u9) tells who asks whether its compressed page has changed that another has not:
# the page was sent with a weak tag, W/"…", and Vary: Accept-Encoding (gzip_vary on), the 304 has the strong tag of the
# plain page, and no Vary. RFC 9110 §15.4.5: a 304 MUST have the Vary that a 200 to the same request would have had.
# RFC 9111 §4.3.4: a strong tag in a 304 selects the stored responses with the same one; where none has it, no stored
# response may be updated. So a cache that keeps to it asks again for each reader once its compressed page is stale.
# Seen: 200 W/"…" Accept-Encoding, then 304 "…" without Vary; to a plain request 200 and 304 have one tag, "…".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"
apt-get download --quiet=2 nginx=1.22.1-9+deb12u9
dpkg-deb --extract nginx_*.deb "$folder"
"${PYTHON:-python3}" - <<'PYTHON'
import http.client
import pathlib
import socket
import subprocess
import time

CONFIGURATION = """
daemon off; pid {folder}/pid; error_log {folder}/log; worker_processes 1; events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    types {{ text/html html; }}
    gzip on; gzip_vary on;
    server {{ listen 127.0.0.1:{port}; root {folder}/site; }}
}}
"""


def ask(**fields):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/page.html", headers={name.replace("_", "-"): value for name, value in fields.items()})
    answer = connection.getresponse()
    answer.read()
    return answer.status, answer.headers["ETag"], answer.headers["Vary"]


folder = pathlib.Path.cwd()
site = folder / "site"
site.mkdir()
site.chmod(0o755)
(site / "page.html").write_text("<p>Invented.</p>\n" * 100)
(site / "page.html").chmod(0o644)
with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
pathlib.Path("nginx.conf").write_text(CONFIGURATION.format(folder=folder, port=port))
nginx = [f"{folder}/usr/sbin/nginx", "-p", str(folder), "-e", f"{folder}/log", "-c", f"{folder}/nginx.conf"]
server = subprocess.Popen(nginx)
try:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            time.sleep(0.1)
    plain, packed = ask(), ask(Accept_Encoding="gzip")
    plain_again = ask(If_None_Match=plain[1])
    packed_again = ask(Accept_Encoding="gzip", If_None_Match=packed[1])
finally:
    server.terminate()
    server.wait()
version = subprocess.run([nginx[0], "-v"], capture_output=True, text=True, check=True).stderr.strip()
print(version, plain, packed, plain_again, packed_again, sep="\n")
assert version == "nginx version: nginx/1.22.1"
tag = plain[1]
assert tag.startswith('"')
assert (plain, packed) == ((200, tag, "Accept-Encoding"), (200, f"W/{tag}", "Accept-Encoding"))
assert (plain_again, packed_again) == ((304, tag, None), (304, tag, None)), "nginx does otherwise now"
PYTHON
