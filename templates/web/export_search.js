/* The search of a copy of the archive: its index is loaded in parts, as scripts, so that it works from a disk. */
"use strict";
(function () {
  const find = (id) => document.getElementById(id);
  const parts = {}; // what each file held, or will
  const waiting = {};
  const PAGE = 20;
  let hits = [];
  let shown = 0;
  let asked = 0; // searches so far: an answer to an earlier one is dropped

  window.casereviews = (name, data) => waiting[name](data);

  function load(name) {
    return (parts[name] ||= new Promise((resolve, reject) => {
      waiting[name] = resolve;
      const script = document.createElement("script");
      script.src = "search/" + name + ".js";
      script.onerror = () => {
        delete parts[name];
        reject(new Error(name));
      };
      document.head.append(script);
    }));
  }

  function fold(text) {
    const plain = text.normalize("NFKD").replace(/\p{M}|\p{Cf}/gu, "").toLowerCase().replace(/ß/g, "ss");
    return plain.match(/[\p{L}\p{N}]+/gu) || [];
  }

  function parse(text) {
    const terms = [];
    for (const part of text.split(/\s+/)) {
      const words = fold(part.replace(/['’‘]s$/, ""));
      words.forEach((word, at) => {
        const star = part.endsWith("*") && at === words.length - 1 && word.length > 2;
        terms.push({ word, star, out: /^[-−]/.test(part) });
      });
    }
    return terms.slice(0, 20);
  }

  function fileName(prefix) {
    const hex = (char) => "-" + char.codePointAt(0).toString(16);
    return "w-" + (/^[a-z0-9]+$/.test(prefix) ? prefix : "u" + Array.from(prefix, hex).join(""));
  }

  // The postings of what is asked for; of an ending that no review has, those of the longest stem that it begins with.
  function choose(entries, term) {
    const has = ([words]) => words.split(" ").some((word) => (term.star ? word.startsWith(term.word) : word === term.word));
    const found = Object.values(entries).filter(has);
    if (found.length || term.star) return found.map((entry) => entry[1]);
    const stems = Object.keys(entries).filter((stem) => stem.length > 3 && term.word.startsWith(stem));
    const best = stems.sort((a, b) => b.length - a.length)[0];
    if (best) term.asked = entries[best][0].split(" ")[0];
    return best ? [entries[best][1]] : [];
  }

  async function match(term, index) {
    const whole = index.words.filter((prefix) => term.word.startsWith(prefix)).sort((a, b) => b.length - a.length);
    const longer = term.star ? index.words.filter((prefix) => prefix.startsWith(term.word)) : [];
    const names = new Set([...whole.slice(0, 1), ...longer]);
    const found = new Map();
    term.asked = term.word;
    for (const entries of await Promise.all(Array.from(names, (prefix) => load(fileName(prefix))))) {
      for (const codes of choose(entries, term)) {
        let code = 0;
        for (const step of codes) {
          code += step;
          found.set(code >> 2, Math.max(found.get(code >> 2) || 0, code & 3));
        }
      }
    }
    return found;
  }

  async function search(text) {
    const index = await load("index");
    const terms = parse(text);
    const maps = await Promise.all(terms.map((term) => match(term, index)));
    const wanted = maps.filter((_, at) => !terms[at].out);
    const left = maps.filter((_, at) => terms[at].out);
    const scored = index.order
      .filter((id) => wanted.every((map) => map.has(id)) && !left.some((map) => map.has(id)))
      .map((id) => [id, wanted.reduce((sum, map) => sum + map.get(id), 0)]);
    scored.sort((a, b) => b[1] - a[1]); // stable: of as good ones the newest first
    const other = terms.filter((term) => !term.out && term.asked !== term.word);
    const missing = terms.filter((term, at) => !term.out && !maps[at].size).map((term) => term.word);
    return { ids: scored.map((pair) => pair[0]), missing, other, meant: terms.length > 0 };
  }

  function add(parent, kind, text, className) {
    if (!text) return null;
    const made = parent.appendChild(document.createElement(kind));
    made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  function item(id, [title, meta, glance, extract, note]) {
    const line = document.createElement("li");
    const link = add(line.appendChild(document.createElement("h2")), "a", title);
    link.href = "reviews/" + id + ".html";
    add(line, "p", meta, "meta");
    if (glance) add(line.appendChild(document.createElement("p")), "b", glance);
    add(line, "p", extract);
    add(line, "p", note, "small");
    return line;
  }

  async function more() {
    const { reviewsAFile } = await load("index");
    const ids = hits.slice(shown, shown + PAGE);
    const files = await Promise.all(ids.map((id) => load("r-" + Math.floor(id / reviewsAFile))));
    const lines = ids.map((id, at) => item(id, files[at][id]));
    find("found").append(...lines);
    shown += ids.length;
    find("more").hidden = shown >= hits.length;
    return lines;
  }

  function say(text, result) {
    const count = result.ids.length;
    const amount = count ? count.toLocaleString("en-GB") + (count === 1 ? " review" : " reviews") : "No reviews";
    let words = result.meant ? amount + " with “" + text + "”" : "Type a word, such as neglect";
    if (result.missing.length) words += ". No review has “" + result.missing.join("”, “") + "”: check the spelling";
    for (const term of result.other) words += ". No review has “" + term.word + "”: “" + term.asked + "” was searched";
    find("said").textContent = words;
  }

  async function run() {
    const text = find("q").value.trim();
    const turn = ++asked;
    find("said").textContent = "Searching…";
    try {
      const result = await search(text);
      if (turn !== asked) return;
      hits = result.meant ? result.ids : [];
      shown = 0;
      find("found").replaceChildren();
      await more();
      if (turn === asked) say(text, result);
    } catch (error) {
      find("said").textContent = "A part of the search could not be loaded (" + error.message + "). Try again.";
    }
  }

  find("seek").hidden = false;
  find("seek").addEventListener("submit", (event) => {
    event.preventDefault();
    try {
      history.replaceState(null, "", "?q=" + encodeURIComponent(find("q").value.trim()));
    } catch (error) {
      // a page on a disk has no address to change
    }
    run();
  });
  find("more").addEventListener("click", () => more().then((lines) => lines[0].querySelector("a").focus()));
  find("q").value = new URLSearchParams(location.search).get("q") || "";
  if (find("q").value) run();
})();
