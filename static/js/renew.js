// Puts the new inside of a page into the place of the old one, so that only what has changed is seen to change: charts
// stay drawn, what was open stays open, the focus stays where it was, and a light that changed is marked once.
"use strict";

(() => {
  const STATUS = ["light-green", "light-yellow", "light-red", "light-grey"];

  // What stands where, by a name that the same thing has on the old and the new page.
  function named(root, selector, name) {
    const found = new Map();
    const times = new Map();
    for (const one of root.querySelectorAll(selector)) {
      const said = name(one);
      const n = (times.get(said) || 0) + 1;
      times.set(said, n);
      found.set(`${n} ${said}`, one);
    }
    return found;
  }
  const ofLight = (light) => light.closest("tr, li, figure, section")?.querySelector("th, h3, a, h2")?.textContent.trim() || "";
  const ofDetails = (box) => box.id || `${box.className} ${box.querySelector("summary")?.textContent.trim()}`;
  const ofFocus = (one) => one.id || `${one.tagName} ${one.getAttribute("href") || one.name || ""} ${one.textContent.trim()}`;
  const ofScroll = (one) => one.className;
  const KEYS = "a, button, input, select, textarea, summary, [tabindex]";
  const status = (light) => STATUS.find((name) => light.classList.contains(name));

  function keepCharts(old, fresh) {
    for (const box of fresh.querySelectorAll("[data-figure]")) {
      const before = [...old.querySelectorAll("[data-figure]")].find((one) => one.dataset.figure === box.dataset.figure);
      const canvas = before?.querySelector(".chart-canvas[data-state=drawn]");
      if (!canvas) continue;
      box.querySelector(".chart-canvas").replaceWith(canvas); // js/charts.js draws it anew in place, if its figures are others
    }
  }

  // `fresh` is a #main of another document; `mark`: it is the same page, so that lights can have changed.
  window.plumblineRenew = (main, fresh, { mark = true } = {}) => {
    fresh = document.adoptNode(fresh);
    const lights = new Map([...named(main, ".light", ofLight)].map(([name, light]) => [name, status(light)]));
    const open = new Map([...named(main, "details", ofDetails)].map(([name, box]) => [name, box.open]));
    const across = new Map([...named(main, ".table-card, .heat", ofScroll)].map(([name, one]) => [name, one.scrollLeft]));
    const focused = main.contains(document.activeElement) && document.activeElement !== main
      ? [...named(main, KEYS, ofFocus)].find(([, one]) => one === document.activeElement)?.[0]
      : undefined;
    const [left, top] = [scrollX, scrollY];
    const said = main.querySelector("#messages");
    if (said?.children.length) fresh.querySelector("#messages")?.prepend(...said.children);

    keepCharts(main, fresh);
    for (const [name, box] of named(fresh, "details", ofDetails)) if (open.has(name)) box.open = open.get(name);
    main.replaceChildren(...fresh.childNodes);
    window.htmx?.process(main);
    document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: main } }));

    for (const [name, one] of named(main, ".table-card, .heat", ofScroll)) if (across.get(name)) one.scrollLeft = across.get(name);
    if (focused !== undefined) named(main, KEYS, ofFocus).get(focused)?.focus({ preventScroll: true });
    scrollTo({ left, top, behavior: "instant" });
    for (const [name, light] of mark ? named(main, ".light", ofLight) : []) {
      if (!lights.has(name) || lights.get(name) === status(light)) continue;
      light.classList.add("light-changed");
      light.addEventListener("animationend", () => light.classList.remove("light-changed"), { once: true });
    }
  };

  // A part that htmx exchanges takes the focus with it, unless what had it has an id. The keyboard goes on at the same thing
  // on the new part, at the picker where an area was chosen, or where the part begins; where none is left, at the next one.
  let had;
  document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
    const one = document.activeElement;
    had = target?.id && one !== target && target.contains(one) ? {
      part: target.id,
      beside: target.nextElementSibling || target.previousElementSibling,
      picker: one.closest(".picker")?.querySelector("summary").id,
      name: [...named(target, KEYS, ofFocus)].find(([, other]) => other === one)?.[0],
    } : undefined;
  });
  document.addEventListener("htmx:afterRequest", () => {
    if (!had || document.activeElement !== document.body) return;
    const main = document.getElementById("main");
    const part = document.getElementById(had.part) || (had.beside?.isConnected ? had.beside : main);
    const first = part === main ? main : part.querySelector(":is(a, button, input, select, textarea, summary):not([type=hidden])");
    const shown = (one) => (one?.checkVisibility() ? one : one?.closest("details:not([open])")?.querySelector("summary")); // on a phone, filters are folded
    const one = shown(document.getElementById(had.picker)) || shown(named(part, KEYS, ofFocus).get(had.name)) || shown(first) || part;
    if (one === part && !part.hasAttribute("tabindex")) part.tabIndex = -1;
    one.focus({ preventScroll: true });
    had = undefined;
  });
})();
