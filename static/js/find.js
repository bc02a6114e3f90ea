// Finding by name: Ctrl-K, ⌘K or the button opens a field; arrows walk what is found, Enter opens, Ctrl+Enter beside.
// Without script the button leads to a page with the same field.
"use strict";

(() => {
  const dialog = document.getElementById("find");
  if (!dialog) return;
  const input = dialog.querySelector("input");
  const list = dialog.querySelector("[role=listbox]");
  const status = dialog.querySelector("[role=status]");
  const KEPT = `plumbline-found-${dialog.dataset.person}`;
  const MOST = 6;
  let asking, waiting, dressed, first = "";

  // -- What was opened from here before, in this browser
  function recent() {
    try { return JSON.parse(localStorage.getItem(KEPT) || "[]").filter((one) => one.url?.startsWith("/") && !one.url.startsWith("//")); } catch { return []; }
  }
  function remember({ dataset: { name, detail }, attributes }) {
    const url = attributes.href.value;
    const kept = [{ name, detail, url }, ...recent().filter((one) => one.url !== url)].slice(0, MOST);
    try { localStorage.setItem(KEPT, JSON.stringify(kept)); } catch { /* a private window forgets it */ }
  }
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-log-out]")) try { localStorage.removeItem(KEPT); } catch { /* nothing was kept */ }
  });

  function group(rows) {
    const box = document.createElement("div");
    box.className = "find-group";
    box.setAttribute("role", "group");
    box.setAttribute("aria-labelledby", "find-recent");
    const kind = document.createElement("p");
    Object.assign(kind, { className: "find-kind", id: "find-recent", textContent: dialog.dataset.recent });
    kind.setAttribute("role", "presentation");
    box.append(kind);
    rows.forEach(({ name, detail, url }, at) => {
      const hit = document.createElement("a");
      Object.assign(hit, { className: "find-hit", id: `find-recent-${at}`, tabIndex: -1 });
      hit.setAttribute("role", "option");
      hit.setAttribute("aria-selected", "false");
      hit.setAttribute("href", url);
      Object.assign(hit.dataset, { name, detail });
      const words = document.createElement("span");
      const said = document.createElement("span");
      const small = document.createElement("small");
      Object.assign(said, { className: "find-name", textContent: name });
      small.textContent = detail;
      words.className = "find-words";
      words.append(said, small);
      hit.append(dialog.querySelector("[data-recent-icon]").content.cloneNode(true), words);
      box.append(hit);
    });
    return box;
  }

  // -- The list
  const hits = () => [...list.querySelectorAll("[role=option]")];
  const chosen = () => list.querySelector("[aria-selected=true]");
  function choose(hit) {
    chosen()?.setAttribute("aria-selected", "false");
    if (!hit) { input.removeAttribute("aria-activedescendant"); return; }
    hit.setAttribute("aria-selected", "true");
    hit.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", hit.id);
  }

  function show(html, text) {
    list.innerHTML = html;
    const said = list.querySelector(".find-said");
    status.textContent = said?.dataset.said || "";
    said?.remove();
    if (!text && recent().length) list.prepend(group(recent()));
    list.scrollTop = 0;
    list.dataset.text = text;
    choose(hits()[0]);
  }

  async function ask() {
    const text = input.value.trim();
    asking?.abort();
    if (!text && first) return show(first, text);
    asking = new AbortController();
    try {
      const answer = await fetch(`${dialog.dataset.url}?q=${encodeURIComponent(text)}`, { headers: { "HX-Request": "true" }, signal: asking.signal });
      const elsewhere = answer.headers.get("HX-Redirect"); // to log in again
      if (elsewhere) { location.href = elsewhere; return; }
      if (!answer.ok) throw new Error(answer.status);
      const html = await answer.text();
      if (!text) first = html;
      show(html, text);
    } catch (error) {
      if (error.name !== "AbortError") status.textContent = dialog.dataset.failed;
    }
  }

  // -- Opening. Its styles come with the first opening, so that no page waits for them.
  function dress() {
    dressed ??= new Promise((done) => {
      const sheet = document.createElement("link");
      Object.assign(sheet, { rel: "stylesheet", href: dialog.dataset.css, onload: done, onerror: done });
      document.head.append(sheet);
    });
    return dressed;
  }
  async function open() {
    await dress();
    if (dialog.open) return input.select();
    dialog.showModal();
    input.value = "";
    list.replaceChildren();
    status.textContent = "";
    input.focus();
    ask();
  }

  document.addEventListener("click", (event) => {
    if (event.target === dialog) return dialog.close(); // beside the card
    const opener = event.target.closest("[data-find]");
    if (!opener || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open();
  });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return;
    if (document.querySelector("dialog[open]:not(#find)")) return;
    event.preventDefault();
    open();
  });

  input.addEventListener("input", (event) => {
    if (event.isComposing) return; // 拼音 is not yet a word
    clearTimeout(waiting);
    waiting = setTimeout(ask, 120);
  });
  input.addEventListener("compositionend", ask);
  dialog.addEventListener("keydown", async (event) => {
    if (event.isComposing) return;
    const all = hits();
    const at = all.indexOf(chosen());
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + 6, PageUp: at - 6 }[event.key];
    if (to !== undefined && event.target === input) {
      event.preventDefault();
      if (!all.length) return;
      const step = event.key.startsWith("Arrow");
      choose(all[step ? (to + all.length) % all.length : Math.min(Math.max(to, 0), all.length - 1)]);
    } else if (event.key === "Enter" && event.target === input) {
      event.preventDefault();
      const beside = event.ctrlKey || event.metaKey;
      // What stands there may still be the answer to fewer letters.
      if (list.dataset.text !== input.value.trim()) { clearTimeout(waiting); await ask(); }
      const hit = chosen();
      if (!hit) return;
      remember(hit);
      if (beside) window.open(hit.href, "_blank", "noopener");
      else location.href = hit.href;
    }
  });
  list.addEventListener("click", (event) => {
    const hit = event.target.closest("[role=option]");
    if (hit) remember(hit);
  });
  list.addEventListener("mousemove", (event) => {
    const hit = event.target.closest("[role=option]");
    if (hit && hit !== chosen()) choose(hit);
  });
})();
