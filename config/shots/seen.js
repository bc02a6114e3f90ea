// What a careful eye would find on a page: for the tests of every page, and for the pictures of `make shots`.
// Loaded before a page's own scripts; each function returns a list of sentences, empty where nothing is wrong.
"use strict";

(() => {
  const sort = (one) => [one.tagName.toLowerCase(), ...(typeof one.className === "string" ? one.className.split(/\s+/).filter(Boolean).slice(0, 2) : [])].join(".");
  const name = (one) => {
    const text = (one.innerText || one.value || one.getAttribute("aria-label") || "").trim().replace(/\s+/g, " ").slice(0, 40);
    const classy = one.closest("[class]");
    const where = classy && classy !== one ? `${sort(classy)} ${sort(one)}` : sort(one);
    return text ? `${where} “${text}”` : where;
  };
  const up = function* (one) {
    for (let at = one.parentElement; at; at = at.parentElement) yield at;
  };
  const onlyHeard = (one) => {
    const style = getComputedStyle(one);
    return style.clipPath === "inset(50%)" || (one.clientWidth <= 1 && one.clientHeight <= 1 && style.overflow !== "visible");
  };
  const heardOnly = (one) => onlyHeard(one) || [...up(one)].some(onlyHeard);
  const clips = (value) => value === "hidden" || value === "clip";
  const scrolls = (value) => value === "auto" || value === "scroll";

  /** What reaches over the right edge of the page, so that the page moves sideways. */
  function overflow() {
    const wide = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= wide) return [];
    const out = [...document.body.querySelectorAll("*")].filter((one) => {
      const box = one.getBoundingClientRect();
      return box.width && one.checkVisibility() && box.right > wide + 0.5 && ![...up(one)].some((at) => at !== document.body && (scrolls(getComputedStyle(at).overflowX) || clips(getComputedStyle(at).overflowX)));
    });
    const inmost = out.filter((one) => !out.some((other) => other !== one && one.contains(other)));
    return [`the page is ${document.documentElement.scrollWidth} px wide on ${wide}: ${inmost.slice(0, 4).map(name).join(", ")}`];
  }

  /** Text of which a part is hidden, but for what is shortened on purpose: an ellipsis whose title says the whole. */
  function cut() {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    for (let text = walker.nextNode(); text; text = walker.nextNode()) {
      const one = text.parentElement;
      if (!text.data.trim() || one.closest("svg, script, style, noscript, select, option, textarea, template") || !one.checkVisibility()) continue;
      range.selectNodeContents(text);
      const box = range.getBoundingClientRect();
      if (!box.width || heardOnly(one)) continue;
      for (const at of [one, ...up(one)]) {
        const style = getComputedStyle(at);
        if (style.position === "fixed" || scrolls(style.overflowX) || scrolls(style.overflowY)) break;
        if (style.display === "inline" || (!clips(style.overflowX) && !clips(style.overflowY))) continue;
        const said = style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none";
        if (said && (at.closest("[title], [data-exact]") || at.querySelector("[title]"))) break;
        const room = at.getBoundingClientRect();
        const beyond = clips(style.overflowX) && (box.right > room.right + 1 || box.left < room.left - 1);
        const below = clips(style.overflowY) && (box.bottom > room.bottom + 3 || box.top < room.top - 3);
        if (beyond || below) {
          found.push(`cut: ${name(one)} in ${sort(at)}`);
          break;
        }
      }
    }
    // A field or a button whose words do not fit into it.
    for (const one of document.querySelectorAll("button, select, .btn")) {
      if (!one.checkVisibility() || heardOnly(one)) continue;
      if (one.scrollWidth > one.clientWidth + 2 && getComputedStyle(one).overflowX !== "visible" && one.tagName !== "SELECT") found.push(`cut: ${name(one)}`);
    }
    return [...new Set(found)];
  }

  const shown = (box, one) => {
    let { left, right, top, bottom } = box;
    for (const at of up(one)) {
      const style = getComputedStyle(at);
      if (style.overflowX === "visible" && style.overflowY === "visible") continue;
      if (at === document.body || at === document.documentElement) continue;
      const room = at.getBoundingClientRect();
      [left, right, top, bottom] = [Math.max(left, room.left), Math.min(right, room.right), Math.max(top, room.top), Math.min(bottom, room.bottom)];
    }
    return { left, right, top, bottom };
  };
  const loose = (one) => [one, ...up(one)].find((at) => ["fixed", "sticky"].includes(getComputedStyle(at).position)) || null;
  const stretched = (one) => {
    const cover = getComputedStyle(one, "::after");
    return cover.content !== "none" && cover.position === "absolute" && cover.inset === "0px";
  };
  const TO_TOUCH = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  const touchable = () => [...document.querySelectorAll(TO_TOUCH)].filter(
    (one) => one.checkVisibility({ visibilityProperty: true }) && getComputedStyle(one).pointerEvents !== "none" && !one.matches(".menu-box, .skip-link") && !one.closest("svg, [inert]") && !heardOnly(one)
  );

  /** Two things to press where one lies over the other. */
  function overlap() {
    const boxes = touchable().flatMap((one) => {
      const floats = loose(one);
      return [...one.getClientRects()].map((box) => ({ one, floats, ...shown(box, one) }));
    }).filter((box) => box.right - box.left > 2 && box.bottom - box.top > 2);
    boxes.sort((a, b) => a.top - b.top);
    const found = [];
    boxes.forEach((first, at) => {
      for (let next = at + 1; next < boxes.length && boxes[next].top < first.bottom - 2; next += 1) {
        const second = boxes[next];
        if (first.one === second.one || first.floats !== second.floats || first.one.contains(second.one) || second.one.contains(first.one)) continue;
        const label = first.one.closest("label") || first.one.labels?.[0];
        if (label && (label.contains(second.one) || second.one.labels?.[0] === label)) continue;
        const wide = Math.min(first.right, second.right) - Math.max(first.left, second.left);
        const high = Math.min(first.bottom, second.bottom) - Math.max(first.top, second.top);
        if (wide > 2 && high > 2) found.push(`${name(first.one)} over ${name(second.one)} by ${Math.round(wide)}×${Math.round(high)}`);
      }
    });
    return found;
  }

  /** What a finger misses: less than 44 px, but for links within a sentence (WCAG 2.5.8 leaves those out too). */
  function small() {
    return touchable().filter((one) => !one.closest("label") || one.matches("label")).map((one) => {
      const box = (stretched(one) && one.offsetParent ? one.offsetParent : one).getBoundingClientRect();
      return [one, box];
    }).filter(([one, box]) => {
      if (!box.width || (box.height >= 43.5 && box.width >= 43.5)) return false;
      if (one.tagName !== "A") return true;
      // In a sentence: text of the same paragraph stands beside it.
      const around = one.closest("p, li, dd, td, th, h1, h2, h3, legend, figcaption, label, .page-lead, .hint");
      const beside = around ? around.innerText.replace(one.innerText, "").replace(/[\s·|,，、/]+/g, "") : "";
      return !(getComputedStyle(one).display.startsWith("inline") && !getComputedStyle(one).display.includes("flex") && beside.length > 1);
    }).map(([one, box]) => `small: ${name(one)} ${Math.round(box.width)}×${Math.round(box.height)}`);
  }

  const AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"];
  /** Violations of WCAG 2.2 AA. `rules` names those that may differ from an earlier look at the same page. */
  async function violations(rules) {
    const answer = await axe.run(document, {
      runOnly: rules ? { type: "rule", values: rules } : { type: "tag", values: AA },
      resultTypes: ["violations"],
      preload: false, // of our own styles none turns a page by the way a phone is held
      elementRef: false,
    });
    return answer.violations.flatMap((one) => one.nodes.map((node) => {
      const why = [...node.any, ...node.all, ...node.none].map((check) => check.message).join(" ");
      return `${one.id}: ${node.target.join(" ")} ${node.html.slice(0, 90)} (${why.slice(0, 200)})`;
    }));
  }

  /** Everything that can be folded out, folded out; menus, which then lie over the page, only where they are asked for. */
  let unfolded = [];
  function unfold(menus) {
    for (const one of document.querySelectorAll("details:not([open])")) {
      one.open = true;
      const floats = [...one.children].some((part) => ["absolute", "fixed"].includes(getComputedStyle(part).position));
      if (floats && !menus) one.open = false;
      else unfolded.push(one);
    }
  }
  function fold() {
    for (const one of unfolded) one.open = false;
    unfolded = [];
  }

  window.plumblineSeen = { overflow, cut, overlap, small, violations, unfold, fold };
})();
