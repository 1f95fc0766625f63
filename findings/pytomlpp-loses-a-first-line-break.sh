#!/usr/bin/env bash
# pytomlpp 1.1.0 (toml++) writes a text that begins with a line break as a multi-line string, right behind the opening
# marks. TOML 1.0 (String): a newline that immediately follows the opening delimiter is trimmed. So each time a file is
# read and written again such a text loses a line, in pytomlpp's own reading as in Python's tomllib. tomli_w 1.2.0 and
# rtoml 0.14.0 write it whole.
# Seen: "\n\nInvented." comes back as "\nInvented.", then as "Invented."
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    pytomlpp==1.1.0 tomli-w==1.2.0 rtoml==0.14.0
"$folder/venv/bin/python" - <<'PYTHON'
import tomllib

import pytomlpp
import rtoml
import tomli_w

WORDS = {"words": "\n\nInvented."}
once = pytomlpp.dumps(WORDS)
twice = pytomlpp.dumps(pytomlpp.loads(once))
print(repr(once), repr(twice))
for other in (tomli_w, rtoml):
    assert tomllib.loads(other.dumps(WORDS)) == WORDS
seen = [reader.loads(text)["words"] for text in (once, twice) for reader in (pytomlpp, tomllib)]
assert seen == ["\nInvented.", "\nInvented.", "Invented.", "Invented."], "pytomlpp does otherwise now"
PYTHON
