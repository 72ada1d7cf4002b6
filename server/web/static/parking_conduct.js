/* One's record: overstays, what they led to, and the appeal against each while there is time. */
import { get, lotOf, once } from "./parking_api.js";
import { at, button, closeSheet, labelled, make, openSheet, tell } from "./parking_dom.js";
import { guessColor, normalise } from "./parking_plate.js";
import { clockText, epoch, lengthText } from "./parking_time.js";
import { fill, w } from "./parking_words.js";

const LONGEST = 2000;

export async function showConduct() {
  const told = await get("/conduct", { limit: "20" }), box = at("conduct");
  if (told.overstays.length === 0) {
    box.replaceChildren(make("p", "quiet", w("conduct_good")));
    return;
  }
  const bars = told.bars.filter((one) => one.lifted === null).map((one) => make("p", "note", fill("barred", { p: one.plate, t: clockText(epoch(one.until)) })));
  const rows = await Promise.all(told.overstays.map(overstayRow));
  box.replaceChildren(make("h2", "", w("conduct")), ...bars, make("p", "quiet", fill("conduct_count", { n: told.counted, m: told.most })), make("ul", "list", null, ...rows));
}
async function overstayRow(one) {
  const lot = await lotOf(one.lot_id), item = make("li", ""), state = stateOf(one);
  item.append(make("span", "name", lot.name), make("span", one.counts ? "state overstay" : "state cancelled", state));
  item.append(make("span", "more", fill("late_by", { t: clockText(epoch(one.ended_at)), d: lengthText(Math.max(60, one.late_s)) }) + ` · ${one.plate}`));
  if (one.appeal?.reason) { item.append(make("span", "more", one.appeal.reason)); }
  if (one.appeal === null && one.counts && one.appeal_until) { item.append(make("div", "actions", null, button("minor", w("appeal"), async () => appeal(one)))); }
  return item;
}
function stateOf(one) {
  if (one.appeal) { return w(one.appeal.state); }
  return one.counts ? w("counts") : w("voided");
}
function appeal(one) {
  const why = make("textarea"), plate = make("input"), form = make("form"), send = make("button", "main", w("appeal_send"));
  Object.assign(why, { required: true, maxLength: LONGEST, rows: 4, id: "grounds" });
  Object.assign(plate, { id: "right-plate", maxLength: 12, autocomplete: "off", placeholder: "鲁A·12345" });
  form.append(labelled(w("appeal_why"), why, "wide"), labelled(w("appeal_plate"), plate, "wide"), make("p", "quiet wide", fill("appeal_until", { t: clockText(epoch(one.appeal_until)) })), send);
  form.onsubmit = async (event) => {
    event.preventDefault();
    send.disabled = true;
    try {
      const text = normalise(plate.value), right = text ? { plate: { text, color: guessColor(text) } } : {};
      await once("/appeals", { reservation_id: one.reservation_id, grounds: why.value, ...right });
      closeSheet();
      await showConduct();
    } catch (error) { tell(error, send); } finally { send.disabled = false; }
  };
  openSheet(w("appeal"), form);
}
