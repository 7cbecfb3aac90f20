/* Unclear addresses: suggestions while typing, and the point with its radius on the map. Without it the page
   works by its search button and its fields. The map itself is drawn, and a click put into the fields, by map.js. */
"use strict";

(() => {
  const field = document.querySelector("input[data-zoek]");
  const options = document.getElementById("suggesties");
  const known = new Map();
  let ring = null;
  let waiting = 0;

  // A place on the map with the radius within which it lies.
  function show(lon, lat, metres, mayMove) {
    const map = Hotspots.currentMap();
    if (!map || !Number.isFinite(lon) || !Number.isFinite(lat)) return;
    const at = [lat, lon];
    ring ||= L.circle(at, { radius: metres || 1, className: "omgeving-vorm", weight: 2, interactive: false }).addTo(map);
    ring.setLatLng(at);
    ring.setRadius(metres || 1);
    if (mayMove) map.fitBounds(L.latLng(at).toBounds(Math.max(4 * metres, 400)), { animate: false });
  }

  async function ask() {
    const text = field.value.trim();
    if (text.length < 2 || known.has(text)) return;
    const answer = await fetch(`${field.dataset.zoek}?q=${encodeURIComponent(text.slice(0, 200))}`).catch(() => null);
    if (!answer || !answer.ok || field.value.trim() !== text) return;
    const { suggesties } = await answer.json();
    options.replaceChildren(
      ...suggesties.map((one) => {
        known.set(one.naam, one);
        const option = document.createElement("option");
        option.value = one.naam;
        option.label = one.naam.includes(one.soort) ? one.naam : `${one.naam} (${one.soort})`;
        return option;
      }),
    );
  }

  function linkField() {
    field.addEventListener("input", () => {
      const one = known.get(field.value);
      if (one) show(one.lon, one.lat, one.straalM, true);
      clearTimeout(waiting);
      waiting = setTimeout(ask, 200);
    });
  }

  function linkPoint() {
    const [lon, lat, radius] = ["lon", "lat", "straal"].map((id) => document.getElementById(id));
    const number = (input) => parseFloat(input.value.replace(",", "."));
    const draw = (mayMove) => show(number(lon), number(lat), number(radius), mayMove);
    const map = Hotspots.currentMap();
    if (map) map.on("click", () => draw(false)); // after map.js filled the fields in
    for (const input of [lon, lat, radius]) input.addEventListener("input", () => draw(false));
    const middle = document.querySelector("button[data-midden]");
    middle.hidden = !map;
    middle.addEventListener("click", () => {
      const at = map.getCenter().wrap();
      lon.value = at.lng.toFixed(6);
      lat.value = at.lat.toFixed(6);
      draw(false);
    });
    draw(true);
  }

  function linkButtons() {
    for (const button of document.querySelectorAll("button[data-lon]")) {
      const { lon, lat, straal } = button.dataset;
      const look = () => show(Number(lon), Number(lat), Number(straal), true);
      button.addEventListener("focus", look);
      button.addEventListener("mouseenter", look);
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    if (!field) return;
    linkField();
    linkPoint();
    linkButtons();
  });
})();
