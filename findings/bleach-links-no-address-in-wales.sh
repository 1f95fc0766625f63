#!/usr/bin/env bash
# bleach 6.4.0: linkify makes no link of an address, even written out with https://, whose top-level domain is not in a
# list inside the library: the countries' and 23 older ones. It has none of 2014: wales, cymru, scot and london, where
# governments, councils and safeguarding boards are. RFC 3986 §3.2.2 knows no list, and its page says of linkify that
# it converts what looks like a URL, a domain name or an address of mail. linkify-it-py 2.2.0, which markdown-it-py
# uses, links them all. A Linker with url_re=build_url_re(tlds=…) avoids it.
# Seen: https://www.gov.uk/ is a link, https://www.gov.wales/, .cymru, .scot and .london are left as words.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check bleach==6.4.0 linkify-it-py==2.2.0
"$folder/venv/bin/python" - <<'PYTHON'
import bleach
from bleach.linkifier import TLDS, build_url_re
from linkify_it import LinkifyIt

ADDRESSES = [f"https://www.gov.{domain}/reviews" for domain in ("uk", "wales", "cymru", "scot", "london")]
seen = {address: bleach.linkify(address, callbacks=[]) for address in ADDRESSES}
peer = {address: [link.url for link in LinkifyIt().match(address) or ()] for address in ADDRESSES}
for address in ADDRESSES:
    print(address, seen[address], peer[address], sep=" | ")
assert peer == {address: [address] for address in ADDRESSES}
linked = [address for address in ADDRESSES if seen[address] != address]
assert linked == ["https://www.gov.uk/reviews"], "bleach does otherwise now"
more = bleach.linkifier.Linker(callbacks=[], url_re=build_url_re(tlds=[*TLDS, "wales"]))
assert more.linkify(ADDRESSES[1]) == f'<a href="{ADDRESSES[1]}">{ADDRESSES[1]}</a>'
PYTHON
