// Every four seconds, while somebody looks: whether there are new figures (then the page shows them, in place) and what
// is new at the bell (js/bell.js hears of it). Never under the hands of somebody who is typing, choosing or marking text:
// she is told, and asks for them. Nothing here reads the browser's clock.
"use strict";

(() => {
  const EVERY = 4000;
  const { fresh: url } = document.body.dataset;
  if (!url) return;
  const words = JSON.parse(document.getElementById("shell-words")?.textContent || "{}");
  let { version, tag } = document.body.dataset; // of the page as it is shown; without a version it does more than read
  let asking = false;
  let line;

  async function ask() {
    if (document.visibilityState !== "visible" || asking) return;
    asking = true;
    try {
      const answer = await fetch(url, { headers: { Accept: "application/json" }, redirect: "error", cache: "no-cache" });
      if (!answer.ok) return;
      const told = await answer.json();
      document.dispatchEvent(new CustomEvent("told", { detail: told }));
      if (version && told.version !== version) await look(told.version);
    } catch { /* away, or logged out: the next time will tell */ } finally {
      asking = false;
    }
  }

  // Whether the page would be pulled from under somebody's hands.
  function busy(main) {
    const one = document.activeElement;
    if (document.querySelector("dialog[open], .htmx-request, .menu-box:checked, .picker-box[open], .page-actions details[open], [popover]:popover-open")) return true;
    if (!getSelection().isCollapsed) return true;
    if (one?.matches("textarea, [contenteditable], input:not([type=checkbox], [type=radio], [type=submit], [type=button])")) return true;
    if (one?.matches("select") && (!CSS.supports("selector(:open)") || one.matches(":open"))) return true;
    return [...main.querySelectorAll("input, textarea, select")].some(changed);
  }
  function changed(field) {
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.matches("select")) {
      const stands = [...field.options].filter((option) => option.defaultSelected);
      return stands.length ? stands.some((option) => !option.selected) : field.selectedIndex > 0;
    }
    return field.type !== "hidden" && field.value !== field.defaultValue;
  }

  async function look(newest, asked = false) {
    const main = document.getElementById("main");
    if (!asked && busy(main)) return offer();
    const address = location.href;
    const answer = await fetch(address, { headers: tag ? { "If-None-Match": `"${tag}"` } : {}, redirect: "error", cache: "no-store" });
    if (address !== location.href) return; // she has gone on meanwhile
    if (answer.status === 304) {
      version = newest;
      document.dispatchEvent(new Event("newer")); // parts that are fetched by themselves may be others (js/boards.js)
    } else if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("main");
      if (!page.body.dataset.version || !fresh || address !== location.href) return;
      if (!asked && busy(main)) return offer();
      window.plumblineRenew(main, fresh);
      document.title = page.title;
      ({ version, tag } = page.body.dataset);
    } else if (answer.status === 403 || answer.status === 404) {
      location.reload(); // no longer there, or no longer hers: the page itself says so
      return;
    }
    line?.remove();
    line = undefined;
  }

  function offer() {
    if (line) return;
    line = Object.assign(document.createElement("div"), { className: "fresh-line" });
    line.setAttribute("role", "status");
    const show = Object.assign(document.createElement("button"), { className: "btn btn-sm", type: "button", textContent: words.show_them });
    show.addEventListener("click", () => look(version, true));
    line.append(Object.assign(document.createElement("span"), { textContent: words.new_figures }), show);
    document.body.append(line);
  }

  // A filter has put another page into #main: what it shows, it says itself.
  document.addEventListener("htmx:afterSwap", ({ detail: { target, xhr } }) => {
    if (target?.id !== "main" || !version) return;
    const found = /data-version="(\w+)" data-tag="(\w*)"/.exec(xhr.responseText);
    if (found) [, version, tag] = found;
    line?.remove();
    line = undefined;
  });
  document.addEventListener("ask", ask);
  document.addEventListener("visibilitychange", ask);
  ask();
  setInterval(ask, EVERY);
})();
