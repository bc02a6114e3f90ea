// Small helps on top of pages that already work: theme without a reload, dialogs, the menu, honest failures.
"use strict";

const words = JSON.parse(document.getElementById("shell-words")?.textContent || "{}");

// Theme: the form sets a cookie and reloads; with script it happens in place.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-theme-form]") || !event.submitter) return;
  event.preventDefault();
  const theme = event.submitter.value;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  document.documentElement.dataset.bsTheme = theme;
  for (const button of document.querySelectorAll("[data-theme-form] button[name=theme]")) {
    button.setAttribute("aria-pressed", String(button.value === theme));
  }
  document.dispatchEvent(new CustomEvent("themechange"));
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  document.dispatchEvent(new CustomEvent("themechange"));
});

// Paper is white: print in the light theme, whatever the screen shows.
let screenTheme;
function wear(theme) {
  document.documentElement.dataset.bsTheme = theme;
  document.dispatchEvent(new CustomEvent("themechange", { detail: { now: true } }));
}
addEventListener("beforeprint", () => { screenTheme = document.documentElement.dataset.bsTheme; wear("light"); });
addEventListener("afterprint", () => wear(screenTheme));

// The menu of narrow pages: Enter opens it as well as Space, Escape closes it.
const menu = document.getElementById("menu");
menu?.addEventListener("keydown", (event) => {
  if (event.key === "Enter") menu.checked = !menu.checked;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && menu?.checked) {
    menu.checked = false;
    menu.focus();
  }
});

// Dialogs: data-dialog="id" opens, data-dialog-close closes.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  if (dialog) {
    event.preventDefault();
    dialog.showModal();
  }
  event.target.closest("[data-dialog-close]")?.closest("dialog")?.close();
});

// A filter that is one choice sends itself: <form data-send-on-change>.
document.addEventListener("change", (event) => {
  event.target.closest("form[data-send-on-change]")?.requestSubmit();
});

// A form is sent once, however often it is clicked.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post") || form.hasAttribute("data-sent-often")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

// What htmx could not do is said, not swallowed.
let clearing;
function say(text) {
  const line = document.getElementById("toast");
  if (!line || !text) return;
  line.textContent = text;
  clearTimeout(clearing);
  clearing = setTimeout(() => { line.textContent = ""; }, 8000);
}
document.addEventListener("plumbline:say", (event) => say(event.detail));
document.addEventListener("htmx:responseError", () => say(words.request_failed));
document.addEventListener("htmx:sendError", () => say(words.offline));

// On a phone the tabs lie in one row: the open one is in sight.
function showTab() {
  const [row, tab] = [document.querySelector(".split-tabs"), document.querySelector(".split-tabs [aria-current]")];
  if (row && tab && tab.offsetLeft + tab.offsetWidth > row.clientWidth) row.scrollLeft = tab.offsetLeft - row.offsetLeft - 16;
}
showTab();
document.addEventListener("htmx:afterSettle", showTab);
