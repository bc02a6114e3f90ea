// The grid of a year's targets: sheet and saving put together, with undo, clipboard, filling and conflicts.
"use strict";

(() => {
  const table = document.getElementById("grid");
  const source = document.getElementById("grid-data");
  if (!table || !source) return;
  const data = JSON.parse(source.textContent);
  const { words } = data;
  const status = document.getElementById("grid-status");
  const panel = document.getElementById("grid-panel");
  const doubts = document.getElementById("grid-doubts");
  const done = [], undone = [];

  function say(text, kind = "") {
    status.textContent = text;
    status.dataset.kind = kind;
  }

  const sheet = new window.plumbline.Sheet(table, data, {
    said: say,
    came: tellDoubts,
    changed(cells, step) {
      if (step) { done.push(step); undone.length = 0; }
      buttons();
      tellConflicts();
      saving.add(cells);
    },
  });
  const saving = new window.plumbline.Saving(sheet, {
    answered() { tellConflicts(); tellDoubts(sheet.at); },
    state(name, waiting) {
      const text = name === "unsaved" ? words.unsaved[waiting === 1 ? 0 : 1].replace("%(n)s", waiting) : words[name];
      say(text, ["saving", "saved", "unsaved"].includes(name) ? "" : "wrong");
    },
  });
  // What is on this sheet, the sheet sends; what was typed elsewhere, static/js/offline.js.
  const here = new Set(sheet.rows.flatMap((row) => row.cells).map((cell) => saving.keyOf(cell)));
  window.plumbline.unsent.elsewhere = (row) => !here.has(row.key);
  window.plumbline.unfinished = () => Boolean(sheet.input) || saving.unsaved();
  saving.restore();

  // -- Undo and filling ---------------------------------------------------------------------------

  function step(from, to, side) {
    const one = from.pop();
    if (!one) return;
    to.push(one);
    sheet.put(one[side], { remember: false });
    sheet.go(one[side][0][0]);
    buttons();
  }
  const undo = () => step(done, undone, "before");
  const redo = () => step(undone, done, "after");

  function fill(right) {
    const block = sheet.block();
    let pairs = [];
    if (right) {
      // One cell alone is filled to the end of its row, as the months to come are like it.
      const wide = block[0].length > 1 ? block : block.map(([cell]) => sheet.rowOf(cell).cells.slice(cell.c));
      pairs = wide.flatMap(([first, ...rest]) => rest.map((cell) => [cell, sheet.shown(first)]));
    } else {
      const [first, ...rest] = block;
      pairs = rest.flatMap((row) => row.map((cell, place) => [cell, sheet.shown(first[place])]));
    }
    sheet.put(pairs.filter(([cell]) => !sheet.locked(cell)));
  }

  function buttons() {
    for (const [name, list] of [["undo", done], ["redo", undone]]) {
      const button = document.querySelector(`[data-grid="${name}"]`);
      if (button) button.disabled = !list.length;
    }
  }

  const actions = { undo, redo, right: () => fill(true), down: () => fill(false) };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-grid]");
    if (button && sheet.at) actions[button.dataset.grid]();
  });
  table.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || sheet.input) return;
    const key = event.key.toLowerCase();
    const action = { z: event.shiftKey ? redo : undo, y: redo, r: actions.right, d: actions.down }[key];
    if (!action) return;
    event.preventDefault();
    action();
  });

  // -- Clipboard: what Excel puts there is lines of cells with tabs between them, some in quotes ------------

  function lines(text) {
    const rows = [[""]];
    let quoted = false;
    for (let place = 0; place < text.length; place += 1) {
      const sign = text[place];
      const row = rows[rows.length - 1];
      if (quoted) {
        if (sign === '"' && text[place + 1] === '"') { row[row.length - 1] += '"'; place += 1; }
        else if (sign === '"') quoted = false;
        else row[row.length - 1] += sign;
      } else if (sign === '"' && row[row.length - 1] === "") quoted = true;
      else if (sign === "\t") row.push("");
      else if (sign === "\n") rows.push([""]);
      else if (sign !== "\r") row[row.length - 1] += sign;
    }
    if (rows.length > 1 && rows[rows.length - 1].length === 1 && rows[rows.length - 1][0] === "") rows.pop();
    return rows;
  }

  function copy(event) {
    if (sheet.input || !table.contains(document.activeElement)) return;
    event.preventDefault();
    event.clipboardData.setData("text/plain", sheet.block().map((row) => row.map((cell) => sheet.shown(cell)).join("\t")).join("\n"));
    say(words.copied);
    if (event.type === "cut") sheet.put(sheet.block().flat().map((cell) => [cell, ""]));
  }
  document.addEventListener("copy", copy);
  document.addEventListener("cut", copy);
  document.addEventListener("paste", (event) => {
    if (sheet.input || !table.contains(document.activeElement)) return;
    event.preventDefault();
    const pasted = lines(event.clipboardData.getData("text/plain"));
    const block = sheet.block();
    const [top] = block[0];
    const one = pasted.length === 1 && pasted[0].length === 1;
    const pairs = [];
    let beyond = false;
    if (one) pairs.push(...block.flat().map((cell) => [cell, pasted[0][0].trim()]));
    else {
      pasted.forEach((row, r) => row.forEach((text, c) => {
        const cell = sheet.cell(top.r + r, top.c + c);
        if (cell) pairs.push([cell, text.trim()]);
        else beyond = beyond || Boolean(text.trim());
      }));
      const last = pairs[pairs.length - 1]?.[0];
      if (last) { sheet.anchor = top; sheet.go(last, { extend: true }); }
    }
    sheet.put(pairs);
    if (beyond) say(words.pasted_beyond, "wrong");
  });

  // -- Two people at one cell: the later one chooses; and what could not be saved, with the reason ------------

  function button(text, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn btn-sm";
    made.textContent = text;
    made.addEventListener("click", act);
    return made;
  }

  function keepMine(cells) {
    for (const cell of cells) { cell.version = cell.theirs.version; cell.theirs = null; cell.waits = true; sheet.show(cell); }
    tellConflicts();
    saving.add(cells);
  }
  function takeTheirs(cells) {
    for (const cell of cells) {
      Object.assign(cell, { text: cell.theirs.text, version: cell.theirs.version, typed: null, theirs: null, waits: false });
      sheet.show(cell);
    }
    settled(cells);
  }
  function discard(cells) {
    for (const cell of cells) {
      Object.assign(cell, { typed: null, why: "", waits: false, version: Math.max(cell.version, cell.seen || 0) });
      saving.waiting.delete(cell);
      sheet.show(cell);
    }
    settled(cells);
  }
  function settled(cells) {
    saving.drop(cells);
    sheet.sumUp(cells);
    tellConflicts();
    if (!saving.unsaved()) { say(words.saved); document.dispatchEvent(new CustomEvent("plumbline:all-saved")); }
  }

  function tellConflicts() {
    const all = sheet.rows.flatMap((row) => row.cells);
    const moved = all.filter((cell) => cell.theirs);
    const bad = all.filter((cell) => cell.why);
    panel.hidden = !moved.length && !bad.length;
    if (panel.hidden) { panel.replaceChildren(); return; }
    const list = document.createElement("ul");
    for (const cell of [...moved, ...bad].slice(0, 50)) {
      const line = document.createElement("li");
      const where = document.createElement("button");
      where.type = "button";
      where.className = "grid-where";
      where.textContent = sheet.where(cell);
      where.addEventListener("click", () => sheet.go(cell));
      const said = document.createElement("span");
      said.textContent = cell.theirs ? `${cell.theirs.said} ${words.yours}: ${sheet.shown(cell) || "—"}` : `${cell.why} (${sheet.shown(cell)})`;
      line.append(where, said);
      if (cell.theirs) line.append(button(words.keep, () => keepMine([cell])), button(words.take, () => takeTheirs([cell])));
      else line.append(button(words.discard, () => discard([cell])));
      list.append(line);
    }
    panel.replaceChildren(list);
    if (moved.length > 1) {
      const both = document.createElement("div");
      both.className = "form-actions";
      both.append(button(words.keep_all, () => keepMine(moved)), button(words.take_all, () => takeTheirs(moved)));
      panel.append(both);
    }
  }

  // -- What speaks against the target where one is, and what its owner says to that ------------------------

  function tellDoubts(cell) {
    if (doubts.contains(document.activeElement)) return;
    doubts.hidden = !cell?.doubts.length;
    doubts.replaceChildren();
    if (doubts.hidden) return;
    const head = document.createElement("p");
    head.className = "grid-doubts-head";
    head.textContent = `${words.doubts}: ${sheet.where(cell)}`;
    doubts.append(head, ...cell.doubts.map((doubt) => answerForm(cell, doubt)));
  }

  function answerForm(cell, doubt) {
    const form = document.createElement("form");
    form.className = "grid-doubt";
    const said = document.createElement("span");
    said.textContent = doubt.said;
    const field = document.createElement("input");
    field.className = "form-control";
    field.maxLength = 1000;
    field.value = doubt.answer;
    field.placeholder = words.answer;
    field.setAttribute("aria-label", words.answer);
    const send = button(words.keep_answer, () => {});
    send.type = "submit";
    form.append(said, field, send);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const body = new URLSearchParams({ answer: field.value });
      const headers = { "X-CSRFToken": JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"] };
      try {
        const answer = await fetch(data.answer.replace("/0/", `/${doubt.id}/`), { method: "POST", body, headers });
        if (!answer.ok) throw new Error();
        doubt.answer = (await answer.json()).answer;
        say(words.answered);
        sheet.go(cell);
      } catch {
        say(words.failed, "wrong");
      }
    });
    form.addEventListener("keydown", (event) => { if (event.key === "Escape") sheet.go(cell); });
    return form;
  }
  buttons();

  // The sheet opens where there is something to plan: at the first month that is not closed.
  const open = table.querySelector("tbody td:not(.grid-locked):not(.grid-total)");
  if (open) table.parentElement.scrollLeft = open.offsetLeft - open.parentElement.cells[0].offsetWidth;
})();
