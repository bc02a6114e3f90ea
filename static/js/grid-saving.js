// What is typed is kept on this device, then goes to the server: in batches, one at a time, again after a failure.
"use strict";

window.plumbline ??= {};

(() => {
  const TOGETHER = 250; // milliseconds in which what is typed goes as one
  const MOST = 2400; // cells a request
  const AGAIN = [2000, 5000, 15000]; // milliseconds after a failure

  class Saving {
    // `answered(cells)` hears what came back, `state(name)` of saving, saved, wrong, unsaved, failed, signed_out.
    constructor(sheet, { answered, state }) {
      Object.assign(this, { sheet, answered, state, waiting: new Set(), failures: 0, busy: false, safe: false, stored: Promise.resolve() });
      this.person = document.querySelector('meta[name="plumbline-person"]')?.content;
      this.unsent = window.plumbline.unsent;
      addEventListener("online", () => this.soon(0));
      // Without a connection the page may be left: what was typed is kept.
      addEventListener("beforeunload", (event) => { if (this.unsaved() && !(this.safe && navigator.onLine === false)) event.preventDefault(); });
    }

    // -- What this device keeps: each cell from when it is typed until the server has it ------------------------

    keyOf(cell) { return this.unsent.keyOf(this.person, { ...this.sheet.rowOf(cell), month: cell.month }); }

    // One after the other, so that no row is written after it was taken away.
    store(act) {
      this.stored = this.stored.then(act).then(() => { this.safe = true; }, () => { this.safe = false; });
      return this.stored;
    }

    keep(cells) {
      const at = Date.now();
      const page = location.pathname + location.search;
      const rows = cells.map((cell, place) => {
        const { metric, area, name } = this.sheet.rowOf(cell);
        cell.row = {
          key: this.keyOf(cell), person: this.person, area, metric, month: cell.month, page, save: this.sheet.data.save,
          name, label: this.sheet.data.metrics[metric].label, text: cell.typed ?? cell.text, version: cell.version,
          at: at + place / 10_000, state: "waits", said: "", theirs: null,
        };
        return cell.row;
      });
      return this.store(() => this.unsent.keep(rows));
    }

    drop(cells) {
      return this.store(() => this.unsent.drop(cells.map((cell) => this.keyOf(cell))));
    }

    // What was typed before this page was opened: it goes now, over the version that was seen then.
    async restore() {
      let rows = [];
      try { rows = await this.unsent.of(this.person); } catch { return; }
      const kept = new Map(rows.map((row) => [row.key, row]));
      const go = [], shown = [];
      for (const cell of this.sheet.rows.flatMap((row) => row.cells)) {
        const row = kept.get(this.keyOf(cell));
        if (!row || cell.typed !== null) continue;
        Object.assign(cell, { typed: row.text, seen: cell.version, version: row.version, why: row.state === "wrong" ? row.said || this.sheet.data.words.not_yours : "", waits: row.state !== "wrong", row });
        if (!cell.why) go.push(cell);
        shown.push(cell);
        this.sheet.show(cell);
      }
      if (!shown.length) return;
      this.sheet.sumUp(shown);
      this.safe = true;
      if (go.length) this.add(go);
      else this.state("wrong");
      this.answered(shown);
    }

    unsaved() {
      return this.busy || this.waiting.size > 0 || this.sheet.rows.some((row) => row.cells.some((cell) => cell.why || cell.theirs));
    }

    add(cells) {
      for (const cell of cells) this.waiting.add(cell);
      this.keep(cells);
      this.state("saving");
      this.soon(TOGETHER);
    }

    soon(after) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.send(), after);
    }

    async send() {
      if (this.busy || !this.waiting.size) return;
      this.busy = true;
      const cells = [...this.waiting].slice(0, MOST);
      for (const cell of cells) this.waiting.delete(cell);
      try {
        await this.stored;
        await this.unsent.alone(async () => {
          const sent = cells.map((cell) => ({ ...cell.row, text: cell.typed ?? cell.text, version: cell.version }));
          const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
          const answers = await this.unsent.post(this.sheet.data.save, sent, token, this.person).then(({ cells: found }) => found, (error) => {
            if (error.said !== "not_allowed") throw error;
            return sent.map(() => ({ error: this.sheet.data.words.not_yours }));
          });
          this.failures = 0;
          this.take(cells, sent, answers);
          await this.store(() => this.unsent.settle(sent, answers));
        });
      } catch (error) {
        for (const cell of cells) this.waiting.add(cell);
        this.state(error.said || "unsaved", this.waiting.size);
        this.busy = false;
        navigator.serviceWorker?.getRegistration().then((found) => found?.sync?.register("targets")).catch(() => {});
        this.soon(AGAIN[Math.min(this.failures, AGAIN.length - 1)]);
        this.failures += 1;
        return;
      }
      this.busy = false;
      if (this.waiting.size) this.soon(0);
      else if (!this.unsaved()) document.dispatchEvent(new CustomEvent("plumbline:all-saved"));
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
