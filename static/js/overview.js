// The overview: "why" answers in a dialog, pickers that can be walked by keyboard.
// Without script the same links open pages of their own.
"use strict";

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-why]");
  const dialog = document.getElementById("why");
  if (!link || !dialog || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  await window.htmx.ajax("GET", link.getAttribute("href"), { target: "#why-body", swap: "innerHTML" });
  if (!dialog.open && document.getElementById("why-title")) dialog.showModal();
});
// A click beside the card closes it.
document.addEventListener("click", (event) => {
  if (event.target.id === "why" && event.target.open) event.target.close();
});

// Pickers: the search has the focus at once; arrows walk through what was found; Escape closes. From the next letter on,
// nothing can be taken of what was found for the words before: it waits, dimmed, for the list of those that stand there.
const isOld = (list, input) => list?.dataset.text !== input.value;
for (const name of ["input", "htmx:afterSwap"]) {
  document.addEventListener(name, (event) => {
    const box = event.target.closest?.(".picker-box");
    const list = box?.querySelector(".place-list");
    if (list) list.inert = isOld(list, box.querySelector("input"));
  });
}
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.(".picker-box") && event.target.open) event.target.querySelector("input")?.focus();
}, true);
document.addEventListener("keydown", (event) => {
  const box = event.target.closest?.(".picker-box[open]");
  if (!box || event.isComposing) return; // 拼音 has arrows, Enter and Escape of its own
  const input = box.querySelector("input");
  const list = box.querySelector(".place-list");
  if (event.key === "Escape") {
    box.open = false;
    box.querySelector("summary").focus();
  }
  // Enter asks at once instead of after a moment; what is found already need not be asked for again.
  if (event.key === "Enter" && event.target === input && !isOld(list, input)) event.preventDefault();
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const stops = [input, ...box.querySelectorAll(".place-list:not([inert]) a")];
  const next = stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
  event.preventDefault();
  stops[Math.max(0, Math.min(next, stops.length - 1))]?.focus();
});
document.addEventListener("click", (event) => {
  for (const box of document.querySelectorAll(".picker-box[open]")) {
    if (!box.contains(event.target)) box.open = false;
  }
});
