/* The sheet of one car park: its price for the time, its terms, a plate, and it is reserved; or a place on its waiting list. */
import { call, once } from "./parking_api.js";
import { directions, openingText } from "./parking_lot.js";
import { closeSheet, make, openSheet, row } from "./parking_dom.js";
import { pay } from "./parking_pay.js";
import { plateForm, remembered } from "./parking_plate.js";
import { explain } from "./parking_problems.js";
import { clockText, epoch, lengthText, span } from "./parking_time.js";
import { amount, fill, known, money, w } from "./parking_words.js";

let finished = async () => {};
export function onBooked(run) { finished = run; }

export async function openLot(lot, wish) {
  const color = remembered()[0]?.color || "blue";
  let quote;
  try { quote = await call("POST", "/quotes", { ...asked(wish), lot_id: lot.id, color }); } catch (error) {
    if (!["taken", "closed"].includes(error.code)) { throw error; }
    const parts = [make("p", "quiet", span(wish)), make("p", "", explain(error)), facts(lot)];
    if (error.code === "taken") {
      parts.push(plateForm(w("wait"), async (plate) => {
        await once("/waitlist", { ...asked(wish), lot_id: lot.id, plate });
        await done();
      }));
    }
    openSheet(lot.name, ...parts, directions(lot));
    return;
  }
  const price = make("div", "prices");
  const form = plateForm("", async (plate) => {
    const made = await once("/reservations", { quote_id: quote.id, plate, confirm: quote.price.amount === 0 });
    await done();
    if (quote.price.amount > 0) { await pay(made); }
  }, async (other) => {
    quote = await call("POST", "/quotes", { ...asked(wish), lot_id: lot.id, color: other });
    showPrice(price, quote, form);
  });
  showPrice(price, quote, form);
  openSheet(lot.name, make("p", "", `${span(quote)} · ${lengthText(epoch(quote.to) - epoch(quote.from))}`), facts(lot), price, form, directions(lot));
}
function asked(wish) { return { from: wish.from, to: wish.to, kind: wish.kind }; }
async function done() {
  closeSheet();
  await finished();
}
function showPrice(box, quote, form) {
  const lines = quote.lines.map((one) => row(lineName(one.text), amount(one.amount))), terms = make("ul", "terms");
  for (const step of quote.cancellation) { terms.append(make("li", "", fill("refund", { t: clockText(epoch(step.until)), p: step.refund_percent }))); }
  terms.append(make("li", "", w(quote.price.amount === 0 ? "free_cancel" : "no_refund")));
  if (quote.overstay_per_hour.amount) { terms.append(make("li", "", fill("overstay_price", { m: money(quote.overstay_per_hour) }))); }
  box.replaceChildren(...lines, row(w("total"), money(quote.price), "price sum"), terms);
  form.querySelector("button.main").textContent = quote.price.amount === 0 ? w("reserve") : fill("reserve_pay", { m: money(quote.price) });
}
export function lineName(text) { return known(text) ? w(text) : text; }
function facts(lot) {
  const live = lot.free_now === null || lot.free_now === undefined ? w("now_unknown") : fill("now_free", { n: lot.free_now });
  return make("p", "quiet", [live, openingText(lot), lot.operator].filter(Boolean).join(" · "));
}
