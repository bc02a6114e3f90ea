// The counter below a comment. The form works without it.
(() => {
  "use strict";
  for (const shown of document.querySelectorAll("[data-count]")) {
    const field = document.getElementById(shown.htmlFor.value);
    const most = Number(shown.dataset.count);
    if (!field) continue;
    const count = () => {
      const letters = [...field.value].length;
      const over = letters > most;
      shown.textContent = over ? shown.dataset.over.replace("{n}", letters - most) : letters ? `${letters} / ${most}` : "";
      shown.toggleAttribute("data-too-many", over);
    };
    field.addEventListener("input", count);
    count();
  }
})();
