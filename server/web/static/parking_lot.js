/* What is told of a car park everywhere: when it is open, and ways to be led there (links only; nothing is loaded from elsewhere). */
import { link, make } from "./parking_dom.js";
import { dayOf, now } from "./parking_time.js";
import { fill, w } from "./parking_words.js";

/* Today's hours; nothing where it is always open. */
export function openingText(lot, at = null) {
  if (!lot.opening || lot.opening.length === 0) { return ""; }
  const day = dayOf(at === null ? now() : at), week = (((day % 7) + 10) % 7) * 1440; // 1970-01-01 was a Thursday
  const clock = (minutes) => `${String(Math.floor(minutes / 60) % 24).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
  const spans = lot.opening.filter(([from, to]) => from < week + 1440 && (to > from ? to : to + 10080) > week);
  return spans.length ? fill("opens", { t: spans.map(([from, to]) => `${clock(Math.max(0, from - week))}–${to - week >= 1440 ? "24:00" : clock(to - week)}`).join(", ") }) : w("closed");
}
/* A map app of the phone takes geo:, Amap and OpenStreetMap their own addresses. */
export function directions(lot) {
  if (lot.lat === null) { return null; }
  const lat = lot.lat.toFixed(6), lon = lot.lon.toFixed(6), name = encodeURIComponent(lot.name);
  return make("p", "links", null, make("span", "quiet", w("directions")),
    link(w("amap"), `https://uri.amap.com/navigation?to=${lon},${lat},${name}&mode=car&coordinate=wgs84`),
    link(w("geo"), `geo:${lat},${lon}?q=${lat},${lon}(${name})`),
    link(w("osm"), `https://www.openstreetmap.org/?mlat=${lat}&mlon=${lon}#map=17/${lat}/${lon}`));
}
