// Fields in which an area is looked for by name. What was chosen stands before the field; the form gets its code.
"use strict";

(() => {
  let counted = 0;

  function piece(name, attributes = {}, text = "") {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text) made.textContent = text;
    return made;
  }

  function enhance(picker) {
    if (picker.dataset.ready) return;
    picker.dataset.ready = "yes";
    counted += 1;
    const input = picker.querySelector("input");
    const label = document.querySelector(`label[for="${input.id}"]`)?.textContent.trim() || input.getAttribute("aria-label") || "";
    const value = piece("input", { type: "hidden", name: input.name, value: input.value });
    const chips = piece("span", { class: "area-chips" });
    const list = piece("ul", { class: "area-list", role: "listbox", id: `areas-${counted}`, "aria-label": label });
    const said = piece("span", { class: "visually-hidden", role: "status" });
    let chosen = [...picker.querySelectorAll("[data-code]")].map((one) => ({
      code: one.dataset.code, label: one.textContent, where: one.dataset.where, dimension: one.dataset.code.split(":")[0],
    }));
    // What could not be understood stays to be mended.
    const unknown = !chosen.length && input.value && input.value !== "company" && picker.closest("[data-invalid]");
    // The search field itself may stay empty; with nothing chosen the company stands before it.
    if (input.required && !value.value) value.value = "company";
    input.required = false;
    input.removeAttribute("name");
    input.value = unknown ? input.value : "";
    for (const [key, what] of Object.entries({
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id, autocomplete: "off",
    })) input.setAttribute(key, what);
    list.hidden = true;
    picker.prepend(chips);
    picker.append(value, list, said);

    function show() {
      chips.replaceChildren();
      if (!chosen.length) chips.append(piece("span", { class: "area-chip area-chip-all" }, picker.dataset.company));
      chosen.forEach((area, at) => {
        if (at) chips.append(piece("span", { class: "area-cross", "aria-hidden": "true" }, "×"));
        const chip = piece("span", { class: "area-chip", title: area.where }, area.label);
        const away = piece("button", { type: "button", class: "area-away", "aria-label": `${picker.dataset.remove}: ${area.label}` }, "×");
        away.addEventListener("click", () => { choose(chosen.filter((one) => one !== area)); input.focus(); });
        chip.append(away);
        chips.append(chip);
      });
      input.placeholder = picker.dataset.cross;
    }

    function choose(areas) {
      chosen = areas;
      value.value = areas.map((one) => one.code).join("+") || "company";
      input.value = "";
      close();
      show();
      value.dispatchEvent(new Event("change", { bubbles: true }));
    }

    function close() {
      clearTimeout(waiting);
      asked += 1; // an answer that is still to come opens nothing any more
      list.hidden = true;
      list.replaceChildren();
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function mark(option) {
      for (const one of list.children) one.setAttribute("aria-selected", String(one === option));
      if (!option) return;
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    }

    let asked = 0;
    let waiting;
    async function look() {
      clearTimeout(waiting);
      const mine = ++asked;
      const text = input.value.trim();
      if (!text) return close();
      let areas;
      try {
        const answer = await fetch(`${picker.dataset.url}?q=${encodeURIComponent(text)}`, { headers: { Accept: "application/json" } });
        areas = answer.ok ? (await answer.json()).areas : [];
      } catch {
        areas = [];
      }
      if (mine !== asked) return;
      list.dataset.text = text;
      list.replaceChildren();
      areas.forEach((area, at) => {
        const option = piece("li", { role: "option", id: `${list.id}-${at}`, "aria-selected": "false" });
        option.append(piece("span", {}, area.label), piece("span", { class: "row-detail" }, area.where));
        option.addEventListener("mousedown", (event) => event.preventDefault());
        option.addEventListener("click", () => take(area));
        option.area = area;
        list.append(option);
      });
      if (!areas.length) list.append(piece("li", { class: "area-none" }, picker.dataset.nothing));
      said.textContent = areas.length ? areas.map((one) => one.label).slice(0, 3).join(document.documentElement.lang.startsWith("zh") ? "、" : ", ") : picker.dataset.nothing;
      list.hidden = false;
      input.setAttribute("aria-expanded", "true");
      mark(areas.length ? list.firstElementChild : null);
    }

    // One area of each kind: a second region takes the first one's place.
    function take(area) {
      choose([...chosen.filter((one) => one.dimension !== area.dimension), area]);
    }

    input.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(look, 150); });
    // Typing is not choosing: the form hears of what was chosen alone.
    input.addEventListener("change", (event) => event.stopPropagation());
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return; // 拼音 has arrows, Enter and Escape of its own
      // What was found for the letters before cannot be taken: Enter asks for those that stand there.
      const old = list.dataset.text !== input.value.trim();
      const options = old ? [] : [...list.querySelectorAll("[role=option]")];
      const at = options.findIndex((one) => one.getAttribute("aria-selected") === "true");
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (!options.length) return;
        event.preventDefault();
        mark(options[(at + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length]);
      } else if (event.key === "Enter" && (!list.hidden || input.value.trim())) {
        event.preventDefault();
        if (list.hidden || old) look();
        else if (options[at]) take(options[at].area);
      } else if (event.key === "Escape" && !list.hidden) {
        event.stopPropagation();
        close();
      } else if (event.key === "Backspace" && !input.value && chosen.length) {
        choose(chosen.slice(0, -1));
      }
    });
    input.addEventListener("blur", close);
    show();
    if (unknown) look();
  }

  const all = (root) => root.querySelectorAll?.("[data-area-picker]").forEach(enhance);
  document.addEventListener("DOMContentLoaded", () => all(document));
  document.addEventListener("htmx:load", (event) => all(event.target));

  // A row of a form that is taken out before it is saved.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-drop-row]");
    const row = button?.closest("[data-row]");
    if (!row) return;
    event.preventDefault();
    const form = row.closest("form");
    const next = row.nextElementSibling?.querySelector("select, input, button") || form.querySelector("button[type=submit]");
    row.remove();
    form.dispatchEvent(new Event("change", { bubbles: true }));
    next?.focus();
  });
})();
