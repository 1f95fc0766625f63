/* The progress of work in the background, without loading the page again. */
"use strict";
(function () {
  const box = document.getElementById("work");
  const find = (name) => document.getElementById("work-" + name);
  find("again").hidden = true;

  function show(told) {
    if (find("state").textContent !== told.words) find("state").textContent = told.words;
    find("doing").textContent = told.doing;
    const list = find("lines");
    for (const line of told.lines.slice(list.children.length)) {
      list.appendChild(document.createElement("li")).textContent = line;
    }
    if (!told.ended) return;
    find("state").classList.add(told.error ? "ops-ill" : "ops-well");
    find("error").textContent = told.error;
    find("error").hidden = !told.error;
    find("text").textContent = told.text;
    find("text").hidden = !told.text;
    find("file-words").textContent = told.file;
    find("file").hidden = !told.file;
    if (find("stop")) find("stop").hidden = true;
    find("do").hidden = !told.url;
    if (!told.url) return;
    find("do").firstChild.href = told.url;
    find("do").firstChild.textContent = told.do;
  }

  function trouble() {
    find("again").hidden = false;
  }

  function look() {
    fetch(box.dataset.address, { credentials: "same-origin", redirect: "error" })
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
      .then((told) => {
        show(told);
        if (!told.ended) setTimeout(look, 1000);
      })
      .catch(trouble);
  }

  setTimeout(look, 500);
})();
