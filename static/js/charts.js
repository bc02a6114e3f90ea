// Draws <figure data-figure="id"> from <script type="application/json" id="id">, after the page is painted.
//
// The server says what a trace is; colours, fonts and number words are settled here, because they depend on
// the theme. In a figure {"data": [...], "layout": {...}}:
//   trace.meta.role    actual (solid) | plan (thin, dark) | last_year (grey) | forecast (dotted) | series
//   trace.meta.series  0 to 7: the colour of a series (dashboards/palette.py); with role forecast too
//   trace.meta.label   true: name the line at its end instead of in a legend
//   trace.text         what hover adds to each value, such as a day of its own
//   trace.meta.unit    count | money | percent | ratio: how hover writes y (or x of lying bars)
//   layout.meta.unit   the same for the value axis; layout.meta.axis "x" for lying bars
//   layout.meta.span   first and last day of a stretch of time that lies on a ground of its own
//   layout.meta.links  where bars lead: a list in their order, or addresses by what stands on the axis
// The roles edge and band are a pair of lines with the band of the yellow light between them; least and most, a forecast's interval.
// A trace's own line or marker colours win. Plotly (its basic build, 366 KB gzip: lines and bars) is only fetched where a page has a chart.
"use strict";

(() => {
  const own = document.currentScript.dataset;
  const words = JSON.parse(document.getElementById("shell-words")?.textContent || "{}");
  const drawn = new Map(); // canvas → figure as the server sent it
  const texts = new WeakMap(); // canvas → the same as text: a page that was renewed keeps its canvases
  let library;

  const add = (tag, attributes) => new Promise((resolve, reject) => {
    const element = Object.assign(document.createElement(tag), attributes);
    element.onload = resolve;
    element.onerror = () => reject(new Error(`could not load ${attributes.src || attributes.href}`));
    document.head.append(element);
  });

  // The page's own words are painted before anything of a chart is fetched: then all at once, run in this order.
  const painted = new Promise((resolve) => {
    if (!window.PerformanceObserver?.supportedEntryTypes?.includes("paint")) requestAnimationFrame(() => requestAnimationFrame(resolve));
    else new PerformanceObserver((list, self) => { if (list.getEntriesByName("first-contentful-paint").length) { self.disconnect(); resolve(); } }).observe({ type: "paint", buffered: true });
  });

  function load() {
    library ??= painted.then(async () => {
      const scripts = [own.look, own.plotly, own.plotlyLocale].filter(Boolean).map((src) => add("script", { src, async: false }));
      // Plotly looks for this id and then adds no <style> of its own, which the policy would refuse.
      const style = add("link", { rel: "stylesheet", id: "plotly.js-style-global", className: "no-inline-styles", href: own.plotlyCss });
      // Room for words is measured in their font: before it has come, a word may measure nothing.
      const font = document.fonts.load(getComputedStyle(document.body).font).catch(() => {});
      await Promise.all([style, font, ...scripts]);
      window.Plotly.setPlotConfig({ locale: (words.lang || "").startsWith("zh") ? "zh-CN" : "en" });
    });
    return library;
  }

  async function draw(canvas, figure) {
    const { data, layout } = window.plumblineLook(figure, canvas);
    await window.Plotly.react(canvas, data, layout, { responsive: true, displayModeBar: false, displaylogo: false, scrollZoom: false, doubleClick: false, showTips: false });
    canvas.dataset.state = "drawn";
    lead(canvas, figure.layout?.meta?.links);
  }

  // Bars lead somewhere: a list in the order of the bars, or addresses by what stands on the axis.
  function lead(canvas, links) {
    if (document.body.classList.contains("wall")) return; // nowhere
    canvas.links = links;
    if (!links || canvas.dataset.opens) return;
    canvas.dataset.opens = "yes";
    canvas.on("plotly_click", ({ points: [point] }) => {
      const { links } = canvas;
      const url = !links ? "" : Array.isArray(links) ? links[point.pointNumber] : links[String(point.x).slice(0, 10)];
      if (url && own.leads) open(url, "_blank", "noopener"); // in a frame elsewhere, the page itself stays
      else if (url) location.assign(url);
    });
  }

  function fail(canvas, error) {
    console.warn("chart", error);
    drawn.delete(canvas);
    const note = Object.assign(document.createElement("p"), { className: "chart-note", textContent: words.chart_failed });
    canvas.replaceChildren(note);
    canvas.removeAttribute("role");
    canvas.dataset.state = "failed";
  }

  // One after the other, so that clicks and frames come in between.
  const breath = () => (window.scheduler?.yield ? window.scheduler.yield() : new Promise((resolve) => setTimeout(resolve)));
  let turn = Promise.resolve();

  async function show(box) {
    const canvas = box.querySelector(".chart-canvas");
    const text = document.getElementById(box.dataset.figure)?.textContent;
    if (!canvas || (drawn.has(canvas) && texts.get(canvas) === text)) return;
    try {
      const figure = JSON.parse(text);
      drawn.set(canvas, figure);
      texts.set(canvas, text);
      await load();
      turn = turn.then(breath);
      await turn;
      if (canvas.dataset.state !== "drawn") canvas.replaceChildren();
      await draw(canvas, figure);
    } catch (error) {
      fail(canvas, error);
    }
    if ([...drawn.keys()].every((one) => one.dataset.state !== "waiting")) idle(another);
  }

  // Those farther down when there is nothing else to do: a reader who scrolls finds them there.
  const idle = (work) => (window.requestIdleCallback || setTimeout)(work);
  function another() {
    const next = [...document.querySelectorAll("[data-figure]")].find((box) => box.clientWidth && box.querySelector(".chart-canvas[data-state=waiting]"));
    if (next) show(next);
  }

  function redraw() {
    for (const [canvas, figure] of drawn) {
      if (!canvas.isConnected) drawn.delete(canvas);
      else if (canvas.dataset.state === "drawn") draw(canvas, figure).catch((error) => fail(canvas, error));
    }
  }

  // Figures in view or near it first.
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries.filter((one) => one.isIntersecting)) {
      near.unobserve(entry.target);
      show(entry.target);
    }
  }, { rootMargin: "400px" });
  function look(root) {
    const found = [...(root.matches?.("[data-figure]") ? [root] : []), ...root.querySelectorAll("[data-figure]")];
    for (const box of found) near.observe(box);
  }

  addEventListener("beforeprint", () => { for (const box of document.querySelectorAll("[data-figure]")) show(box); });
  document.addEventListener("themechange", (event) => (event.detail?.now ? redraw() : requestAnimationFrame(redraw)));
  document.addEventListener("htmx:load", (event) => look(event.detail.elt));
  let width = innerWidth;
  addEventListener("resize", () => { if ((width < 768) !== (innerWidth < 768)) redraw(); width = innerWidth; });
  look(document);
})();
