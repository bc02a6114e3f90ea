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
            const { cells } = await post(waiting[0].save, waiting, token, person);
            await this.settle(waiting, cells);
            sent += cells.filter((cell) => cell.saved).length;
          } catch (error) {
            if (error.said === "not_allowed") {
              await this.settle(waiting, waiting.map(() => ({ error: "" })));
              continue;
            }
            return { sent, failed: error.said || "unsaved" };
          }
        }
      });
    },

    post,
  };

  // Throws an Error with `said`: signed_out, not_allowed (any more), failed, or without where there is no connection.
  async function post(url, cells, token, person) {
    const body = JSON.stringify({ cells: cells.map(({ metric, area, month, text, version }) => ({ metric, area, month, text, version })) });
    const go = (sign) => fetch(url, {
      method: "POST", redirect: "manual", signal: AbortSignal.timeout(60_000), body,
      headers: { "Content-Type": "application/json", "X-CSRFToken": sign },
    });
    const fail = (said) => { throw Object.assign(new Error(said), { said }); };
    let answer = token ? await go(token) : { status: 403 };
    if (answer.status === 403) {
      // The page's token is older than the session, or she may not any more. The token is read first: should somebody
      // else log in before it is used, it is worth nothing.
      const fresh = await cookie();
      if (!fresh || (await whoIsHere()) !== person) fail("signed_out");
      answer = await go(fresh);
      if (answer.status === 403) fail("not_allowed");
    }
    if (answer.type === "opaqueredirect" || answer.status === 401) fail("signed_out");
    if (!answer.ok) fail("failed");
    return answer.json();
  }

  async function cookie() {
    if (self.cookieStore) return (await cookieStore.get("csrftoken"))?.value;
    return /(?:^|; )csrftoken=([^;]*)/.exec(self.document?.cookie || "")?.[1];
  }

  async function whoIsHere() {
    const answer = await fetch("/offline/pages/", { redirect: "manual", cache: "no-store" });
    return answer.ok ? (await answer.json()).person : "";
  }

  channel?.addEventListener("message", () => self.dispatchEvent(new Event(HEARD)));
  self.plumbline.unsent = unsent;
})();
