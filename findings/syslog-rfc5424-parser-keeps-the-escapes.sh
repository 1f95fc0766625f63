#!/usr/bin/env bash
# syslog-rfc5424-parser 0.3.2 gives the values of structured data with their escapes: RFC 5424 §6.3.3 has '"', '\' and
# ']' written with a backslash before them, which is no part of the value. Of a parameter that stands twice in one
# element it keeps the last, though by §7.2.1 a machine with several addresses may name each as ip in its origin. And
# what is not known (§6, NILVALUE, "-") is None for procid and msgid, but "-" for hostname and appname, and an object
# of its own for the timestamp. A value read here and written into a log again has its backslashes doubled.
# Seen: C:\\case of C:\case; \"A\" of "A"; ip 192.0.2.2 alone; hostname "-" and procid None.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check syslog-rfc5424-parser==0.3.2
"$folder/venv/bin/python" - <<'PYTHON'
from syslog_rfc5424_parser import SyslogMessage

ELEMENTS = r'[reviews@32473 path="C:\\case" title="Child \"A\"" list="[a\]"][origin ip="192.0.2.1" ip="192.0.2.2"]'
full = SyslogMessage.parse(f"<13>1 2026-11-28T08:00:00Z example.org reviews 7 read {ELEMENTS} Invented").as_dict()
bare = SyslogMessage.parse("<13>1 - - - - - - Invented").as_dict()
print(full, bare, sep="\n")
assert (full["hostname"], full["procid"], full["msg"], bare["msg"]) == ("example.org", 7, "Invented", "Invented")
assert full["sd"] == {
    "reviews@32473": {"path": r"C:\\case", "title": r"Child \"A\"", "list": r"[a\]"},
    "origin": {"ip": "192.0.2.2"},
}, "syslog-rfc5424-parser does otherwise now"
assert [bare[name] for name in ("hostname", "appname", "procid", "msgid")] == ["-", "-", None, None]
assert type(bare["timestamp"]).__name__ == "Token", "syslog-rfc5424-parser does otherwise now"
PYTHON
