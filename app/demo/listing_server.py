"""Listing server: serves the sample listing over HTTP on loopback."""

import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

HTML, TEXT, PDF = "text/html; charset=utf-8", "text/plain; charset=utf-8", "application/pdf"
REPORT_PATH = "/HeritageScripts/Hapi.dll/search2"
SAMPLE_REPORT = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj
4 0 obj<</Length 66>>stream
BT /F 18 Tf 72 750 Td (This report is invented, as its review is.) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
%%EOF
"""


class ListingServer(ThreadingHTTPServer):
    """Serves whatever its pages hold at the moment, with an ETag each, on a free port."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _ListingHandler)
        self.pages: dict[str, tuple[str, bytes]] = {}  # path: media type, body
        self.gone: set[str] = set()  # addresses, query and all, at which there is nothing any more
        self.put("/robots.txt", "User-agent: *\nAllow: /\n", TEXT)
        self.put_report(REPORT_PATH)  # whichever report is asked for

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_port}"

    def put(self, path: str, body: str, media: str = HTML) -> None:
        """Publish a page, in place of the one before."""
        self.pages[path] = (media, body.encode())

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say what went wrong, but not that somebody hung up: who looks whether a report is there reads none of it."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def put_report(self, path: str) -> None:
        """Publish a report."""
        self.pages[path] = (PDF, SAMPLE_REPORT)


class _ListingHandler(BaseHTTPRequestHandler):
    server: ListingServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for its second packet

    def do_GET(self) -> None:
        """A page, 304 when the reader has it already, or a plain 404."""
        path = self.path.partition("?")[0]
        exists = path in self.server.pages and self.path not in self.server.gone
        missing = TEXT, b"The sample collection has no such page.\n"
        media, body = self.server.pages[path] if exists else missing
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        unchanged = exists and self.headers.get("If-None-Match") == tag
        self.send_response(304 if unchanged else 200 if exists else 404)
        self.send_header("ETag", tag)
        self.send_header("Content-Type", media)
        if not unchanged:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not unchanged:
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the demonstration tells what happens."""


@contextmanager
def serve_listing() -> Iterator[ListingServer]:
    """A site that answers until the block ends."""
    with ListingServer() as site:
        thread = Thread(target=site.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield site
        finally:
            site.shutdown()
            thread.join()
