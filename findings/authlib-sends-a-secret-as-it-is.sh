#!/usr/bin/env bash
# Authlib 1.9.10 sends the id and the secret of an OAuth client as they are, with client_secret_basic, its way where a
# secret is given. RFC 6749 §2.3.1: each is form-encoded, and what comes of it put together for Basic. A server that
# decodes them reads another secret where a plus or a percent sign stands in it, as Authlib's own does for the latter,
# and another client where a colon stands in the id: a right secret is answered with invalid_client, for good, and by
# one provider in many. Authlib's server, in turn, takes a plus for itself, which is how a form writes a space, so a
# client that keeps to the RFC does not come in with one in its secret.
# Seen: of the secret a+b by the RFC "a b", of 50%25 "50%", also by Authlib's server; of the id reviews:wales "reviews".
# With auth=(quote_plus(id), quote_plus(secret)), as its fetch_token hands on to requests, each comes as it was.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    authlib==1.9.10 requests==2.34.2 joserfc==1.8.0 cryptography==50.0.2
"$folder/venv/bin/python" - <<'PYTHON'
import base64
import json
import urllib.parse

import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc6749.util import extract_basic_authorization

CLIENTS = [("casereviews", "a+b"), ("casereviews", "50%25"), ("casereviews", "a b"), ("reviews:wales", "secret")]


class TokenServer(requests.adapters.BaseAdapter):
    def send(self, request, **how):
        self.basic = request.headers["Authorization"]
        answer = requests.Response()
        answer.status_code, answer.request, answer.url = 200, request, request.url
        answer._content = json.dumps({"access_token": "t", "token_type": "Bearer"}).encode()
        return answer

    def close(self):
        pass


def ask(*client, **named):
    server = TokenServer()
    session = OAuth2Session(*client)
    session.mount("https://", server)
    session.fetch_token("https://example.org/token", grant_type="client_credentials", **named)
    return server.basic


def read_by_the_rfc(basic):
    name, _, secret = base64.b64decode(basic.removeprefix("Basic ")).decode().partition(":")
    return urllib.parse.unquote_plus(name), urllib.parse.unquote_plus(secret)


seen = {}
for client in CLIENTS:
    basic = ask(*client)
    seen[client] = [read_by_the_rfc(basic), extract_basic_authorization({"Authorization": basic})]
    print(client, *seen[client])
    encoded = ask(client[0], auth=tuple(map(urllib.parse.quote_plus, client)))
    assert read_by_the_rfc(encoded) == client
    by_itself = extract_basic_authorization({"Authorization": encoded})
    assert by_itself == (client if " " not in client[1] else ("casereviews", "a+b")), "Authlib does otherwise now"
assert seen == {
    ("casereviews", "a+b"): [("casereviews", "a b"), ("casereviews", "a+b")],
    ("casereviews", "50%25"): [("casereviews", "50%"), ("casereviews", "50%")],
    ("casereviews", "a b"): [("casereviews", "a b"), ("casereviews", "a b")],
    ("reviews:wales", "secret"): [("reviews", "wales:secret"), ("reviews", "wales:secret")],
}, "Authlib does otherwise now"
PYTHON
