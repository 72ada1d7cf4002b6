/* My reservations: what is to come and what is over, in words, with what can be done now. */
import { change, get, lotOf } from "./parking_api.js";
import { showConduct } from "./parking_conduct.js";
import { at, button, make, tell } from "./parking_dom.js";
import { watch } from "./parking_live.js";
import { dueOf, pay } from "./parking_pay.js";
import { openReservation, queueText } from "./parking_stay.js";
import { countdown, epoch, hourOf, lengthText, now, span } from "./parking_time.js";
import { fill, money, placeName, w } from "./parking_words.js";

const OVER = ["completed", "cancelled", "expired", "no_show"], HELD = ["hold", "offered", "relocation_offered"];
const mine = { seen: new Map(), timer: null, asked: 0 };

export function startMine() {
  setInterval(tick, 1000);
  setInterval(() => { if (!at("mine").hidden && !document.hidden) { showMine().catch((error) => tell(error)); } }, 60000);
}
export async function showMine() {
  const mineNow = (mine.asked += 1), told = await get("/reservations", { limit: "50" });
  const rows = await Promise.all(told.reservations.map(async (one) => [one, await card(one)]));
  if (mineNow !== mine.asked) { return; }
  const next = rows.filter(([one]) => !OVER.includes(one.state)).sort(([a], [b]) => urgent(a) - urgent(b) || epoch(a.from) - epoch(b.from)), past = rows.filter(([one]) => OVER.includes(one.state));
  at("reservations").replaceChildren(...(next.length ? next.map(([, item]) => item) : [make("li", "none", w("none_mine"))]));
  at("past").replaceChildren(...past.map(([, item]) => item));
  at("pastbox").hidden = past.length === 0;
  watch("mine", next.map(([one]) => `reservation:${one.id}`), (data) => {
    if (mine.seen.get(data.reservation_id) !== data.sequence) { changed(); }
  });
  showConduct().catch((error) => console.warn(error));
  for (const one of told.reservations) { mine.seen.set(one.id, one.version); }
  tick();
}
function changed() {
  clearTimeout(mine.timer);
  mine.timer = setTimeout(() => showMine().catch((error) => tell(error)), 120);
}
function urgent(one) { return HELD.includes(one.state) ? 0 : ["overstay", "checked_in"].includes(one.state) ? 1 : 2; }
async function card(one) {
  const lot = await lotOf(one.lot_id), item = make("li", ""), actions = make("div", "actions");
  const where = one.stall ? fill("stall", { n: one.stall.split(/[.:~]/).pop() }) : one.place_id ? placeName(one.place_id) : "";
  item.dataset.id = one.id;
  item.append(make("span", "name", lot.name), make("span", `state ${one.state}`, w(one.state)), make("span", "more strong", span(one)), make("span", "more", [where, one.plate.text, money(one.price)].filter(Boolean).join(" · ")));
  if (one.state === "waiting") { item.append(make("span", "more strong", await queueText(one))); }
  const clock = clockOf(one);
  if (clock) { item.append(clock); }
  actions.append(...first(one), button("minor", w("details"), () => openReservation(one, lot, showMine)));
  item.append(actions);
  return item;
}
/* What there is to do at this moment. */
function first(one) {
  const act = (name, key) => button("main", w(key), async () => {
    await change(one, name);
    await showMine();
  });
  const due = dueOf(one);
  if (one.state === "relocation_offered") { return [act("confirm", "accept")]; }
  if (HELD.includes(one.state)) {
    return [due > 0 ? button("main", fill("pay", { m: money({ amount: due }) }), async (self) => {
      self.textContent = w("paying");
      await pay(one);
      await showMine();
    }) : act("confirm", "confirm")];
  }
  const extra = ["confirmed", "checked_in", "overstay", "completed"].includes(one.state) && due > 0 ? [button("main", fill("pay_more", { m: money({ amount: due }) }), async () => {
    await pay(one);
    await showMine();
  })] : [];
  if (one.state === "confirmed" && now() > epoch(one.from) - 900) { extra.push(act("check-in", "check_in")); }
  if (["checked_in", "overstay"].includes(one.state)) { extra.push(act("check-out", "check_out")); }
  return extra;
}
/* A line that counts down. */
function clockOf(one) {
  const line = make("span", "more clock");
  if (HELD.includes(one.state) && one.hold_until) { Object.assign(line.dataset, { until: epoch(one.hold_until), says: "left", hour: hourOf(epoch(one.hold_until)) }); } else if (one.state === "confirmed") { Object.assign(line.dataset, { until: epoch(one.from), says: "starts_in" }); } else if (one.state === "checked_in") { Object.assign(line.dataset, { until: epoch(one.to), says: "ends_in" }); } else { return null; }
  return line;
}
function tick() {
  if (at("mine").hidden && !at("sheet").open) { return; }
  for (const line of document.querySelectorAll(".clock[data-until]")) {
    const left = Number(line.dataset.until) - now(), held = line.dataset.says === "left";
    const text = left <= 0 ? (held ? w("over") : "") : held ? `${fill("until", { t: line.dataset.hour })} · ${fill("left", { t: countdown(left) })}` : left < 86400 ? fill(line.dataset.says, { t: left < 3600 ? countdown(left) : lengthText(Math.ceil(left / 60) * 60) }) : "";
    if (line.textContent !== text) { line.textContent = text; }
    line.classList.toggle("soon", held && left < 120);
  }
}
