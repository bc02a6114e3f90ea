// The list of what this device keeps: pages with their time, and targets that are not on the server yet.
"use strict";

addEventListener("DOMContentLoaded", () => {
  const { away, unsent } = window.plumbline;
  if (!away) return;
  const words = JSON.parse(document.getElementById("kept-words").textContent);
  const name = `plumbline-pages-${away.person}`;
  const list = document.querySelector("[data-kept-list]");
  const forget = document.querySelector("[data-forget]");
  const { missing } = document.documentElement.dataset;
  if (missing) {
    document.querySelector("[data-missing-page]").textContent = decodeURI(decodeURIComponent(missing));
    document.querySelector("[data-not-kept]").hidden = false;
  }

  async function pages() {
    if (!("caches" in window)) return [];
    const cache = (await caches.has(name)) ? await caches.open(name) : null;
    if (!cache) return [];
    const wanted = new Map();
    for (const { address, label, about } of (await (await cache.match("/list"))?.json())?.pages || []) wanted.set(address, about ? `${label} · ${about}` : label);
    const found = [];
    for (const request of await cache.keys()) {
      const { pathname, search } = new URL(request.url);
      if (pathname === "/list" || pathname === "/offline/") continue;
      const copy = await cache.match(request);
      const address = pathname + search;
      found.push({ address, at: copy.headers.get("Date"), label: wanted.get(address) || (await titled(copy)) });
    }
    const order = [...wanted.keys()];
    const place = ({ address }) => (order.includes(address) ? order.indexOf(address) : order.length);
    return found.sort((one, other) => place(one) - place(other) || one.label.localeCompare(other.label));
  }

  // A page that she has opened herself: its own title, and what its address turns it to.
  async function titled(copy) {
    const page = new DOMParser().parseFromString(await copy.text(), "text/html");
    return page.title.replace(/ · Plumbline$/, "").replace(/\s+/g, " ").trim();
  }

  async function show() {
    const found = await pages();
    list.replaceChildren(...found.map(({ address, at, label }) => {
      const line = document.createElement("li");
      const link = document.createElement("a");
      link.className = "kept-page";
      link.href = address;
      const title = document.createElement("span");
      title.textContent = label;
      const when = document.createElement("span");
      when.className = "row-detail";
      when.textContent = words.as_of.replace("%(at)s", away.moment(at));
      link.append(title, when);
      line.append(link);
      return line;
    }));
    document.querySelector("[data-kept-none]").hidden = found.length > 0;
    forget.hidden = !found.length;
  }

  function showTargets(rows) {
    document.getElementById("targets").hidden = !rows.length;
    const pattern = document.querySelector("[data-unsent-row]");
    document.querySelector("[data-unsent-list]").replaceChildren(...rows.map((row) => {
      const line = pattern.content.cloneNode(true);
      line.querySelector("[data-what]").textContent = `${row.name} · ${row.label} · ${row.month}: ${row.text || "—"}`;
      line.querySelector("[data-became]").textContent = row.state === "waits" ? words.waits : row.state === "moved" ? row.theirs.said : row.said || words.not_allowed;
      line.querySelector("[data-open]").href = row.page;
      line.querySelector("[data-discard]").addEventListener("click", () => unsent.drop([row.key]));
      return line;
    }));
  }
  document.addEventListener("plumbline:rows", (event) => showTargets(event.detail));
  showTargets(away.rows());

  forget.addEventListener("click", async () => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => show();
    const worker = (await navigator.serviceWorker.ready).active;
    worker.postMessage({ forget: true }, [port2]);
  });
  show();
  setInterval(() => { if (document.visibilityState === "visible") show(); }, 5000);
});
