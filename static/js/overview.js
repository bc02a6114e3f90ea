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

// Pickers: the search has the focus at once; arrows walk through what was found; Escape closes.
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.(".picker-box") && event.target.open) event.target.querySelector("input")?.focus();
}, true);
document.addEventListener("keydown", (event) => {
  const box = event.target.closest?.(".picker-box[open]");
  if (!box) return;
  if (event.key === "Escape") {
    box.open = false;
    box.querySelector("summary").focus();
  }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const stops = [box.querySelector("input"), ...box.querySelectorAll(".place-list a")];
  const next = stops.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
  event.preventDefault();
  stops[Math.max(0, Math.min(next, stops.length - 1))]?.focus();
});
document.addEventListener("click", (event) => {
  for (const box of document.querySelectorAll(".picker-box[open]")) {
    if (!box.contains(event.target)) box.open = false;
  }
});
