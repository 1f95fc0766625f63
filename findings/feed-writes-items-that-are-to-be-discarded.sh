#!/usr/bin/env bash
# feed 6.0.0 (npm) writes an item without an id into its JSON Feed unless one is given, which by its page need not be:
# title, link and date are required. JSON Feed 1 (Items) requires an id, and insists (Suggestions for Feed Readers) that
# what has none be discarded. In its Atom and its RSS the link stands in for it, so a list that both show whole is empty
# as JSON Feed. Of an enclosure, audio or video nothing comes into the JSON Feed (Attachments): a report is not there.
# And a category with a name alone has no term in Atom, which RFC 4287 §4.2.2.1 requires. Nothing is raised.
# Seen: no id, no attachments, <category label="Neglect"/>. reader 3.26 (Python) reads item and report of Atom and RSS,
# refuses the JSON Feed for an entry with no id, and with an id reads the item, without the report.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" feed@6.0.0
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check reader==3.26 sgmllib3k==1.0.0
cat >look.mjs <<'JS'
import assert from "node:assert";
import fs from "node:fs";
import { Feed } from "feed";

function write(id) {
  const updated = new Date("2026-11-28T08:00:00Z");
  const feed = new Feed({ title: "Reviews", id: "https://example.org/", link: "https://example.org/", updated });
  const enclosure = { url: "https://example.org/one.pdf", type: "application/pdf", length: 1234 };
  const category = [{ name: "Neglect" }];
  const item = { title: "Child A", link: "https://example.org/one", date: updated, description: "Invented." };
  feed.addItem({ ...item, enclosure, category, ...(id && { id }) });
  return feed;
}

const feed = write();
fs.writeFileSync("list.atom", feed.atom1());
fs.writeFileSync("list.rss", feed.rss2());
fs.writeFileSync("list.json", feed.json1());
fs.writeFileSync("with-id.json", write("tag:example.org,2026:one").json1());
const [item] = JSON.parse(feed.json1()).items;
const [category] = /<category.*>/.exec(feed.atom1());
console.log(item, category);
assert(feed.atom1().includes("<id>https://example.org/one</id>"));
assert.deepStrictEqual([item.title, item.tags], ["Child A", ["Neglect"]]);
assert(!("id" in item) && !("attachments" in item), "feed does otherwise now");
assert.strictEqual(category, '<category label="Neglect"/>', "feed does otherwise now");
JS
node look.mjs
"$folder/venv/bin/python" - <<'PYTHON'
import pathlib

import reader

seen = {}
feeds = reader.make_reader(":memory:", feed_root=str(pathlib.Path.cwd()))
for name in ("list.atom", "list.rss", "list.json", "with-id.json"):
    feeds.add_feed(name)
    feeds.update_feeds()
    entries = [(entry.title, [one.href for one in entry.enclosures]) for entry in feeds.get_entries(feed=name)]
    why = feeds.get_feed(name).last_exception
    seen[name] = why.value_str if why else entries
print(seen)
whole = [("Child A", ["https://example.org/one.pdf"])]
assert seen["list.atom"] == seen["list.rss"] == whole
assert seen["list.json"] == "entry with no id: 'list.json'", "feed, or reader, does otherwise now"
assert seen["with-id.json"] == [("Child A", [])], "feed does otherwise now"
PYTHON
