// Keeps a person's pages on her device: fresh from the network where there is one, from the copy where there is none.
// A page says itself whose it is and whether it may be kept (templates/base.html); nothing else is.
"use strict";

const MADE = {};

importScripts(MADE.unsent);

const PAGES = "plumbline-pages-"; // and whose they are: a device keeps one person's
const FILES = "plumbline-files";
const LIST = "/list"; // in the cache of pages: what was to be kept, and when that was looked at
const BYTES = 25 * 2 ** 20;
const DAYS = 30 * 24 * 3600 * 1000;
const PATIENCE = 4000; // milliseconds until a dead network is given up, where there is a copy
const PAUSE = 300; // milliseconds between two pages that are kept ahead, so that nobody waits for that
const DEAD = new Set([502, 503, 504]);
const LEFT_ALONE = /^\/(accounts|api|embed|wall|s|healthz|metrics|static)(\/|$)/;
const OWNER = /<meta name="plumbline-person"\s+content="([0-9a-f]{32})"(\s+data-keep)?/;
const HASHED = /\.[0-9a-f]{12}\.\w+$/;

let times = 0; // that everything was forgotten: what was asked for before is not kept after

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => {
  event.waitUntil(Promise.all([clients.claim(), registration.navigationPreload?.enable(), sweep()]));
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.mode === "navigate") {
    if (request.method !== "GET") {
      if (url.pathname === MADE.logout || url.pathname === MADE.login) event.waitUntil(forget());
    } else if (url.pathname === MADE.login) event.respondWith(atTheDoor(event));
    else event.respondWith(LEFT_ALONE.test(url.pathname) ? fromNetwork(event) : navigated(event, url));
  } else if (request.method === "GET" && url.pathname.startsWith(MADE.files)) event.respondWith(file(request));
});

addEventListener("message", (event) => {
  const { is, look, forget: all } = event.data || {};
  if (all) event.waitUntil(forget().then(() => event.ports[0]?.postMessage("done")));
  else if (is) event.waitUntil(onlyOf(is).then(() => (look ? keepAhead(is) : null)));
});

// Where the browser sends by itself what waits, also after the last tab was closed.
addEventListener("sync", (event) => {
  if (event.tag === "targets") event.waitUntil(sendTargets());
});

async function sendTargets() {
  const [name] = await names();
  if (!name) return;
  const { failed } = await self.plumbline.unsent.send(name.slice(PAGES.length), "");
  if (failed === "unsaved") throw new Error("again later");
}

// -- Opening a page --------------------------------------------------------------------------------

async function fromNetwork(event) {
  return (await event.preloadResponse) || fetch(event.request);
}

// The page on which people log in: whoever was here before is not any more.
async function atTheDoor(event) {
  const answer = await fromNetwork(event);
  if (answer.ok) await forget();
  return answer;
}

async function navigated(event, url) {
  const begun = times;
  const fetched = fromNetwork(event);
  const copying = copyOf(url);
  let patience;
  try {
    const late = copying.then((copy) => new Promise((_yes, no) => { if (copy) patience = setTimeout(no, PATIENCE); }));
    const answer = await Promise.race([fetched, late]);
    if (DEAD.has(answer.status) && (await copying)) throw new Error("nobody behind the gateway");
    event.waitUntil(remember(url, answer.clone(), begun).catch(() => {}));
    return answer;
  } catch {
    event.waitUntil(fetched.then((answer) => remember(url, answer, begun)).catch(() => {}));
    const copy = await copying;
    return copy ? marked(copy) : instead(url);
  } finally {
    clearTimeout(patience);
  }
}

// A copy says that it is one, and of when: the server's time, whatever this device's clock says.
async function marked(copy, more = "") {
  const asOf = copy.headers.get("Date") || "";
  const text = (await copy.text()).replace("<html ", `<html data-as-of="${asOf}" ${more}`);
  return new Response(text, { headers: copy.headers, status: more ? 503 : 200 });
}

async function instead(url) {
  const list = await listKept();
  if (list && MADE.home && url.pathname === MADE.home) return Response.redirect(list.start);
  const page = await copyOf(new URL(MADE.offline, location.origin));
  return page ? marked(page, `data-missing="${encodeURIComponent(url.pathname + url.search)}" `) : Response.error();
}

async function file(request) {
  const files = await caches.open(FILES);
  const found = await files.match(request);
  if (found && HASHED.test(new URL(request.url).pathname)) return found;
  try {
    const answer = await fetch(request);
    if (answer.ok && answer.status === 200) await files.put(request, answer.clone()).catch(() => {});
    return answer;
  } catch (error) {
    if (found) return found;
    throw error;
  }
}

// -- What is kept ----------------------------------------------------------------------------------

async function names() {
  return (await caches.keys()).filter((name) => name.startsWith(PAGES));
}

async function pagesKept() {
  const [name] = await names();
  return name ? caches.open(name) : null;
}

