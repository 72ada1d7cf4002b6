/* Where to go: a stop's or car park's name, one's own place (asked of the phone only when wanted), or a point of the map. */
import { get } from "./parking_api.js";
import { at, make, tell } from "./parking_dom.js";
import { w } from "./parking_words.js";

export const where = { lat: null, lon: null, name: "" };
let told = () => {}, lots = () => [], waiting = null, asked = 0;

export function startWhere(run, knownLots) {
  told = run;
  lots = knownLots;
  const field = at("where");
  field.oninput = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => suggest(field.value.trim()).catch((error) => tell(error)), 200);
  };
  field.onkeydown = (event) => {
    if (event.key === "Escape") { hide(); }
    if (event.key === "ArrowDown") { at("places").querySelector("button")?.focus(); event.preventDefault(); }
    if (event.key === "Enter") { at("places").querySelector("button")?.click(); event.preventDefault(); }
  };
  at("places").onkeydown = (event) => {
    const all = [...at("places").querySelectorAll("button")], k = all.indexOf(document.activeElement);
    if (event.key === "ArrowDown") { all[Math.min(k + 1, all.length - 1)].focus(); event.preventDefault(); }
    if (event.key === "ArrowUp") { (k > 0 ? all[k - 1] : field).focus(); event.preventDefault(); }
    if (event.key === "Escape") { hide(); field.focus(); }
  };
  document.addEventListener("pointerdown", (event) => { if (!event.target.closest(".where")) { hide(); } });
  at("here").onclick = locate;
  at("nowhere").onclick = () => { choose(null, null, ""); at("where").focus(); };
}
export function choose(lat, lon, name) {
  Object.assign(where, { lat, lon, name });
  at("where").value = name;
  at("nowhere").hidden = lat === null;
  hide();
  told();
}
function locate() {
  const failed = () => {
    at("note").textContent = w("no_here");
    at("note").hidden = false;
  };
  if (!navigator.geolocation) { return failed(); }
  return navigator.geolocation.getCurrentPosition((found) => {
    tell(null);
    choose(found.coords.latitude, found.coords.longitude, w("here"));
  }, failed, { timeout: 10000, maximumAge: 60000 });
}
async function suggest(text) {
  const mine = (asked += 1);
  if (!text) { return hide(); }
  const stops = (await get("/v1/stops", { q: text, limit: "20" })).stops, seen = new Set();
  if (mine !== asked) { return undefined; }
  const named = lots().filter((one) => one.name.includes(text)).map((one) => ({ ...one, kind: "lot" }));
  const found = named.concat(stops.filter((one) => !seen.has(one.name) && seen.add(one.name)).map((one) => ({ ...one, kind: "stop" }))).slice(0, 7);
  at("places").replaceChildren(...(found.length ? found.map(placeRow) : [make("li", "none", w("nothing_found"))]));
  at("places").hidden = false;
  at("where").setAttribute("aria-expanded", "true");
  return undefined;
}
function placeRow(one) {
  const row = make("button", "", null, make("span", "name", one.name), make("span", "quiet", w(one.kind)));
  row.type = "button";
  row.onclick = () => choose(one.lat, one.lon, one.name);
  return make("li", "", null, row);
}
function hide() {
  at("places").hidden = true;
  at("where").setAttribute("aria-expanded", "false");
}
