// Draws the maps and joins them to the list beside. Text comes in as JSON and is shown with textContent only,
// so nothing in it can run. Without this script the pages work too: the list has what the map has.
"use strict";

const Hotspots = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const byNumber = new Map();
  const layers = new Map();
  const BUTTONS = 64; // how far the buttons of a map reach from its edge
  const isFile = location.protocol === "file:";
  let current = null; // the map drawn last
  let chosen = null;

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
        paddingTopLeft: [BUTTONS, 32], // clear of the zoom buttons
        paddingBottomRight: [32, 32],
        maxZoom: view.maxZoom,
      });
    } else {
      map.setView([52.1, 5.3], 7);
    }
    current = map;
    keepForPrint(map);
    leaveScroll(map);
    return map;
  }

  // Paper has another width, but no moment to draw anew: the map stays as it is, and smaller where it must be.
  function keepForPrint(map) {
    const box = map.getContainer();
    window.addEventListener("beforeprint", () => {
      const { x, y } = map.getSize();
      const widest = Number(getComputedStyle(box).getPropertyValue("--druk-breedte")) || x;
      Object.assign(box.style, { width: `${x}px`, height: `${y}px`, zoom: Math.min(1, widest / x) });
    });
    window.addEventListener("afterprint", () => Object.assign(box.style, { width: "", height: "", zoom: "" }));
  }

  // Where fingers point, one finger scrolls the page, and two move the map, until a button gives it the one too.
  function leaveScroll(map) {
    if (!window.matchMedia("(pointer: coarse)").matches) return;
    map.dragging.disable();
    const line = document.createElement("p");
    line.className = "hulp kaart-hulp geen-druk";
    const words = document.createElement("span");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "stil klein";
    const tell = () => {
      const isFree = map.dragging.enabled();
      words.textContent = isFree ? "Met één vinger verschuift u de kaart. " : "Met twee vingers verschuift u de kaart. ";
      button.textContent = isFree ? "Zet de kaart vast" : "Verschuif met één vinger";
    };
    button.addEventListener("click", () => {
      map.dragging[map.dragging.enabled() ? "disable" : "enable"]();
      tell();
    });
    tell();
    line.append(words, button);
    map.getContainer().after(line);
    map.on("unload", () => line.remove());
  }

  // A popup as wide as the map has room for beside its buttons, which would lie over it.
  function popupIn(map, more) {
    const room = map.getSize().x - BUTTONS - 16;
    return { maxWidth: Math.min(280, room - 40), autoPanPaddingTopLeft: [BUTTONS, 16], autoPanPaddingBottomRight: [16, 32], closeButton: false, ...more };
  }

  // A layer that can be switched on and off; it is made when it is first shown.
  function addLayer(map, name, make) {
    let layer = null;
    const show = (on) => {
      if (on) (layer ||= make()).addTo(map);
      else if (layer) layer.remove();
      for (const line of document.querySelectorAll(`[data-legenda="${name}"]`)) line.hidden = !on;
      map.fire("lagen");
    };
    layers.set(name, show);
    const box = document.querySelector(`input[data-laag="${name}"]`);
    show(box ? box.checked : true);
  }

  // The background: tiles of 512 pixels with lines and areas in half pixels, drawn on one canvas under the rest.
  // Without `tiles` they come from the service as they are needed; a file has all of its tiles in it.
  const SIZE = 512;
  const WIDTHS = { weg: 2, spoor: 1, straat: 1.5 };
  const AREAS = ["groen", "water", "gebouw"];

  function drawBackground(map, about, tiles) {
    if (about.bron) map.attributionControl.addAttribution(plain(about.bron));
    if (about.soort === "tiles") return drawImages(map, about, tiles);
    map.createPane("ondergrond").style.zIndex = 150;
    const levels = tiles && [...new Set(Object.keys(tiles).map((key) => Number(key.split("/")[0])))].sort((a, b) => a - b);
    const known = new Map(Object.entries(tiles || {}));
    const canvas = document.createElement("canvas");
    canvas.className = "leaflet-zoom-hide";
    canvas.setAttribute("aria-hidden", "true");
    map.getPane("ondergrond").append(canvas);

    const level = () => {
      const zoom = Math.round(Math.min(Math.max(map.getZoom(), about.vanaf), about.tot));
      return levels ? levels.filter((each) => each <= zoom).pop() || levels[0] : zoom;
    };
    const needed = () => {
      const zoom = level();
      const box = map.getPixelBounds();
      const scale = map.getZoomScale(zoom, map.getZoom()) / SIZE;
      const keys = [];
      if (!levels && map.getZoom() < about.vanaf) return keys;
      for (let y = Math.floor(box.min.y * scale); y <= Math.floor(box.max.y * scale); y += 1)
        for (let x = Math.floor(box.min.x * scale); x <= Math.floor(box.max.x * scale); x += 1) keys.push(`${zoom}/${x}/${y}`);
      return keys;
    };
    const ask = (key) => {
      known.set(key, null);
      fetch(`/achtergrond/${key}.json?v=${about.versie}`)
        .then((answer) => (answer.ok ? answer.json() : { v: [] }))
        .catch(() => known.delete(key))
        .then((tile) => {
          if (!tile || tile === true) return;
          known.set(key, tile);
          draw();
        });
    };
    let isGone = false; // a file puts the map of another week in its place
    map.on("unload", () => {
      isGone = true;
    });
    const draw = () => {
      if (isGone) return;
      const style = getComputedStyle(document.documentElement);
      const colour = (name) => style.getPropertyValue(`--${name}`).trim();
      const size = map.getSize();
      const ratio = window.devicePixelRatio || 1;
      canvas.width = size.x * ratio;
      canvas.height = size.y * ratio;
      canvas.style.width = `${size.x}px`;
      canvas.style.height = `${size.y}px`;
      L.DomUtil.setPosition(canvas, map.containerPointToLayerPoint([0, 0]));
      const pen = canvas.getContext("2d");
      pen.scale(ratio, ratio);
      pen.lineJoin = "round";
      pen.lineCap = "round";
      const shown = needed().map((key) => [key, known.get(key)]).filter(([, tile]) => tile);
      const names = [];
      const origin = map.getPixelBounds().min;
      const placed = shown.map(([key, tile]) => {
        const [zoom, x, y] = key.split("/").map(Number);
        const scale = map.getZoomScale(map.getZoom(), zoom);
        const at = (stepX, stepY) => [(x * SIZE + stepX / 2) * scale - origin.x, (y * SIZE + stepY / 2) * scale - origin.y];
        return [tile, at];
      });
      for (const kind of [...AREAS, "spoor", "straat", "weg"]) {
        pen.fillStyle = pen.strokeStyle = colour(`kaart-${kind}`);
        pen.lineWidth = (WIDTHS[kind] || 1) * (map.getZoom() >= 16 ? 2 : 1);
        for (const [tile, at] of placed) {
          for (const [own, name, where, ...parts] of tile.v) {
            if (own !== kind) continue;
            if (name && where.length) names.push([name, at(where[0], where[1]), where[2] || 0]);
            pen.beginPath();
            for (const steps of parts)
              for (let index = 0; index < steps.length; index += 2)
                pen[index ? "lineTo" : "moveTo"](...at(steps[index], steps[index + 1]));
            if (AREAS.includes(kind)) pen.fill("evenodd");
            else pen.stroke();
          }
        }
      }
      write(pen, names, placed, colour);
    };
    // Where names of buurten and symbols stand, which lie on top.
    const occupied = () => {
      const edge = map.getContainer().getBoundingClientRect();
      return [...map.getContainer().querySelectorAll(".buurtnaam span, .leaflet-marker-icon:not(.buurtnaam)")].filter((each) => getComputedStyle(each).visibility === "visible").map((each) => {
        const { left, top, right, bottom } = each.getBoundingClientRect();
        return [left - edge.left, top - edge.top, right - edge.left, bottom - edge.top];
      });
    };
    const write = (pen, names, placed, colour) => {
      const taken = occupied();
      const scale = textScale();
      const free = (x, y, width, height) => {
        const box = [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
        if (taken.some(([west, north, east, south]) => box[0] < east && box[2] > west && box[1] < south && box[3] > north)) return false;
        taken.push(box);
        return true;
      };
      const text = (words, x, y, angle) => {
        pen.save();
        pen.translate(x, y);
        pen.rotate((angle * Math.PI) / 180);
        pen.strokeText(words, 0, 0);
        pen.fillText(words, 0, 0);
        pen.restore();
      };
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.lineWidth = 3;
      pen.strokeStyle = colour("grond");
      pen.fillStyle = colour("zacht");
      pen.font = `${12 * scale}px system-ui, sans-serif`;
      for (const [name, [x, y], angle] of names) {
        const width = pen.measureText(name).width + 6;
        const turn = Math.abs((angle * Math.PI) / 180);
        if (free(x, y, width * Math.cos(turn) + 14 * scale * Math.sin(turn), width * Math.sin(turn) + 14 * scale * Math.cos(turn))) text(name, x, y, angle);
      }
      pen.font = `${10 * scale}px system-ui, sans-serif`;
      for (const [tile, at] of placed)
        for (const [number, stepX, stepY] of tile.h || []) {
          const [x, y] = at(stepX, stepY);
          if (map.getZoom() >= 18 && free(x, y, pen.measureText(number).width + 4, 12 * scale)) text(number, x, y, 0);
          else pen.fillRect(x - 1, y - 1, 2, 2);
        }
    };
    const refresh = () => {
      if (!levels) needed().filter((key) => !known.has(key)).forEach(ask);
      draw();
    };
    let waits = false;
    const later = () => {
      if (waits) return;
      waits = true;
      requestAnimationFrame(() => {
        waits = false;
        draw();
      });
    };
    map.on("moveend resize", refresh);
    map.on("lagen", later);
    map.whenReady(refresh);
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
    window.matchMedia("print").addEventListener("change", draw); // on paper the colours are those of light
  }

  // Text is larger where the page is shown to many: as much as the page's own.
  function textScale() {
    return parseFloat(getComputedStyle(document.documentElement).fontSize) / 16 || 1;
  }

  function drawImages(map, about, tiles) {
    const Images = L.TileLayer.extend({
      getTileUrl({ x, y, z }) {
        return tiles ? tiles[`${z}/${x}/${y}`] || "" : `/achtergrond/beeld/${z}/${x}/${y}?v=${about.versie}`;
      },
    });
    const levels = tiles ? Object.keys(tiles).map((key) => Number(key.split("/")[0])) : [about.vanaf, about.tot];
    new Images("", { minNativeZoom: Math.min(...levels), maxNativeZoom: Math.max(...levels), maxZoom: 19 }).addTo(map);
  }

  // Leaflet takes an attribution as HTML.
  function plain(text) {
    const box = document.createElement("span");
    box.textContent = text;
    return box.innerHTML;
  }

  function drawOutlines(map, shapes) {
    addLayer(map, "gebieden", () => {
      const names = L.layerGroup(shapes.features.map(nameOf));
      const group = L.layerGroup([
        L.geoJSON(shapes, { interactive: false, style: { className: "buurt", weight: 1, fillOpacity: 0.35 } }),
      ]);
      const show = () => {
        if (map.getZoom() < 14) return group.removeLayer(names);
        group.addLayer(names);
        const kept = []; // of names that would stand over each other, the first
        for (const element of names.getLayers().map((each) => each.getElement()).filter(Boolean)) {
          const box = element.firstChild.getBoundingClientRect();
          const isFree = !kept.some((other) => box.left < other.right && box.right > other.left && box.top < other.bottom && box.bottom > other.top);
          element.style.visibility = isFree ? "" : "hidden";
          if (isFree) kept.push(box);
        }
      };
      map.on("zoomend", show);
      return group.on("add", show);
    });
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
    for (const [name, value] of [["viewBox", "-2 -2 20 20"], ["width", size], ["height", size], ["aria-hidden", "true"]])
      svg.setAttribute(name, value);
    const path = document.createElementNS(SVG, "path");
    for (const [name, value] of [["d", look.pad], ["fill", "currentColor"], ["stroke-width", "2"], ["paint-order", look.vol ? "stroke" : "fill"]])
      path.setAttribute(name, value);
    svg.append(path);
    if (look.letter) {
      const text = document.createElementNS(SVG, "text");
      text.setAttribute("x", "8");
      text.setAttribute("y", "11.2");
      text.textContent = look.letter;
      svg.append(text);
    }
    return svg;
  }

  function popup(title, address, lines) {
    const box = document.createElement("div");
    const head = document.createElement(address ? "a" : "strong");
    head.textContent = title;
    head.className = "popup-titel";
    if (address) head.href = address;
    box.append(head);
    for (const line of lines) {
      const paragraph = document.createElement("p");
      paragraph.textContent = line;
      box.append(paragraph);
    }
    return box;
  }

  function mark(number, on, name = "gekozen") {
    const drawn = byNumber.get(number);
    if (!drawn) return;
    drawn.shape.setStyle({ weight: on ? 5 : 2 });
    const element = drawn.marker.getElement();
    if (element) element.classList.toggle(name, on);
  }

  // One hotspot is chosen: the same one on the map, in the list and in the address.
  function choose(number, from) {
    if (chosen === number) return;
    if (chosen) {
      mark(chosen, false);
      for (const card of cards(chosen)) card.classList.remove("gekozen");
    }
    chosen = number;
    if (!number) return;
    mark(number, true);
    for (const card of cards(number)) card.classList.add("gekozen");
    const isWide = window.matchMedia("(min-width: 62rem)").matches;
    const first = cards(number)[0];
    if (from === "map" && first && isWide) first.scrollIntoView({ block: "nearest" });
    if (first && !isFile) history.replaceState(null, "", `#${first.id}`);
  }

  function cards(number) {
    return [...document.querySelectorAll(`[data-nummer="${CSS.escape(number)}"]`)];
  }

  function drawHotspots(map, shapes, looks) {
    addLayer(map, "hotspots", () => {
      const group = L.layerGroup();
      const size = Math.round(26 * textScale());
      // the clearest is drawn last, so it lies on top
      for (const feature of [...shapes.features].reverse()) {
        const properties = feature.properties;
        const look = looks[properties.teken];
        const shape = L.geoJSON(feature, {
          interactive: false,
          style: { className: `vorm ${look.klasse} p-${properties.indicatie}`, weight: 2, fillOpacity: 0.2 },
        }).addTo(group);
        const marker = L.marker([properties.lat, properties.lon], {
          icon: L.divIcon({
            className: `symbool ${look.klasse}${look.vol ? "" : " leeg"}`,
            html: symbol(look, size),
            iconSize: [size, size],
          }),
          keyboard: true,
        }).addTo(group);
        marker.on("add", () => {
          const element = marker.getElement();
          element.setAttribute("role", "button");
          element.setAttribute("aria-label", `${properties.naam}, ${properties.regels[0]}`);
          element.addEventListener("focus", () => choose(properties.nummer, "map"));
        });
        marker.bindPopup(() => popup(properties.naam, properties.adres, properties.regels), popupIn(map));
        marker.on("popupopen", () => choose(properties.nummer, "map"));
        byNumber.set(properties.nummer, { map, shape, marker });
      }
      return group;
    });
  }

  // Cells come as [count, lat, lon, step, step, …] in 1e-5 degrees; a count of 0 is not told.
  const STEPS = [[20, 0.8], [10, 0.55], [1, 0.35], [0, 0.12]];

  function drawCells(map, cells, notTold, where) {
    addLayer(map, "cellen", () => {
      const colour = getComputedStyle(document.documentElement).getPropertyValue("--huis-tekst").trim();
      const renderer = L.canvas({ padding: 0.3 });
      const group = L.layerGroup();
      for (const [count, ...steps] of cells) {
        const ring = [];
        let lat = 0;
        let lon = 0;
        for (let at = 0; at < steps.length; at += 2) {
          lat += steps[at];
          lon += steps[at + 1];
          ring.push([lat / 1e5, lon / 1e5]);
        }
        const [, fillOpacity] = STEPS.find(([from]) => count >= from);
        L.polygon(ring, { renderer, color: colour, weight: 0.5, fillColor: colour, fillOpacity })
          .bindPopup(() => popup(count ? `${count} meldingen` : `Meldingen: ${notTold}`, null, [where]), popupIn(map))
          .addTo(group);
      }
      return group;
    });
  }

  // Places beside the hotspots: each a mark with two letters, and its outline if it has one.
  function drawContext(map, kinds) {
    for (const { laag, teken, plekken } of kinds) {
      addLayer(map, laag, () => {
        const group = L.layerGroup();
        for (const [naam, lon, lat, vorm] of plekken) {
          if (vorm) L.geoJSON(vorm, { interactive: false, style: { className: "omgeving-vorm", weight: 2, dashArray: "6 4", fillOpacity: 0.15 } }).addTo(group);
          const text = document.createElement("span");
          text.textContent = teken;
          const marker = L.marker([lat, lon], {
            icon: L.divIcon({ className: "omgeving-vlag", html: text, iconSize: [24, 24] }),
            zIndexOffset: -1000, // a hotspot lies on top
          }).addTo(group);
          marker.on("add", () => {
            marker.getElement().setAttribute("role", "button");
            marker.getElement().setAttribute("aria-label", naam);
          });
          marker.bindPopup(() => popup(naam, null, []), popupIn(map));
        }
        return group;
      });
    }
  }

  function drawMeasures(map, measures) {
    addLayer(map, "maatregelen", () => {
      const group = L.layerGroup();
      for (const { naam, lon, lat, regels } of measures) {
        const text = document.createElement("span");
        text.textContent = "M";
        const marker = L.marker([lat, lon], {
          icon: L.divIcon({ className: "maatregel-vlag", html: text, iconSize: [18, 18], iconAnchor: [-6, 24] }),
        }).addTo(group);
        marker.on("add", () => {
          marker.getElement().setAttribute("role", "button");
          marker.getElement().setAttribute("aria-label", `${naam}: maatregelen`);
        });
        marker.bindPopup(() => popup(`Maatregelen bij ${naam}`, null, regels), popupIn(map));
      }
      return group;
    });
  }

  // Places that are no hotspot yet: an empty dashed ring, of another form than any trend.
  function drawAttention(map, places) {
    addLayer(map, "aandacht", () => {
      const group = L.layerGroup();
      for (const { naam, lon, lat, regels } of places) {
        const text = document.createElement("span");
        text.textContent = "!";
        const marker = L.marker([lat, lon], {
          icon: L.divIcon({ className: "aandacht-vlag", html: text, iconSize: [22, 22], iconAnchor: [11, 11] }),
        }).addTo(group);
        marker.on("add", () => {
          marker.getElement().setAttribute("role", "button");
          marker.getElement().setAttribute("aria-label", `Aandachtsplek ${naam}`);
        });
        marker.bindPopup(() => popup(naam, null, regels), popupIn(map));
      }
      return group;
    });
  }

  // Plain points, such as those of a delivery: only where they are.
  function drawPoints(map, points) {
    for (const [lon, lat] of points)
      L.circleMarker([lat, lon], { radius: 4, weight: 1, fillOpacity: 0.6, className: "omgeving-vorm", interactive: false }).addTo(map);
  }

  // Which layers are shown stands in the address, so that a link shows the same map; a file has none to share.
  function linkLayers() {
    const boxes = [...document.querySelectorAll("input[data-laag]")];
    const field = document.querySelector("input[name=lagen]");
    for (const box of boxes) {
      box.closest(".lagen").hidden = false;
      box.addEventListener("change", () => {
        layers.get(box.dataset.laag)?.(box.checked);
        const shown = boxes.filter((each) => each.checked).map((each) => each.dataset.laag).join(",");
        if (field) field.value = shown;
        if (isFile) return;
        const address = new URL(location.href);
        address.searchParams.set("lagen", shown || "geen");
        history.replaceState(null, "", address);
      });
    }
  }

  // The slider over the weeks, which tells in words where it stands.
  function weekSlider() {
    const slider = document.querySelector("input[data-weken]");
    if (!slider) return null;
    const weeks = JSON.parse(slider.dataset.weken);
    const label = document.getElementById(slider.getAttribute("aria-describedby"));
    const tell = () => {
      const [, words] = weeks[slider.value];
      label.textContent = words;
      slider.setAttribute("aria-valuetext", words);
    };
    slider.hidden = false;
    slider.addEventListener("input", tell);
    tell();
    return { slider, weeks, tell };
  }

  // The slider leads to another week when it has come to rest, and has the focus again there.
  function linkWeeks() {
    const { slider, weeks } = weekSlider() || {};
    if (!slider) return;
    let waiting = 0;
    slider.addEventListener("change", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        const address = new URL(location.href);
        address.searchParams.set("peildatum", weeks[slider.value][0]);
        address.hash = slider.id;
        location.assign(address);
      }, 500);
    });
    if (location.hash === `#${slider.id}`) slider.focus();
  }

  function openForPrint() {
    const button = document.querySelector("button[data-druk]");
    if (button) {
      button.hidden = false;
      button.addEventListener("click", () => window.print());
    }
    window.addEventListener("beforeprint", () => {
      for (const closed of document.querySelectorAll("details:not([open]):not(.geen-druk)")) closed.open = true;
    });
  }

  function linkList() {
    for (const item of document.querySelectorAll("[data-nummer]")) {
      const number = item.dataset.nummer;
      const drawn = byNumber.get(number);
      if (!drawn) continue;
      item.addEventListener("focusin", () => choose(number, "list"));
      item.addEventListener("mouseenter", () => mark(number, true, "aangewezen"));
      item.addEventListener("mouseleave", () => mark(number, false, "aangewezen"));
      const button = item.querySelector("button[data-toon]");
      if (!button) continue;
      button.hidden = false;
      button.addEventListener("click", () => {
        drawn.map.setView(drawn.marker.getLatLng(), Math.max(drawn.map.getZoom(), 16), { animate: false });
        drawn.marker.openPopup();
        drawn.map.getContainer().scrollIntoView({ block: "nearest" });
      });
    }
    const wanted = decodeURIComponent(location.hash.slice(1));
    if (byNumber.has(wanted)) choose(wanted, "map");
  }

  // A click on the map fills in the point of a form that asks for one.
  function linkPoint() {
    const fields = [...document.querySelectorAll("input[data-punt]")];
    if (!fields.length || !current) return;
    let mark = null;
    current.on("click", ({ latlng }) => {
      const at = { lon: latlng.wrap().lng, lat: latlng.lat };
      for (const field of fields) field.value = at[field.dataset.punt].toFixed(6);
      mark ||= L.circleMarker(latlng, { radius: 8, weight: 3, className: "omgeving-vorm", interactive: false }).addTo(current);
      mark.setLatLng(latlng);
    });
  }

  function linkPage() {
    linkList();
    linkLayers();
    linkWeeks();
    linkPoint();
    openForPrint();
  }

  // A file has all its weeks in it: the slider puts another one in the place of the one that is shown.
  function linkSheets(drawings) {
    const place = document.getElementById("blad");
    const { slider, weeks, tell } = weekSlider() || {};
    const draw = (week) => {
      drawings[week]();
      linkList();
      linkLayers();
    };
    openForPrint();
    if (!slider) return draw(Object.keys(drawings)[0]);
    const sheets = new Map([...document.querySelectorAll("template[data-blad]")].map((each) => [each.dataset.blad, each.content]));
    const steps = [...document.querySelectorAll("button[data-stap]")];
    let shown = weeks[slider.value][0];
    const first = document.createDocumentFragment(); // as it was, before the map was drawn in it
    first.append(...[...place.childNodes].map((each) => each.cloneNode(true)));
    sheets.set(shown, first);
    const mark = () => {
      for (const button of steps) {
        const at = Number(slider.value) + Number(button.dataset.stap);
        button.disabled = at < 0 || at >= weeks.length;
      }
    };
    const show = () => {
      const [week] = weeks[slider.value];
      mark();
      if (week === shown) return;
      shown = week;
      const view = [current.getCenter(), current.getZoom()];
      const layersOn = new Map([...document.querySelectorAll("input[data-laag]")].map((box) => [box.dataset.laag, box.checked]));
      const opened = new Set([...place.querySelectorAll("details[open] > summary")].map((each) => each.textContent));
      current.remove();
      byNumber.clear();
      layers.clear();
      chosen = null;
      place.replaceChildren(sheets.get(week).cloneNode(true));
      for (const box of place.querySelectorAll("input[data-laag]"))
        if (layersOn.has(box.dataset.laag)) box.checked = layersOn.get(box.dataset.laag);
      for (const summary of place.querySelectorAll("summary")) summary.parentElement.open = opened.has(summary.textContent);
      draw(week);
      current.setView(...view, { animate: false });
      document.title = place.querySelector("h1").textContent;
    };
    document.querySelector("[data-bladen]").hidden = false;
    slider.addEventListener("change", show);
    for (const button of steps) {
      button.addEventListener("click", () => {
        slider.value = Number(slider.value) + Number(button.dataset.stap);
        tell();
        show();
      });
    }
    mark();
    draw(shown);
  }

  return { currentMap: () => current, linkSheets, createMap, drawBackground, drawOutlines, drawCells, drawHotspots, drawMeasures, drawAttention, drawPoints, drawContext, linkPage };
})();
