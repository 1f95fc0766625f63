#!/usr/bin/env bash
# Django 5.2.19 (GZipMiddleware), starlette 1.10.0 (GZipMiddleware), Flask-Compress 1.25, brotli-asgi 1.7.0, WhiteNoise
# 6.12.0, Tornado 6.6.1 (compress_response) and aiohttp 3.14.5 (enable_compression) send gzip to who rules it out with
# Accept-Encoding: gzip;q=0. RFC 9110 §12.4.2: a weight of 0 means not acceptable; §12.5.3: a coding that is named there
# is acceptable unless its weight is 0. Most look for the letters alone, as the manuals of Django and starlette have it
# (a field that holds gzip), so "br;q=1, gzip;q=0" gets gzip as well: a program that cannot unpack it has packed bytes
# for a page. aiohttp says to nobody that the answer depends on the field (Vary, §12.5.5), so a cache in front gives to
# all what one has asked for. And starlette, brotli-asgi, Tornado, WhiteNoise and aiohttp leave one strong tag to both
# forms, which §8.8.3.3 rules out.
# Seen: gzip for gzip;q=0 seven times, for br;q=1, gzip;q=0 five times; starlette-compress 2.0.0 sends it plain.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    django==5.2.19 flask==3.1.3 flask-compress==1.25 starlette==1.10.0 starlette-compress==2.0.0 brotli-asgi==1.7.0 \
    whitenoise==6.12.0 tornado==6.6.1 aiohttp==3.14.5 httpx==0.28.1
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import gzip
import pathlib
import sys

import brotli_asgi
import django.conf
import django.core.wsgi
import django.http
import django.urls
import flask
import flask_compress
import httpx
import starlette.middleware.gzip
import starlette_compress
import tornado.httpserver
import tornado.testing
import tornado.web
import whitenoise
from aiohttp import web
from starlette.responses import Response
from tornado.web import StaticFileHandler as Files

PAGE = b"year,count\n2019,5\n" * 500
FIELDS = {"Content-Type": "text/plain", "ETag": '"one"'}
RULED_OUT, BROTLI_ALONE = "gzip;q=0", "br;q=1, gzip;q=0"


def django_site():
    middleware = ["django.middleware.gzip.GZipMiddleware"]
    django.conf.settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=sys.modules["__main__"], MIDDLEWARE=middleware)
    return django.core.wsgi.get_wsgi_application()


urlpatterns = [django.urls.path("page.txt", lambda request: django.http.HttpResponse(PAGE, headers=FIELDS))]


def flask_site():
    site = flask.Flask("invented")
    site.add_url_rule("/page.txt", "page", lambda: (PAGE, FIELDS))
    flask_compress.Compress(site)
    return site


async def page(scope, receive, send):
    await Response(PAGE, headers=FIELDS)(scope, receive, send)


async def aiohttp_page(request):
    answer = web.Response(body=PAGE, headers=FIELDS)
    answer.enable_compression()
    return answer


async def begin():
    """A client for each of the servers."""
    wsgi = {"Django": django_site(), "Flask-Compress": flask_site()}
    pathlib.Path("site").mkdir()
    pathlib.Path("site/page.txt").write_bytes(PAGE)
    pathlib.Path("site/page.txt.gz").write_bytes(gzip.compress(PAGE))
    wsgi["WhiteNoise"] = whitenoise.WhiteNoise(None, root="site")
    asgi = {
        "starlette": starlette.middleware.gzip.GZipMiddleware(page),
        "brotli-asgi": brotli_asgi.BrotliMiddleware(page),
        "starlette-compress": starlette_compress.CompressMiddleware(page),
    }
    transports = {name: httpx.WSGITransport(app=app) for name, app in wsgi.items()}
    clients = {name: httpx.Client(transport=one, base_url="http://example.org") for name, one in transports.items()}
    for name, app in asgi.items():
        clients[name] = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://example.org")
    socket, port = tornado.testing.bind_unused_port()
    app = tornado.web.Application([("/(.*)", Files, {"path": "site"})], compress_response=True)
    tornado.httpserver.HTTPServer(app).add_socket(socket)
    clients["Tornado"] = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}")
    app = web.Application()
    app.router.add_get("/page.txt", aiohttp_page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    clients["aiohttp"] = httpx.AsyncClient(base_url=f"http://127.0.0.1:{runner.addresses[0][1]}")
    return clients


async def ask(client, accepted):
    answer = client.get("/page.txt", headers={"Accept-Encoding": accepted})
    answer = answer if isinstance(client, httpx.Client) else await answer
    assert answer.content == PAGE
    return answer.headers


async def main():
    coding, without_vary, one_tag = {}, set(), set()
    for name, client in (await begin()).items():
        plain, packed = await ask(client, "identity"), await ask(client, "gzip")
        assert "Content-Encoding" not in plain and packed["Content-Encoding"] == "gzip"
        coding[name] = [(await ask(client, field)).get("Content-Encoding") for field in (RULED_OUT, BROTLI_ALONE)]
        if "Vary" not in packed:
            without_vary.add(name)
        if packed["ETag"] == plain["ETag"]:
            one_tag.add(name)
        print(name, *coding[name], plain["ETag"], packed["ETag"], packed.get("Vary"))
    assert coding.pop("starlette-compress") == [None, "br"]
    assert coding == {
        "Django": ["gzip", "gzip"],
        "Flask-Compress": ["gzip", "br"],
        "WhiteNoise": ["gzip", "gzip"],
        "starlette": ["gzip", "gzip"],
        "brotli-asgi": ["gzip", "br"],
        "Tornado": ["gzip", "gzip"],
        "aiohttp": ["gzip", "gzip"],
    }, "one of them does otherwise now"
    assert without_vary == {"aiohttp"}, "aiohttp does otherwise now"
    assert {"starlette", "brotli-asgi", "WhiteNoise", "Tornado", "aiohttp"} <= one_tag, "one of them does otherwise now"


asyncio.run(main())
PYTHON
