/* My shared space: published in windows, seen as what is really open, withdrawn after it was told what that does. */
import { call, get, once, session } from "./parking_api.js";
import { at, button, closeSheet, make, openSheet, option, tell } from "./parking_dom.js";
import { calendar, isoOf } from "./parking_calendar.js";
import { effectsOf, showEarnings } from "./parking_effects.js";
import { dateOf, dayName, now } from "./parking_time.js";
import { fill, money, placeName, w } from "./parking_words.js";

let editing = null;

export function startShare() {
  offerPlaces([], []);
  at("mine-place").onchange = showPlace;
  at("publish").onsubmit = async (event) => {
    event.preventDefault();
    const send = at("publish").querySelector("button.main");
    send.disabled = true;
    try { await publish(); } catch (error) { tell(error, send); } finally { send.disabled = false; }
  };
  at("days").onchange = showWeekdays;
  at("crosses").hidden = true;
  for (const id of ["share-from", "share-to"]) { at(id).oninput = showCrossing; }
  at("gift").onchange = () => { at("price").disabled = at("gift").checked; };
  showWeekdays();
}
/* Spaces known to be one's own; any other by the number its car park gave it. */
function offerPlaces(shares, owned) {
  const known = [...new Set([...owned.map((one) => one.id), session.place, ...shares.map((one) => one.place_id)].filter(Boolean))], before = at("mine-place").value;
  at("mine-place").replaceChildren(...known.map((one) => option(one, placeName(one))), option("", w("other_place")));
  at("mine-place").value = known.includes(before) ? before : known[0] || "";
  at("placebox").hidden = known.length === 0;
  showPlace();
}
function showPlace() {
  at("placeid").hidden = at("mine-place").value !== "";
  at("place").required = at("mine-place").value === "";
}
function showWeekdays() { at("weekdays").hidden = at("days").value !== "some"; }
function showCrossing() {
  const crosses = at("share-to").value <= at("share-from").value;
  at("crosses").hidden = !crosses;
  at("crosses").textContent = crosses ? fill("next_day", { t: at("share-to").value }) : "";
}
function days() {
  if (at("days").value !== "some") { return at("days").value; }
  return [...at("weekdays").querySelectorAll("input:checked")].map((one) => one.value).join("") || "1";
}
async function publish() {
  const value = (id) => at(id).value;
  const said = { days: days(), start: value("share-from"), end: value("share-to"), buffer_s: 60 * Number(value("buffer")), price_fen_per_hour: at("gift").checked ? 0 : Math.round(100 * Number(value("price"))) };
  if (editing !== null) { return changeShare(editing, said); }
  await once("/shares", { ...said, place_id: value("mine-place") || value("place").trim(), first_day: dateOf(now()) });
  edit(null);
  return showShares();
}
/* Fills the form with a window that is to be changed; null empties it. */
function edit(one) {
  editing = one;
  at("publish").querySelector("button.main").textContent = w(one ? "save" : "publish");
  at("mine-place").disabled = one !== null;
  if (one === null) { return; }
  const named = ["workdays", "days_off", "daily"].includes(one.days);
  at("mine-place").value = one.place_id;
  at("days").value = named ? one.days : "some";
  for (const box of at("weekdays").querySelectorAll("input")) { box.checked = !named && one.days.includes(box.value); }
  at("share-from").value = one.start;
  at("share-to").value = one.end;
  at("buffer").value = String(one.buffer_s / 60);
  at("gift").checked = one.price_fen_per_hour === 0;
  at("price").disabled = at("gift").checked;
  at("price").value = String(one.price_fen_per_hour / 100);
  showWeekdays();
  showCrossing();
  at("publish").scrollIntoView({ block: "start" });
}
export async function showShares() {
  const [told, owned] = await Promise.all([get("/shares", { limit: "100" }), get("/owned-places", { limit: "100" })]), active = told.shares.filter((one) => one.active), rest = told.shares.filter((one) => !one.active);
  offerPlaces(told.shares, owned.places);
  const rows = await Promise.all([...active, ...rest].map(shareCard));
  at("shares").replaceChildren(...(rows.length ? rows : [make("li", "none", w("none_shares"))]));
  await showEarnings();
}
async function shareCard(one) {
  const item = make("li", one.active ? "" : "over"), spans = [one, ...(one.more || [])].map((part) => `${dayWords(part.days)} ${part.start}–${part.end <= part.start ? fill("next_day", { t: part.end }) : part.end}`);
  const facts = [fill("buffer", { n: Math.round(one.buffer_s / 60) }), one.last_day ? fill("last_day", { t: one.last_day }) : null], price = one.price_fen_per_hour ? fill("hour", { m: money({ amount: one.price_fen_per_hour }) }) : w("nothing_to_pay");
  item.append(make("span", "name", placeName(one.place_id)), make("span", one.active ? "state confirmed" : "state cancelled", one.active ? price : w("inactive")));
  item.append(...spans.map((text) => make("span", "more strong", text)), make("span", "more", facts.filter(Boolean).join(" · ")));
  if (one.active) {
    item.append(await calendar(one, (day, skipped) => skip(one, day, skipped)));
    item.append(make("div", "actions", null, button("minor", w("edit"), async () => edit(one)), button("minor", w("withdraw"), () => withdraw(one))));
  }
  return item;
}
function dayWords(text) {
  if (["workdays", "days_off", "daily"].includes(text)) { return w(text); }
  return [...text].map((one) => w(["mon", "tue", "wed", "thu", "fri", "sat", "sun"][Number(one) - 1])).join(w("joint"));
}
/* What it does to whom, first. */
async function withdraw(one) {
  const [said] = await effectsOf(one, { withdraw: true });
  const yes = button("main danger", w("withdraw"), async () => {
    await call("DELETE", `/shares/${one.id}`, undefined, { "if-match": `"${one.version}"` });
    closeSheet();
    await showShares();
  });
  openSheet(w("withdraw"), ...said, make("div", "actions", null, yes, button("minor", w("keep"), async () => closeSheet())));
}
/* One day is set aside, or taken back. */
async function skip(one, day, skipped) {
  const date = isoOf(day), rest = one.exceptions.filter((other) => other !== date);
  await changeShare(one, { exceptions: skipped ? rest : [...rest, date].sort() }, fill(skipped ? "unskip_day" : "skip_day", { t: dayName(day) }), true);
}
/* A change that concerns nobody is made at once, unless it is to be asked for anyway. */
async function changeShare(one, said, title = w("edit"), ask = false) {
  const [told, concerns] = await effectsOf(one, said);
  const patch = async () => {
    await call("PATCH", `/shares/${one.id}`, said, { "if-match": `"${one.version}"` });
    closeSheet();
    edit(null);
    await showShares();
  };
  if (!concerns && !ask) { return patch(); }
  return openSheet(title, ...(concerns ? told : []), make("div", "actions", null, button(concerns ? "main danger" : "main", w("save"), patch), button("minor", w("keep"), async () => closeSheet())));
}
