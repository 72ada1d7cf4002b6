/* When to park: ways to say it in one tap, a start by day and clock, a length by steps. All in the car parks' time. */
import { at, make, option } from "./parking_dom.js";
import { QUARTER, atClock, dayName, dayOf, exceptional, hourOf, isWorkday, lengthText, clockText, midnight, now, quickTimes } from "./parking_time.js";
import { fill, w } from "./parking_words.js";

const LENGTHS = [0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 9, 10, 12, 16, 24, 48, 72, 120, 168, 336, 720].map((hours) => hours * 3600);
export const time = { start: 0, length: 7200 };
let told = () => {};

export function end() { return time.start + time.length; }
export function startWhen(run) {
  told = run;
  at("earlier").onclick = () => set(time.start - QUARTER, time.length);
  at("later").onclick = () => set(time.start + QUARTER, time.length);
  at("shorter").onclick = () => set(time.start, LENGTHS.filter((one) => one < time.length).pop() || LENGTHS[0]);
  at("longer").onclick = () => set(time.start, LENGTHS.find((one) => one > time.length) || LENGTHS[LENGTHS.length - 1]);
  at("day").onchange = () => set(atClock(Number(at("day").value), hourOf(time.start)), time.length);
  at("clock").append(...Array.from({ length: 96 }, (_, k) => hourOf(midnight(0) + k * QUARTER)).map((text) => option(text, text)));
  at("clock").onchange = () => set(atClock(dayOf(time.start), at("clock").value), time.length);
  const [, start, length] = quickTimes()[0];
  set(start, length, false);
}
/* From a page that was opened long ago to now. */
export function freshen() { if (time.start < Math.floor(now() / QUARTER) * QUARTER) { set(quickTimes()[0][1], time.length); } }
export function set(start, length, tell = true) {
  const first = Math.floor(now() / QUARTER) * QUARTER;
  Object.assign(time, { start: Math.max(first, start), length });
  show();
  if (tell) { told(); }
}
function show() {
  const quick = quickTimes(), today = dayOf(now()), days = at("day"), chosen = dayOf(time.start);
  at("quick").replaceChildren(...quick.map(([name, start, length]) => {
    const chip = make("button", "chip", w(name));
    chip.type = "button";
    chip.setAttribute("aria-pressed", String(start === time.start && length === time.length));
    chip.onclick = () => set(start, length);
    return chip;
  }));
  const last = Math.max(today + 28, chosen);
  days.replaceChildren(...Array.from({ length: last - today + 1 }, (_, ahead) => option(today + ahead, dayText(today + ahead))));
  days.value = String(chosen);
  at("clock").value = hourOf(time.start);
  at("length").textContent = lengthText(time.length);
  at("leaves").textContent = fill("leave_at", { t: dayOf(end()) === chosen ? hourOf(end()) : clockText(end()) });
  at("earlier").disabled = time.start - QUARTER < Math.floor(now() / QUARTER) * QUARTER;
}
function dayText(day) {
  const mark = isWorkday(day) === null ? w("undecreed") : exceptional(day);
  return dayName(day) + (mark ? ` · ${mark}` : "");
}
