/* Draws the corners of an area on the map of this page, and keeps them in a field of its form. */
"use strict";

(() => {
  const form = document.getElementById("teken");
  const map = Hotspots.currentMap();
  if (!form || !map) return;
  const field = form.elements.punten;
  const state = form.querySelector("[data-stand]");
  let corners = field.value.split(" ").filter(Boolean).map((pair) => pair.split(",").map(Number).reverse());
  const area = L.polygon(corners, { className: "getekend", interactive: false }).addTo(map);
  const dots = L.layerGroup().addTo(map);
  const cross = L.marker(map.getCenter(), {
    icon: L.divIcon({ className: "midden", html: "+", iconSize: [20, 20] }), interactive: false, keyboard: false,
  });
  map.on("move", () => cross.setLatLng(map.getCenter()));

  const show = () => {
    area.setLatLngs(corners);
    dots.clearLayers();
    for (const corner of corners) L.circleMarker(corner, { radius: 5, className: "getekend", interactive: false }).addTo(dots);
    field.value = corners.map(([lat, lon]) => `${lon.toFixed(6)},${lat.toFixed(6)}`).join(" ");
    state.textContent = corners.length === 1 ? "1 hoek" : `${corners.length} hoeken${corners.length < 3 ? ": nog te weinig" : ""}`;
  };
  const add = (point) => {
    corners.push([point.lat, point.lng]);
    show();
  };
  map.on("click", (event) => add(event.latlng));
  form.querySelector("[data-tekenen]").hidden = false;
  const hoek = form.querySelector("[data-hoek]");
  hoek.addEventListener("click", () => add(map.getCenter()));
  hoek.addEventListener("focus", () => cross.addTo(map));
  map.getContainer().addEventListener("focus", () => cross.addTo(map));
  form.querySelector("[data-terug]").addEventListener("click", () => { corners.pop(); show(); });
  form.querySelector("[data-leeg]").addEventListener("click", () => { corners = []; show(); });
  if (corners.length) show();
})();
