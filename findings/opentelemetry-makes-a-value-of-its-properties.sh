#!/usr/bin/env bash
# opentelemetry-api 1.45.2 (Python): its W3CBaggagePropagator reads the field baggage as a form, not as W3C Baggage has
# it (HTTP header format, Definition). A list member may have properties behind its value, key=value;property; they are
# part of the value to it, and are sent on percent-encoded, so that the next service has neither value nor property.
# A plus sign is an octet of a value like any other, and percent-encoding is that of RFC 3986 §2.1; it reads "+" as a
# space, and writes a space as "+", which others read as "+". @opentelemetry/core 2.12.1 (npm) does as W3C has it.
# Seen: "v;p=1" for v with the property p, sent on as v%3Bp%3D1; "a b" for a+b; region=North+Wales for North Wales.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check opentelemetry-api==1.45.2
"$folder/venv/bin/python" - <<'PYTHON'
from opentelemetry import baggage
from opentelemetry.baggage.propagation import W3CBaggagePropagator

propagator = W3CBaggagePropagator()


def send(context):
    fields = {}
    propagator.inject(fields, context)
    return fields["baggage"]


context = propagator.extract({"baggage": ["k=v;p=1,plus=a+b,space=North%20Wales"]})
seen = dict(baggage.get_all(context))
sent = send(context)
own = send(baggage.set_baggage("region", "North Wales"))
print(seen, sent, own, sep="\n")
assert seen == {"k": "v;p=1", "plus": "a b", "space": "North Wales"}, "opentelemetry-api does otherwise now"
assert sent == "k=v%3Bp%3D1,plus=a+b,space=North+Wales", "opentelemetry-api does otherwise now"
assert own == "region=North+Wales", "opentelemetry-api does otherwise now"
PYTHON
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
    @opentelemetry/core@2.12.1 @opentelemetry/api@1.9.1
cat >look.mjs <<'JS'
import assert from "node:assert";
import { ROOT_CONTEXT, defaultTextMapGetter, defaultTextMapSetter, propagation } from "@opentelemetry/api";
import { W3CBaggagePropagator } from "@opentelemetry/core";

const propagator = new W3CBaggagePropagator();
const read = (baggage) => propagator.extract(ROOT_CONTEXT, { baggage }, defaultTextMapGetter);
const context = read("k=v;p=1,plus=a+b,space=North%20Wales");
const values = propagation.getBaggage(context).getAllEntries().map(([key, { value }]) => [key, value]);
const fields = {};
propagator.inject(context, fields, defaultTextMapSetter);
console.log(values, fields);
assert.deepStrictEqual(values, [["k", "v"], ["plus", "a+b"], ["space", "North Wales"]]);
assert.strictEqual(fields.baggage, "k=v;p=1,plus=a%2Bb,space=North%20Wales");
assert.strictEqual(propagation.getBaggage(read("region=North+Wales")).getEntry("region").value, "North+Wales");
JS
node look.mjs
