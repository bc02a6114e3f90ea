// Buttons that copy what a box holds: <button data-copy="id of the box" data-copied="Copied" hidden>.
"use strict";

for (const button of document.querySelectorAll("[data-copy]")) {
  const words = button.innerHTML;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const box = document.getElementById(button.dataset.copy);
    box.select();
    try {
      await navigator.clipboard.writeText(box.value);
    } catch {
      document.execCommand("copy"); // without https there is no clipboard of the newer kind
    }
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.innerHTML = words; }, 2000);
  });
}
