// Help beside the heading, and keys. Without script the same links open pages of their own.
"use strict";

(() => {
  const button = () => document.querySelector(".help-button"); // asked anew, since filters replace the page's inside
  const OFF = "plumbline-keys-off"; // keys of one letter; queue.js asks for the same
  let dialog, dressed;

  // -- The dialog comes with the first question.
  function make() {
    dialog = document.createElement("dialog");
    dialog.className = "help";
    dialog.setAttribute("aria-labelledby", "help-title");
    const head = document.createElement("div");
    head.className = "help-head";
    const title = document.createElement("h2");
    title.id = "help-title";
    const close = document.createElement("button");
    Object.assign(close, { type: "button", className: "icon-button" });
    close.dataset.dialogClose = "";
    close.append(document.querySelector("#find [data-dialog-close]").cloneNode(true).firstElementChild);
    close.setAttribute("aria-label", button().dataset.close);
    head.append(title, close);
    const body = document.createElement("div");
    body.className = "help-body";
    body.tabIndex = 0; // so that arrows scroll it
    dialog.append(head, body);
    document.body.append(dialog);
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    const sheet = document.createElement("link");
    dressed = new Promise((done) => Object.assign(sheet, { rel: "stylesheet", href: button().dataset.css, onload: done, onerror: done }));
    document.head.append(sheet);
  }

  async function open(url, title) {
    if (!dialog) make();
    try {
      const [answer] = await Promise.all([fetch(url, { headers: { "HX-Request": "true" } }), dressed]);
      if (!answer.ok || answer.headers.get("HX-Redirect")) throw new Error(answer.status);
      dialog.querySelector(".help-body").innerHTML = await answer.text();
    } catch {
      location.href = url;
      return;
    }
    dialog.querySelector("#help-title").textContent = title;
    dialog.querySelector(".help-body").scrollTop = 0;
    for (const box of dialog.querySelectorAll("[data-keys-switch]")) box.checked = !off();
    if (!dialog.open) dialog.showModal();
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-help]");
    if (!link || !button() || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(link.getAttribute("href"), link.dataset.title || button().dataset.keys);
  });

  // -- Keys of one letter, which can be turned off (WCAG 2.1.4)
  function off() {
    try { return localStorage.getItem(OFF) === "yes"; } catch { return false; }
  }
  for (const box of document.querySelectorAll("[data-keys-switch]")) box.checked = !off();
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-keys-switch]")) return;
    try { event.target.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "yes"); } catch { /* a private window forgets it */ }
  });

  const typing = (element) => element.matches?.("input:not([type=checkbox], [type=radio], [type=submit]), textarea, select, [contenteditable], [role=combobox]");
  const seen = (element) => element.checkVisibility?.({ visibilityProperty: true }) ?? true;

  function search() {
    const own = document.querySelector("main input[type=search]:not(.picker-panel *), main input[name=q]:not(.picker-panel *)");
    const box = own?.closest("details:not([open])");
    if (box) box.open = true;
    const filter = [...document.querySelectorAll("main .filters summary, main .filters select, main .filters a")].find(seen);
    const field = own || filter;
    field?.focus();
    field?.select?.();
    return field;
  }

  let going = 0; // until when a letter after g leads somewhere
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) return;
    if (off() || document.querySelector("dialog[open]")) return;
    const went = going > Date.now();
    going = 0;
    if (went) {
      const link = document.querySelector(`[data-go="${CSS.escape(event.key.toLowerCase())}"]`);
      if (!link) return;
      event.preventDefault();
      location.href = link.href;
    } else if (event.key === "g") {
      going = Date.now() + 1500;
    } else if (event.key === "?" && button()) {
      event.preventDefault();
      open(`${button().getAttribute("href")}&keys=1`, button().dataset.keys);
    } else if (event.key === "/") {
      if (search()) event.preventDefault();
    } else if (event.key === "[" || event.key === "]") {
      const step = document.querySelector(`main a[rel="${event.key === "[" ? "prev" : "next"}"]`);
      if (step) { event.preventDefault(); step.click(); }
    }
  });

  if (/mac|iphone|ipad/i.test(navigator.platform)) for (const key of document.querySelectorAll("[data-find] kbd")) key.textContent = "⌘K";
})();
