#!/usr/bin/env bash
# @guidepup/virtual-screen-reader 0.33.0 (npm), by its page a simulator that tests assert by what users can do, reads
# aloud what nobody hears. HTML, "The details element": without open only the summary is shown; it reads the rest of a
# closed one like that of an open one, in the same words. "The video element", "The audio element", "The progress
# element" and "The meter element": what stands in them is for browsers that do not know them, and is not to be shown;
# it reads that too, beside the value. And around a q ("The q element") it says no quotation marks, which the page's
# style puts there. So a test passes that says that a reader hears a report's warning, which is folded away until
# somebody opens it. What has hidden, inert or aria-hidden, and a dialog that is not open, it leaves out rightly.
# Seen: "Warning." for a closed and for an open details, with the same words before and behind; "Your browser is old.",
# "half"; "no" for “no”.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" \
    @guidepup/virtual-screen-reader@0.33.0 jsdom@29.1.1
cat >look.mjs <<'JS'
import assert from "node:assert";
import { JSDOM } from "jsdom";

const { window } = new JSDOM("<!DOCTYPE html><html lang='en'><title>T</title><body></body></html>", {
  pretendToBeVisual: true,
  url: "https://example.org/",
});
for (const key of Object.getOwnPropertyNames(window)) if (!(key in globalThis)) globalThis[key] = window[key];
const { virtual } = await import("@guidepup/virtual-screen-reader");

const PARTS = {
  closed: "<details><summary>More</summary><p>Warning.</p></details>",
  open: "<details open><summary>More</summary><p>Warning.</p></details>",
  video: '<video src="v.mp4" controls><p>Your browser is old.</p></video>',
  progress: '<progress value="5" max="10">half</progress>',
  quotation: "<p>She said <q>no</q></p>",
  hidden: "<p hidden>Warning.</p><p>Shown.</p>",
  inert: "<div inert><p>Warning.</p></div><p>Shown.</p>",
  dialog: "<dialog><p>Warning.</p></dialog><p>Shown.</p>",
};
const seen = {};
for (const [name, part] of Object.entries(PARTS)) {
  document.body.innerHTML = part;
  await virtual.start({ container: document.body });
  for (let step = 0; step < 20 && (await virtual.lastSpokenPhrase()) !== "end of document"; step += 1) {
    await virtual.next();
  }
  seen[name] = (await virtual.spokenPhraseLog()).slice(1, -1);
  await virtual.stop();
}
console.log(seen);
const details = ["group", "More", "paragraph", "Warning.", "end of paragraph", "end of group"];
assert.deepStrictEqual(seen.open, details);
assert.deepStrictEqual(seen.closed, details, "it knows a closed details now");
assert.ok(seen.video.includes("Your browser is old."), "it leaves out what is in a video now");
assert.ok(seen.progress.includes("half"), "it leaves out what is in a progress now");
assert.deepStrictEqual(seen.quotation, ["paragraph", "She said", "no", "end of paragraph"], "it reads q otherwise now");
for (const name of ["hidden", "inert", "dialog"]) {
  assert.deepStrictEqual(seen[name], ["paragraph", "Shown.", "end of paragraph"]);
}
process.exit();
JS
node look.mjs
