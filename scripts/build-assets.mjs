// Copies what pages really use out of node_modules into static/vendor (git-ignored).
//
//   npm ci && npm run build
//
// Run it again after using a Tabler class that no template used before: the stylesheet keeps only what
// templates, scripts and Python name, because nothing is painted before it has come: all of Tabler is 79 KB gzip,
// what we use of it 14. tests/test_pages_shell.py notices a stale build.
import { createRequire } from "node:module";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import zlib from "node:zlib";
import postcss from "postcss";
import { PurgeCSS } from "purgecss";

const require = createRequire(import.meta.url);
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const modules = path.join(root, "node_modules");
const vendor = path.join(root, "static", "vendor");

const APPS = ["alerts", "budgets", "channels", "customers", "dashboards", "decisions", "feedback", "ingest", "kpis", "organization"];

/** Everything under `:root[data-bs-theme=dark]` once more for readers whose system is dark and who chose nothing. */
function followSystem(css) {
  const parsed = postcss.parse(css);
  const dark = postcss.atRule({ name: "media", params: "(prefers-color-scheme: dark)" });
  parsed.walkRules((rule) => {
    const chosen = rule.selectors.filter((one) => /\[data-bs-theme=["']?dark["']?\]/.test(one));
    if (!chosen.length) return;
    let copy = rule.clone({
      selectors: chosen.map((one) => one.replace(/\[data-bs-theme=["']?dark["']?\]/g, "[data-bs-theme=auto]")),
    });
    for (let up = rule.parent; up && up.type === "atrule"; up = up.parent) {
      const around = up.clone({ nodes: [] });
      around.append(copy);
      copy = around;
    }
    dark.append(copy);
  });
  parsed.append(dark);
  return parsed.toString();
}

async function tablerCss() {
  const full = fs.readFileSync(path.join(modules, "@tabler/core/dist/css/tabler.min.css"), "utf8");
  const content = [
    path.join(root, "templates/**/*.html"),
    path.join(root, "static/js/*.js"),
    ...APPS.map((app) => path.join(root, app, "**/*.py")),
    ...APPS.map((app) => path.join(root, app, "templates/**/*.html")),
  ];
  const [purged] = await new PurgeCSS().purge({
    content,
    css: [{ raw: full }],
    safelist: { standard: [], deep: [], greedy: [/data-bs-theme=["']?dark/] },
    defaultExtractor: (text) => text.match(/[A-Za-z0-9_-]+/g) || [],
    keyframes: true,
    variables: false,
  });
  // Greedy keeps every rule of the dark theme; drop those whose classes nothing uses.
  // Of the hundreds of variables keep those that a rule of Tabler's or of ours reads.
  const ours = fs.readdirSync(path.join(root, "static/css")).map((name) => fs.readFileSync(path.join(root, "static/css", name), "utf8")).join("\n");
  const read = [...new Set(ours.match(/--tblr-[a-z0-9-]+/g))];
  const [tidy] = await new PurgeCSS().purge({
    content,
    css: [{ raw: purged.css }],
    variables: true,
    safelist: { standard: ["data-bs-theme", "dark"], variables: read },
    defaultExtractor: (text) => text.match(/[A-Za-z0-9_-]+/g) || [],
  });
  return followSystem(tidy.css.replace(/\/\*# sourceMappingURL.*?\*\//g, ""));
}

/** Plotly adds its rules with a <style> element, which our policy forbids: the same rules as a file. */
function plotlyCss(code) {
  const found = code.match(/=(\{"X,X div":[\s\S]*?\});for\(/) || code.match(/=(\{"X,X div":(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^{}"'])*\})/);
  if (!found) throw new Error("Plotly's own style rules were not found; look how this version of Plotly writes them");
  const rules = new Function(`return ${found[1]}`)();
  return Object.entries(rules)
    .map(([selector, rule]) => {
      const ours = selector.replace(/^Y/, "").replace(/X/g, ".js-plotly-plot .plotly").replace(/,Y/g, ",");
      const where = selector.startsWith("Y") ? `.plotly-notifier${selector.slice(1).replace(/Y/g, ".plotly-notifier")}` : ours;
      return `${where}{${rule.replace(/font-family:"Open Sans"[^;]*;/, "")}}`;
    })
    .join("\n");
}

function write(name, data) {
  const file = path.join(vendor, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, data);
  const size = name.endsWith(".woff2") ? data.length : zlib.gzipSync(data, { level: 9 }).length;
  console.log(`${name.padEnd(36)} ${(size / 1024).toFixed(1).padStart(7)} KB on the wire`);
  return size;
}

fs.rmSync(vendor, { recursive: true, force: true });
const plotly = fs.readFileSync(path.join(modules, "plotly.js-basic-dist-min/plotly-basic.min.js"), "utf8");
const locale = require(path.join(modules, "plotly.js-locales/zh-cn.js"));

write("tabler.css", await tablerCss());
write("htmx.js", fs.readFileSync(path.join(modules, "htmx.org/dist/htmx.min.js")));
write("inter-latin.woff2", fs.readFileSync(path.join(modules, "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2")));
write("plotly.js", plotly);
write("plotly-zh-cn.js", `Plotly.register(${JSON.stringify(locale)});\n`);
write("plotly.css", plotlyCss(plotly));
for (const name of ["@tabler/core", "htmx.org", "plotly.js-basic-dist-min", "@fontsource-variable/inter"]) {
  const from = path.join(modules, name);
  const file = fs.readdirSync(from).find((one) => /^licen[cs]e/i.test(one));
  if (file) fs.copyFileSync(path.join(from, file), path.join(vendor, `LICENSE.${name.replace(/^@/, "").replace("/", "-")}`));
}
