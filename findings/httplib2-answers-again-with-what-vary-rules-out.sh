#!/usr/bin/env bash
# httplib2 0.32.1, given a cache, answers from it with a page of Vary: *. RFC 9111 §4.1: a stored response whose Vary
# has a "*" never matches another request. So each reader of a page that is made for one of them gets the first one's.
# And it takes no notice of Age (§4.2.3, §4.2): what another cache has held for longer than max-age is to it as fresh as
# a new page, and it keeps it as long again. undici 7.30.2's cache and http-cache-semantics 4.3.0 (npm) ask again for
# both.
# Seen: two requests ask the site once for max-age=60, once with Vary: *, once with Age: 100; twice for no-store.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check httplib2==0.32.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import collections
import http.server
import threading

import httplib2

FIELDS = {
    "/plain": {"Cache-Control": "max-age=60"},
    "/any": {"Cache-Control": "max-age=60", "Vary": "*"},
    "/aged": {"Cache-Control": "max-age=60", "Age": "100"},
    "/language": {"Cache-Control": "max-age=60", "Vary": "Accept-Language"},
    "/never": {"Cache-Control": "no-store"},
}
asked = collections.Counter()


class Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        asked[self.path] += 1
        words = self.headers["Accept-Language"].encode()
        self.send_response(200)
        for name, value in {**FIELDS[self.path], "Content-Length": str(len(words))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(words)

    def log_message(self, *words):
        pass


site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
threading.Thread(target=site.serve_forever, daemon=True).start()
client, seen = httplib2.Http("cache", timeout=30), {}
for path in FIELDS:
    address = f"http://127.0.0.1:{site.server_port}{path}"
    words = [client.request(address, headers={"Accept-Language": language})[1] for language in ("cy", "en")]
    seen[path] = (asked[path], *words)
    print(path, seen[path])
site.shutdown()
assert seen == {
    "/plain": (1, b"cy", b"cy"),
    "/any": (1, b"cy", b"cy"),
    "/aged": (1, b"cy", b"cy"),
    "/language": (2, b"cy", b"en"),
    "/never": (2, b"cy", b"en"),
}, "httplib2 does otherwise now"
PYTHON
