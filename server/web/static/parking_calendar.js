/* The next two weeks of a shared space: a bar a day where it is really open, what is reserved of it, and where nobody knows yet. */
import { get } from "./parking_api.js";
import { button, make } from "./parking_dom.js";
import { clockText, dateOf, dayName, dayOf, epoch, exceptional, hourOf, midnight, now, span, spanText, weekday } from "./parking_time.js";
import { fill, w } from "./parking_words.js";

const DAYS = 14, DAY = 86400;

/* `chosen(day, skipped)` when a day is to be set aside, or taken back. */
export async function calendar(share, chosen) {
  const told = await get(`/shares/${share.id}/openings`, { days: String(DAYS) }), today = dayOf(now());
  const spans = (some) => some.map((one) => [epoch(one.from), epoch(one.to)]), open = spans(told.openings), taken = spans(told.reserved), unknown = told.unknown_from ? epoch(told.unknown_from) : Infinity;
  const days = Array.from({ length: DAYS }, (_, ahead) => today + ahead).map((day) => dayBar(day, open, taken, unknown, share.exceptions.includes(isoOf(day)), chosen));
  const who = told.reserved.length ? make("ul", "who", null, ...told.reserved.map((one) => make("li", "", `${span(one)} · ${one.plate} · ${w(one.state)}`))) : make("p", "quiet", w("nobody"));
  const box = make("div", "calendar", null, make("div", "days", null, ...days), make("p", "quiet", w("day_hint")));
  if (told.unknown_from) { box.append(make("p", "quiet", fill("cal_unknown", { t: clockText(unknown) }))); }
  box.append(make("h3", "", w("who")), who);
  return box;
}
export function isoOf(day) { return dateOf(midnight(day) + DAY / 2); }
function dayBar(day, open, taken, unknown, skipped, chosen) {
  const first = midnight(day), last = first + DAY, cut = ([from, to]) => [Math.max(from, first), Math.min(to, last)];
  const parts = open.map(cut).filter(([from, to]) => from < to), theirs = taken.map(cut).filter(([from, to]) => from < to);
  const bar = make("div", "bar"), mark = exceptional(day), missing = unknown < last;
  for (const [some, className] of [[parts, "open"], [theirs, "taken"]]) {
    for (const [from, to] of some) {
      const piece = make("i", className);
      piece.style.left = `${((from - first) / DAY) * 100}%`;
      piece.style.width = `${((to - from) / DAY) * 100}%`;
      bar.append(piece);
    }
  }
  if (missing) { bar.classList.add("unknown"); }
  const said = parts.length ? parts.map(([from, to]) => `${short(from)}–${to === last ? "24" : short(to)}`).join(", ") : missing ? "?" : w(skipped ? "skipped" : "not_open");
  const label = make("span", "day", `${new Date(midnight(day) * 1000 + 12 * 3600000).getUTCDate()} ${weekday(day)}`, mark ? make("b", mark === w("rest") ? "rest" : "work", mark) : null);
  const line = button("dayline", null, async () => chosen(day, skipped));
  line.append(label, bar, make("span", "said", said));
  line.setAttribute("aria-label", `${dayName(day)}: ${said}${theirs.length ? `; ${theirs.map(([from, to]) => spanText(from, to)).join(", ")} ${w("confirmed")}` : ""}`);
  return line;
}
function short(at) { return hourOf(at).replace(":00", "").replace(/^0(?=\d)/, ""); }
