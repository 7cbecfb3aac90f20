// Draws the maps. Text comes in as JSON and is shown with textContent only, so nothing in it can run.
"use strict";

const Hotspots = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const byNumber = new Map();

  function createMap(id, view) {
    const moves = !window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    const map = L.map(id, {
      zoomSnap: 0.5,
      zoomControl: false,
      fadeAnimation: moves,
      zoomAnimation: moves,
      markerZoomAnimation: moves,
    });
    map.attributionControl.setPrefix(false);
    L.control.zoom({ zoomInTitle: "Inzoomen", zoomOutTitle: "Uitzoomen" }).addTo(map);
    L.control.scale({ imperial: false }).addTo(map);
    if (view.bounds) {
      const [west, south, east, north] = view.bounds;
      map.fitBounds([[south, west], [north, east]], {
        paddingTopLeft: [56, 32], // clear of the zoom buttons
        paddingBottomRight: [32, 32],
        maxZoom: 16,
      });
    } else {
      map.setView([52.1, 5.3], 7);
    }
    return map;
  }

  function drawOutlines(map, shapes) {
    L.geoJSON(shapes, {
      interactive: false,
      style: { color: "#6b7785", weight: 1, fillColor: "#ffffff", fillOpacity: 0.35 },
    }).addTo(map);
    const names = L.layerGroup(shapes.features.map(nameOf));
    const show = () => (map.getZoom() >= 14 ? names.addTo(map) : names.remove());
    map.on("zoomend", show);
    show();
  }

  function nameOf(feature) {
    const text = document.createElement("span");
    text.textContent = feature.properties.naam;
    const [lon, lat] = feature.properties.midden;
    const icon = L.divIcon({ className: "buurtnaam", html: text, iconSize: null });
    return L.marker([lat, lon], { icon, interactive: false, keyboard: false });
  }

  function symbol(look, size) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "-2 -2 20 20");
    svg.setAttribute("width", size);
    svg.setAttribute("height", size);
    svg.setAttribute("aria-hidden", "true");
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", look.pad);
    path.setAttribute("fill", look.gevuld ? look.kleur : "#ffffff");
    path.setAttribute("stroke", look.gevuld ? "#ffffff" : look.kleur);
    path.setAttribute("stroke-width", "2");
    path.setAttribute("paint-order", look.gevuld ? "stroke" : "fill");
    svg.append(path);
    return svg;
  }

  function popup(properties) {
    const box = document.createElement("div");
    const title = document.createElement(properties.adres ? "a" : "strong");
    title.textContent = properties.nummer;
    title.className = "popup-titel";
    if (properties.adres) title.href = properties.adres;
    box.append(title);
    for (const line of properties.regels) {
      const paragraph = document.createElement("p");
      paragraph.textContent = line;
      box.append(paragraph);
    }
    return box;
  }

  function mark(number, on) {
    const drawn = byNumber.get(number);
    if (!drawn) return;
    drawn.shape.setStyle({ weight: on ? 5 : 2, fillOpacity: on ? 0.4 : 0.2 });
    const element = drawn.marker.getElement();
    if (element) element.classList.toggle("gekozen", on);
  }

  function drawHotspots(map, shapes, looks) {
    // the clearest is drawn last, so it lies on top
    for (const feature of [...shapes.features].reverse()) {
      const properties = feature.properties;
      const look = looks[properties.trend];
      const shape = L.geoJSON(feature, {
        interactive: false,
        style: { color: look.kleur, weight: 2, fillColor: look.kleur, fillOpacity: 0.2 },
      }).addTo(map);
      const marker = L.marker([properties.lat, properties.lon], {
        icon: L.divIcon({ className: "symbool", html: symbol(look, 26), iconSize: [26, 26] }),
        keyboard: true,
      }).addTo(map);
      const element = marker.getElement();
      element.setAttribute("role", "button");
      element.setAttribute("aria-label", `${properties.nummer}, ${properties.regels[0]}`);
      marker.bindPopup(popup(properties), { maxWidth: 280, closeButton: false });
      marker.on("popupopen", () => mark(properties.nummer, true));
      marker.on("popupclose", () => mark(properties.nummer, false));
      byNumber.set(properties.nummer, { map, shape, marker });
    }
  }

  function linkList() {
    for (const item of document.querySelectorAll("[data-nummer]")) {
      const number = item.dataset.nummer;
      for (const event of ["mouseenter", "focusin"]) item.addEventListener(event, () => mark(number, true));
      for (const event of ["mouseleave", "focusout"]) item.addEventListener(event, () => mark(number, false));
      const button = item.querySelector("button[data-toon]");
      const drawn = byNumber.get(number);
      if (!button || !drawn) continue;
      button.hidden = false;
      button.addEventListener("click", () => {
        drawn.map.setView(drawn.marker.getLatLng(), Math.max(drawn.map.getZoom(), 16), { animate: false });
        drawn.marker.openPopup();
        drawn.map.getContainer().scrollIntoView({ block: "nearest" });
      });
    }
  }

  return { createMap, drawOutlines, drawHotspots, linkList };
})();
