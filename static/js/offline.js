// Pages and targets without a network: the bar that says so, what is switched off, and what is sent afterwards.
// The copies themselves are kept by static/js/service-worker.js, targets that wait by static/js/unsent.js.
"use strict";

(() => {
  const said = JSON.parse(document.getElementById("shell-words")?.textContent || "{}");
  const person = document.querySelector('meta[name="plumbline-person"]')?.content;
  const words = said.away;
  if (!person || !words) return;
  const root = document.documentElement;
  const { unsent } = window.plumbline;
  const LOOK = 10 * 60 * 1000; // milliseconds between two looks for what is to be kept, while a page is open
  const TRY = 10_000; // milliseconds between two tries of a network that was away
  const isCopy = "asOf" in root.dataset;
  let away = isCopy || navigator.onLine === false;
  let rows = [];

  const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
  const count = ([one, many], n) => (n === 1 ? one : many).replace("%(n)s", n);
  const toast = (text) => document.dispatchEvent(new CustomEvent("plumbline:say", { detail: text }));

  function moment(text) {
    const at = new Date(text);
    if (Number.isNaN(at.getTime())) return "";
    const part = (options) => {
      try {
        return new Intl.DateTimeFormat(said.lang === "en" ? "en-GB" : said.lang, { timeZone: words.zone, ...options }).format(at);
      } catch { return new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options }).format(at); }
    };
    const month = matchMedia("(max-width: 767px)").matches ? "short" : "long";
    const time = part({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    return words.moment.replace("%(time)s", time).replace("%(day)s", part({ day: "numeric", month, year: "numeric" }));
  }

  // -- The bar ------------------------------------------------------------------------------------

  let bar = null;
  function button(text, act) {
    const made = document.createElement(typeof act === "string" ? "a" : "button");
    if (typeof act === "string") made.href = act;
    else { made.type = "button"; made.addEventListener("click", act); }
    made.textContent = text;
    return made;
  }

  // On a phone it has one line, so that the key figures stay on the first screen.
  function show() {
    const parts = [];
    const missing = "missing" in root.dataset;
    const asOf = missing ? "" : moment(root.dataset.asOf);
    const onList = document.querySelector("[data-kept-list]");
    const sheet = document.getElementById("grid");
    const others = onList ? [] : rows.filter((row) => !sheet || unsent.elsewhere(row));
    const waiting = others.filter((row) => row.state === "waits").length;
    const narrow = matchMedia("(max-width: 767px)").matches;
    const add = (text) => { const line = document.createElement("p"); line.textContent = text; parts.push(line); };
    const links = document.createElement("div");
    if (away) add(missing ? words.offline : asOf ? words.as_of.replace("%(at)s", asOf) : words.stale);
    else if (isCopy && !missing) add(words.back.replace("%(at)s", asOf));
    if (others.length && away && narrow) links.append(button(count(words.few_words, others.length), "/offline/#targets"));
    else if (others.length) {
      add(waiting ? count(words.unsent, waiting) : count(words.undecided, others.length));
      if (waiting && !away && !sheet) links.append(button(words.send, send));
      links.append(button(words.look, "/offline/#targets"));
    } else if (away && !onList) links.append(button(words.kept, "/offline/"));
    if (isCopy && !away) links.append(button(words.again, () => location.reload()));
    if (links.childNodes.length) parts.push(links);
    root.toggleAttribute("data-bar", parts.length > 0);
    root.toggleAttribute("data-away", away);
    if (!parts.length) { bar?.remove(); bar = null; return; }
    if (!bar) {
      bar = document.createElement("div");
      bar.className = "away";
      bar.setAttribute("role", "status");
      document.body.prepend(bar);
    }
    if (bar.textContent !== parts.map((part) => part.textContent).join("")) bar.replaceChildren(...parts);
  }

  // -- What needs a connection says so -----------------------------------------------------------------

  const WORKS = "[data-theme-form]";
  function switchOff() {
    const off = document.querySelectorAll('form[method="post"] [type="submit"], [hx-post], [hx-put], [hx-delete], .tools-list a');
    for (const one of off) {
      if (one.closest(WORKS)) continue;
      if (away && !one.hasAttribute("aria-disabled")) {
        one.setAttribute("aria-disabled", "true");
        one.dataset.away = one.title;
        one.title = words.needs_network;
      } else if (!away && "away" in one.dataset) {
        one.removeAttribute("aria-disabled");
        one.title = one.dataset.away;
        delete one.dataset.away;
      }
    }
  }
  function refuse(event, text = words.needs_network) {
    event.preventDefault();
    event.stopImmediatePropagation();
    toast(text);
  }
  document.addEventListener("click", (event) => {
    if (away && event.target.closest?.(".tools-list a")) refuse(event);
  }, true);
  document.addEventListener("submit", (event) => {
    if (away && event.target.method === "post" && !event.target.matches(WORKS)) refuse(event);
  }, true);
  document.addEventListener("htmx:beforeRequest", async (event) => {
    if (!away) return;
    const { requestConfig, elt, boosted } = event.detail;
    const byHand = Boolean(requestConfig.triggeringEvent?.isTrusted);
    event.preventDefault();
    if (requestConfig.verb !== "get") return toast(words.needs_network);
    if (!byHand) return;
    // A turn of the page that is kept opens as a page of its own.
    const path = requestConfig.verb === "get" && elt.matches("form") ? `${requestConfig.path}?${new URLSearchParams(new FormData(elt))}` : requestConfig.path;
    const to = new URL(path, location.href);
    if (boosted && (await keptPages()).has(to.pathname + to.search)) location.assign(to);
    else {
      elt.closest("form")?.reset(); // what is shown is still what was chosen before
      toast(words.not_kept);
    }
  });

  async function keptPages() {
    try {
      const cache = await caches.open(`plumbline-pages-${person}`);
      return new Set((await cache.keys()).map(({ url }) => new URL(url)).map((url) => url.pathname + url.search));
    } catch { return new Set(); }
  }

  // -- Away and back ------------------------------------------------------------------------------

  async function asOfNow() {
    if (isCopy) return;
    try {
      const copy = await (await caches.open(`plumbline-pages-${person}`)).match(location.pathname + location.search);
      if (copy) root.dataset.asOf = copy.headers.get("Date") || "";
    } catch { /* without copies there is no time to name */ }
  }

  async function turn(to) {
    away = to;
    if (away) await asOfNow();
    else if (!isCopy) delete root.dataset.asOf;
    show();
    switchOff();
    if (away) retry();
    else await cameBack();
  }

  let trying;
  function retry() {
    clearTimeout(trying);
    trying = setTimeout(attempt, TRY);
  }
  async function attempt() {
    if (!away) return;
    try {
      const answer = await fetch("/sw.js", { method: "HEAD", cache: "no-store" });
      if (answer.status < 500) return void (await turn(false));
    } catch { /* still away */ }
    retry();
  }
  addEventListener("offline", () => turn(true));
  addEventListener("online", attempt);

  // Something half done on this page: it is not taken from under somebody's hands.
  function busy() {
    const at = document.activeElement;
    return Boolean(document.querySelector("dialog[open]") || window.plumbline.unfinished?.() || (at?.matches?.("input, textarea") && at.value));
  }

  async function cameBack() {
    if (!document.getElementById("grid")) await send();
    again();
  }

  // Once a minute at most: a server that is too slow to answer would be asked without end.
  function again() {
    if (!isCopy || away || busy()) return;
    const mark = `plumbline-again ${location.pathname}${location.search}`;
    try {
      if (Math.abs(Date.now() - Number(sessionStorage.getItem(mark))) < 60_000) return;
      sessionStorage.setItem(mark, String(Date.now()));
    } catch { return; }
    location.reload();
  }
  document.addEventListener("plumbline:all-saved", again);

  // -- Targets that wait ----------------------------------------------------------------------------

  async function tally() {
    try { rows = await unsent.of(person); } catch { rows = []; }
    show();
    document.dispatchEvent(new CustomEvent("plumbline:rows", { detail: rows }));
  }
  addEventListener("plumbline-unsent", tally);

  async function send() {
    await tally();
    if (away || !rows.some((row) => row.state === "waits" && unsent.elsewhere(row))) return { sent: 0, failed: "" };
    const done = await unsent.send(person, token());
    if (done.sent) toast(count(words.sent, done.sent));
    else if (done.failed === "signed_out") toast(words.signed_out);
    await tally();
    return done;
  }

  // -- Logging out: what waits is asked for first -----------------------------------------------------------

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (away || !new URL(form.action, location.href).pathname.endsWith("/logout/")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    await tally();
    if (rows.length) ask(form);
    else form.submit();
  }, true);

  function ask(form) {
    const dialog = document.createElement("dialog");
    dialog.className = "dialog";
    dialog.setAttribute("aria-labelledby", "away-title");
    const head = document.createElement("h2");
    head.id = "away-title";
    head.textContent = count(words.leaving, rows.length);
    const text = document.createElement("p");
    text.textContent = words.leaving_text;
    const actions = document.createElement("div");
    actions.className = "form-actions";
    const dress = (made, more = "") => { made.className = `btn ${more}`; return made; };
    const discard = async () => {
      await unsent.drop(rows.map((row) => row.key));
      form.submit();
    };
    const first = async () => {
      await send();
      if (!rows.length) return form.submit();
      head.textContent = count(words.leaving, rows.length);
      text.textContent = words.leaving_look;
      sending.replaceWith(dress(button(words.look, "/offline/#targets"), "btn-primary"));
    };
    const sending = dress(button(words.send_first, first), "btn-primary");
    actions.append(dress(button(words.cancel, () => dialog.close())), dress(button(words.discard_and_leave, discard)), sending);
    dialog.append(head, text, actions);
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  // -- The worker: after the page is there, and when nothing else is to be done ---------------------------------

  async function register() {
    if (!("serviceWorker" in navigator)) return;
    try {
      await navigator.serviceWorker.register("/sw.js", { scope: "/", updateViaCache: "none" });
      const worker = (await navigator.serviceWorker.ready).active;
      const look = () => { if (!away && document.visibilityState === "visible") worker.postMessage({ is: person, look: !navigator.connection?.saveData }); };
      look();
      setInterval(look, LOOK);
    } catch { /* a private window, or a browser that keeps nothing: the pages work as before */ }
  }
  const idle = window.requestIdleCallback || ((act) => setTimeout(act, 1000));
  const later = () => idle(register, { timeout: 10_000 });
  if (document.readyState === "complete") later();
  else addEventListener("load", later);

  window.plumbline.away = { person, moment, isAway: () => away, show, rows: () => rows };
  if (away) turn(true);
  if (isCopy && navigator.onLine) attempt();
  send();
})();
