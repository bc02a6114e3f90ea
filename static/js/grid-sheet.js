// The sheet: cells, the active one, what is marked, editing, totals. It knows nothing of the server.
"use strict";

window.plumbline ??= {};

(() => {
  const SCALE = 6;

  // "1,200,000.5" → units of a millionth, exactly; null where it is no plain number (the server reads 120万).
  function units(text) {
    const match = /^(-?)([\d,]*)(?:\.(\d{1,6}))?$/.exec(text.trim());
    if (!match || !(match[2] || match[3])) return null;
    const whole = BigInt(match[2].replaceAll(",", "") || "0") * 10n ** BigInt(SCALE);
    const amount = whole + BigInt((match[3] || "").padEnd(SCALE, "0"));
    return match[1] ? -amount : amount;
  }

  function written(amount) {
    const digits = (amount < 0n ? -amount : amount).toString().padStart(SCALE + 1, "0");
    const whole = digits.slice(0, -SCALE).replace(/\B(?=(\d{3})+$)/g, ",");
    const part = digits.slice(-SCALE).replace(/0+$/, "");
    return `${amount < 0n ? "-" : ""}${whole}${part ? `.${part}` : ""}`;
  }

  class Sheet {
    // `changed(cells)` hears of cells that somebody has changed, `said(text, kind)` of what is to be told, `came(cell)` where one is.
    constructor(table, data, { changed, said, came }) {
      Object.assign(this, { table, data, changed, said, came, at: null, anchor: null, marked: new Set(), input: null, leaving: false });
      this.rows = [...table.tBodies[0].rows].map((tr, r) => {
        const about = data.rows[r];
        const name = tr.cells[0].innerText.split("\n")[0];
        const cells = data.months.map((month, c) => {
          const td = tr.cells[c + 1];
          return { td, r, c, month, text: td.textContent, typed: null, version: about.versions[c], why: "", theirs: null, waits: false, doubts: about.doubts[c] || [] };
        });
        return { ...about, name, cells, total: tr.cells[data.months.length + 1].querySelector("span") };
      });
      this.feet = [...(table.tFoot?.rows || [])].map((tr, place) => ({
        ...data.totals[place], cells: [...tr.cells].slice(1),
        rows: this.rows.filter((row) => row.group === data.totals[place].group && row.metric === data.totals[place].metric),
      }));
      this.dress();
      this.listen();
    }

    dress() {
      this.table.setAttribute("role", "grid");
      this.table.setAttribute("aria-readonly", String(!this.rows.some((row) => row.set)));
      for (const row of this.rows) {
        for (const cell of row.cells) {
          cell.td.tabIndex = -1;
          cell.td.setAttribute("role", "gridcell");
          cell.td.cell = cell;
          if (this.locked(cell)) cell.td.setAttribute("aria-readonly", "true");
          if (this.data.locked[cell.c]) cell.td.classList.add("grid-locked");
          if (cell.doubts.length) this.show(cell);
        }
      }
      const first = this.rows[0]?.cells[Math.max(0, this.data.locked.indexOf(false))];
      if (first) { this.at = first; first.td.tabIndex = 0; }
      this.feet.forEach((foot) => this.sumFoot(foot));
    }

    cell(r, c) { return this.rows[r]?.cells[c]; }
    rowOf(cell) { return this.rows[cell.r]; }
    locked(cell) { return this.data.locked[cell.c] || !this.rowOf(cell).set; }
    shown(cell) { return cell.typed ?? cell.text; }
    where(cell) { return `${this.rowOf(cell).name} · ${cell.month}`; }

    // -- What is seen ---------------------------------------------------------------------------

    show(cell) {
      const { td } = cell;
      if (!(this.input && this.input.parentNode === td)) td.textContent = this.shown(cell);
      td.classList.toggle("grid-waits", cell.waits);
      td.classList.toggle("grid-bad", Boolean(cell.why));
      td.classList.toggle("grid-theirs", Boolean(cell.theirs));
      td.classList.toggle("grid-warned", cell.doubts.length > 0);
      td.toggleAttribute("aria-invalid", Boolean(cell.why || cell.theirs));
      td.title = cell.why || cell.theirs?.said || cell.doubts.map((one) => one.said).join(" ");
    }

    sum(cells) {
      let total = null;
      for (const cell of cells) {
        const amount = units(this.shown(cell));
        if (amount !== null) total = (total ?? 0n) + amount;
      }
      return total;
    }

    sumUp(cells) {
      const rows = new Set(cells.map((cell) => this.rowOf(cell)));
      for (const row of rows) {
        if (!this.data.metrics[row.metric].additive) continue;
        const total = this.sum(row.cells);
        row.total.textContent = total === null ? "" : written(total);
      }
      for (const foot of this.feet) {
        const above = this.rows[foot.against];
        if (foot.rows.some((row) => rows.has(row)) || rows.has(above)) this.sumFoot(foot);
      }
    }

    // The parts' sum; what it lies off the whole's own targets is said beside it.
    sumFoot(foot) {
      const above = foot.against === null ? null : this.rows[foot.against];
      let all = null;
      this.data.months.forEach((_month, c) => {
        const total = this.sum(foot.rows.map((row) => row.cells[c]));
        const td = foot.cells[c];
        td.textContent = total === null ? "" : written(total);
        if (total !== null) all = (all ?? 0n) + total;
        const whole = above ? units(this.shown(above.cells[c])) : null;
        if (whole !== null && total !== null && whole !== total) {
          const off = document.createElement("span");
          off.className = "row-detail grid-off";
          off.textContent = `${total > whole ? "+" : "−"}${written(total > whole ? total - whole : whole - total)}`;
          td.append(off);
        }
      });
      foot.cells[this.data.months.length].querySelector("span").textContent = all === null ? "" : written(all);
    }

    // -- Where one is ---------------------------------------------------------------------------

    go(cell, { extend = false, focus = true } = {}) {
      if (!cell) return;
      this.leaving = false;
      if (this.at) this.at.td.tabIndex = -1;
      if (!extend) this.anchor = cell;
      this.at = cell;
      cell.td.tabIndex = 0;
      if (focus) cell.td.focus({ preventScroll: true });
      this.keepInView(cell.td);
      this.mark();
      if (cell.why || cell.theirs) this.said(cell.why || cell.theirs.said, "wrong");
      this.came(cell);
    }

    // The first column and the heading lie over the sheet: what is behind them is not in view.
    keepInView(td) {
      const frame = this.table.parentElement;
      const head = this.table.tHead.offsetHeight, side = td.parentElement.cells[0].offsetWidth;
      if (td.offsetLeft - side < frame.scrollLeft) frame.scrollLeft = td.offsetLeft - side;
      else if (td.offsetLeft + td.offsetWidth > frame.scrollLeft + frame.clientWidth) frame.scrollLeft = td.offsetLeft + td.offsetWidth - frame.clientWidth;
      if (td.offsetTop - head < frame.scrollTop) frame.scrollTop = td.offsetTop - head;
      else if (td.offsetTop + td.offsetHeight > frame.scrollTop + frame.clientHeight) frame.scrollTop = td.offsetTop + td.offsetHeight - frame.clientHeight;
    }

    // The marked block, row by row: always at least the active cell.
    block() {
      const from = this.anchor || this.at;
      const [top, bottom] = [Math.min(from.r, this.at.r), Math.max(from.r, this.at.r)];
      const [left, right] = [Math.min(from.c, this.at.c), Math.max(from.c, this.at.c)];
      return this.rows.slice(top, bottom + 1).map((row) => row.cells.slice(left, right + 1));
    }

    mark() {
      const block = this.block();
      const now = block.length * block[0].length > 1 ? new Set(block.flat()) : new Set();
      for (const cell of this.marked) if (!now.has(cell)) { cell.td.classList.remove("grid-marked"); cell.td.removeAttribute("aria-selected"); }
      for (const cell of now) if (!this.marked.has(cell)) { cell.td.classList.add("grid-marked"); cell.td.setAttribute("aria-selected", "true"); }
      this.marked = now;
    }

    // -- Editing --------------------------------------------------------------------------------

    edit(cell, text = null) {
      if (this.locked(cell)) {
        this.said(this.data.locked[cell.c] ? this.data.words.locked : this.data.words.not_yours, "wrong");
        return;
      }
      this.input = document.createElement("input");
      this.input.className = "grid-input";
      this.input.maxLength = 60;
      this.input.inputMode = "decimal";
      this.input.autocomplete = "off";
      this.input.setAttribute("aria-label", this.where(cell));
      this.input.value = text ?? this.shown(cell);
      cell.td.textContent = "";
      cell.td.append(this.input);
      this.input.focus();
      if (text === null) this.input.select();
    }

    // Ends editing; `keep` false gives back what stood there.
    finish(keep) {
      const { input } = this;
      if (!input) return;
      const { cell } = input.parentNode;
      this.input = null;
      const typed = input.value.trim();
      input.remove();
      this.show(cell);
      if (keep && typed !== this.shown(cell)) this.put([[cell, typed]]);
    }

    // Texts into cells, as one thing that can be undone as one; what is locked is left out and said.
    put(pairs, { remember = true } = {}) {
      const free = pairs.filter(([cell, text]) => !this.locked(cell) && text !== this.shown(cell));
      if (free.length < pairs.length && pairs.every(([cell]) => this.locked(cell)) && pairs.length) {
        this.said(this.data.locked[pairs[0][0].c] ? this.data.words.locked : this.data.words.not_yours, "wrong");
      }
      if (!free.length) return;
      const before = free.map(([cell]) => [cell, this.shown(cell)]);
      for (const [cell, text] of free) {
        cell.typed = text;
        cell.why = "";
        cell.theirs = null;
        cell.doubts = [];
        cell.waits = true;
        this.show(cell);
      }
      const cells = free.map(([cell]) => cell);
      this.sumUp(cells);
      this.changed(cells, remember ? { before, after: free } : null);
    }

    // -- Keys and pointer -----------------------------------------------------------------------

    listen() {
      this.table.addEventListener("mousedown", (event) => {
        const cell = event.target.closest("td")?.cell;
        if (!cell || event.target === this.input) return;
        event.preventDefault();
        const again = cell === this.at && document.activeElement === cell.td;
        this.finish(true);
        this.go(cell, { extend: event.shiftKey });
        if (again && matchMedia("(pointer: coarse)").matches) this.edit(cell);
      });
      this.table.addEventListener("mouseover", (event) => {
        const cell = event.target.closest("td")?.cell;
        if (cell && event.buttons === 1 && !this.input && this.anchor) this.go(cell, { extend: true });
      });
      this.table.addEventListener("dblclick", (event) => {
        const cell = event.target.closest("td")?.cell;
        if (cell && !this.input) this.edit(cell);
      });
      this.table.addEventListener("focusin", (event) => {
        const cell = event.target.cell;
        if (cell && cell !== this.at && !this.input) this.go(cell, { focus: false });
      });
      this.table.addEventListener("focusout", (event) => {
        if (event.target === this.input) this.finish(true);
      });
      this.table.addEventListener("keydown", (event) => (this.input ? this.keyInInput(event) : this.keyInSheet(event)));
    }

    keyInInput(event) {
      if (event.isComposing) return;
      const { cell } = this.input.parentNode;
      if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); this.finish(false); this.go(cell); }
      else if (event.key === "Enter") { event.preventDefault(); this.finish(true); this.go(this.cell(cell.r + (event.shiftKey ? -1 : 1), cell.c) || cell); }
      else if (event.key === "Tab") { event.preventDefault(); this.finish(true); this.go(this.beside(cell, event.shiftKey ? -1 : 1) || cell); }
      else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
        event.preventDefault();
        this.finish(true);
        this.go(this.cell(cell.r + (event.key === "ArrowUp" ? -1 : 1), cell.c) || cell);
      }
    }

    // The next cell along the row, then the next row's first; nothing beyond the last.
    beside(cell, step) {
      const place = cell.r * this.data.months.length + cell.c + step;
      return place < 0 ? null : this.cell(Math.floor(place / this.data.months.length), place % this.data.months.length);
    }

    keyInSheet(event) {
      const { at } = this;
      const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-15, 0], PageDown: [15, 0] }[event.key];
      const command = event.ctrlKey || event.metaKey;
      if (!at || event.altKey) return;
      if (move) {
        const edge = command && !event.key.startsWith("Page");
        const r = edge && move[0] ? (move[0] < 0 ? 0 : this.rows.length - 1) : Math.min(Math.max(at.r + move[0], 0), this.rows.length - 1);
        const c = edge && move[1] ? (move[1] < 0 ? 0 : this.data.months.length - 1) : Math.min(Math.max(at.c + move[1], 0), this.data.months.length - 1);
        event.preventDefault();
        this.go(this.cell(r, c), { extend: event.shiftKey });
      } else if (event.key === "Home" || event.key === "End") {
        event.preventDefault();
        const r = command ? (event.key === "Home" ? 0 : this.rows.length - 1) : at.r;
        this.go(this.cell(r, event.key === "Home" ? 0 : this.data.months.length - 1), { extend: event.shiftKey });
      } else if (event.key === "Tab") {
        const next = this.leaving ? null : this.beside(at, event.shiftKey ? -1 : 1);
        if (next) { event.preventDefault(); this.go(next); }
      } else if (event.key === "Escape") {
        this.leaving = true;
        this.said(this.data.words.leave, "");
      } else if (event.key === "Enter" || event.key === "F2") {
        event.preventDefault();
        this.edit(at);
      } else if (event.key === "Delete" || event.key === "Backspace") {
        event.preventDefault();
        this.put(this.block().flat().map((cell) => [cell, ""]));
      } else if (command && event.key.toLowerCase() === "a") {
        event.preventDefault();
        this.anchor = this.cell(0, 0);
        this.go(this.cell(this.rows.length - 1, this.data.months.length - 1), { extend: true });
      } else if (!command && (event.key.length === 1 || event.key === "Process")) {
        // An input method begins in the field itself.
        if (event.key !== "Process") event.preventDefault();
        this.edit(at, event.key === "Process" ? "" : event.key);
      }
    }
  }

  window.plumbline.Sheet = Sheet;
})();
