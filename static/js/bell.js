// The bell: shows what js/fresh.js is told every few seconds while somebody looks at the page.
"use strict";

(() => {
  document.addEventListener("told", ({ detail: { count, words } }) => {
    for (const bell of document.querySelectorAll("[data-bell]")) {
      const said = bell.querySelector("[data-bell-words]");
      const number = bell.querySelector("[data-bell-count]");
      if (said.textContent !== words) said.textContent = bell.title = words;
      number.textContent = count > 99 ? "99+" : String(count);
      number.hidden = !count;
    }
  });

  // What stands on the list is seen by looking at it. The words "New" stay until the next visit.
  async function seen(form) {
    try {
      await fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" });
      form.hidden = true;
      document.dispatchEvent(new Event("ask"));
    } catch { /* the button is still there */ }
  }

  const list = document.querySelector("[data-bell-seen]");
  if (list) seen(list);
})();
