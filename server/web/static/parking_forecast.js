/* What is to be expected of a car park in the next hour: a small curve of free spaces with its interval. */
import { make } from "./parking_dom.js";
import { epoch, hourOf, now } from "./parking_time.js";
import { fill, w } from "./parking_words.js";

const WIDTH = 320, HEIGHT = 56, EDGE = 6;

/* Of `free` now (null: unknown) and [{at, free, free_p10, free_p90}]; null where nothing is known. */
export function sparkline(free, forecast) {
  if (!forecast || forecast.length === 0) { return null; }
  const points = forecast.map((one) => ({ at: epoch(one.at), mid: one.free, low: one.free_p10, high: one.free_p90 }));
  if (free !== null && free !== undefined) { points.unshift({ at: now(), mid: free, low: free, high: free }); }
  const first = points[0].at, last = points[points.length - 1].at, most = Math.max(4, ...points.map((one) => one.high)) * 1.1;
  const x = (at) => EDGE + ((at - first) / Math.max(1, last - first)) * (WIDTH - 2 * EDGE), y = (n) => HEIGHT - EDGE - (n / most) * (HEIGHT - 2 * EDGE);
  const svg = part("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "spark", "aria-hidden": "true" });
  const line = (some, key) => some.map((one) => `${x(one.at).toFixed(1)},${y(one[key]).toFixed(1)}`);
  svg.append(part("polygon", { class: "band", points: [...line(points, "high"), ...line([...points].reverse(), "low")].join(" ") }), part("polyline", { class: "mid", points: line(points, "mid").join(" ") }));
  for (const one of points) { svg.append(part("circle", { cx: x(one.at).toFixed(1), cy: y(one.mid).toFixed(1), r: 3 })); }
  const says = forecast.map((one) => fill("forecast_says", { t: hourOf(epoch(one.at)), n: one.free, a: one.free_p10, b: one.free_p90 }));
  const end = make("p", "quiet", says[says.length - 1]);
  return make("div", "forecast", null, make("h3", "", w("forecast")), svg, make("p", "hidden", says.join("; ")), end);
}
function part(name, values) {
  const one = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(values)) { one.setAttribute(key, value); }
  return one;
}
