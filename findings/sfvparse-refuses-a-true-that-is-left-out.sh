#!/usr/bin/env bash
# sfvparse 0.1.0 (Python), by its page a standards-compliant parser of RFC 8941, refuses each dictionary with a member
# that is true: §3.2 has such a value left out (it MUST be, when it is written), as browsers do in Priority: u=5, i
# (RFC 9218 §4.2). It refuses parameters in which a key stands twice; by §4.2.3.2 the last counts. And a byte sequence
# (§3.3.5), such as a digest or a signature, it gives as its base64 letters: b"YQ==" for b"a". It writes b"a" as :YQ==:,
# so what is read and written again is another value.
# Seen: ValueError for u=5, i and for 1;a=1;a=2; b"YQ==" of :YQ==:, and :WVE9PQ==: written. http-sf 1.5.0 reads all.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check sfvparse==0.1.0 http-sf==1.5.0
"$folder/venv/bin/python" - <<'PYTHON'
import http_sf
import sfvparse


def said(reader, *given):
    try:
        return reader(*given)
    except ValueError as error:
        return str(error).split(":")[0]


def plain(given):
    members = said(sfvparse.parse_dict, given)
    return members if isinstance(members, str) else {key: member["value"] for key, member in members.items()}


DICTIONARIES = [b"u=5", b"u=5, i=?1", b"u=5, i", b"a=1, a=2"]
seen = {given: plain(given) for given in DICTIONARIES}
seen["parameters"] = said(sfvparse.parse_item, b"1;a=1;a=2")
seen["bytes"] = said(sfvparse.parse_item, b":YQ==:")
seen["written"] = sfvparse.serialize_item(seen["bytes"])
print(*seen.items(), sep="\n")
peer = [{key: value for key, (value, _) in http_sf.parse(given, tltype="dictionary").items()} for given in DICTIONARIES]
assert peer == [{"u": 5}, {"u": 5, "i": True}, {"u": 5, "i": True}, {"a": 2}]
assert http_sf.parse(b"1;a=1;a=2", tltype="item") == (1, {"a": 2})
assert http_sf.parse(b":YQ==:", tltype="item") == (b"a", {})
assert seen == {
    b"u=5": {"u": 5},
    b"u=5, i=?1": {"u": 5, "i": True},
    b"u=5, i": "expected '=' after dictionary key 'i' at position 6",
    b"a=1, a=2": {"a": 2},
    "parameters": "duplicate parameter",
    "bytes": {"value": b"YQ==", "params": {}},
    "written": b":WVE9PQ==:",
}, "sfvparse does otherwise now"
PYTHON
