/* The sheet of one reservation: what it says, what it cost, and everything that may be done with it, each with what it would do first. */
import { call, change, get, lotOf } from "./parking_api.js";
import { lineName } from "./parking_book.js";
import { button, closeSheet, make, openSheet, row } from "./parking_dom.js";
import { directions } from "./parking_lot.js";
import { dueOf } from "./parking_pay.js";
import { plateForm, pretty } from "./parking_plate.js";
import { clockText, epoch, moment, span } from "./parking_time.js";
import { amount, fill, known, money, placeName, w } from "./parking_words.js";

const CANCELLABLE = ["waiting", "offered", "hold", "confirmed", "relocation_offered"], STEPS = [1800, 3600, 7200];

export async function openReservation(brief, lot, again) {
  const one = await get(`/reservations/${brief.id}`), tools = make("div", "tools"), box = make("div", "inset");
  box.hidden = true;
  const tool = (key, run) => tools.append(button("minor", w(key), async () => {
    box.hidden = false;
    box.replaceChildren(make("p", "quiet", w("checking")));
    try { box.replaceChildren(...(await run()).filter(Boolean)); } catch (error) {
      box.replaceChildren();
      throw error;
    }
    box.scrollIntoView({ block: "nearest" });
  }));
  const done = async () => {
    closeSheet();
    await again();
  };
  if (["confirmed", "checked_in"].includes(one.state)) { tool("extend", () => longer(one, done)); }
  if (CANCELLABLE.includes(one.state)) {
    tool("change_plate", async () => [otherPlate(one, done)]);
    tool(one.state === "waiting" ? "leave_list" : one.state === "relocation_offered" ? "refuse" : "cancel", () => cancelling(one, done));
  }
  const said = make("p", "", null, make("strong", `state ${one.state}`, w(one.state)), " ", sentence(one));
  openSheet(lot.name, said, make("p", "", span(one)), facts(one), one.state === "waiting" ? make("p", "", await queueText(one)) : null, one.state === "relocation_offered" ? await moved(one, lot) : null, tools, box, receipt(one), CANCELLABLE.includes(one.state) ? directions(lot) : null);
}
function sentence(one) {
  const why = `r_${one.reason}`;
  return one.state === "cancelled" && known(why) ? w(why) : known(`s_${one.state}`) ? w(`s_${one.state}`) : "";
}
function facts(one) {
  const parts = [one.stall ? fill("stall", { n: one.stall.split(/[.:~]/).pop() }) : one.place_id ? placeName(one.place_id) : null, pretty(one.plate.text), w(one.plate.color)];
  if (one.arrived_at) { parts.push(fill("arrived_at", { t: clockText(epoch(one.arrived_at)) })); }
  if (one.left_at) { parts.push(fill("left_at", { t: clockText(epoch(one.left_at)) })); }
  return make("p", "quiet", parts.filter(Boolean).join(" · "));
}
export async function queueText(one) {
  const told = await get(`/reservations/${one.id}/waiting`).catch(() => null);
  return told === null ? "" : told.ahead === 0 ? w("queue_first") : fill("queue", { n: told.ahead });
}
/* Both places, how far they are apart, and what comes of refusing. */
async function moved(one, lot) {
  const back = await call("POST", `/reservations/${one.id}/cancellation-preview`, {}), old = one.moved_from_lot_id ? await lotOf(one.moved_from_lot_id) : lot;
  const away = old.id !== lot.id && one.moved_distance_m ? fill("moved_away", { m: `${one.moved_distance_m} m` }) : w("moved_same");
  const lines = [fill("moved", { a: placeName(one.moved_from), b: placeName(one.place_id) }), away];
  const more = back.compensation?.amount ? ` ${fill("compensated", { m: amount(back.compensation.amount) })}` : "";
  if (back.refund.amount) { lines.push(fill("moved_back", { m: money(back.refund) }) + more); }
  return make("div", "inset", null, ...lines.map((text) => make("p", "", text)));
}
/* Prices first: each step is quoted, nothing is done before one is chosen. */
async function longer(one, done) {
  const quotes = await Promise.all(STEPS.map((seconds) => call("POST", `/reservations/${one.id}/extension-quote`, { to: moment(epoch(one.to) + seconds) }).catch((error) => error)));
  const good = quotes.filter((quote) => quote.id);
  if (good.length === 0) { throw quotes[0]; }
  return [make("p", "quiet", w("extend_by")), ...good.map((quote) => {
    const text = fill(quote.price.amount ? "extend_to" : "extend_free", { t: clockText(epoch(quote.to)), m: money(quote.price) });
    return button("minor wide", text, async () => {
      await change(one, "extend", { quote_id: quote.id });
      await done();
    });
  })];
}
function otherPlate(one, done) {
  return plateForm(w("save"), async (plate) => {
    await change(one, "plate", plate);
    await done();
  });
}
async function cancelling(one, done) {
  const told = await call("POST", `/reservations/${one.id}/cancellation-preview`, {}), steps = make("ul", "terms");
  const text = told.paid.amount === 0 ? w("sure_free") : told.refund.amount ? fill("sure", { m: amount(told.refund.amount) }) : w("sure_nothing");
  if (told.kept.amount) { steps.append(make("li", "", fill("kept", { m: amount(told.kept.amount) }))); }
  for (const step of told.later) { steps.append(make("li", "", fill("later", { t: clockText(epoch(step.from)), m: amount(step.refund.amount) }))); }
  const yes = button("main danger", w(one.state === "waiting" ? "leave_list" : one.state === "relocation_offered" ? "refuse" : "cancel"), async () => {
    await change(one, "cancel");
    await done();
  });
  return [make("p", "", text), steps.children.length ? steps : null, make("div", "actions", null, yes, button("minor", w("keep"), async () => closeSheet()))];
}
function receipt(one) {
  const lines = one.price.amount ? one.lines.map((line) => row(lineName(line.text), amount(line.amount))) : [];
  if (one.fees.amount) { lines.push(row(w("r_fees"), amount(one.fees.amount))); }
  if (one.paid.amount) { lines.push(row(w("r_paid"), amount(one.paid.amount))); }
  if (one.refunded.amount) { lines.push(row(w("r_refunded"), amount(one.refunded.amount))); }
  const owed = ["cancelled", "expired", "no_show"].includes(one.state) ? 0 : dueOf(one);
  if (owed > 0 && one.price.amount + one.fees.amount > 0) { lines.push(row(w("r_due"), amount(owed), "price sum")); }
  return make("div", "receipt", null, make("h3", "", w("receipt")), ...(lines.length ? lines : [make("p", "quiet", w("r_none"))]));
}
