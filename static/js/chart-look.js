// How a figure looks: colours, fonts, axes and number words by theme, language and width. Fetched by charts.js with Plotly.
"use strict";

(() => {
  const words = JSON.parse(document.getElementById("shell-words")?.textContent || "{}");
  const chinese = (words.lang || "").startsWith("zh");

  // Numbers as on tiles: 1.23M, 120万; at most three significant digits.
  const wan = words.numbers ? words.numbers === "wan" : chinese; // as she chose, else as the language has it
  const steps = wan ? [[1e12, "万亿"], [1e8, "亿"], [1e4, "万"]] : [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "K"]];
  // As toLocaleString("en-US") does, whose first call alone takes as long as a chart's lines.
  function grouped(value, most) {
    const [whole, part] = value.toFixed(most).split(".");
    const rest = (part || "").replace(/0+$/, "");
    return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (rest && `.${rest}`);
  }
  function dressed(text, value, unit) {
    const sign = value < 0 && /[1-9]/.test(text) ? "−" : ""; // what rounds to zero has none
    if (unit === "money") return `${sign}${words.currency || ""}${text}`;
    return `${sign}${text}${unit === "percent" ? "%" : ""}`;
  }
  const scaled = (value, unit) => (unit === "percent" ? value * 100 : value); // 0.025 is written 2.5%
  function short(value, unit) {
    const size = Number(Math.abs(scaled(value, unit)).toPrecision(3));
    const [step, suffix] = unit === "percent" || unit === "ratio" ? [1, ""] : steps.find(([from]) => size >= from) || [1, ""];
    return dressed(grouped(size / step, 6) + suffix, value, unit);
  }
  const exact = (value, unit) => (value === null || value === undefined ? "—" : dressed(grouped(Math.abs(scaled(value, unit)), 2), value, unit));

  // Room for words is measured here, once. Plotly finds it by drawing a figure, measuring and drawing it again.
  const pen = document.createElement("canvas").getContext("2d");
  const family = () => getComputedStyle(document.body).fontFamily;
  function widest(texts) {
    pen.font = `12px ${family()}`;
    return Math.ceil(Math.max(0, ...texts.map((text) => pen.measureText(text).width)));
  }

  // Rows of a legend, as Plotly sets it: one if all fit, else columns as wide as the widest name.
  function legendHeight(names, width) {
    pen.font = `12px ${family()}`;
    const wide = names.map((name) => pen.measureText(name).width + 40 + 5);
    const all = wide.reduce((sum, one) => sum + one, 0);
    const columns = all <= width ? names.length : Math.max(1, Math.floor(width / Math.max(...wide)));
    return Math.ceil(names.length / columns) * 19 + 21;
  }

  function nice(low, high, wanted) {
    const raw = (high - low) / wanted || 1;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((one) => one >= raw);
    const ticks = [];
    for (let at = Math.floor(low / step); at <= Math.ceil(high / step); at += 1) ticks.push(Number((at * step).toPrecision(12)));
    return ticks;
  }

  function colours() {
    const style = getComputedStyle(document.documentElement);
    const of = (name) => style.getPropertyValue(`--pl-${name}`).trim();
    return {
      ink: of("ink"), soft: of("ink-soft"), grid: of("grid"), line: of("line"), surface: of("surface-raised"), ground: of("surface"),
      actual: of("actual"), plan: of("plan"), band: of("band"), range: of("range"), last_year: of("last-year"),
      series: [1, 2, 3, 4, 5, 6, 7, 8].map((n) => of(`series-${n}`)),
    };
  }

  function dress(trace, colour, layoutUnit, narrow) {
    const meta = trace.meta || {};
    const role = meta.role || (meta.series === undefined ? "actual" : "series");
    const hue = meta.series === undefined ? colour[role] || colour.actual : colour.series[meta.series % 8];
    const unit = meta.unit || layoutUnit;
    const across = trace.orientation === "h";
    const result = { ...trace };
    if (trace.type === "bar") {
      result.marker = { color: hue, line: { width: 0 }, ...trace.marker };
      if (role === "forecast") result.marker.pattern = { shape: "/", fillmode: "replace", fgcolor: hue, size: 6, ...(trace.marker || {}).pattern };
    } else {
      // A line of one point would not be seen.
      result.mode ??= Array.isArray(trace.y) && trace.y.filter(Number.isFinite).length === 1 ? "lines+markers" : "lines";
      if (["edge", "band", "least", "most"].includes(role)) {
        // A pair of invisible lines; between them lies the band of the yellow light, or what a forecast's interval spans.
        result.line = { width: 0, color: "rgba(0,0,0,0)" };
        if (role === "band" || role === "most") Object.assign(result, { fill: "tonexty", fillcolor: role === "band" ? colour.band : colour.range });
        return { ...result, hoverinfo: "skip", showlegend: false };
      }
      const base = { plan: { width: 1.5, color: colour.plan }, original: { width: 1.25, dash: "dash", color: colour.plan }, last_year: { width: 2, color: colour.last_year }, forecast: { width: 2, dash: "dot", color: hue } };
      result.line = { width: 2.25, color: hue, ...base[role], ...trace.line };
      if (result.mode.includes("markers")) result.marker = { color: hue, size: 7, ...trace.marker };
    }
    const values = across ? trace.x : trace.y;
    if (unit && !trace.hovertemplate && Array.isArray(values)) {
      result.customdata = values.map((value) => exact(value, unit));
      result.hovertemplate = `${across ? "%{y}  " : ""}%{customdata}${trace.name ? `  ${trace.name.replace(/</g, "&lt;")}` : ""}${trace.text ? "  %{text}" : ""}<extra></extra>`;
    }
    return result;
  }

  // Every name is shown, shortened where room is scarce (hover has it in full).
  function categories(figure, upright, narrow, width) {
    const found = [...new Set(figure.data.flatMap((trace) => (upright ? trace.y : trace.x) || []))];
    const most = (name) => (/[\u2e80-\uffff]/.test(name) ? 7 : 13);
    const room = upright ? width * 0.4 : (width - 72) / found.length - 6; // beside the axis, or side by side below it
    const short = found.map((name) => {
      const cut = [...name].slice(0, narrow && name.length > most(name) ? most(name) - 1 : undefined);
      const text = () => (cut.length < [...name].length ? `${cut.join("")}…` : name);
      while (cut.length > 2 && widest([text()]) > room) cut.pop();
      return text();
    });
    return { type: "category", tickmode: "array", tickvals: found, ticktext: short };
  }

  function valueAxis(figure, across, unit, narrow, ground) {
    const ends = (trace) => { // a floating bar reaches from its base, one with an interval to its end
      const own = (across ? trace.x : trace.y) || [];
      if (Array.isArray(trace.error_y?.array)) return [...own, ...own.map((value, index) => value + trace.error_y.array[index])];
      return Array.isArray(trace.base) ? [...trace.base, ...own.map((value, index) => value + trace.base[index])] : own;
    };
    const values = figure.data.flatMap(ends).filter((value) => Number.isFinite(value));
    if (!values.length) return { automargin: true };
    const bars = figure.data.some((trace) => trace.type === "bar");
    let low = Math.min(...values);
    let high = Math.max(...values);
    if (figure.layout?.barmode === "stack") {
      const sums = new Map();
      for (const trace of figure.data.filter((one) => one.type === "bar")) {
        (across ? trace.x : trace.y).forEach((value, index) => { const key = (across ? trace.y : trace.x)[index]; sums.set(key, (sums.get(key) || 0) + (value || 0)); });
      }
      high = Math.max(high, ...sums.values());
    }
    // Bars start at zero, lines need not; but a line near zero starts there too, which is easier to read.
    if (ground || bars || (low > 0 && low < high * 0.5)) low = Math.min(0, low);
    const ticks = nice(low, high, narrow ? 3 : 4);
    const air = (ticks.at(-1) - ticks[0]) / 200; // or Plotly leaves out the line at the edge
    return { tickmode: "array", tickvals: ticks, ticktext: ticks.map((tick) => short(tick, unit)), range: [ticks[0] - (ticks[0] < 0 ? air : 0), ticks.at(-1) + air] };
  }

  // A colour that is clear as a line may be too faint as letters: half way to the ink.
  function legible(hue, ink) {
    const parts = (hex) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
    if (!/^#[0-9a-f]{6}$/i.test(hue) || !/^#[0-9a-f]{6}$/i.test(ink)) return ink;
    const to = parts(ink);
    return `rgb(${parts(hue).map((one, index) => Math.round(one * 0.5 + to[index] * 0.5)).join(",")})`;
  }

  // Names at the ends of lines, pushed apart where they would cover each other.
  function endLabels(figure, range, height, colour, narrow) {
    const labels = figure.data.filter((trace) => trace.meta?.label && trace.name).map((trace) => {
      let last = trace.y.length - 1;
      while (last >= 0 && !Number.isFinite(trace.y[last])) last -= 1;
      return last < 0 ? null : { name: trace.name, y: trace.y[last], line: dress(trace, colour).line };
    }).filter(Boolean).sort((a, b) => b.y - a.y);
    if (!labels.length || !range) return { annotations: [], margin: 0 };
    const perPixel = (range[1] - range[0]) / Math.max(height - 60, 1);
    let ceiling = Infinity;
    for (const label of labels) {
      label.at = Math.min(label.y, ceiling);
      ceiling = label.at - 15 * perPixel;
    }
    const under = range[0] - labels.at(-1).at;
    if (under > 0) for (const label of labels) label.at += under;
    const cut = narrow ? 10 : 18;
    const shown = labels.map((label) => ({ ...label, name: label.name.length > cut ? `${label.name.slice(0, cut - 1)}…` : label.name }));
    const wide = (text) => [...text].reduce((sum, letter) => sum + (letter.charCodeAt(0) > 0x2e80 ? 12.5 : 7), 0);
    return {
      margin: Math.max(...shown.map((label) => wide(label.name))) + 12,
      annotations: shown.map((label) => ({
        x: 1, xref: "paper", xanchor: "left", xshift: 6, y: label.at, yanchor: "middle", showarrow: false,
        text: label.name.replace(/</g, "&lt;"), font: { size: 12, color: legible(label.line.color, colour.ink) },
      })),
    };
  }

  function themed(figure, canvas) {
    const colour = colours();
    const narrow = canvas.clientWidth < 480;
    const layout = figure.layout || {};
    const unit = layout.meta?.unit;
    const across = layout.meta?.axis === "x" || figure.data.some((trace) => trace.orientation === "h");
    const values = valueAxis(figure, across, unit, narrow, layout.meta?.ground);
    const ends = across ? { annotations: [], margin: 0 } : endLabels(figure, values.range, canvas.clientHeight, colour, narrow);
    const axis = { automargin: false, ticklabeloverflow: "allow", fixedrange: true, zeroline: false, ticks: "", tickangle: 0, ticklabelstandoff: 4, gridcolor: colour.grid, linecolor: colour.line, tickcolor: colour.line, tickfont: { size: 12, color: colour.soft } };
    const value = { ...axis, showline: false, ...values };
    const names = figure.data.some((trace) => typeof (across ? trace.y : trace.x)?.[0] === "string" && !/^\d{4}-\d\d/.test((across ? trace.y : trace.x)[0]));
    const other = { ...axis, automargin: across && !names, showgrid: false, showline: !across, ...(names ? categories(figure, across, narrow, canvas.clientWidth) : { ticks: "outside", ticklen: 4, nticks: narrow ? 4 : 8 }) };
    const [asDay, asMonth, asYear] = chinese ? ["%-m月%-d日\n%Y年", "%-m月\n%Y年", "%Y年"] : ["%-d %b\n%Y", "%b\n%Y", "%Y"];
    const dates = {
      hoverformat: chinese ? "%Y年%-m月%-d日" : "%-d %b %Y",
      tickformatstops: [{ dtickrange: [null, 86400000 * 27], value: asDay }, { dtickrange: ["M1", "M6"], value: asMonth }, { dtickrange: ["M12", null], value: asYear }],
    };
    const hoverDates = layout.meta?.grain === "month" ? (chinese ? "%Y年%-m月" : "%B %Y") : dates.hoverformat;
    const named = figure.data.filter((trace) => trace.name && !trace.meta?.label && !["edge", "band", "least", "most"].includes(trace.meta?.role));
    const { meta, xaxis, yaxis, ...rest } = layout;
    const beside = widest((across ? other : value).ticktext || []) + 12;
    const last = across ? widest((value.ticktext || []).slice(-1)) / 2 : names ? 0 : 12; // half of it stands beyond the axis
    const under = across || names ? 28 : 50; // a day has its year on a second line
    const above = named.length > 1 ? legendHeight(named.map((trace) => trace.name), canvas.clientWidth - beside - 12) + canvas.clientHeight * 0.02 : 16;
    return {
      data: figure.data.map((trace) => dress(trace, colour, unit, narrow)),
      layout: {
        font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: colour.ink },
        paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", colorway: colour.series,
        margin: { l: beside, r: Math.max(ends.margin, 12 + last), t: above, b: under, pad: 0 },
        hovermode: across ? "closest" : "x unified", hoverdistance: 40,
        hoverlabel: { bgcolor: colour.surface, bordercolor: colour.line, font: { color: colour.ink, size: 13 }, align: "left" },
        bargap: 0.35, bargroupgap: 0.1, barcornerradius: 2,
        showlegend: named.length > 1, legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { size: 12, color: colour.soft }, itemclick: false, itemdoubleclick: false },
        dragmode: false, autosize: true, transition: { duration: 0 }, // nothing moves by itself, for anybody
        ...rest,
        ...(meta?.span ? { shapes: [{ type: "rect", layer: "below", xref: "x", yref: "paper", x0: meta.span[0], x1: meta.span[1], y0: 0, y1: 1, line: { width: 0 }, fillcolor: colour.range }] } : {}),
        annotations: [...ends.annotations, ...(layout.annotations || [])],
        xaxis: { ...(across ? value : { ...other, ...(names ? {} : { ...dates, hoverformat: hoverDates }) }), ...xaxis },
        yaxis: { ...(across ? { ...other, showline: false } : value), ...yaxis },
      },
    };
  }

  window.plumblineLook = themed;
})();
