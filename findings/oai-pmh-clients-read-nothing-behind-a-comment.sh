#!/usr/bin/env bash
# Sickle 0.7.0 and oaipmh-scythe 0.16.0, clients of OAI-PMH, take the first node inside a record's metadata for its
# format. Where that is an XML comment, the record's metadata is an empty table, without a word; and a title with a
# comment in it ends there. XML 1.0 §2.5: comments may stand anywhere in a document outside other markup, and are not
# part of its character data; OAI-PMH 2.0 §3.2 has each answer in well-formed XML. A repository that notes who made a
# record is so harvested as one of records without titles. lxml, behind both, does find the title, and all of it.
# Seen: {} of both for a comment before oai_dc:dc; "Child " for Child <!-- -->A; ["Child A"] for a comment inside dc.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    sickle==0.7.0 oaipmh-scythe==0.16.0 requests==2.34.2 httpx2==2.16.2 lxml==6.1.3
"$folder/venv/bin/python" - <<'PYTHON'
import http.server
import threading

import lxml.etree
import oaipmh_scythe
import sickle

TITLE = "<dc:title>Child A</dc:title>"
NAMESPACES = 'xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
RECORDS = {
    "plain": f"<oai_dc:dc {NAMESPACES}>{TITLE}</oai_dc:dc>",
    "before": f"<!-- checked --><oai_dc:dc {NAMESPACES}>{TITLE}</oai_dc:dc>",
    "inside": f"<oai_dc:dc {NAMESPACES}><!-- checked -->{TITLE}</oai_dc:dc>",
    "title": f"<oai_dc:dc {NAMESPACES}>{TITLE.replace(' A', ' <!-- checked -->A')}</oai_dc:dc>",
}
ANSWER = """<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">
<responseDate>2026-11-28T08:00:00Z</responseDate><request verb="ListRecords">https://example.org/oai</request>
<ListRecords><record><header><identifier>oai:example.org:1</identifier><datestamp>2026-11-28</datestamp></header>
<metadata>{}</metadata></record></ListRecords></OAI-PMH>"""


class Repository(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = ANSWER.format(RECORDS[self.path.split("?")[0].strip("/")]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Repository)
threading.Thread(target=server.serve_forever, daemon=True).start()


def read(name):
    url = f"http://127.0.0.1:{server.server_port}/{name}"
    with oaipmh_scythe.Scythe(url) as scythe:
        both = [next(sickle.Sickle(url).ListRecords(metadataPrefix="oai_dc")), next(iter(scythe.list_records()))]
    title = lxml.etree.fromstring(f"<metadata>{RECORDS[name]}</metadata>").xpath("string(//*[local-name()='title'])")
    return [record.metadata for record in both], title


seen = {name: read(name) for name in RECORDS}
server.shutdown()
print(*seen.items(), sep="\n")
whole = {"title": ["Child A"]}
assert all(title == "Child A" for _, title in seen.values())
assert {name: both for name, (both, _) in seen.items()} == {
    "plain": [whole, whole],
    "before": [{}, {}],
    "inside": [whole, whole],
    "title": [{"title": ["Child "]}] * 2,
}, "sickle or oaipmh-scythe does otherwise now"
PYTHON
