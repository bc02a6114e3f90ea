// Targets that were typed and are not on the server yet: kept on this device, in every tab and in the service worker.
"use strict";

self.plumbline ??= {};

(() => {
  const MOST = 2400; // cells a request
  const HEARD = "plumbline-unsent";
  const channel = self.BroadcastChannel ? new BroadcastChannel(HEARD) : null;
  let opened;

  // A row: {key, person, area, metric, month, where, page, save, text, version, at, state, said, theirs}; `state` is
  // "waits", "wrong" (refused, `said` why) or "moved" (somebody else changed it, `theirs` is what holds now).
  function database() {
    opened ??= new Promise((yes, no) => {
      const asked = indexedDB.open("plumbline", 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("targets", { keyPath: "key" }).createIndex("person", "person");
      asked.onsuccess = () => yes(asked.result);
      asked.onerror = () => no(asked.error);
    });
    return opened;
  }

  async function rows(mode, act) {
    const store = (await database()).transaction("targets", mode, { durability: "strict" }).objectStore("targets");
    return new Promise((yes, no) => {
      const asked = act(store);
      store.transaction.oncomplete = () => yes(asked?.result);
      store.transaction.onerror = store.transaction.onabort = () => no(store.transaction.error);
    });
  }

  const keyOf = (person, { area, metric, month }) => [person, area, metric, month].join("\n");

  const unsent = {
    keyOf,
    elsewhere: () => true, // whether a row is not the open sheet's own, which sends for itself

    async of(person) {
      const found = await rows("readonly", (store) => store.index("person").getAll(person));
      return found.sort((one, other) => one.at - other.at);
    },

    async keep(list) {
      if (!list.length) return;
      await rows("readwrite", (store) => { for (const row of list) store.put(row); });
      this.tell();
    },

    async drop(keys) {
      if (!keys.length) return;
      await rows("readwrite", (store) => { for (const key of keys) store.delete(key); });
      this.tell();
    },

    tell() {
      channel?.postMessage("changed");
      self.dispatchEvent(new Event(HEARD));
    },

    // What became of rows that were sent. One that was typed over meanwhile stays as it is now.
    async settle(sent, answers) {
      await rows("readwrite", (store) => {
        sent.forEach((row, place) => {
          const said = answers[place];
          const asked = store.get(row.key);
          asked.onsuccess = () => {
            const now = asked.result;
            if (!now) return;
            const same = now.at === row.at;
            if (said.saved && same) store.delete(row.key);
            else if (said.saved) store.put({ ...now, version: said.version });
            else if (same && said.moved) store.put({ ...now, state: "moved", theirs: said.moved, said: "" });
            else if (same) store.put({ ...now, state: "wrong", said: said.error || "", theirs: null });
          };
        });
      });
      this.tell();
    },

    // One sender at a time, whoever it is, so that nothing goes twice.
    alone(act) {
      return self.navigator.locks ? navigator.locks.request("plumbline-unsent", act) : act();
    },

    // Sends what waits. → {sent, failed: "", "unsaved" (no connection), "signed_out" or "failed"}.
    send(person, token) {
      return this.alone(async () => {
        let sent = 0;
        for (;;) {
          const waiting = (await this.of(person)).filter((row) => row.state === "waits" && this.elsewhere(row)).slice(0, MOST);
          if (!waiting.length) return { sent, failed: "" };
          try {
            const { cells } = await post(waiting[0].save, waiting, token);
            await this.settle(waiting, cells);
            sent += cells.filter((cell) => cell.saved).length;
          } catch (error) {
            return { sent, failed: error.said || "unsaved" };
          }
        }
      });
    },

    post,
  };

  async function post(url, cells, token) {
    const sent = cells.map(({ metric, area, month, text, version }) => ({ metric, area, month, text, version }));
    const answer = await fetch(url, {
      method: "POST", redirect: "manual", signal: AbortSignal.timeout(60_000), body: JSON.stringify({ cells: sent }),
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    });
    if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) throw Object.assign(new Error(), { said: "signed_out" });
    if (!answer.ok) throw Object.assign(new Error(), { said: "failed" });
    return answer.json();
  }

  channel?.addEventListener("message", () => self.dispatchEvent(new Event(HEARD)));
  self.plumbline.unsent = unsent;
})();
