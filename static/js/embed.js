// A page in a frame elsewhere stays open for days: every five minutes it asks whether anything has changed, with the
// tag of what it shows, and is loaded anew only then. What was revoked or has ended is gone with that, too.
"use strict";

(() => {
  const MINUTES = 5;
  const shown = document.currentScript.dataset.tag;
  setInterval(async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href, { cache: "no-cache", credentials: "omit" });
      const tag = answer.headers.get("ETag") || "";
      if (answer.status !== 429 && !tag.includes(shown)) location.reload();
    } catch { /* without a network it stays as it is */ }
  }, MINUTES * 60 * 1000);
})();
