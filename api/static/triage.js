/* The table of open cases: one button chooses all rows, or none. Without it each is chosen by itself. */
"use strict";

for (const button of document.querySelectorAll("[data-kies-alle]")) {
  const boxes = [...button.form.querySelectorAll("input[name=zaak]")];
  const words = button.textContent;
  const show = () => {
    const all = boxes.every((box) => box.checked);
    button.textContent = all ? "Kies niets" : words;
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    const all = boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = !all;
    show();
  });
  button.form.addEventListener("change", show);
  show();
}
