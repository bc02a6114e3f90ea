// Pages of panels: each panel fails alone and can be asked for again; panels are put in order by dragging their bar.
"use strict";

(() => {
  const slotOf = (event) => event.target.closest?.("[data-panel]");

  document.addEventListener("htmx:afterSwap", (event) => slotOf(event)?.removeAttribute("aria-busy"));

  // Said in the panel itself, and not once more in the line at the foot of the page.
  for (const name of ["htmx:responseError", "htmx:sendError"]) {
    document.body.addEventListener(name, (event) => {
      const slot = slotOf(event);
      if (!slot) return;
      event.stopPropagation();
      texts.delete(slot);
      slot.removeAttribute("aria-busy");
      const body = slot.querySelector(".panel-body");
      body?.classList.remove("panel-waits");
      body?.replaceChildren(document.getElementById("panel-failed").content.cloneNode(true));
    });
  }
  document.addEventListener("click", (event) => {
    const slot = event.target.closest("[data-retry]")?.closest("[data-panel]");
    if (!slot) return;
    event.preventDefault();
    slot.setAttribute("aria-busy", "true");
    window.htmx.trigger(slot, "again");
  });

  // New figures are in the panels, not in the page around them: each is asked for again, and changes in place if it is another.
  const texts = new WeakMap(); // panel → what it was filled with
  document.addEventListener("newer", () => {
    for (const slot of document.querySelectorAll(".panels [data-panel]")) window.htmx.trigger(slot, "again");
  });
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const slot = slotOf(event);
    const { xhr, target } = event.detail;
    if (!slot?.closest(".panels") || target !== slot || xhr.status !== 200) return;
    const before = texts.get(slot);
    texts.set(slot, xhr.responseText);
    if (before === undefined) return;
    event.detail.shouldSwap = false;
    if (before !== xhr.responseText) window.plumblineRenew(slot, new DOMParser().parseFromString(xhr.responseText, "text/html").body);
  });

  // After a change the keyboard goes on where it was: at the panel that was changed.
  addEventListener("load", () => {
    const item = document.getElementById(location.hash.slice(1))?.closest(".panel-change");
    item?.querySelector("button:not(:disabled), a")?.focus({ focusVisible: true });
  });

  // Dragging, beside the buttons.
  const list = document.querySelector("[data-order-url]");
  if (list) {
    let moving;
    for (const bar of list.querySelectorAll(".panel-bar")) bar.draggable = true;
    const itemOf = (event) => event.target.closest?.("[data-panel-pk]");
    const target = (item) => {
      for (const one of list.children) one.classList.toggle("panel-target", one === item && one !== moving);
    };
    list.addEventListener("dragstart", (event) => {
      moving = event.target.closest(".panel-bar") && itemOf(event);
      if (!moving) return;
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", moving.dataset.panelPk);
      moving.classList.add("panel-moving");
    });
    list.addEventListener("dragover", (event) => {
      const item = itemOf(event);
      if (!moving || !item) return;
      event.preventDefault();
      target(item);
    });
    list.addEventListener("dragend", () => {
      moving?.classList.remove("panel-moving");
      target(null);
      moving = null;
    });
    list.addEventListener("drop", (event) => {
      const item = itemOf(event);
      if (!moving || !item || item === moving) return;
      event.preventDefault();
      const items = [...list.children];
      if (items.indexOf(moving) < items.indexOf(item)) item.after(moving);
      else item.before(moving);
      const form = document.getElementById("order-form");
      form.elements.order.value = [...list.children].map((one) => one.dataset.panelPk).join(",");
      form.submit();
    });
  }
})();
