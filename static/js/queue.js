// The queue of complaints by keyboard. Everything works without it too: rows are links, taking one is a form.
"use strict";

(() => {
  const OFF = "plumbline-keys-off"; // as in help.js, whose ? lists these keys
  const rows = () => [...document.querySelectorAll("[data-row]")];

  function off() {
    try { return localStorage.getItem(OFF) === "yes"; } catch { return false; }
  }

  const rowOf = (element) => element?.closest?.("tr")?.querySelector("[data-row]");
  const current = () => rowOf(document.activeElement);

  // The address keeps the row, so that coming back finds it, also by the browser's own button.
  function mark(link) {
    history.replaceState(history.state, "", `#${link.closest("tr").id}`);
  }

  function move(step) {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(current());
    const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
    next.focus();
    next.closest("tr").scrollIntoView({ block: "nearest" });
  }

  const typing = (element) => element.matches?.("input:not([type=checkbox]), textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (off()) return;
    const does = {
      j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1),
      a: () => current()?.closest("tr").querySelector("[data-take]")?.click(),
      "/": () => {
        const field = document.querySelector("input[name=q]");
        const box = field?.closest("details");
        if (box) box.open = true;
        field?.focus();
      },
    }[event.key];
    if (!does) return;
    // Arrows scroll the page until somebody is among the rows.
    if (event.key.startsWith("Arrow") && !current()) return;
    event.preventDefault();
    does();
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-row]");
    if (link) mark(link);
  });

  function found() {
    const row = location.hash.startsWith("#c-") ? document.getElementById(location.hash.slice(1)) : null;
    row?.querySelector("[data-row]")?.focus();
  }
  addEventListener("pageshow", found);
})();
