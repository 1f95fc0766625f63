#!/usr/bin/env bash
# oaipmh-scythe 0.16.0 ends with an error at a redirect, and it and Sickle 0.7.0 at a 503 whose Retry-After is a date,
# though retries are asked for. OAI-PMH 2.0 §3.1.2.2 names both answers as a repository's means to share its load: 302
# to another one for now, and 503 with Retry-After, after which the harvester asks again. By RFC 9110 §10.2.3 the field
# is a date or a number of seconds; by its own docstring oaipmh-scythe takes its default where it cannot read it.
# A harvest so ends in the middle, on the day when a repository has moved or has much to do.
# Seen: HTTPStatusError of oaipmh-scythe for 302, which Sickle follows; ValueError invalid literal for int() of both for
# a date that is past; both read the record after Retry-After: 0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    sickle==0.7.0 oaipmh-scythe==0.16.0 requests==2.34.2 httpx2==2.16.2
"$folder/venv/bin/python" - <<'PYTHON'
import http.server
import threading

import oaipmh_scythe
import sickle
from oaipmh_scythe.config import RetryConfig

ANSWER = b"""<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">
<responseDate>2026-11-28T08:00:00Z</responseDate><request verb="ListIdentifiers">https://example.org/oai</request>
<ListIdentifiers><header><identifier>oai:example.org:1</identifier><datestamp>2026-11-28</datestamp></header>
</ListIdentifiers></OAI-PMH>"""
BUSY = {"/seconds": "0", "/date": "Sun, 01 Nov 2026 08:00:00 GMT"}


class Repository(http.server.BaseHTTPRequestHandler):
    asked = []

    def do_GET(self):
        path, _, query = self.path.partition("?")
        self.asked.append(path)
        busy = BUSY.get(path) if self.asked.count(path) == 1 else None
        fields = {"Content-Type": "text/xml"}
        if path == "/moved":
            fields["Location"] = f"/plain?{query}"
        if busy:
            fields["Retry-After"] = busy
        body = b"" if busy or path == "/moved" else ANSWER
        self.send_response(503 if busy else 302 if path == "/moved" else 200)
        for field in [*fields.items(), ("Content-Length", str(len(body)))]:
            self.send_header(*field)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Repository)
threading.Thread(target=server.serve_forever, daemon=True).start()


def harvest(list_identifiers):
    Repository.asked.clear()
    try:
        return [header.identifier for header in list_identifiers()]
    except Exception as error:
        return type(error).__name__, str(error).split("'")[0].strip()


def read(path):
    url = f"http://127.0.0.1:{server.server_port}{path}"
    client = sickle.Sickle(url, max_retries=2)
    with oaipmh_scythe.Scythe(url, retry_config=RetryConfig(max_retries=2)) as scythe:
        return harvest(lambda: client.ListIdentifiers(metadataPrefix="oai_dc")), harvest(scythe.list_identifiers)


seen = {path: read(path) for path in ["/plain", "/moved", *BUSY]}
server.shutdown()
print(*seen.items(), sep="\n")
whole = ["oai:example.org:1"]
unread = ("ValueError", "invalid literal for int() with base 10:")
assert seen == {
    "/plain": (whole, whole),
    "/moved": (whole, ("HTTPStatusError", "Redirect response")),
    "/seconds": (whole, whole),
    "/date": (unread, unread),
}, "sickle or oaipmh-scythe does otherwise now"
PYTHON
