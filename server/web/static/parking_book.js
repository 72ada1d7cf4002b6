/* The sheet of one car park: its price for the time, its terms, a plate, and it is reserved; or a place on its waiting list. */
import { call, get, once } from "./parking_api.js";
import { closeSheet, labelled, make, openSheet, option, row, tell } from "./parking_dom.js";
import { sparkline } from "./parking_forecast.js";
import { directions, openingText } from "./parking_lot.js";
import { pay } from "./parking_pay.js";
import { plateForm, remembered } from "./parking_plate.js";
import { explain } from "./parking_problems.js";
import { clockText, epoch, lengthText, now, span } from "./parking_time.js";
import { amount, fill, known, money, placeName, w } from "./parking_words.js";

let finished = async () => {};
export function onBooked(run) { finished = run; }

/* One sheet: what there is to choose between, then the price of what is chosen. */
export async function openLot(lot, wish) {
  const told = await get(`/lots/${lot.id}/availability`, asked(wish)), shared = told.places.filter((one) => one.shared && one.free > 0), plain = told.free - shared.length;
  const choice = make("select"), body = make("div", "offer");
  if (plain > 0 || shared.length === 0) { choice.append(option("", fill("plain_place", { n: Math.max(0, plain) }))); }
  choice.append(...shared.map((one) => option(one.place_id, `${w("shared")} · ${placeName(one.place_id)}`)));
  const pick = async () => body.replaceChildren(...await offer(lot, wish, choice.value));
  choice.onchange = () => pick().catch((error) => tell(error, choice));
  await pick();
  const head = [make("p", "", `${span(wish)} · ${lengthText(epoch(wish.to) - epoch(wish.from))}`), facts(lot, told)];
  openSheet(lot.name, ...head, choice.options.length > 1 ? labelled(w("which"), choice) : choice.value ? make("p", "", choice.options[0].text) : null, body, told.places.some((one) => !one.shared) ? sparkline(told.now?.free ?? null, told.forecast) : null, directions(lot));
}
async function offer(lot, wish, place) {
  const want = { ...asked(wish), lot_id: lot.id, ...(place ? { place_id: place } : {}) }, ask = (color) => call("POST", "/quotes", { ...want, color });
  let quote;
  try { quote = await ask(remembered()[0]?.color || "blue"); } catch (error) {
    if (!["taken", "closed"].includes(error.code)) { throw error; }
    const why = make("p", "", explain(error));
    return error.code === "closed" ? [why] : [why, plateForm(w("wait"), async (plate) => {
      await once("/waitlist", { ...asked(wish), lot_id: lot.id, plate });
      await done();
    })];
  }
  const price = make("div", "prices");
  const form = plateForm("", async (plate) => {
    const made = await once("/reservations", { quote_id: quote.id, plate, confirm: quote.price.amount === 0 });
    await done();
    if (quote.price.amount > 0) { await pay(made); }
  }, async (other) => {
    quote = await ask(other);
    showPrice(price, quote, form);
  });
  showPrice(price, quote, form);
  return [price, form];
}
function asked(wish) { return { from: wish.from, to: wish.to, kind: wish.kind }; }
async function done() {
  closeSheet();
  await finished();
}
function showPrice(box, quote, form) {
  const lines = quote.lines.map((one) => row(lineName(one.text), amount(one.amount))), terms = make("ul", "terms");
  for (const step of quote.cancellation.filter((one) => epoch(one.until) > now())) { terms.append(make("li", "", fill("refund", { t: clockText(epoch(step.until)), p: step.refund_percent }))); }
  terms.append(make("li", "", w(quote.price.amount === 0 ? "free_cancel" : terms.children.length ? "no_refund" : "no_refund_now")));
  if (quote.overstay_per_hour.amount) { terms.append(make("li", "", fill("overstay_price", { m: money(quote.overstay_per_hour) }))); }
  box.replaceChildren(...lines, row(w("total"), money(quote.price), "price sum"), terms);
  form.querySelector("button.main").textContent = quote.price.amount === 0 ? w("reserve") : fill("reserve_pay", { m: money(quote.price) });
}
export function lineName(text) { return known(text) ? w(text) : text; }
function facts(lot, told) {
  const open = told.places.some((one) => !one.shared), free = told.now?.free ?? lot.free_now;
  const live = !open ? null : free === null || free === undefined ? w("now_unknown") : fill("now_free", { n: free });
  return make("p", "quiet", [live, openingText(lot), lot.operator].filter(Boolean).join(" · "));
}
