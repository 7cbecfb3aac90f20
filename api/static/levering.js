/* A file dropped beside the field of a form is that of the field; without this it must be dropped on the field. */
"use strict";

for (const place of document.querySelectorAll("[data-neerzetten]")) {
  const field = place.querySelector("input[type=file]");
  const mark = (isOver) => place.classList.toggle("boven", isOver);
  for (const name of ["dragenter", "dragover"]) {
    place.addEventListener(name, (event) => {
      event.preventDefault();
      mark(true);
    });
  }
  place.addEventListener("dragleave", () => mark(false));
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    mark(false);
    if (event.dataTransfer.files.length) field.files = event.dataTransfer.files;
  });
}
