// Shortcuts of a meeting that never get in the way of typing, word of what another changed, and printing.
(() => {
  const print = document.querySelector("[data-druk]");
  if (print && document.querySelector(".samenvatting")) {
    print.hidden = false;
    print.addEventListener("click", () => window.print());
  }
  const page = document.querySelector("[data-overleg]");
  if (!page) return;

  const wanted = document.querySelector("[data-toetsen-aan]");
  // the service keeps the choice: nothing is kept by scripts
  wanted.addEventListener("change", () => fetch(`${location.pathname}?toetsen=${wanted.checked ? "aan" : "uit"}`));
  document.querySelector("[data-toetsen]").hidden = false;
  const isTyping = (field) =>
    field.isContentEditable || field.matches("textarea, select, input:not([type=radio]):not([type=checkbox])");
  document.addEventListener("keydown", (event) => {
    if (!wanted.checked || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    if (event.target instanceof Element && isTyping(event.target)) return;
    const key = event.key.toLowerCase();
    if (!/^[a-z0-9]$/.test(key)) return;
    const found = document.querySelector(`[data-toets="${key}"]`);
    if (!found) return;
    event.preventDefault();
    if (found.matches("input")) {
      found.checked = true;
      found.focus(); // Enter sends the form of what has the focus
    } else if (found.matches("textarea")) {
      found.focus();
    } else {
      found.click();
    }
  });

  // while somebody is at it: a page that nobody touches must not keep a session going
  const told = document.querySelector("[data-gewijzigd]");
  const restAfter = 10 * 60 * 1000;
  let touched = Date.now();
  for (const kind of ["keydown", "pointerdown"]) document.addEventListener(kind, () => (touched = Date.now()));
  const look = async () => {
    if (Date.now() - touched < restAfter && !document.hidden) {
      try {
        const answer = await fetch(page.dataset.overleg, { headers: { Accept: "application/json" } });
        const versions = answer.ok ? await answer.json() : {};
        const version = versions[page.dataset.plek];
        if (version && String(version) !== page.dataset.versie && told.hidden) {
          told.textContent =
            "Iemand anders heeft deze plek zojuist gewijzigd. Bevestigt u, dan ziet u eerst wat er veranderde: er gaat niets verloren.";
          told.hidden = false;
        }
      } catch { /* the service is away for a moment: look again */ }
    }
    setTimeout(look, 10000);
  };
  setTimeout(look, 10000);
})();
