#!/usr/bin/env bash
# ical-generator 11.1.2 (npm) writes the link of an event, and that of a file attached, with a backslash before each
# comma and semicolon, as if it were text. RFC 5545 §3.3.13: a URI has no such encoding (URL §3.8.4.6, ATTACH §3.8.1.1),
# so what is followed is another address. DELEGATED-TO it gives an address without mailto:, where §3.2.5 has a
# cal-address, which is a URI (§3.3.3). ics 3.12.0 (npm) does too little instead: the comma within a category it leaves
# bare, so one subject becomes two (§3.8.1.2, §3.3.11), and a quotation mark within a name it writes with a backslash,
# where §3.2 has no such mark at all in a parameter, and RFC 6868 §3 has ^' for it; the name ends there.
# Seen: reviews\,2026\;page=2; DELEGATED-TO="o@example.org"; Reviews, children and Vale for two; Nora \. ical.js 2.2.1
# writes each by the rules, and read these.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
    ical-generator@11.1.2 ics@3.12.0 ical.js@2.2.1
cat >look.mjs <<'JS'
import assert from "node:assert";
import ICAL from "ical.js";
import ical from "ical-generator";
import { createEvent } from "ics";

const LINK = "https://example.org/reviews,2026;page=2";
const NAME = 'Nora "N" Vale';
const KINDS = ["Reviews, children", "Vale"];
const ADDRESS = "o@example.org";

const calendar = ical();
const event = calendar.createEvent({
  start: new Date(Date.UTC(2026, 10, 29, 14)),
  summary: "Reviews, children",
  url: LINK,
  attachments: [`${LINK}.pdf`],
  categories: KINDS.map((name) => ({ name })),
  organizer: { name: NAME, email: ADDRESS },
});
event.createAttendee({ email: "n@example.org", delegatedTo: ADDRESS });
const written = createEvent({
  start: [2026, 11, 29, 14, 0],
  startInputType: "utc",
  duration: { hours: 1 },
  title: "Reviews, children",
  url: LINK,
  categories: KINDS,
  organizer: { name: NAME, email: ADDRESS },
});
assert.ifError(written.error);

const peer = new ICAL.Component("vevent");
peer.addPropertyWithValue("summary", "Reviews, children");
peer.addPropertyWithValue("url", LINK);
peer.addPropertyWithValue("attach", `${LINK}.pdf`);
const kinds = new ICAL.Property("categories");
kinds.setValues(KINDS);
peer.addProperty(kinds);
peer.addPropertyWithValue("organizer", `mailto:${ADDRESS}`).setParameter("cn", NAME);

function read(text) {
  const component = new ICAL.Component(ICAL.parse(text));
  const found = component.getFirstSubcomponent("vevent") ?? component;
  const value = (name) => found.getFirstPropertyValue(name);
  const organizer = found.getFirstProperty("organizer");
  return {
    summary: value("summary"),
    url: value("url"),
    attach: value("attach"),
    categories: found.getFirstProperty("categories").getValues(),
    organizer: [organizer.getParameter("cn"), organizer.getFirstValue()],
  };
}

const right = {
  summary: "Reviews, children",
  url: LINK,
  attach: `${LINK}.pdf`,
  categories: KINDS,
  organizer: [NAME, `mailto:${ADDRESS}`],
};
const seen = { "ical-generator": read(calendar.toString()), ics: read(written.value) };
const delegated = /DELEGATED-TO="([^"]*)"/.exec(calendar.toString().replaceAll("\r\n ", ""))[1];
console.log(seen, delegated);
assert.deepStrictEqual(read(peer.toString()), right);
assert.deepStrictEqual(
  seen["ical-generator"],
  {
    ...right,
    url: "https://example.org/reviews\\,2026\\;page=2",
    attach: "https://example.org/reviews\\,2026\\;page=2.pdf",
  },
  "ical-generator does otherwise now",
);
assert.strictEqual(delegated, ADDRESS, "ical-generator does otherwise now");
assert.deepStrictEqual(
  seen.ics,
  {
    ...right,
    attach: null,
    categories: ["Reviews", " children", "Vale"],
    organizer: ["Nora \\", "MAILTO:o@example.org"],
  },
  "ics does otherwise now",
);
JS
node look.mjs
