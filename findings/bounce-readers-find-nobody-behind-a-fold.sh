#!/usr/bin/env bash
# Sisimai 4.25.15 (Perl; Debian's 4.25.15-1) has no word of a failed delivery whose fields are folded, have a comment or
# are written in capitals. RFC 3464 §2.1.1: the fields of a report follow RFC 822, so its conventions for continuation
# lines and comments hold, and by RFC 822 §3.4.7 names are read without regard to case. What was sent to who is not
# there any more so counts as delivered. Mail::DeliveryStatus::BounceParser 1.543 (1.543+repacked-1) says of a report on
# two recipients (§2.3: one group of fields each) that it is no bounce if the second was delivered to, though it names
# the first; a comment it makes part of the address, and of a message/global-delivery-status (RFC 6533 §4) it says that
# it is a bounce, of nobody. Python's email reads the fields of each.
# Seen: no recipient of Sisimai for the three; is_bounce 0, and "nora@example.net Nora"; no address.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"
apt-get download --quiet=2 libsisimai-perl=4.25.15-1 libclass-accessor-lite-perl=0.08-3 \
    libmail-deliverystatus-bounceparser-perl=1.543+repacked-1 libmime-tools-perl=5.510-1 libmailtools-perl=2.21-2 \
    libtimedate-perl=2.3300-2 libjson-perl=4.10000-1
for package in *.deb; do dpkg-deb --extract "$package" "$folder"; done
cat >report.py <<'PYTHON'
import email
import pathlib

PLAIN = "Final-Recipient: rfc822; nora@example.net\nAction: failed\nStatus: 5.1.1\n"
REPORTS = {
    "plain": PLAIN,
    "folded": PLAIN.replace("rfc822; ", "rfc822;\n "),
    "comment": "Final-Recipient: rfc822; nora@example.net (Nora)\nAction: failed\nStatus: 5.1.1 (no such mailbox)\n",
    "capitals": PLAIN.upper().replace("NORA@EXAMPLE.NET", "nora@example.net"),
    "two": f"{PLAIN}\nFinal-Recipient: rfc822; carl@example.net\nAction: delivered\nStatus: 2.0.0\n",
    "global": PLAIN,
}
for name, fields in REPORTS.items():
    kind = "message/global-delivery-status" if name == "global" else "message/delivery-status"
    report = f"""From: MAILER-DAEMON@mx.example.net
To: news@example.org
Subject: Undelivered Mail Returned to Sender
Date: Sun, 29 Nov 2026 14:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Your message could not be delivered.
--b
Content-Type: {kind}

Reporting-MTA: dns; mx.example.net

{fields}
--b
Content-Type: message/rfc822

From: news@example.org
To: nora@example.net
Subject: Invented
Date: Sun, 29 Nov 2026 13:00:00 +0000
Message-ID: <1@example.org>

Invented.
--b--
"""
    pathlib.Path(f"{name}.eml").write_text(report)
    if name != "global":
        _, group, *_ = email.message_from_string(report).get_payload(1).get_payload()
        assert group["Final-Recipient"].split(";")[1].split("(")[0].strip() == "nora@example.net"
PYTHON
"${PYTHON:-python3}" report.py
cat >look.pl <<'PERL'
use strict;
use warnings;
use Mail::DeliveryStatus::BounceParser;
use Sisimai;

my %right = (
    plain    => [ "nora\@example.net", "1 nora\@example.net" ],
    folded   => [ "",                  "1 nora\@example.net" ],
    comment  => [ "",                  "1 nora\@example.net Nora" ],
    capitals => [ "",                  "1 nora\@example.net" ],
    two      => [ "nora\@example.net", "0 nora\@example.net" ],
    global   => [ "",                  "1 " ],
);
for my $name ( sort keys %right ) {
    my $found = Sisimai->make("$name.eml") || [];
    my $mine  = join " ", map { $_->recipient->address } @$found;
    open my $file, "<", "$name.eml" or die $!;
    my $bounce = Mail::DeliveryStatus::BounceParser->new( do { local $/; <$file> } );
    my $other  = join " ", $bounce->is_bounce ? 1 : 0, $bounce->addresses;
    $other .= " " if !$bounce->addresses;
    print "$name: <$mine> <$other>\n";
    die "Sisimai does otherwise now" if $mine ne $right{$name}[0];
    die "BounceParser does otherwise now" if $other ne $right{$name}[1];
}
PERL
perl -I"$folder/usr/share/perl5" look.pl
