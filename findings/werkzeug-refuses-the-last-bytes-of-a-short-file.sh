#!/usr/bin/env bash
# werkzeug 3.1.9, and Flask 3.1.3's send_file and static files by it, answers 416 to requests for a part that are as
# they should be. RFC 9110 §14.1.2: a suffix longer than the file means the whole file; §14.2: a Range of a unit that is
# not understood MUST be ignored; §15.5.17: 416 is for ranges none of which there is, or too many small ones. Who reads
# a PDF or a ZIP from its end asks for the last 64 KiB, and gets no file that is shorter. And with a Range it does not
# look at If-None-Match and If-Modified-Since, where §14.2 has the Range looked at after them, and only if the answer
# would be 200 without it: a part that has not changed is sent anew. To HEAD it answers 206 (§14.2: GET alone has one).
# Seen, of 10 bytes: 416 for the last 20, for items=0-1 and for bytes=2-3,5-6; 206 in place of 304, and to HEAD.
# starlette 1.10.0 sends the 10 bytes, both parts, and 304, but 400 for the unit, and 206 to HEAD.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    flask==3.1.3 werkzeug==3.1.9 starlette==1.10.0 httpx==0.28.1
printf 0123456789 >"$folder/ten.txt"
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import flask
import httpx
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient

site = flask.Flask("invented", root_path=".")
site.add_url_rule("/ten.txt", "ten", lambda: flask.send_file("ten.txt"))
clients = {
    "Flask": httpx.Client(transport=httpx.WSGITransport(app=site), base_url="http://example.org"),
    "starlette": TestClient(StaticFiles(directory=".")),
}


def ask(client, method="GET", **fields):
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    return client.request(method, "/ten.txt", headers=headers)


def ask_all(client):
    tag = ask(client).headers["ETag"]
    answers = {
        "the last 3": ask(client, Range="bytes=-3"),
        "the last 20": ask(client, Range="bytes=-20"),
        "of another unit": ask(client, Range="items=0-1"),
        "two parts": ask(client, Range="bytes=2-3,5-6"),
        "behind the end": ask(client, Range="bytes=20-"),
        "unchanged": ask(client, If_None_Match=tag),
        "a part unchanged": ask(client, If_None_Match=tag, Range="bytes=2-3"),
        "HEAD": ask(client, "HEAD", Range="bytes=2-3"),
    }
    return {name: answer.status_code for name, answer in answers.items()}, answers


seen = {}
for name, client in clients.items():
    seen[name], answers = ask_all(client)
    assert answers["the last 3"].content == b"789"
    print(name, seen[name])
assert answers["the last 20"].content == b"0123456789"
assert b"23" in answers["two parts"].content and b"56" in answers["two parts"].content
right = {"the last 3": 206, "the last 20": 206, "two parts": 206, "behind the end": 416, "unchanged": 304}
assert seen["starlette"] == right | {"of another unit": 400, "a part unchanged": 304, "HEAD": 206}
assert seen["Flask"] == right | {
    "the last 20": 416,
    "of another unit": 416,
    "two parts": 416,
    "a part unchanged": 206,
    "HEAD": 206,
}, "werkzeug does otherwise now"
PYTHON