async function copyOf(url) {
  return (await pagesKept())?.match(url.pathname + url.search);
}

async function listKept() {
  const found = await (await pagesKept())?.match(LIST);
  return found ? found.json() : null;
}

async function forget() {
  times += 1;
  await Promise.all((await names()).map((name) => caches.delete(name)));
}

// Somebody else is here now: what was the other's goes.
async function onlyOf(person) {
  const others = (await names()).filter((name) => name !== PAGES + person);
  if (!others.length) return;
  times += 1;
  await Promise.all(others.map((name) => caches.delete(name)));
}

// → the text that was kept, "" where it may not be.
async function remember(url, answer, begun) {
  const kind = answer.headers.get("Content-Type") || "";
  if (answer.status !== 200 || answer.redirected || answer.type !== "basic" || !kind.startsWith("text/html")) return "";
  const text = await answer.text();
  const [, person, keep] = OWNER.exec(text) || [];
  if (!person || begun !== times) return "";
  const mine = (await names()).some((name) => name === PAGES + person);
  if (!mine) await onlyOf(person);
  if (!keep) return "";
  const headers = new Headers(answer.headers);
  for (const name of ["Content-Encoding", "Content-Length"]) headers.delete(name);
  if (begun !== times) return "";
  await (await caches.open(PAGES + person)).put(url.pathname + url.search, new Response(text, { headers }));
  if (begun !== times) await forget();
  else await keepFiles(text);
  return text;
}

const filesOf = (text) => [...text.matchAll(/"([^"\s?#]+)"/g)].map(([, path]) => path).filter((path) => path.startsWith(MADE.files) && /\.\w+$/.test(path));

async function keepFiles(text) {
  const files = await caches.open(FILES);
  for (const path of new Set(filesOf(text))) {
    if (await files.match(path)) continue;
    await files.add(path).catch(() => {}); // another time
  }
}

// Pages that grew old or too many go, the longest not looked at first; then the files that no page names.
async function sweep() {
  const pages = await pagesKept();
  if (!pages) return;
  const list = await listKept();
  const wanted = new Set(list?.pages.map((page) => page.address));
  const found = [];
  for (const request of await pages.keys()) {
    const { pathname, search } = new URL(request.url);
    if (pathname === LIST) continue;
    const copy = await pages.match(request);
    const text = await copy.text();
    found.push({ request, text, at: Date.parse(copy.headers.get("Date")) || 0, wanted: wanted.has(pathname + search) });
  }
  const newest = Math.max(...found.map((one) => one.at));
  found.sort((one, other) => other.wanted - one.wanted || other.at - one.at);
  const needed = new Set();
  let bytes = 0, count = 0;
  for (const { request, text, at } of found) {
    bytes += text.length;
    count += 1;
    if (count > MADE.most || bytes > BYTES || newest - at > DAYS) await pages.delete(request);
    else filesOf(text).forEach((path) => needed.add(path));
  }
  const files = await caches.open(FILES);
  for (const request of await files.keys()) {
    if (!needed.has(new URL(request.url).pathname)) await files.delete(request);
  }
}

// -- Keeping ahead what she is likely to want ----------------------------------------------------------

let keeping = null;
function keepAhead(person) {
  keeping ??= lookAndKeep(person).catch(() => {}).finally(() => { keeping = null; });
  return keeping;
}

async function lookAndKeep(person) {
  const begun = times;
  const before = await listKept();
  if (before?.done && Math.abs(Date.now() - before.looked) < before.every * 1000) return;
  const asked = await fetch(MADE.pages, { redirect: "manual", cache: "no-store" });
  if (asked.type === "opaqueredirect") return void (await forget());
  if (!asked.ok) return;
  const list = await asked.json();
  if (list.person !== person || begun !== times) return;
  const pages = await caches.open(PAGES + person);
  const note = (more) => pages.put(LIST, new Response(JSON.stringify({ ...list, looked: Date.now(), ...more })));
  if (before?.done && before.version === list.version) return void (await note({ done: true }));
  if (before && before.granted !== list.granted) for (const request of await pages.keys()) await pages.delete(request);
  await note({ done: false });
  for (const { address } of list.pages) {
    if (begun !== times) return;
    const kept = await pages.match(address);
    const etag = kept?.headers.get("ETag");
    const answer = await fetch(address, { redirect: "manual", cache: "no-store", headers: etag ? { "If-None-Match": etag } : {} });
    if (answer.status === 304 && kept && begun === times) {
      const headers = new Headers(kept.headers);
      headers.set("Date", answer.headers.get("Date") || headers.get("Date"));
      await pages.put(address, new Response(await kept.text(), { headers }));
    } else if (answer.ok) await remember(new URL(address, location.origin), answer, begun);
    else if (kept && (answer.status === 403 || answer.status === 404)) await pages.delete(address);
    await new Promise((go) => { setTimeout(go, PAUSE); });
  }
  if (begun !== times) return;
  await note({ done: true });
  await sweep();
}
