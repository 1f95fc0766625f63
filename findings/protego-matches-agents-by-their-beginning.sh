#!/usr/bin/env bash
# Protego 0.7.0 finds a robots.txt group by comparing beginnings, not product tokens (RFC 9309 §2.2.1), and ends a run of
# User-agent lines at a line it does not count as one (§2.2.4: other records must not interfere). 0.6.2 did so at Sitemap
# too, which 0.7.0 has mended.
# Asked as "casereviews": a group for "case" is obeyed, though it is another crawler's; one for "casereviews/0.1.0",
# which many hand-written files have, is not; and Crawl-delay or a word unknown to it between two User-agent lines loses
# the rules for the first of them.
# Seen: other crawler's group obeyed; own name with a version passed over; both interrupted groups passed over.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check Protego==0.7.0
"$folder/venv/bin/python" - <<'PYTHON'
from protego import Protego

BETWEEN = "User-agent: casereviews\n{}\nUser-agent: other\nDisallow: /\n"
FILES = {
    "another crawler's shorter name": "User-agent: case\nDisallow: /\n",
    "own name": "User-agent: casereviews\nDisallow: /\n",
    "own name with a version": "User-agent: casereviews/0.1.0\nDisallow: /\n",
    "Sitemap between": BETWEEN.format("Sitemap: https://example.org/map.xml"),
    "Crawl-delay between": BETWEEN.format("Crawl-delay: 5"),
    "an unknown word between": BETWEEN.format("Noindex: /old"),
}
seen = {name: Protego.parse(text).can_fetch("https://example.org/page", "casereviews") for name, text in FILES.items()}
for name, allowed in seen.items():
    print(f"{name}: {'allowed' if allowed else 'refused'}")
assert seen == {
    "another crawler's shorter name": False,
    "own name": False,
    "own name with a version": True,
    "Sitemap between": False,
    "Crawl-delay between": True,
    "an unknown word between": True,
}, "Protego does otherwise now"
PYTHON
