/* Finding a place: the map, the list, and the sheet in which one is reserved. */
const found = { lots: [], streets: null };

async function search() {
  const list = document.getElementById("lots");
  list.replaceChildren(make("li", "none", w("checking")));
  const query = new URLSearchParams({ from: instant(document.getElementById("from")), to: instant(document.getElementById("to")), kind: document.getElementById("kind").value, limit: "50" });
  const here = await whereabouts();
  if (here !== null) { query.set("near", here.join(",")); query.set("radius", "20000"); }
  const told = await call("GET", `/lots?${query}`);
  found.lots = told.lots;
  list.replaceChildren(...(found.lots.length ? found.lots.map(lotRow) : [make("li", "none", w("none_lots"))]));
  await drawMap();
}
async function whereabouts() {
  if (found.streets === null) { found.streets = await fetch("/map/network.json").then((one) => (one.ok ? one.json() : { routes: [] })).catch(() => ({ routes: [] })); }
  const bounds = found.streets.bounds;
  return bounds ? [((bounds[1] + bounds[3]) / 2).toFixed(6), ((bounds[0] + bounds[2]) / 2).toFixed(6)] : null;
}
function roomText(lot) { return lot.free === null || lot.free === undefined ? w("closed") : lot.free > 0 ? fill("free", { n: lot.free }) : w("full"); }
function lotRow(lot) {
  const item = make("li"), row = button("row", "", () => openLot(lot));
  const facts = [lot.distance_m === null || lot.distance_m === undefined ? null : fill("away", { n: Math.round(lot.distance_m) }), fill("of", { n: lot.capacity }), lot.operator || null];
  row.append(make("span", "name", lot.name), make("span", lot.free > 0 ? "free" : "free full", roomText(lot)), make("span", "more", facts.filter(Boolean).join(" · ")));
  item.append(row);
  return item;
}
async function drawMap() {
  const svg = document.getElementById("map"), lots = found.lots;
  svg.replaceChildren();
  if (lots.length === 0) { return; }
  const lats = lots.map((one) => one.lat), lons = lots.map((one) => one.lon), middle = ((Math.min(...lats) + Math.max(...lats)) * Math.PI) / 360;
  const place = (lat, lon) => [(lon - Math.min(...lons)) * Math.cos(middle) * 111320, (Math.max(...lats) - lat) * 111320];
  const [width, height] = place(Math.min(...lats), Math.max(...lons)), pad = 0.12 * Math.max(width, height, 600);
  svg.setAttribute("viewBox", [-pad, -pad, width + 2 * pad, height + 2 * pad].join(" "));
  const size = Math.max((width + 2 * pad) / svg.clientWidth, (height + 2 * pad) / svg.clientHeight), space = "http://www.w3.org/2000/svg";
  for (const route of found.streets.routes) {
    for (const shape of route.shapes) {
      const path = document.createElementNS(space, "path");
      path.setAttribute("class", "street");
      path.setAttribute("d", "M" + shape.map(([lon, lat]) => place(lat, lon).map((one) => one.toFixed(0)).join(" ")).join("L"));
      svg.append(path);
    }
  }
  for (const lot of lots) {
    const [x, y] = place(lot.lat, lot.lon), pin = document.createElementNS(space, "g"), dot = document.createElementNS(space, "circle"), text = document.createElementNS(space, "text");
    pin.setAttribute("class", lot.free > 0 ? "pin" : "pin full");
    pin.setAttribute("tabindex", "0");
    pin.setAttribute("role", "button");
    pin.setAttribute("aria-label", `${lot.name}: ${roomText(lot)}`);
    for (const [name, value] of [["cx", x], ["cy", y], ["r", 15 * size]]) { dot.setAttribute(name, value); }
    for (const [name, value] of [["x", x], ["y", y], ["font-size", 12 * size]]) { text.setAttribute(name, value); }
    text.textContent = lot.free ?? "–";
    pin.append(dot, text);
    pin.onclick = () => openLot(lot).catch(tell);
    pin.onkeydown = (event) => { if (event.key === "Enter") { openLot(lot).catch(tell); } };
    svg.append(pin);
  }
}

function plateForm(text, submit) {
  const form = make("form"), plate = make("label", "", w("plate")), color = make("label", "", w("color")), field = make("input"), choice = make("select");
  field.required = true;
  field.maxLength = 12;
  field.autocomplete = "off";
  field.value = localStorage.getItem("parking-plate") || "";
  field.placeholder = "鲁A12345";
  field.id = "plate";
  for (const name of ["blue", "green", "yellow_green", "yellow", "white", "black", "other"]) { choice.append(Object.assign(make("option", "", w(name)), { value: name })); }
  choice.value = localStorage.getItem("parking-color") || "blue";
  plate.append(field);
  color.append(choice);
  const send = make("button", "main", text);
  form.append(plate, color, send);
  form.onsubmit = async (event) => {
    event.preventDefault();
    send.disabled = true;
    try {
      await submit({ text: field.value, color: choice.value });
      localStorage.setItem("parking-plate", field.value);
      localStorage.setItem("parking-color", choice.value);
    } catch (error) { problem(form, error); } finally { send.disabled = false; }
  };
  return form;
}
function problem(form, error) {
  const old = form.querySelector(".note");
  if (old !== null) { old.remove(); }
  const others = (error.alternatives || []).map((one) => one.name || one.lot_id).join("、");
  const note = make("p", "note wide", (error.detail || w("lost")) + (others ? ` ${w("alternatives")}${others}` : ""));
  form.append(note);
}
function openSheet(...parts) {
  const sheet = document.getElementById("sheet");
  sheet.replaceChildren(...parts, button("minor", w("close"), async () => sheet.close()));
  if (!sheet.open) { sheet.showModal(); }
  return sheet;
}

async function openLot(lot) {
  const wish = { lot_id: lot.id, from: instant(document.getElementById("from")), to: instant(document.getElementById("to")), kind: document.getElementById("kind").value };
  const head = make("h2", "", lot.name);
  let quote;
  try { quote = await call("POST", "/quotes", wish); } catch (error) {
    if (error.code !== "taken") { throw error; }
    const note = plateForm(w("wait"), async (plate) => { await once("/waitlist", { ...wish, plate }); finished(); });
    openSheet(head, make("p", "quiet", error.detail), note);
    return;
  }
  const lines = quote.lines.map((one) => priceLine(one.text, money(one))), terms = make("ul", "terms");
  for (const step of quote.cancellation) { terms.append(make("li", "", fill("refund", { t: clock(step.until), p: step.refund_percent }))); }
  if (quote.cancellation.length) { terms.append(make("li", "", w("no_refund"))); }
  if (quote.overstay_per_hour.amount) { terms.append(make("li", "", fill("overstay_price", { m: money(quote.overstay_per_hour) }))); }
  const form = plateForm(w("reserve"), async (plate) => {
    await once("/reservations", { quote_id: quote.id, plate, confirm: quote.price.amount === 0 });
    finished();
  });
  openSheet(head, make("p", "quiet", span(quote.from, quote.to)), ...lines, priceLine(w("total"), money(quote.price), "price sum"), terms, form);
}
function priceLine(text, value, className = "price") {
  const line = make("p", className);
  line.append(make("span", "", text), make("span", "", value));
  return line;
}
function finished() {
  document.getElementById("sheet").close();
  choose("mine");
}
