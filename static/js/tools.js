// The menus in the head of a page close as menus do; that of what can be done with it copies the link, and has pictures
// drawn while one reads on.
"use strict";

(() => {
  const EVERY = 1000; // ms between two looks at a picture that is being drawn
  const find = () => document.querySelector("details.tools[data-drawing]");
  const opened = () => document.querySelector("details.tools[open]");

  // Escape closes one and gives the focus back; so does a click elsewhere, or moving on.
  document.addEventListener("keydown", (event) => {
    const menu = opened();
    if (!menu) return;
    if (event.key === "Escape") {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && menu.contains(document.activeElement)) {
      event.preventDefault();
      const all = [...menu.querySelectorAll("summary, li:not([hidden]) :is(a, button)")];
      all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
    }
  });
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.tools[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("focusin", (event) => {
    for (const menu of document.querySelectorAll("details.tools[open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  // What only a script can do appears with it.
  function dress() {
    const menu = find();
    if (!menu || menu.dataset.dressed) return;
    menu.dataset.dressed = "yes";
    const reveal = (name) => { menu.querySelector(`[data-${name}]`).parentElement.hidden = false; };
    if (navigator.clipboard) reveal("copy");
    if (navigator.share && matchMedia("(pointer: coarse)").matches) reveal("share");
    const form = menu.querySelector("form[data-picture=png]");
    for (const chart of form ? document.querySelectorAll("figure.chart[id][data-figure]") : []) {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "chart-picture", title: menu.dataset.ofChart });
      button.setAttribute("aria-label", menu.dataset.ofChart);
      button.append(form.querySelector("svg").cloneNode(true));
      button.addEventListener("click", () => draw(form, chart.id));
      chart.querySelector("figcaption").append(button);
    }
  }
  dress();
  document.addEventListener("htmx:load", dress);

  document.addEventListener("click", async (event) => {
    const menu = find();
    if (event.target.closest("[data-copy]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
      await navigator.clipboard.writeText(location.href).then(() => say(menu.dataset.copied), () => say(menu.dataset.notCopied));
    } else if (event.target.closest("[data-share]")) {
      menu.open = false;
      navigator.share({ title: document.title, url: location.href }).catch(() => {}); // she thought better of it
    }
  });

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-picture]");
    if (!form) return;
    event.preventDefault();
    const menu = find();
    menu.open = false;
    menu.querySelector("summary").focus();
    draw(form);
  });

  // Asks for a picture, says so until it is there, and saves it.
  async function draw(form, panel = "") {
    const menu = find();
    const body = new FormData(form);
    body.set("page", location.pathname + location.search); // htmx may have turned the page since
    if (panel) body.set("panel", panel);
    const headers = { Accept: "application/json" };
    try {
      say(menu.dataset.drawing);
      const asked = await (await fetch(form.action, { method: "POST", body, headers })).json();
      if (asked.error) return say(asked.error);
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, EVERY));
        const { state, error, file } = await (await fetch(asked.ask, { headers })).json();
        if (error) return say(error);
        if (state === "done") {
          say(menu.dataset.drawn);
          return Object.assign(document.createElement("a"), { href: file, download: "" }).click();
        }
        say(menu.dataset.drawing);
      }
    } catch {
      say(navigator.onLine ? words.request_failed : words.offline);
    }
  }
})();
