/* Composing a gebied: a click on a buurt of the map is a tick in the list, and the other way round. Without it
   the list does the same. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const map = Hotspots.currentMap();
  const shapes = buurtvormen; // a constant of the page
  const codes = JSON.parse(document.getElementById("codes").textContent);
  const drawn = new Map();
  const boxOf = (code) => document.querySelector(`input[name=code][value="${CSS.escape(code)}"]`);
  const wijkOf = (box) => box.closest("fieldset").querySelector("input:not([data-buurt])");

  const isIn = (box) => box.checked || wijkOf(box).checked;

  function show() {
    for (const [code, shape] of drawn) {
      const box = boxOf(code);
      shape.setStyle({ className: "", fillOpacity: isIn(box) ? 0.45 : 0.08, weight: isIn(box) ? 2.5 : 1 });
      shape.getElement()?.classList.toggle("gekozen-buurt", isIn(box));
    }
  }

  // A buurt of a wijk that is chosen as a whole leaves it: then the others are chosen one by one.
  function toggle(code) {
    const box = boxOf(code);
    if (box.disabled) return;
    const wijk = wijkOf(box);
    if (wijk.checked) {
      wijk.checked = false;
      for (const other of box.closest("fieldset").querySelectorAll("[data-buurt]")) other.checked = other !== box;
    } else box.checked = !box.checked;
    show();
  }

  shapes.features.forEach((feature, index) => {
    const code = codes[index];
    const shape = L.geoJSON(feature, { style: { className: "kies-buurt", weight: 1, fillOpacity: 0.08 } });
    shape.eachLayer((layer) => {
      layer.bindTooltip(plain(feature.properties.naam));
      layer.on("click", () => toggle(code));
      layer.addTo(map);
      drawn.set(code, layer);
    });
  });

  function plain(text) {
    const element = document.createElement("span");
    element.textContent = text;
    return element;
  }

  for (const box of document.querySelectorAll("input[name=code]")) box.addEventListener("change", show);
  show();
});
