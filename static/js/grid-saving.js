// What is typed goes to the server: in batches, one at a time, again after a failure, never silently lost.
"use strict";

window.plumbline ??= {};

(() => {
  const TOGETHER = 250; // milliseconds in which what is typed goes as one
  const MOST = 2400; // cells a request
  const AGAIN = [2000, 5000, 15000]; // milliseconds after a failure

  class Saving {
    // `answered(cells)` hears what came back, `state(name)` of saving, saved, wrong, unsaved, failed, signed_out.
    constructor(sheet, { answered, state }) {
      Object.assign(this, { sheet, answered, state, waiting: new Set(), failures: 0, busy: false });
      addEventListener("online", () => this.soon(0));
      addEventListener("beforeunload", (event) => { if (this.unsaved()) event.preventDefault(); });
    }

    unsaved() {
      return this.busy || this.waiting.size > 0 || this.sheet.rows.some((row) => row.cells.some((cell) => cell.why || cell.theirs));
    }

    add(cells) {
      for (const cell of cells) this.waiting.add(cell);
      this.state("saving");
      this.soon(TOGETHER);
    }

    soon(after) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.send(), after);
    }

    async send() {
      if (this.busy || !this.waiting.size) return;
      const cells = [...this.waiting].slice(0, MOST);
      const sent = cells.map((cell) => ({ metric: this.sheet.rowOf(cell).metric, area: this.sheet.rowOf(cell).area, month: cell.month, text: cell.typed ?? cell.text, version: cell.version }));
      for (const cell of cells) this.waiting.delete(cell);
      this.busy = true;
      try {
        const answer = await fetch(this.sheet.data.save, {
          method: "POST", redirect: "manual", body: JSON.stringify({ cells: sent }),
          headers: { "Content-Type": "application/json", "X-CSRFToken": JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"] },
        });
        if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) throw Object.assign(new Error(), { said: "signed_out" });
        if (!answer.ok) throw Object.assign(new Error(), { said: "failed" });
        const { cells: answers } = await answer.json();
        this.failures = 0;
        this.take(cells, sent, answers);
      } catch (error) {
        for (const cell of cells) this.waiting.add(cell);
        this.state(error.said || "unsaved");
        this.busy = false;
        this.soon(AGAIN[Math.min(this.failures, AGAIN.length - 1)]);
        this.failures += 1;
        return;
      }
      this.busy = false;
      if (this.waiting.size) this.soon(0);
    }

    take(cells, sent, answers) {
      cells.forEach((cell, place) => {
        const said = answers[place];
        const touched = this.waiting.has(cell); // typed into again meanwhile: the newer text goes next
        if (said.saved) {
          cell.version = said.version;
          cell.text = said.text;
          cell.doubts = said.doubts || cell.doubts;
          if (!touched) { cell.typed = null; cell.why = ""; cell.theirs = null; }
        } else if (!touched) {
          cell.why = said.error || "";
          cell.theirs = said.moved || null;
        } else if (said.moved) {
          this.waiting.delete(cell);
          cell.theirs = said.moved;
        }
        if (!this.waiting.has(cell)) cell.waits = false;
        this.sheet.show(cell);
      });
      this.sheet.sumUp(cells);
      this.answered(cells);
      if (!this.waiting.size) this.state(this.sheet.rows.some((row) => row.cells.some((cell) => cell.why || cell.theirs)) ? "wrong" : "saved");
    }
  }

  window.plumbline.Saving = Saving;
})();
