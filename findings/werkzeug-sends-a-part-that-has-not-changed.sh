#!/usr/bin/env bash
# werkzeug 3.1.9, and Flask 3.1.3's send_file by it, does not look at If-None-Match and If-Modified-Since of a request
# that has a Range. RFC 9110 §14.2: the Range is looked at after them, and only if the answer would be 200 without it;
# §13.2.2: where the tag is the file's, a GET gets 304. A cache or a reader that asks whether its part of a report has
# changed gets the part anew each time, and 416 for one behind the end, where nothing is to be sent at all.
# Seen: 206 for a part with the file's own tag, with "*" and with its date, 416 for bytes=20- of 10; 304 for each of
# these without a Range, and from starlette 1.10.0 with one, too.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    flask==3.1.3 werkzeug==3.1.9 starlette==1.10.0 httpx==0.28.1
printf 0123456789 >"$folder/ten.txt"
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import asyncio

import flask
import httpx
from starlette.staticfiles import StaticFiles

site = flask.Flask("invented", root_path=".")
site.add_url_rule("/ten.txt", "ten", lambda: flask.send_file("ten.txt"))


async def ask_flask(**headers):
    with httpx.Client(transport=httpx.WSGITransport(app=site), base_url="http://example.org") as client:
        return client.get("/ten.txt", headers=headers)


async def ask_starlette(**headers):
    transport = httpx.ASGITransport(app=StaticFiles(directory="."))
    async with httpx.AsyncClient(transport=transport, base_url="http://example.org") as client:
        return await client.get("/ten.txt", headers=headers)


async def ask_all(ask):
    """What is answered without a Range, with one, and with one behind the end, for each way to ask for what is new."""
    first = await ask()
    part = await ask(Range="bytes=2-3")
    assert (part.status_code, part.text) == (206, "23")
    fields = [
        {"If-None-Match": first.headers["ETag"]},
        {"If-None-Match": "*"},
        {"If-Modified-Since": first.headers["Last-Modified"]},
        {"If-None-Match": '"another"'},
    ]
    ranges = [{}, {"Range": "bytes=2-3"}, {"Range": "bytes=20-"}]
    return [[(await ask(**field, **part)).status_code for part in ranges] for field in fields]


seen = {ask.__name__: asyncio.run(ask_all(ask)) for ask in (ask_flask, ask_starlette)}
print(seen)
changed = [200, 206, 416]
assert seen["ask_starlette"] == [[304, 304, 304]] * 3 + [changed]
assert seen["ask_flask"] == [[304, 206, 416]] * 3 + [changed], "werkzeug does otherwise now"
PYTHON
