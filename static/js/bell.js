// The bell: asks every four seconds while somebody looks at the page, so that an alert shows within five.
"use strict";

const bells = [...document.querySelectorAll("[data-bell]")];
const EVERY = 4000;

async function ring() {
  if (document.visibilityState !== "visible") return;
  try {
    const answer = await fetch(bells[0].dataset.bell, { headers: { Accept: "application/json" }, redirect: "error" });
    if (!answer.ok) return;
    show(await answer.json());
  } catch { /* away, or logged out: the next time will tell */ }
}

function show({ count, words }) {
  for (const bell of bells) {
    const said = bell.querySelector("[data-bell-words]");
    const number = bell.querySelector("[data-bell-count]");
    if (said.textContent !== words) said.textContent = bell.title = words;
    number.textContent = count > 99 ? "99+" : String(count);
    number.hidden = !count;
  }
}

// What stands on the list is seen by looking at it. The words "New" stay until the next visit.
async function seen(form) {
  try {
    await fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" });
    form.hidden = true;
  } catch { /* the button is still there */ }
}

const list = document.querySelector("[data-bell-seen]");
if (list) seen(list).then(ring);
if (bells.length) {
  ring();
  setInterval(ring, EVERY);
  document.addEventListener("visibilitychange", ring);
}
