// A level of a rule shows the fields that its kind of condition needs. Without this script all of them stand there.
"use strict";

(() => {
  const show = (part) => {
    const kind = part.querySelector("select").value;
    const level = part.closest("[data-level]");
    if (part === level.querySelector("[data-part]")) {
      for (const rest of level.querySelectorAll("[data-used]")) rest.hidden = !kind && !rest.open;
    }
    for (const fields of part.querySelectorAll("[data-for]")) fields.hidden = !fields.dataset.for.split(" ").includes(kind);
  };
  const time = () => {
    const at = document.getElementById("id_look_at")?.closest(".field");
    if (at) at.hidden = document.getElementById("id_schedule").value === "changes";
  };
  for (const part of document.querySelectorAll("[data-part]")) {
    show(part);
    part.addEventListener("change", () => show(part));
  }
  document.getElementById("id_schedule")?.addEventListener("change", time);
  time();
})();
