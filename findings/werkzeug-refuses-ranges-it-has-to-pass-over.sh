#!/usr/bin/env bash
# Werkzeug 3.1.9, with which Flask's send_file answers, aiohttp 3.14.5 and Starlette 1.10.0 refuse a file to who asks
# for a part of it in a unit that they do not know. RFC 9110 §14.2: an origin server MUST ignore such a Range, and so
# sends all. Werkzeug and aiohttp also answer 416 to who asks for two parts, both of them there: they may ignore the
# field, or send the parts (§15.3.7.2), but 416 (§15.5.17) is for what cannot be had. A reader that can do more than
# bytes, or takes several pieces of a PDF at once, gets nothing, where the field alone was to be passed over.
# Seen: 416, 416 and 400 for pages=2-3; 416, 416 and both parts for bytes=0-4,10-14.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    werkzeug==3.1.9 flask==3.1.3 aiohttp==3.14.5 starlette==1.10.0 httpx==0.28.1
"$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import pathlib

import aiohttp.test_utils
import flask
import httpx
import starlette.applications
import starlette.responses
import starlette.routing

FILE = pathlib.Path("list.txt").absolute()
FILE.write_text("x" * 100)
RANGES = ("bytes=0-4", "bytes=-50", "bytes=0-4,10-14", "pages=2-3")


def told(status, headers):
    return headers["Content-Range"] if "Content-Range" in headers and status == 206 else status


async def ask_werkzeug(field):
    app = flask.Flask("look")
    app.add_url_rule("/", view_func=lambda: flask.send_file(FILE))
    answer = app.test_client().get("/", headers={"Range": field})
    answer.close()
    return told(answer.status_code, answer.headers)


async def ask_aiohttp(field):
    app = aiohttp.web.Application()

    async def serve(_request):
        return aiohttp.web.FileResponse(FILE)

    app.router.add_get("/", serve)
    async with aiohttp.test_utils.TestClient(aiohttp.test_utils.TestServer(app)) as client:
        answer = await client.get("/", headers={"Range": field})
        return told(answer.status, answer.headers)


async def ask_starlette(field):
    route = starlette.routing.Route("/", lambda _request: starlette.responses.FileResponse(FILE))
    transport = httpx.ASGITransport(starlette.applications.Starlette(routes=[route]))
    async with httpx.AsyncClient(transport=transport, base_url="http://example.org") as client:
        answer = await client.get("/", headers={"Range": field})
        return told(answer.status_code, answer.headers)


async def look():
    asked = {"Werkzeug": ask_werkzeug, "aiohttp": ask_aiohttp, "Starlette": ask_starlette}
    return {name: [await ask(field) for field in RANGES] for name, ask in asked.items()}


seen = asyncio.run(look())
print(RANGES, *seen.items(), sep="\n")
first, last = "bytes 0-4/100", "bytes 50-99/100"
assert seen == {
    "Werkzeug": [first, last, 416, 416],
    "aiohttp": [first, last, 416, 416],
    "Starlette": [first, last, 206, 400],
}, "one of the three does otherwise now"
PYTHON
