#!/usr/bin/env bash
# dnslib 0.9.26 (Python) reads a zone file in the format of RFC 1035, all but $INCLUDE by its README, and points some
# records elsewhere. §5.1: a free standing @ denotes the origin, and a name that does not end in a dot is relative to
# it; a backslash quotes the letter behind it, which may be ";". After $ORIGIN example.org. a CNAME or an MX to @ leads
# to @.example.org., the target of an SRV record is taken for a name of the root, and the next name of NSEC too; a TXT
# record ends before a quoted ";". It prints a TXT record with its quotation marks bare, so that what it wrote reads as
# three strings for one. Its server, dnslib.zoneresolver, reads its file so. dnspython 2.9.2 reads all.
# Seen: @.example.org., sip., next., "v=DKIM1\", and 3 strings.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check dnslib==0.9.26 dnspython==2.9.2
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import dns.zone
import dnslib

RECORDS = {
    "MX": r"MX 10 @",
    "CNAME": r"CNAME @",
    "SRV": r"SRV 0 5 5060 sip",
    "NSEC": r"NSEC next A",
    "TXT": r"TXT v=DKIM1\;k=rsa",
}
QUOTED = r'TXT "say \"no\" to it"'


def by_dnslib(record):
    (read,) = dnslib.RR.fromZone(f"$ORIGIN example.org.\n$TTL 300\nreview IN {record}")
    return read


def by_dnspython(record):
    zone = dns.zone.from_text(
        f"$TTL 300\n@ IN SOA ns nobody 1 2 3 4 5\n@ IN NS ns\nreview IN {record}", "example.org.", relativize=False
    )
    (rdataset,) = zone.nodes[dns.name.from_text("review.example.org.")].rdatasets
    return rdataset[0]


seen = {kind: str(by_dnslib(record).rdata) for kind, record in RECORDS.items()}
peer = {kind: by_dnspython(record).to_text() for kind, record in RECORDS.items()}
once = by_dnslib(QUOTED)
again = dnslib.RR.fromZone(str(once))[0].rdata.data
print(seen, peer, once.rdata.data, again, sep="\n")
assert peer == {
    "MX": "10 example.org.",
    "CNAME": "example.org.",
    "SRV": "0 5 5060 sip.example.org.",
    "NSEC": "next.example.org. A",
    "TXT": '"v=DKIM1;k=rsa"',
}
assert by_dnspython(QUOTED).strings == (b'say "no" to it',) == tuple(once.rdata.data)
assert seen == {
    "MX": "10 @.example.org.",
    "CNAME": "@.example.org.",
    "SRV": "0 5 5060 sip.",
    "NSEC": "next. A",
    "TXT": '"v=DKIM1\\"',
}, "dnslib does otherwise now"
assert again == [b"say ", b"no", b" to it"], "dnslib does otherwise now"
PYTHON
