// A screen on a wall: shows its pages in turn, each as it stands now, and keeps the last good one while the network is away.
// All times on it are the server's: the browser's clock is never read.
"use strict";

(() => {
  const shell = document.querySelector("[data-wall]");
  const { wall: url, state, frame } = shell.dataset;
  const EVERY = 4000; // ms
  const FADE = 1000; // out, and in again; in css/wall.css
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const part = (name) => shell.querySelector(`[data-wall-${name}]`);
  const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
  const kept = new Map(); // which page → its tag and its text
  let shown = -1;
  let next = 0;
  let pages = 1;
  let seconds = 30;
  let turned = 0; // when the page that is shown was put up; as performance.now()
  let asked = -EVERY;
  let busy = false;
  let asOf = "";

  async function fetched(at) {
    const tag = kept.get(at)?.tag;
    const answer = await fetch(`${url}?at=${at}`, { headers: tag ? { "If-None-Match": tag } : {}, redirect: "error", cache: "no-store" });
    if (answer.status !== 304 && !answer.ok) throw new Error(String(answer.status));
    asOf = decodeURIComponent(answer.headers.get("X-As-Of") || "");
    if (answer.status === 304) return;
    const told = await answer.json();
    if (told.state !== state || (told.frame && told.frame !== frame)) return again();
    if (told.state === "asking") part("code").textContent = told.code;
    if (told.state !== "showing") return;
    ({ pages, seconds } = told);
    for (const one of kept.keys()) if (one >= pages) kept.delete(one);
    part("name").textContent = told.name;
    kept.set(told.at, { tag: answer.headers.get("ETag"), html: told.html, isNew: true });
  }

  // The frame itself has become another one: paired, switched off, another language, a new release.
  function again() {
    location.reload();
    return new Promise(() => {});
  }

  async function tick() {
    const now = performance.now();
    const due = state === "showing" && pages > 1 && shown >= 0 && now - turned >= seconds * 1000;
    if (busy || (!due && now - asked < EVERY)) return;
    busy = true;
    asked = now;
    if (due) next = (shown + 1) % pages;
    try {
      await fetched(next);
      say(false);
    } catch {
      say(true);
    }
    if (state === "showing") {
      if (next >= pages) next = 0;
      const page = kept.get(next);
      if (page && (page.isNew || next !== shown)) await put(page).catch((error) => console.warn("wall", error));
      else if (due && !page) turned = now; // away, and never seen: the one that stands stays
    }
    busy = false;
  }

  function say(away) {
    const note = part("away");
    if (note) note.hidden = !away;
    const line = part("as-of");
    if (!line) return;
    const text = asOf ? (away ? line.dataset.wallLost : line.dataset.wallAsOf).replace("%(time)s", asOf) : "";
    if (line.textContent !== text) line.textContent = text;
    line.classList.toggle("wall-lost", away);
  }

  async function put(page) {
    const from = new DOMParser().parseFromString(page.html, "text/html");
    const fresh = from.getElementById("main");
    for (const one of fresh.querySelectorAll("[role=group], .chart-data, .show-all, .no-print, .icon-button")) one.remove();
    await styles(from);
    const main = document.getElementById("main");
    const other = next !== shown;
    if (other && shown >= 0 && !calm.matches) {
      main.classList.add("wall-out");
      await wait(FADE);
    }
    main.classList.toggle("wall-words", !fresh.classList.contains("shell-main"));
    window.plumblineRenew(main, fresh, { mark: !other });
    fit(main);
    main.classList.remove("wall-out");
    page.isNew = false;
    if (other) turned = performance.now();
    shown = next;
    dots();
  }

  // A page brings its own styles.
  async function styles(from) {
    const here = new Set([...document.querySelectorAll("link[rel=stylesheet]")].map((one) => one.getAttribute("href")));
    const wanted = [...from.querySelectorAll("link[rel=stylesheet]")].filter((one) => !here.has(one.getAttribute("href")));
    await Promise.all(wanted.map((one) => new Promise((resolve) => {
      const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: one.getAttribute("href"), onload: resolve, onerror: resolve });
      document.querySelector("link[href*='wall']").before(link);
    })));
  }

  // Nothing is cut in half and nothing has to be scrolled: what does not fit as a whole is left out.
  // A chart may be lower than it would like to be, but not lower than LEAST.
  const WHOLE = ".tile, .panel, figure, li, tr, p, h1, h2, h3, svg, .light";
  const LEAST = 150; // px
  function fit(main) {
    for (const one of main.querySelectorAll(".wall-over")) one.classList.remove("wall-over");
    for (const canvas of main.querySelectorAll(".chart-canvas")) canvas.style.height = "";
    const end = main.getBoundingClientRect().bottom - parseFloat(getComputedStyle(main).paddingBottom);
    while (cut(main, end + 1).moved); // what was left out makes room
  }
  // `left`: whether anything of it is seen besides its heading; `moved`: whether anything was left out just now.
  function cut(box, end) {
    let [left, moved] = [false, false];
    for (const one of box.children) {
      const { top, bottom, height } = one.getBoundingClientRect();
      const isOpen = getComputedStyle(one).display === "contents";
      if (!height && !isOpen) continue;
      let stays = bottom <= end && !isOpen;
      if (!stays && (isOpen || top < end) && !one.matches(WHOLE)) {
        const inside = cut(one, end);
        stays = inside.left;
        moved ||= inside.moved;
      }
      if (!stays && top < end && one.matches(WHOLE) && lower(one, bottom - end)) stays = moved = true;
      if (stays) left ||= !one.matches(".section-head, h2, caption, thead, figcaption");
      else {
        one.classList.add("wall-over");
        moved = true;
      }
    }
    return { left, moved };
  }

  function lower(box, by) {
    const canvases = [...box.querySelectorAll(".chart-canvas")];
    if (canvases.length !== 1 || canvases[0].style.height) return false;
    const [canvas] = canvases;
    const zoom = canvas.getBoundingClientRect().height / canvas.offsetHeight;
    const height = Math.floor(canvas.offsetHeight - by / zoom - 2);
    if (height < LEAST) return false;
    canvas.style.height = `${height}px`;
    if (canvas.dataset.state === "drawn") window.Plotly.Plots.resize(canvas);
    return true;
  }

  function dots() {
    const line = part("dots");
    line.replaceChildren(...Array.from({ length: pages > 1 ? pages : 0 }, (_, at) => Object.assign(document.createElement("i"), { className: at === shown ? "wall-dot wall-here" : "wall-dot" })));
  }

  addEventListener("resize", () => { if (shown >= 0) fit(document.getElementById("main")); });
  navigator.wakeLock?.request("screen").catch(() => {}); // a browser that does not let us keeps its own habits
  tick();
  setInterval(tick, 500);
})();
