#!/usr/bin/env bash
# python-mimeparse 2.0.0 and accept-types 0.4.1 (Python), which choose what to send by a request's Accept, know a media
# type in small letters alone. RFC 9110 §8.3.1: type and subtype are case-insensitive; so of Accept:
# application/json;q=0.1, TEXT/HTML the reader gets JSON. And what is ruled out, text/html;q=0 (§12.4.2), accept-types
# sends to who wants any other text: by §12.5.1 the most specific range counts.
# Seen: nothing for TEXT/HTML, application/json for the two, text/html for text/*, text/html;q=0 (accept-types).
# Werkzeug 3.1.9 chooses as the RFC has it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    python-mimeparse==2.0.0 accept-types==0.4.1 werkzeug==3.1.9
"$folder/venv/bin/python" - <<'PYTHON'
import accept_types
import mimeparse
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

OFFERS = ["application/json", "text/html"]
FIELDS = [
    "text/html",
    "TEXT/HTML",
    "application/json;q=0.1, TEXT/HTML",
    "text/*, text/html;q=0",
    "text/html;q=0, */*",
]
seen = {
    "python-mimeparse": [mimeparse.best_match(OFFERS, field) or None for field in FIELDS],
    "accept-types": [accept_types.get_best_match(field, OFFERS) for field in FIELDS],
}
peer = [parse_accept_header(field, MIMEAccept).best_match(OFFERS) for field in FIELDS]
print(*seen.items(), peer, sep="\n")
json, html = OFFERS
assert peer == [html, html, html, None, json]
assert seen == {
    "python-mimeparse": [html, None, json, None, json],
    "accept-types": [html, None, json, html, json],
}, "they do otherwise now"
PYTHON
