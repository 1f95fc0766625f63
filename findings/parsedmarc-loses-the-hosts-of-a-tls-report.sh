#!/usr/bin/env bash
# parsedmarc 11.1.0 leaves out the MX hosts of an SMTP TLS report: it reads them from "mx-host-pattern", while RFC 8460
# §4.4 names the key "mx-host" (mx-host-pattern is what the RFC calls its value), as its own example does. Its output,
# which by its manual has mx_host_patterns, has none. And its CSV takes a policy's strings over to each policy below
# that has none of its own, so a domain without any policy (no-policy-found) stands there with that of
# another; the line of a failure names neither its domain nor the kind of its policy.
# Seen: no mx_host_patterns for the RFC's key, one for the other; policy_strings of example.org beside
# no-policy-found of example.net; an empty policy_domain beside certificate-expired.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check parsedmarc==11.1.0
"$folder/venv/bin/python" - <<'PYTHON'
import csv
import io
import json

import parsedmarc

COLUMNS = ["policy_domain", "policy_type", "policy_strings", "result_type"]


def policy(domain, kind, failures=(), **more):
    counts = {"total-successful-session-count": 3, "total-failure-session-count": len(failures)}
    told = {"policy-type": kind, "policy-domain": domain, **more}
    return {"policy": told, "summary": counts, "failure-details": list(failures)}


def read(*policies):
    report = {
        "organization-name": "Invented",
        "date-range": {"start-datetime": "2026-11-01T00:00:00Z", "end-datetime": "2026-11-01T23:59:59Z"},
        "contact-info": "tls@example.com",
        "report-id": "1",
        "policies": policies,
    }
    return parsedmarc.parse_smtp_tls_report_json(json.dumps(report))


hosts = {}
for key in ("mx-host", "mx-host-pattern"):
    found = read(policy("example.org", "sts", **{key: ["*.mail.example.org"]}))
    hosts[key] = found["policies"][0].get("mx_host_patterns")
failure = {"result-type": "certificate-expired", "sending-mta-ip": "2001:db8::1", "failed-session-count": 1}
strings = ["version: STSv1", "mode: testing"]
both = read(
    policy("example.org", "sts", [failure], **{"policy-string": strings}),
    policy("example.net", "no-policy-found"),
)
table = csv.DictReader(io.StringIO(parsedmarc.parsed_smtp_tls_reports_to_csv(both)))
rows = [[row[column] for column in COLUMNS] for row in table]
print(hosts, *rows, sep="\n")
assert [one.get("policy_strings") for one in both["policies"]] == [strings, None]
assert hosts == {"mx-host": None, "mx-host-pattern": ["*.mail.example.org"]}, "parsedmarc does otherwise now"
assert rows == [
    ["example.org", "sts", "version: STSv1|mode: testing", ""],
    ["", "", "version: STSv1|mode: testing", "certificate-expired"],
    ["example.net", "no-policy-found", "version: STSv1|mode: testing", ""],
], "parsedmarc does otherwise now"
PYTHON
