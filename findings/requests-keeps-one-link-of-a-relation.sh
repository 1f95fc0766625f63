#!/usr/bin/env bash
# requests 2.34.2: Response.links keeps one link of each relation, the last, and finds no relation that is written REL=
# or stands beside another ("hub self"). RFC 8288: a field may hold several links (§3), rel is a list of relation types
# (§3.3), a parameter's name is read without regard to case (appendix B.3). Of a feed that names two WebSub hubs
# (WebSub, §4: at least one) it has one. A title with a semicolon in its quotation marks is cut there, and one with a
# comma and "<" makes another link (RFC 9110 §5.6.4: a quoted string is one value). requests.utils.parse_header_links
# keeps both links of a relation, and does the rest alike.
# Seen: the first hub is gone; REL=hub stands under its address; rel="hub self" under "hub self"; "Neglect; harm" is
# "Neglect"; and the title "Ages, <5" adds a link to "5".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check requests==2.34.2
"$folder/venv/bin/python" - <<'PYTHON'
import requests

HEADERS = {
    "two hubs": '<https://one.example.org/>; rel="hub", <https://two.example.org/>; rel="hub"',
    "REL": "<https://one.example.org/>; REL=hub",
    "two relations": '<https://one.example.org/>; rel="hub self"',
    "semicolon": '<https://one.example.org/>; rel="next"; title="Neglect; harm"',
    "comma": '<https://one.example.org/>; title="Ages, <5"; rel="next"',
    "plain": '<https://one.example.org/>; rel="hub", <https://two.example.org/>; rel="self"',
}
seen = {}
for name, header in HEADERS.items():
    response = requests.Response()
    response.headers["Link"] = header
    seen[name] = {relation: (link["url"], link.get("title")) for relation, link in response.links.items()}
    print(header, seen[name], sep="\n    ")
one, two = "https://one.example.org/", "https://two.example.org/"
assert seen == {
    "two hubs": {"hub": (two, None)},
    "REL": {one: (one, None)},
    "two relations": {"hub self": (one, None)},
    "semicolon": {"next": (one, "Neglect")},
    "comma": {one: (one, "Ages"), "next": ("5", None)},
    "plain": {"hub": (one, None), "self": (two, None)},
}, "requests does otherwise now"
PYTHON
