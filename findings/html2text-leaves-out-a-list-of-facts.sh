#!/usr/bin/env bash
# html2text 1.3.2a (Debian's 1.3.2a-28), by its description a converter of HTML to plain text, leaves out a description
# list whose groups stand in div elements, with all of its words. HTML, "The dl element": a group of dt and dd may be
# wrapped in a div, and the design systems of public bodies write their lists of facts so. Nothing stands in its place,
# and nothing is said. Of 5<sup>1</sup>/<sub>2</sub> ("The sub and sup elements": for conventions with a meaning) it
# makes 51/2. vilistextum 2.6.9 (2.6.9-1.3) does so too. w3m 0.5.3 (0.5.3+git20230121-2) sets a term whose dd has no end
# tag, which may be left out there ("Optional tags"), below the fact before it, and each further one below that, so that
# what follows the list looks like a part of its last fact.
# Seen: "After." alone of a list with the age and the nation; 51/2 years; w3m: Nation as far in as 7 weeks, After. as
# far in as Wales. lynx 2.9.0dev.12 (2.9.0dev.12-1) has the list and 5^1/[2].
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"
apt-get download --quiet=2 html2text=1.3.2a-28 vilistextum=2.6.9-1.3 w3m=0.5.3+git20230121-2 libgc1=1:8.2.2-3 \
    lynx=2.9.0dev.12-1
for package in *.deb; do dpkg-deb --extract "$package" "$folder"; done
export LD_LIBRARY_PATH="$folder/usr/lib/x86_64-linux-gnu"
cat >look.py <<'PYTHON'
import pathlib
import subprocess

PAGES = {
    "groups": "<dl><div><dt>Age</dt><dd>7 weeks</dd></div><div><dt>Nation</dt><dd>Wales</dd></div></dl><p>After.</p>",
    "plain": "<dl><dt>Age</dt><dd>7 weeks</dd><dt>Nation</dt><dd>Wales</dd></dl><p>After.</p>",
    "no end tags": "<dl><dt>Age<dd>7 weeks<dt>Nation<dd>Wales</dl><p>After.</p>",
    "half": "<p>Aged 5<sup>1</sup>/<sub>2</sub> years.</p>",
}
READERS = {
    "html2text": ["html2text", "-utf8", "page.html"],
    "vilistextum": ["vilistextum", "page.html", "-"],
    "w3m": ["w3m", "-dump", "-T", "text/html", "page.html"],
    "lynx": ["lynx", "-cfg=/dev/null", "-dump", "-nolist", "page.html"],
}
seen = {}
for name, words in PAGES.items():
    page = f'<!DOCTYPE html><html lang="en"><head><title>T</title></head><body>{words}</body></html>'
    pathlib.Path("page.html").write_text(page)
    for reader, (program, *options) in READERS.items():
        done = subprocess.run([f"usr/bin/{program}", *options], capture_output=True, text=True, check=True)
        lines = [line for line in done.stdout.splitlines() if line.strip()]
        least = min(len(line) - len(line.lstrip()) for line in lines)
        seen[name, reader] = [line[least:].rstrip() for line in lines]
for key, lines in seen.items():
    print(*key, lines)

FACTS = ["Age", "    7 weeks", "Nation", "    Wales", "After."]


def words(name, reader):
    return [line.strip() for line in seen[name, reader]]


for name in PAGES:
    if name != "half":
        assert words(name, "lynx") == [line.strip() for line in FACTS]
assert seen["half", "lynx"] == ["Aged 5^1/[2] years."]
assert words("groups", "html2text") == ["After."], "html2text does otherwise now"
assert words("plain", "html2text") == [line.strip() for line in FACTS]
assert seen["half", "html2text"] == ["Aged 51/2 years."], "html2text does otherwise now"
assert seen["half", "vilistextum"][-1] == "Aged 51/2 years.", "vilistextum does otherwise now"
assert seen["plain", "w3m"] == FACTS
nested = ["Age", "    7 weeks", "    Nation", "        Wales", "    After."]
assert seen["no end tags", "w3m"] == nested, "w3m does otherwise now"
PYTHON
"${PYTHON:-python3}" look.py
