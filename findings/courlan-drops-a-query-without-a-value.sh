#!/usr/bin/env bash
# courlan 1.4.0, which trafilatura and its crawler clean addresses with, takes out of an address each part of the query
# that has no value: /reports?child-a and /reports?child-b both become /reports. By RFC 3986 §3.4 the query is part of
# what identifies the resource, and names with values in it are only a habit; §6.2.3 leaves even an empty query alone.
# its page says that it takes out unnecessary components, such as utm_source. Servers that have pages behind such a
# query (older council sites, forums, link lists) are to it one page, of which the first alone is read. w3lib 2.5.0
# keeps them.
# Seen: https://example.org/reports of both, ?page=2 of ?page=2&print, and 1 address of 2 in UrlStore.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check courlan==1.4.0 w3lib==2.5.0
"$folder/venv/bin/python" - <<'PYTHON'
import courlan
from w3lib.url import canonicalize_url

SITE = "https://example.org/reports"
ADDRESSES = [f"{SITE}?child-a", f"{SITE}?child-b", f"{SITE}?/2019/child-c", f"{SITE}?page=2&print", f"{SITE}?page=2"]
seen = {address: (courlan.normalize_url(address), courlan.clean_url(address)) for address in ADDRESSES}
checked = {courlan.check_url(address)[0] for address in ADDRESSES[:3]}
store = courlan.UrlStore()
store.add_urls([courlan.clean_url(address) for address in ADDRESSES[:2]])
kept = len(store.find_known_urls("https://example.org"))
print(*seen.items(), checked, kept, sep="\n")
assert len({canonicalize_url(address) for address in ADDRESSES}) == len(ADDRESSES)
expected = [SITE, SITE, SITE, f"{SITE}?page=2", f"{SITE}?page=2"]
assert seen == {address: (one, one) for address, one in zip(ADDRESSES, expected, strict=True)}, (
    "courlan does otherwise now"
)
assert (checked, kept) == ({SITE}, 1), "courlan does otherwise now"
PYTHON
