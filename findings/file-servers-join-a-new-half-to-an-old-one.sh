#!/usr/bin/env bash
# WhiteNoise 6.12.0, which serves static files for Django and Flask, aiohttp 3.14.5, Tornado 6.6.1, Falcon 4.4.0 and
# Bottle 0.13.4 send the part of a file that a Range asks for, whatever the entity tag in If-Range says. RFC 9110
# §13.1.5: a recipient MUST ignore the Range where that tag is not the file's, and so send all of it; it is how a client
# goes on with a download that broke off. A report that was replaced meanwhile comes as the first half of one and the
# second half of the other, and nothing is said. A date in If-Range aiohttp does look at, the other four do not.
# Seen: of "0123456789", replaced by "abcdefghij" halfway, "01234fghij", by the tag five times, by the date four times.
# starlette 1.10.0 sends "abcdefghij", with 200.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    whitenoise==6.12.0 aiohttp==3.14.5 tornado==6.6.1 falcon==4.4.0 bottle==0.13.4 starlette==1.10.0 httpx==0.28.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import os
import pathlib

import bottle
import falcon
import httpx
import tornado.httpserver
import tornado.testing
import tornado.web
import whitenoise
from aiohttp import web
from starlette.staticfiles import StaticFiles


def nothing(environ, start_response):
    start_response("404 Not Found", [])
    return []


def falcon_app(folder):
    app = falcon.App()
    app.add_static_route("/", folder)
    return app


def bottle_app(folder):
    app = bottle.Bottle()
    app.route("/report.txt", callback=lambda: bottle.static_file("report.txt", root=folder))
    return app


def asker(**how):
    client = (httpx.Client if isinstance(how.get("transport"), httpx.WSGITransport) else httpx.AsyncClient)(**how)

    async def ask(headers):
        answer = client.get("/report.txt", headers=headers)
        return answer if isinstance(client, httpx.Client) else await answer

    return ask


async def begin(folder):
    """The ways to ask each of the servers for what stands in a folder."""
    apps = {
        "WhiteNoise": whitenoise.WhiteNoise(nothing, root=folder),
        "Falcon": falcon_app(folder),
        "Bottle": bottle_app(folder),
    }
    address = "http://example.org"
    asked = {name: asker(transport=httpx.WSGITransport(app=app), base_url=address) for name, app in apps.items()}
    transport = httpx.ASGITransport(app=StaticFiles(directory=folder))
    asked["starlette"] = asker(transport=transport, base_url=address)
    socket, port = tornado.testing.bind_unused_port()
    app = tornado.web.Application([("/(.*)", tornado.web.StaticFileHandler, {"path": folder})])
    tornado.httpserver.HTTPServer(app).add_socket(socket)
    asked["Tornado"] = asker(base_url=f"http://127.0.0.1:{port}")
    app = web.Application()
    app.router.add_static("/", folder)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    asked["aiohttp"] = asker(base_url=f"http://127.0.0.1:{runner.addresses[0][1]}")
    return asked


async def resume(before, after, field):
    """What a client has that got half of a file, and goes on after the file was replaced."""
    first = await before({"Range": "bytes=0-4"})
    rest = await after({"Range": "bytes=5-", "If-Range": first.headers[field]})
    assert first.status_code == 206 and first.headers["ETag"] != (await after({})).headers["ETag"]
    return (first.text if rest.status_code == 206 else "") + rest.text


async def main():
    for name, words, at in ("before", "0123456789", 1_000_000_000), ("after", "abcdefghij", 1_000_000_100):
        pathlib.Path(name).mkdir()
        file = pathlib.Path(name, "report.txt")
        file.write_text(words)
        os.utime(file, (at, at))
    before, after = [await begin(str(pathlib.Path(name).resolve())) for name in ("before", "after")]
    seen = {}
    for name in before:
        seen[name] = [await resume(before[name], after[name], field) for field in ("ETag", "Last-Modified")]
        print(name, *seen[name])
    assert seen.pop("starlette") == ["abcdefghij", "abcdefghij"]
    assert seen.pop("aiohttp") == ["01234fghij", "abcdefghij"], "aiohttp does otherwise now"
    assert list(seen) == ["WhiteNoise", "Falcon", "Bottle", "Tornado"]
    assert all(halves == ["01234fghij", "01234fghij"] for halves in seen.values()), "one of them does otherwise now"


asyncio.run(main())
PYTHON
