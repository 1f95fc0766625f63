#!/usr/bin/env bash
# requests-cache 1.3.3 (with url-normalize 3.1.0) answers a request from its cache with the page of another address: of
# /case//2019 with that of /case/2019, and of ?sort=year&sort=nation with that of ?sort=nation&sort=year. RFC 3986 §3.3
# has empty path segments, and §6.2.2 removes but dot segments when it compares; §3.4 and the form encoding of the URL
# Standard (§5) keep the order of pairs of one name, which such parameters are for. RFC 9111 §2 and §4: the key is the
# target URI, which must match. A reader of a site that pages or sorts so is shown what another asked for.
# Seen: two addresses, one request, the second from_cache with the first's text; ?sort=year and ?sort=nation are two.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    requests-cache==1.3.3 url-normalize==3.1.0 requests==2.34.2
"$folder/venv/bin/python" - <<'PYTHON'
import http.server
import threading

import requests_cache

PAIRS = [
    ("/case/2019", "/case//2019"),
    ("/case?sort=nation&sort=year", "/case?sort=year&sort=nation"),
    ("/case?sort=nation", "/case?sort=year"),
]


class Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.requestline.split()[1].encode()
        self.send_response(200)
        self.send_header("Cache-Control", "max-age=60")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
threading.Thread(target=site.serve_forever, daemon=True).start()
seen = []
for pair in PAIRS:
    session = requests_cache.CachedSession(backend="memory", cache_control=True)
    session.trust_env = False
    answers = [session.get(f"http://127.0.0.1:{site.server_port}{path}", timeout=30) for path in pair]
    seen.append([(answer.text, answer.from_cache) for answer in answers])
print(*seen, sep="\n")
assert seen == [
    [("/case/2019", False), ("/case/2019", True)],
    [("/case?sort=nation&sort=year", False), ("/case?sort=nation&sort=year", True)],
    [("/case?sort=nation", False), ("/case?sort=year", False)],
], "requests-cache does otherwise now"
PYTHON
