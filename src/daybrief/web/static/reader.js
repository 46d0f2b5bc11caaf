// Shortcuts; everything they do can be done without them. They rest while somebody types.
"use strict";
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const follow = (selector) => document.querySelector(selector)?.click();
  const does = {
    "/": () => document.querySelector("#q, #quick")?.focus(),
    t: () => follow('nav.main a[href="/"]'),
    c: () => follow('nav.main a[href="/calendar"]'),
    "[": () => follow('.steps a[rel="prev"]'),
    "]": () => follow('.steps a[rel="next"]'),
  }[event.key];
  if (does) {
    event.preventDefault();
    does();
  }
});
// A quote in a folded text is a place too: the browser scrolls, this only puts the focus there for a screen reader.
window.addEventListener("hashchange", () => {
  const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (place?.tagName === "MARK") {
    place.tabIndex = -1;
    place.focus({ preventScroll: true });
  }
});
