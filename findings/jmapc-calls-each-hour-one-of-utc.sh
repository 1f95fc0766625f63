#!/usr/bin/env bash
# jmapc 0.4.0 (Python), a client of JMAP, writes a datetime as its clock shows it with "Z" behind, whatever its offset.
# RFC 8620 §1.4: Z stands for UTC. So a search for mail from 08:00 on of a British summer's day (RFC 8621 §4.4.1, after)
# asks for an hour too late, and what came in that hour is not found. And sentAt, which is a Date of any offset (§4.1.3)
# and which jmapc reads rightly, is an hour later once it has been read and written. Nothing is raised.
# astimezone(UTC) before that avoids it.
# Seen: 2026-06-28T08:00:00Z of 08:00+01:00, in EmailQuery and in Email, as of 08:00 without an offset; 07:00:00Z where
# it was turned to UTC before.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check jmapc==0.4.0
"$folder/venv/bin/python" - <<'PYTHON'
import datetime
import zoneinfo

from jmapc import Email, EmailQueryFilterCondition
from jmapc.methods import EmailQuery


def searched(after):
    return EmailQuery(filter=EmailQueryFilterCondition(after=after)).to_dict()["filter"]["after"]


bare = datetime.datetime(2026, 6, 28, 8)
summer = bare.replace(tzinfo=zoneinfo.ZoneInfo("Europe/London"))
message = Email.from_dict({"id": "one", "sentAt": "2026-06-28T08:00:00+01:00"})
assert summer == message.sent_at == datetime.datetime(2026, 6, 28, 7, tzinfo=datetime.UTC)
seen = {
    "search": searched(summer),
    "search, without an offset": searched(bare),
    "search, in UTC": searched(summer.astimezone(datetime.UTC)),
    "message": message.to_dict()["sentAt"],
}
print(*seen.items(), sep="\n")
assert seen["search, in UTC"] == "2026-06-28T07:00:00Z"
assert seen["search, without an offset"] == "2026-06-28T08:00:00Z"
assert seen["search"] == seen["message"] == "2026-06-28T08:00:00Z", "jmapc does otherwise now"
again = Email.from_dict(message.to_dict())
assert again.sent_at - message.sent_at == datetime.timedelta(hours=1), "jmapc does otherwise now"
PYTHON
