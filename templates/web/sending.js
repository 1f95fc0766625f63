/* The state of sending, every few seconds, without loading the page again. */
"use strict";
(function () {
  const box = document.getElementById("sending");
  const again = document.getElementById("sending-again");
  again.hidden = true;

  function show(text) {
    again.hidden = true;
    if (getSelection().isCollapsed) box.innerHTML = text; // else somebody copies from it
  }

  function look() {
    setTimeout(look, 5000);
    if (document.hidden) return;
    fetch(box.dataset.address, { credentials: "same-origin", redirect: "error" })
      .then((answer) => (answer.ok ? answer.text() : Promise.reject(answer.status)))
      .then(show)
      .catch(() => { again.hidden = false; });
  }

  setTimeout(look, 2000);
})();
