/* What a change of a shared space does to those who have reserved it, told before it is done; and what it earned. */
import { call, get } from "./parking_api.js";
import { at, make, row } from "./parking_dom.js";
import { moment, now, span } from "./parking_time.js";
import { amount, fill, w } from "./parking_words.js";

const MONTH = 30 * 86400;

/* `change`: as PATCH takes it, or {withdraw: true}. → [elements, whether anybody is concerned] */
export async function effectsOf(share, change) {
  const told = await call("POST", `/shares/${share.id}/preview`, change, { "if-match": `"${share.version}"` }), sums = told.summary;
  if (sums.concerned === 0) { return [[make("p", "", w("stop_none"))], false]; }
  const lines = told.effects.map((one) => make("li", "", effectText(one))), money = [];
  if (sums.refunded.amount) { money.push(row(w("e_refunds"), amount(sums.refunded.amount))); }
  if (sums.compensation.amount) { money.push(row(w("e_compensation"), amount(sums.compensation.amount))); }
  if (sums.compensation_if_declined.amount) { money.push(row(w("e_declined"), amount(sums.compensation_if_declined.amount))); }
  return [[make("p", "", fill("stop_some", { n: sums.concerned })), make("ul", "terms", null, ...lines), ...money], true];
}
function effectText(one) {
  if (one.after === "relocation_offered") { return fill("e_moved", { t: span(one) }); }
  return one.after === "cancelled" ? fill("e_refunded", { t: span(one), m: amount(one.refunded.amount) }) : fill("e_stays", { t: span(one) });
}
export async function showEarnings() {
  const told = await get("/statements", { from: moment(now() - MONTH), to: moment(now() + 3600), limit: "50" }), sums = told.sums;
  if (told.count === 0) { at("earnings").replaceChildren(); return; }
  const lines = [row(w("e_share"), amount(sums.share.amount))];
  if (sums.compensation.amount) { lines.push(row(w("e_compensation"), amount(-sums.compensation.amount))); }
  const each = told.reservations.map((one) => make("li", "", `${span(one)} · ${w(one.state)} · ${amount(one.earned.amount)}`));
  at("earnings").replaceChildren(make("div", "card", null, make("h2", "", w("earned")), ...lines, row(w("total"), amount(sums.earned.amount), "price sum"), make("ul", "who", null, ...each)));
}
