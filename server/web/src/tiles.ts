/* Web Mercator tiles: which topics cover what is on the screen. */

import type { Point } from "./types.ts";

export const LEAST_ZOOM = 12;
export const MOST_ZOOM = 16;
const MOST_TILES = 48;

export function tileOf([lon, lat]: Point, zoom: number): [number, number] {
  const size = 2 ** zoom;
  const angle = (Math.max(-85.0511, Math.min(85.0511, lat)) * Math.PI) / 180;
  const x = Math.floor(((lon + 180) / 360) * size);
  const y = Math.floor(((1 - Math.asinh(Math.tan(angle)) / Math.PI) / 2) * size);
  return [Math.max(0, Math.min(size - 1, x)), Math.max(0, Math.min(size - 1, y))];
}

/* Topics of the tiles that cover west, south, east, north; coarser than asked where there would be too many, nearest the
   middle first where even the coarsest are too many. */
export function coveringTopics([west, south, east, north]: [number, number, number, number], wanted: number): string[] {
  for (let zoom = Math.max(LEAST_ZOOM, Math.min(MOST_ZOOM, Math.floor(wanted))); ; zoom -= 1) {
    const [left, top] = tileOf([west, north], zoom);
    const [right, bottom] = tileOf([east, south], zoom);
    const count = (right - left + 1) * (bottom - top + 1);
    if (count > MOST_TILES && zoom > LEAST_ZOOM) continue;
    const middle = [(left + right) / 2, (top + bottom) / 2] as const;
    const tiles: [number, number][] = [];
    const reach = Math.ceil(Math.sqrt(MOST_TILES));
    for (let x = Math.max(left, Math.floor(middle[0] - reach)); x <= Math.min(right, Math.ceil(middle[0] + reach)); x += 1) {
      for (let y = Math.max(top, Math.floor(middle[1] - reach)); y <= Math.min(bottom, Math.ceil(middle[1] + reach)); y += 1) {
        tiles.push([x, y]);
      }
    }
    const away = ([x, y]: [number, number]): number => Math.hypot(x - middle[0], y - middle[1]);
    tiles.sort((a, b) => away(a) - away(b));
    return tiles.slice(0, MOST_TILES).map(([x, y]) => `tile:${zoom}/${x}/${y}`);
  }
}
