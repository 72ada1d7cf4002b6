/* Times as the car parks have them: the server's clock, and Beijing time, whatever the phone says. */
import { LANG, fill, w } from "./parking_words.js";

const OFFSET = 8 * 3600, DAY = 86400;
export const QUARTER = 900;
const clock = { at: Number(document.body.dataset.now), read: performance.now() };
const decreed = document.body.dataset.days;

/* Epoch s of the server. */
export function now() { return clock.at + (performance.now() - clock.read) / 1000; }
/* What the server just said: a demo's clock may run faster than ours. */
export function heard(moment) {
  const told = Date.parse(moment) / 1000;
  if (told > now() + 5) { Object.assign(clock, { at: told, read: performance.now() }); }
}
export function epoch(text) { return Date.parse(text) / 1000; }
/* RFC 3339 with Beijing's offset. */
export function moment(at) { return local(at).slice(0, 19) + "+08:00"; }
function local(at) { return new Date((at + OFFSET) * 1000).toISOString(); }
export function dayOf(at) { return Math.floor((at + OFFSET) / DAY); }
export function midnight(day) { return day * DAY - OFFSET; }
export const TODAY = dayOf(now());
export function hourOf(at) { return local(at).slice(11, 16); }
export function dateOf(at) { return local(at).slice(0, 10); }
export function atClock(day, text) { return midnight(day) + Number(text.slice(0, 2)) * 3600 + Number(text.slice(3, 5)) * 60; }
/* true, false, or null where nobody has decreed it yet. */
export function isWorkday(day) {
  const sign = decreed[day - TODAY];
  return sign === "1" ? true : sign === "0" ? false : null;
}
export function weekday(day) { return w(["thu", "fri", "sat", "sun", "mon", "tue", "wed"][((day % 7) + 7) % 7]); }
/* 今天, 明天, 11月28日 周六; with 班 or 休 where the calendar differs from the week. */
export function dayName(day) {
  const today = dayOf(now());
  if (day === today) { return w("today"); }
  if (day === today + 1) { return w("tomorrow"); }
  const text = local(midnight(day) + 43200);
  const date = LANG === "zh" ? `${Number(text.slice(5, 7))}月${Number(text.slice(8, 10))}日` : new Date(`${text.slice(0, 10)}T00:00:00Z`).toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
  return `${date} ${weekday(day)}`;
}
export function exceptional(day) {
  const works = isWorkday(day), weekend = [2, 3].includes(((day % 7) + 7) % 7);
  return works === null || works !== weekend ? "" : works ? w("work") : w("rest");
}
export function clockText(at) { return `${dayName(dayOf(at))} ${hourOf(at)}`; }
export function spanText(from, to) {
  return dayOf(from) === dayOf(to) ? `${clockText(from)}–${hourOf(to)}` : `${clockText(from)} – ${clockText(to)}`;
}
export function span(one) { return spanText(epoch(one.from), epoch(one.to)); }
export function lengthText(seconds) {
  const days = Math.floor(seconds / DAY), rest = seconds % DAY, parts = [];
  if (days) { parts.push(fill("days_long", { n: days })); }
  if (rest >= 3600) { parts.push(fill("hours_long", { n: Number((rest / 3600).toFixed(2)) })); } else if (rest || !days) { parts.push(fill("minutes_long", { n: Math.round(rest / 60) })); }
  return parts.join(" ");
}
/* 9:05, 1:23:00 */
export function countdown(seconds) {
  const left = Math.max(0, Math.floor(seconds)), two = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(left / 3600);
  return hours ? `${hours}:${two(Math.floor(left / 60) % 60)}:${two(left % 60)}` : `${Math.floor(left / 60)}:${two(left % 60)}`;
}
/* Ways to say when without typing: [name, start, length]. */
export function quickTimes() {
  const at = now(), soon = Math.ceil(at / QUARTER) * QUARTER, today = dayOf(at), evening = midnight(today) + 18 * 3600;
  let day = today + 1;
  while (day < today + 12 && isWorkday(day) === false) { day += 1; }
  const found = [["now", soon, 7200], ["in_2h", soon + 7200, 7200]];
  if (evening > at) { found.push(["tonight", evening, 3 * 3600]); }
  if (isWorkday(day) === true) { found.push([day === today + 1 ? "tomorrow_work" : "next_workday", midnight(day) + 8.5 * 3600, 9 * 3600]); }
  return found;
}
