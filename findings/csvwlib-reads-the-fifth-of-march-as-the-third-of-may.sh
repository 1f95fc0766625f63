#!/usr/bin/env bash
# csvwlib 0.3.2 (Python), by its page an implementation of CSV on the Web, reads a date without a look at the format
# that the metadata give for it: 05/03/2019 of a column in dd/MM/yyyy is the third of May, and 22/03/2019 below it the
# 22nd of March. Nothing is said. W3C, Model for Tabular Data and Metadata on the Web §6.4.4: that pattern and
# dd.MM.yyyy are among those that MUST be recognised, and interpreted as UAX 35 defines them. Councils publish their
# days so, and part of a list of reviews is then months away from when they were published.
# Seen: 2019-05-03 and 2019-03-22 of one column, 2019-05-03 of 05.03.2019 too; csvw 4.1.1 has 2019-03-05.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check csvwlib==0.3.2 csvw==4.1.1
cat >look.py <<'PYTHON'
import http.server
import json
import threading
import warnings
from pathlib import Path

import csvw
from csvwlib import CSVWConverter

COLUMNS = {
    "dd/MM/yyyy": ["05/03/2019", "22/03/2019"],
    "dd.MM.yyyy": ["05.03.2019", "22.03.2019"],
    "yyyy-MM-dd": ["2019-03-05", "2019-03-22"],
}


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{server.server_port}"
seen, peer = {}, {}
for number, (pattern, days) in enumerate(COLUMNS.items()):
    table, metadata = f"{number}.csv", f"{number}.csv-metadata.json"
    Path(table).write_text("\r\n".join(["published", *days, ""]))
    column = {"name": "published", "titles": "published", "datatype": {"base": "date", "format": pattern}}
    context = "http://www.w3.org/ns/csvw"
    Path(metadata).write_text(json.dumps({"@context": context, "url": table, "tableSchema": {"columns": [column]}}))
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        rows = CSVWConverter.to_json(f"{address}/{table}", f"{address}/{metadata}", mode="minimal")
    seen[pattern] = [row["published"] for row in rows], [str(warning.message) for warning in warned]
    peer[pattern] = [row["published"].date().isoformat() for row in csvw.Table.from_file(metadata)]
print(seen, peer, sep="\n")
assert all(days == ["2019-03-05", "2019-03-22"] for days in peer.values()), peer
assert seen == {
    "dd/MM/yyyy": (["2019-05-03", "2019-03-22"], []),
    "dd.MM.yyyy": (["2019-05-03", "2019-03-22"], []),
    "yyyy-MM-dd": (["2019-03-05", "2019-03-22"], []),
}, "csvwlib does otherwise now"
PYTHON
"$folder/venv/bin/python" look.py
