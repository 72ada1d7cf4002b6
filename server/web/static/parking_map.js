/* A map of streets and car parks that is moved and zoomed by fingers, mouse and keys: an SVG under buttons, no tiles, no other host. */
import { make } from "./parking_dom.js";
import { w } from "./parking_words.js";

const SVG = "http://www.w3.org/2000/svg", METRE = 111320, NEAREST = 0.35, FARTHEST = 60, MOVED = 8;

/* `tapped(lat, lon)` for a tap beside the pins, `chosen(id)` for one on a pin. */
export class ParkingMap {
  constructor(box, tapped, chosen) {
    Object.assign(this, { box, tapped, chosen, x: 0, y: 0, scale: 4, origin: null, pins: new Map(), spots: new Map(), names: [], touches: new Map() });
    this.svg = document.createElementNS(SVG, "svg");
    this.streets = document.createElementNS(SVG, "path");
    this.streets.setAttribute("class", "street");
    this.svg.append(this.streets);
    this.svg.setAttribute("aria-hidden", "true");
    this.layer = make("div", "pins");
    this.words = make("div", "names");
    this.words.setAttribute("aria-hidden", "true");
    box.replaceChildren(this.svg, this.words, this.layer, this.controls());
    this.listen();
    new ResizeObserver(() => this.draw()).observe(box);
  }
  /* Of /map/network.json. */
  setStreets(network) {
    if (!network.bounds) { return; }
    const [west, south, east, north] = network.bounds;
    this.start((south + north) / 2, (west + east) / 2);
    this.home = [[south, west], [north, east]];
    const lines = network.routes.flatMap((route) => route.shapes);
    this.streets.setAttribute("d", lines.map((shape) => "M" + shape.map(([lon, lat]) => this.place(lat, lon).map((one) => one.toFixed(0)).join(" ")).join("L")).join(""));
    const names = new Map();
    for (const stop of network.stops) { if (!names.has(stop.name)) { names.set(stop.name, { name: stop.name, at: this.place(stop.at[1], stop.at[0]), lines: stop.routes.length }); } }
    this.names = [...names.values()].sort((a, b) => b.lines - a.lines);
    this.fit(this.home);
  }
  start(lat, lon) { if (this.origin === null) { this.origin = [lat, lon, Math.cos((lat * Math.PI) / 180)]; } }
  place(lat, lon) { return [(lon - this.origin[1]) * this.origin[2] * METRE, (this.origin[0] - lat) * METRE]; }
  /* [{id, lat, lon, text, label, className}] */
  setPins(some) {
    const kept = new Map();
    for (const one of some) {
      this.start(one.lat, one.lon);
      const pin = this.pins.get(one.id) || make("button", "pin");
      pin.type = "button";
      pin.className = `pin ${one.className}${one.id === this.selected ? " chosen" : ""}`;
      pin.textContent = one.text;
      pin.setAttribute("aria-label", one.label);
      pin.setAttribute("aria-pressed", String(one.id === this.selected));
      pin.onclick = () => this.chosen(one.id);
      kept.set(one.id, pin);
      this.spots.set(one.id, this.place(one.lat, one.lon));
    }
    this.pins = kept;
    this.layer.replaceChildren(...[this.mark, ...kept.values()].filter(Boolean));
    this.draw();
  }
  setMark(lat, lon) {
    this.mark?.remove();
    this.mark = null;
    if (lat !== null) {
      this.start(lat, lon);
      this.mark = make("span", "mark");
      this.spots.set("mark", this.place(lat, lon));
      this.layer.prepend(this.mark);
    }
    this.draw();
  }
  select(id, move) {
    this.selected = id;
    for (const [name, pin] of this.pins) {
      pin.classList.toggle("chosen", name === id);
      pin.setAttribute("aria-pressed", String(name === id));
    }
    if (move && this.pins.has(id)) { this.centre(this.spots.get(id)); }
  }
  centre([x, y]) {
    Object.assign(this, { x, y });
    this.draw();
  }
  /* Shows all of [lat, lon]. */
  fit(points) {
    const spots = points.map(([lat, lon]) => this.place(lat, lon)), xs = spots.map((one) => one[0]), ys = spots.map((one) => one[1]);
    const width = Math.max(...xs) - Math.min(...xs), height = Math.max(...ys) - Math.min(...ys);
    this.scale = clamp(Math.max(width / Math.max(60, this.box.clientWidth - 130), height / Math.max(60, this.box.clientHeight - 90), 0.8));
    this.centre([(Math.max(...xs) + Math.min(...xs)) / 2 + 20 * this.scale, (Math.max(...ys) + Math.min(...ys)) / 2 - 12 * this.scale]); // beside the buttons, under the pins
  }
  zoom(factor, px = this.box.clientWidth / 2, py = this.box.clientHeight / 2) {
    const scale = clamp(this.scale * factor), dx = px - this.box.clientWidth / 2, dy = py - this.box.clientHeight / 2;
    this.x += dx * (this.scale - scale);
    this.y += dy * (this.scale - scale);
    this.scale = scale;
    this.draw();
  }
  draw() {
    const width = this.box.clientWidth, height = this.box.clientHeight;
    if (!width || this.origin === null) { return; }
    this.svg.setAttribute("viewBox", [this.x - (width / 2) * this.scale, this.y - (height / 2) * this.scale, width * this.scale, height * this.scale].join(" "));
    const put = (one, [x, y]) => { one.style.transform = `translate(${((x - this.x) / this.scale + width / 2).toFixed(1)}px, ${((y - this.y) / this.scale + height / 2).toFixed(1)}px)`; };
    for (const [id, pin] of this.pins) { put(pin, this.spots.get(id)); }
    if (this.mark) { put(this.mark, this.spots.get("mark")); }
    this.drawNames(width, height, put);
  }
  /* Names of stops as far as they do not lie on each other. */
  drawNames(width, height, put) {
    const taken = [], shown = [];
    for (const one of this.scale < 9 ? this.names : []) {
      const px = (one.at[0] - this.x) / this.scale + width / 2, py = (one.at[1] - this.y) / this.scale + height / 2;
      if (px < 0 || py < 0 || px > width || py > height || taken.some(([a, b]) => Math.abs(a - px) < 96 && Math.abs(b - py) < 30)) { continue; }
      taken.push([px, py]);
      shown.push(one);
      if (shown.length >= 12) { break; }
    }
    this.words.replaceChildren(...shown.map((one) => {
      const text = make("span", "", one.name);
      put(text, one.at);
      return text;
    }));
  }
  controls() {
    const parts = [["+", "zoom_in", () => this.zoom(0.6)], ["−", "zoom_out", () => this.zoom(1 / 0.6)], ["⤢", "fit", () => this.showAll()]];
    const made = parts.map(([text, key, run]) => {
      const one = make("button", "", text);
      one.type = "button";
      one.setAttribute("aria-label", w(key));
      one.onclick = run;
      return one;
    });
    return make("div", "zoom", null, ...made);
  }
  showAll() {
    const spots = [...this.pins.keys()].map((id) => this.spots.get(id)).concat(this.mark ? [this.spots.get("mark")] : []);
    if (spots.length === 0) { return this.home ? this.fit(this.home) : undefined; }
    const back = ([x, y]) => [this.origin[0] - y / METRE, this.origin[1] + x / METRE / this.origin[2]];
    return this.fit(spots.map(back));
  }
  listen() {
    const box = this.box, spot = (event) => [event.clientX - box.getBoundingClientRect().left, event.clientY - box.getBoundingClientRect().top];
    box.addEventListener("pointerdown", (event) => {
      if (event.target.closest("button") && !event.target.closest(".pin")) { return; }
      this.touches.set(event.pointerId, spot(event));
      this.travel = this.touches.size > 1 ? Infinity : 0;
      this.onPin = event.target.closest(".pin") !== null;
    });
    box.addEventListener("pointermove", (event) => {
      const before = this.touches.get(event.pointerId);
      if (!before) { return; }
      const after = spot(event), others = [...this.touches].filter(([id]) => id !== event.pointerId).map(([, one]) => one);
      this.travel += Math.hypot(after[0] - before[0], after[1] - before[1]);
      if (this.travel > MOVED && !box.hasPointerCapture(event.pointerId)) { box.setPointerCapture(event.pointerId); }
      this.touches.set(event.pointerId, after);
      if (others.length) { this.pinch(before, after, others[0]); } else if (this.travel > MOVED) { this.pan(before, after); }
    });
    const ends = (event, tap) => {
      const touched = this.touches.delete(event.pointerId);
      if (touched && tap && this.travel <= MOVED && !this.onPin) { this.tap(spot(event)); }
    };
    box.addEventListener("pointerup", (event) => ends(event, true));
    box.addEventListener("pointercancel", (event) => ends(event, false));
    box.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(Math.exp(event.deltaY * 0.0015), ...spot(event));
    }, { passive: false });
    box.addEventListener("keydown", (event) => this.key(event));
  }
  pan(before, after) {
    this.x -= (after[0] - before[0]) * this.scale;
    this.y -= (after[1] - before[1]) * this.scale;
    this.draw();
  }
  pinch(before, after, other) {
    const was = Math.hypot(before[0] - other[0], before[1] - other[1]), is = Math.hypot(after[0] - other[0], after[1] - other[1]);
    if (was > 0 && is > 0) { this.zoom(was / is, (after[0] + other[0]) / 2, (after[1] + other[1]) / 2); }
    this.pan([before[0] / 2, before[1] / 2], [after[0] / 2, after[1] / 2]);
  }
  tap([px, py]) {
    const x = this.x + (px - this.box.clientWidth / 2) * this.scale, y = this.y + (py - this.box.clientHeight / 2) * this.scale;
    this.tapped(this.origin[0] - y / METRE, this.origin[1] + x / METRE / this.origin[2]);
  }
  key(event) {
    const step = 60 * this.scale, moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
    if (moves) { this.centre([this.x + moves[0], this.y + moves[1]]); } else if (event.key === "+" || event.key === "=") { this.zoom(0.7); } else if (event.key === "-") { this.zoom(1 / 0.7); } else if (event.key === "Enter" && event.target === this.box) { this.tap([this.box.clientWidth / 2, this.box.clientHeight / 2]); } else { return; }
    event.preventDefault();
  }
}
function clamp(scale) { return Math.min(FARTHEST, Math.max(NEAREST, scale)); }
