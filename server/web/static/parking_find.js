/* Finding a place: what has room for the time, near the destination, at what price; the map and the list in step. */
import { get, keepLots } from "./parking_api.js";
import { openLot } from "./parking_book.js";
import { at, button, make, tell } from "./parking_dom.js";
import { watch } from "./parking_live.js";
import { openingText } from "./parking_lot.js";
import { ParkingMap } from "./parking_map.js";
import { moment, now } from "./parking_time.js";
import { choose, startWhere, where } from "./parking_where.js";
import { end, freshen, startWhen, time } from "./parking_when.js";
import { fill, metres, money, w } from "./parking_words.js";

const found = { lots: [], sort: "near", asked: 0, at: 0, middle: null, timer: null };
const AGAIN = 20;
let map = null;

export async function startFind() {
  startWhen(() => later(300));
  startWhere(() => {
    map.setMark(where.lat, where.lon);
    later(0).then(() => { if (where.lat !== null) { map.showAll(); } });
  }, () => found.lots);
  at("kind").onchange = () => later(0);
  for (const name of ["near", "cheap", "room"]) { at(`sort-${name}`).onclick = () => { found.sort = name; show(); }; }
  map = new ParkingMap(at("map"), (lat, lon) => choose(lat, lon, w("tapped")), (id) => select(id, false));
  try {
    const network = await fetch("/map/network.json").then((one) => one.json());
    map.setStreets(network);
    found.middle = [(network.bounds[1] + network.bounds[3]) / 2, (network.bounds[0] + network.bounds[2]) / 2];
  } catch (error) { console.warn(error); }
  await search();
  map.showAll();
  setInterval(() => { if (!at("find").hidden && !document.hidden && now() - found.at > 60) { later(0); } }, 30000);
}
export function wish() { return { from: moment(time.start), to: moment(end()), kind: at("kind").value }; }
export function later(pause) {
  clearTimeout(found.timer);
  return new Promise((done) => { found.timer = setTimeout(() => search().catch((error) => tell(error)).finally(done), pause); });
}
async function search() {
  const mine = (found.asked += 1), near = where.lat === null ? found.middle : [where.lat, where.lon];
  freshen();
  found.at = now();
  const query = { ...wish(), limit: "50" };
  if (near !== null) { Object.assign(query, { near: near.map((one) => one.toFixed(6)).join(","), radius: "20000" }); }
  at("lots").setAttribute("aria-busy", "true");
  const told = await get("/lots", query);
  if (mine !== found.asked) { return; }
  tell(null);
  at("lots").setAttribute("aria-busy", "false");
  found.lots = told.lots;
  keepLots(told.lots);
  show();
  watch("lots", told.lots.slice(0, 12).map((one) => `lot:${one.id}`), heardOf);
}
/* Something was reserved or given up, a vehicle came or left: asked again, but not for every vehicle. */
function heardOf(data) {
  const lot = found.lots.find((one) => one.id === data.lot_id);
  if (lot && data.free_now !== undefined && data.free_now !== lot.free_now) {
    lot.free_now = data.free_now;
    show();
  }
  if (!at("find").hidden && now() - found.at > AGAIN) { later(1000); }
}
function order() {
  const price = (one) => one.price?.amount ?? Infinity, room = (one) => (roomOf(one) > 0 ? 0 : 1), far = (one) => one.walk_s ?? one.distance_m ?? 0;
  const ways = { near: (a, b) => far(a) - far(b), cheap: (a, b) => price(a) - price(b) || far(a) - far(b), room: (a, b) => roomOf(b) - roomOf(a) };
  return [...found.lots].sort((a, b) => room(a) - room(b) || ways[found.sort](a, b));
}
export function roomOf(lot) { return lot.free === null || lot.free === undefined ? -1 : lot.free; }
export function roomText(lot) { return roomOf(lot) < 0 ? w("closed") : roomOf(lot) > 0 ? fill("room", { n: roomOf(lot) }) : w("full"); }
/* Of the car park's own list; what is only shared then has its owners' prices. */
function priceText(lot) {
  if (lot.free_shared && lot.free_shared === lot.free) { return w("only_shared"); }
  return lot.price ? money(lot.price) : w("no_price");
}
function stateOf(lot) { return roomOf(lot) < 0 ? "closed" : roomOf(lot) > 0 ? "good" : "full"; }
function show() {
  const lots = order();
  for (const name of ["near", "cheap", "room"]) { at(`sort-${name}`).setAttribute("aria-pressed", String(found.sort === name)); }
  const kept = new Map([...at("lots").children].map((one) => [one.dataset.id, one])), focused = document.activeElement?.closest("#lots li")?.dataset.id;
  at("lots").replaceChildren(...(lots.length ? lots.map(lotRow) : [make("li", "none", w("none_lots"))]));
  if (focused && kept.has(focused)) { at("lots").querySelector(`[data-id="${CSS.escape(focused)}"] button`)?.focus({ preventScroll: true }); }
  at("told").textContent = fill("found", { n: lots.length, m: lots.filter((one) => roomOf(one) > 0).length });
  map.setPins(lots.map((one) => {
    const state = stateOf(one), text = state === "good" ? priceText(one) : w(`${state}_short`);
    return { id: one.id, lat: one.lat, lon: one.lon, text, className: state, label: fill("pin", { a: one.name, p: priceText(one), r: roomText(one) }) };
  }));
}
function lotRow(lot) {
  const item = make("li", lot.id === map.selected ? "chosen" : ""), state = stateOf(lot);
  const shared = lot.free_shared ? fill("shared_room", { n: lot.free_shared }) : null;
  const facts = [shared, where.lat === null ? null : awayText(lot), nowFree(lot), fill("of", { n: lot.capacity }), state === "closed" && lot.closed_because ? lot.closed_because : openingText(lot, time.start)];
  const row = button("row", null, async () => {
    select(lot.id, true);
    await openLot(lot, wish());
  });
  row.append(make("span", "name", lot.name), make("span", `cost ${state}`, state === "good" ? priceText(lot) : ""), make("span", `room ${state}`, roomText(lot)), make("span", "more", facts.filter(Boolean).join(" · ")));
  item.dataset.id = lot.id;
  item.append(row);
  return item;
}
/* Of places that are open to all: what is empty in a private car park is nobody else's. */
function nowFree(lot) {
  const known = lot.free_now !== null && lot.free_now !== undefined, open = roomOf(lot) - (lot.free_shared || 0) > 0;
  return known && open ? fill("now_free", { n: lot.free_now }) : null;
}
export function awayText(lot) {
  if (lot.walk_s !== undefined && lot.walk_s !== null) { return fill("walk_m", { n: Math.max(1, Math.round(lot.walk_s / 60)), m: metres(lot.walk_m) }); }
  return lot.distance_m === null || lot.distance_m === undefined ? null : metres(lot.distance_m);
}
function select(id, move) {
  map.select(id, move);
  for (const one of at("lots").children) { one.classList.toggle("chosen", one.dataset.id === id); }
  if (!move) { at("lots").querySelector(`[data-id="${CSS.escape(id)}"]`)?.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" }); }
}
