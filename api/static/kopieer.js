// Copies a sentence; without this script it can be selected.
(() => {
  const button = document.querySelector("[data-kopieer]");
  if (!button || !navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const told = document.querySelector("[data-gekopieerd]");
    try {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.kopieer).textContent);
      told.textContent = "Gekopieerd.";
    } catch {
      told.textContent = "Kopiëren lukt hier niet: selecteer de tekst en kopieer die zelf.";
    }
  });
})();
