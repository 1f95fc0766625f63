#!/usr/bin/env bash
# dmarc-metrics-exporter 1.3.1, which since 1.3.0 reads the reports of what became RFC 9990, gives up on one with a row
# of mail that passed. By that RFC's schema (Appendix A, ActionDispositionType) the disposition of a row is none, pass,
# quarantine or reject, and pass is for what passed where the policy is enforced, which of a newsletter should be nearly
# all. It reads the value, and then has no other to count it as: the rows behind it are not counted, nor is the report
# among the invalid ones. DMARCReporting 0.3.1 reads no such report at all: it looks for elements without a namespace,
# and these have one (targetNamespace and elementFormDefault of that schema). dmark 0.5.0 reads all.
# Seen: 1 row of 3, then KeyError ActionDispositionType.PASS; IndexError. The schema that dmarc 1.2.1 ships finds the
# report valid, and one with the value reject in its place is read whole.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    dmarc-metrics-exporter==1.3.1 DMARCReporting==0.3.1 dmark==0.5.0 dmarc==1.2.1 xmlschema==4.3.2
"$folder/venv/bin/python" - <<'PYTHON'
import email.message
import io
import types

import dmark.parser
from dmarc.report import DMARC2Schema
from dmarc_metrics_exporter.deserialization import convert_to_events, get_aggregate_report_from_email
from DMARCReporting.parser import DMARCRuaParser

ROW = """<record>
<row><source_ip>192.0.2.1</source_ip><count>{count}</count>
<policy_evaluated><disposition>{disposition}</disposition><dkim>{dkim}</dkim><spf>fail</spf></policy_evaluated></row>
<identifiers><header_from>example.org</header_from></identifiers>
<auth_results><dkim><domain>example.org</domain><selector>s</selector><result>{dkim}</result></dkim></auth_results>
</record>"""
REPORT = """<?xml version="1.0" encoding="UTF-8"?>
<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">
<version>1.0</version>
<report_metadata><org_name>Invented</org_name><email>reports@example.net</email><report_id>1</report_id>
<date_range><begin>1793491200</begin><end>1793577599</end></date_range></report_metadata>
<policy_published><domain>example.org</domain><p>reject</p></policy_published>
{}
</feedback>"""


def report(*dispositions):
    rows = [
        ROW.format(count=count, disposition=disposition, dkim="pass" if disposition == "pass" else "fail")
        for count, disposition in enumerate(dispositions, 1)
    ]
    xml = REPORT.format("\n".join(rows))
    DMARC2Schema.validate(xml)
    return xml


def exporter(xml):
    mail = email.message.EmailMessage()
    mail.set_content("Invented.")
    mail.add_attachment(xml.encode(), "text", "xml", filename="report.xml")
    counts = []
    try:
        for feedback in get_aggregate_report_from_email(mail):
            for event in convert_to_events(feedback):
                counts.append(event.count)
    except KeyError as error:
        counts.append(f"KeyError {error.args[0]}")
    return counts


def reporting(xml):
    names = types.SimpleNamespace(reverse_name=lambda address: address)
    try:
        return len(DMARCRuaParser(names).parse(io.BytesIO(xml.encode()), include_all=True))
    except IndexError:
        return "IndexError"


passed, refused = report("reject", "pass", "reject"), report("reject", "reject", "reject")
plain = refused.replace(' xmlns="urn:ietf:params:xml:ns:dmarc-2.0"', "")
seen = {
    "dmarc-metrics-exporter": (exporter(passed), exporter(refused)),
    "DMARCReporting": (reporting(passed), reporting(refused)),
    "dmark": [row.disposition for row in dmark.parser.parse_report_bytes(passed.encode()).records],
}
print(*seen.items(), sep="\n")
assert seen["dmark"] == ["reject", "pass", "reject"]
assert seen["dmarc-metrics-exporter"] == (
    [1, "KeyError ActionDispositionType.PASS"],
    [1, 2, 3],
), "dmarc-metrics-exporter does otherwise now"
assert seen["DMARCReporting"] == ("IndexError", "IndexError"), "DMARCReporting does otherwise now"
assert reporting(plain) == 3, "DMARCReporting does otherwise now"
PYTHON
