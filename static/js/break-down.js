// Breaking a target down: what is fixed by hand lives here and goes with every question; the server does all sums.
"use strict";

(() => {
  const form = document.getElementById("bd-ask");
  const result = document.getElementById("bd-result");
  if (!form || !result) return;
  const words = JSON.parse(document.getElementById(form.dataset.words).textContent);
  let fixed, last, editing = null;

  const find = (row, column) => [...result.querySelectorAll(".bd-amount")].find((one) => one.dataset.row === row && one.dataset.column === column);
  const lockAt = (cell) => fixed.locks.findIndex(([row, column]) => row === cell.dataset.row && column === cell.dataset.column);
  const typed = (cell) => cell.firstChild?.textContent.trim().replace("—", "") || "";

  function read() {
    const source = document.getElementById("bd-fixed");
    fixed = source ? JSON.parse(source.textContent) : { weights: {}, locks: [], out: [], places: {} };
    // One cell is a stop for Tab, arrows go to the others.
    const first = last && find(...last) || result.querySelector(".bd-amount:not(:disabled)");
    if (first) first.tabIndex = 0;
  }

  function ask() {
    form.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function lock(cell, text) {
    const at = lockAt(cell);
    if (at >= 0) fixed.locks.splice(at, 1);
    if (text) fixed.locks.push([cell.dataset.row, cell.dataset.column, text]);
    last = [cell.dataset.row, cell.dataset.column];
    ask();
  }

  const toggle = (cell) => { if (cell && !cell.disabled) lock(cell, lockAt(cell) >= 0 ? "" : typed(cell)); };

  // -- Typing an amount ---------------------------------------------------------------------------

  function edit(cell, text) {
    if (cell.disabled || editing) return;
    const input = document.createElement("input");
    Object.assign(input, { className: "form-control bd-edit", value: text ?? typed(cell), inputMode: "decimal", maxLength: 60 });
    input.setAttribute("aria-label", words.amount);
    editing = { cell, input, before: typed(cell) };
    cell.hidden = true;
    cell.after(input);
    input.focus();
    if (text === undefined) input.select();
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Enter") { event.preventDefault(); leave(true, "down"); }
      if (event.key === "Escape") { event.preventDefault(); leave(false, "stay"); }
    });
    input.addEventListener("change", (event) => event.stopPropagation());
    input.addEventListener("blur", () => leave(true));
  }

  function leave(keep, then) {
    if (!editing) return;
    const { cell, input, before } = editing;
    editing = null;
    const text = input.value.trim();
    input.remove();
    cell.hidden = false;
    if (then) cell.focus();
    if (keep && (text !== before || (then && text && lockAt(cell) < 0))) {
      cell.firstChild.textContent = text || "…";
      lock(cell, text);
    }
  }

  // -- Moving about -------------------------------------------------------------------------------

  function go(cell, down, right) {
    const here = cell.closest("td"), line = here.parentElement;
    const lines = [...result.querySelectorAll("#bd-table tr")].filter((one) => one.querySelector(".bd-amount"));
    if (down) {
      for (let at = lines.indexOf(line) + down; lines[at]; at += down) {
        const next = lines[at].cells[here.cellIndex]?.querySelector(".bd-amount:not(:disabled)");
        if (next) return move(next);
      }
      return;
    }
    const cells = [...line.querySelectorAll(".bd-amount:not(:disabled)")];
    const next = cells[cells.indexOf(cell) + right];
    if (next) move(next);
  }

  function move(cell) {
    for (const one of result.querySelectorAll(".bd-amount[tabindex='0']")) one.tabIndex = -1;
    cell.tabIndex = 0;
    cell.focus();
  }

  result.addEventListener("focusin", (event) => {
    const cell = event.target.closest(".bd-amount");
    if (cell) last = [cell.dataset.row, cell.dataset.column];
  });
  result.addEventListener("keydown", (event) => {
    const cell = event.target.closest(".bd-amount");
    if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] }[event.key];
    if (step) go(cell, ...step);
    else if (event.key === "F2") edit(cell);
    else if (event.key === "l" || event.key === "L") toggle(cell);
    else if (event.key === "Delete" || event.key === "Backspace") { if (lockAt(cell) >= 0) lock(cell, ""); }
    else if (/^[0-9.\-¥]$/.test(event.key)) edit(cell, event.key);
    else return;
    event.preventDefault();
  });
  result.addEventListener("click", (event) => {
    const cell = event.target.closest(".bd-amount");
    if (cell) return edit(cell);
    const tool = event.target.closest("[data-bd]");
    if (tool?.dataset.bd === "lock" && last) toggle(find(...last));
    if (tool?.dataset.bd === "free") { fixed.locks = []; ask(); }
  });
  // A button of the tools must not take the cell's place before it has been read.
  result.addEventListener("mousedown", (event) => { if (event.target.closest("[data-bd]")) event.preventDefault(); });

  // -- Weights, who takes part, where they stand ----------------------------------------------------

  result.addEventListener("change", (event) => {
    const { weight, takes, place, row } = event.target.dataset;
    if (weight !== undefined) {
      const period = !/^(n|whole)/.test(weight);
      form.elements[period ? "season" : "method"].value = "hand";
      for (const one of result.querySelectorAll("[data-weight]")) {
        if (period !== /^(n|whole)/.test(one.dataset.weight)) fixed.weights[one.dataset.weight] = one.value;
      }
    } else if (takes !== undefined) {
      fixed.out = fixed.out.filter((one) => one !== takes);
      if (!event.target.checked) fixed.out.push(takes);
    } else if (place !== undefined) {
      for (const one of result.querySelectorAll("[data-place]")) {
        (fixed.places[one.dataset.row] ||= {})[one.dataset.place] = one.value;
      }
      last = row;
    } else {
      return; // the boxes of the form itself, wherever they stand
    }
    ask();
  });

  // Turning to weights of one's own begins with those that stand there.
  form.addEventListener("change", (event) => {
    if (event.target.value !== "hand" || !["season", "method"].includes(event.target.name)) return;
    const period = event.target.name === "season";
    for (const one of result.querySelectorAll("[data-weight]")) {
      if (period !== /^(n|whole)/.test(one.dataset.weight)) fixed.weights[one.dataset.weight] ??= one.value;
    }
  }, true);
  // Another area, figure, year or tree has other parts.
  form.addEventListener("change", (event) => {
    if (["metric", "area", "period", "time", "tree"].includes(event.target.name)) fixed.locks = [];
  }, true);

  form.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt !== form) return;
    event.detail.parameters.state = JSON.stringify(fixed);
    const status = document.getElementById("bd-status");
    if (status) status.textContent = words.counting;
  });

  let focused, typing; // what an answer must not take from under somebody's hands
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target !== result) return;
    const at = document.activeElement;
    focused = !result.contains(at) ? null
      : at.dataset.weight !== undefined ? `[data-weight="${CSS.escape(at.dataset.weight)}"]`
        : at.dataset.takes !== undefined ? `[data-takes="${CSS.escape(at.dataset.takes)}"]`
          : at.dataset.place !== undefined ? `[data-place="${at.dataset.place}"][data-row="${CSS.escape(at.dataset.row)}"]`
            : at.classList.contains("bd-amount") ? "cell" : at.name ? `[name="${at.name}"]` : null;
    typing = editing && [editing.cell.dataset.row, editing.cell.dataset.column, editing.input.value];
    editing = null;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== result) return;
    const cell = Array.isArray(last) ? last : null;
    last = cell;
    read();
    const again = typing && find(typing[0], typing[1]);
    if (again) return edit(again, typing[2]);
    if (focused === "cell" && cell) find(...cell)?.focus();
    else if (focused && focused !== "cell") result.querySelector(focused)?.focus();
  });

  read();
})();
