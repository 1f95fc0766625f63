"""A contender: pages on a loopback port, which it prints.

Arguments: "hello", bytes; "house" or "hooks", folder, served as by `serve`; "plain", folder, by a WSGI server.
"""

import logging
import signal
import sys
from pathlib import Path

from flask import Flask, Response
from waitress import create_server  # type: ignore[import-untyped]  # it has no types

from app.runtime.side_effects import system_effects
from app.web import create_app
from app.web.front_cache import front_cache
from app.web.server import WebServer
from tests.bench import archive, reports

THREADS = 14  # of the WSGI server, as many as be02fd7d had


def hello(size: str) -> Flask:
    """The least that Flask can do: an answer of so many bytes."""
    app, body = Flask("hello"), b"hello, world\n".ljust(int(size), b"x")

    @app.get("/")
    def answer() -> Response:
        return Response(body, content_type="text/html; charset=utf-8")

    return app


def house(folder: str) -> Flask:
    """The house in a folder."""
    return create_app(system_effects(now=lambda: archive.NOW), archive.settings(Path(folder)))


def hooks(folder: str) -> Flask:
    """The house in a folder, to whose hooks its providers report."""
    app = create_app(system_effects(now=lambda: reports.NOW), reports.settings(Path(folder)))
    app.extensions["casereviews.hooks"].certificates.add(
        reports.CERTIFICATE, (Path(folder) / "amazon.pem").read_bytes()
    )
    return app


def main(which: str, what: str) -> None:
    """Serve until the end of the process."""
    app = {"hello": hello, "house": house, "plain": house, "hooks": hooks}[which](what)
    if which in ("house", "hooks"):
        ours = WebServer(app, "127.0.0.1", 0, front=front_cache(app))
        ours.start()
        print(ours.address[1], flush=True)
        signal.pause()
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it says that there is much to do
    server = create_server(app, host="127.0.0.1", port=0, threads=THREADS)
    print(server.effective_port, flush=True)
    server.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
