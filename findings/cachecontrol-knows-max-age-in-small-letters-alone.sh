#!/usr/bin/env bash
# CacheControl 0.14.4, a cache for requests, and werkzeug 3.1.9 (cache_control of a request and of a response) find
# max-age in small letters alone. RFC 9111 §5.2: a directive's name is compared without regard to case. From a site
# that writes Max-Age=60 CacheControl keeps nothing, and asks again for each page: a polite guest becomes a burden
# there, without a word. Names of header fields both compare rightly.
# Seen: two requests for max-age=60 ask the site once, for Max-Age=60 twice; werkzeug's max_age is 60, and None.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    cachecontrol==0.14.4 requests==2.34.2 werkzeug==3.1.9
"$folder/venv/bin/python" - <<'PYTHON'
import http.server
import threading

import cachecontrol
import requests
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

FIELDS = {"/small": "max-age=60", "/capital": "Max-Age=60"}
asked = []


class Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        asked.append(self.path)
        self.send_response(200)
        self.send_header("cache-CONTROL", FIELDS[self.path])
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *words):
        pass


site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
threading.Thread(target=site.serve_forever, daemon=True).start()
session = requests.Session()
session.trust_env = False
session = cachecontrol.CacheControl(session)
seen = {}
for path, field in FIELDS.items():
    for _ in range(2):
        assert session.get(f"http://127.0.0.1:{site.server_port}{path}", timeout=30).text == "ok"
    headers = {"cache-CONTROL": field}
    told = [Request(EnvironBuilder(headers=headers).get_environ()), Response(headers=headers)]
    seen[field] = (asked.count(path), [one.cache_control.max_age for one in told])
print(seen)
assert seen == {
    "max-age=60": (1, [60, 60]),
    "Max-Age=60": (2, [None, None]),
}, "CacheControl or werkzeug does otherwise now"
PYTHON
