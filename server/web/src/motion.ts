/* Buses report every few seconds; between two reports each glides from where it is drawn to where it was last seen. */

import type { Vehicle } from "./types.ts";

const LEAST_GLIDE = 900;
const MOST_GLIDE = 12000;
const JUMP = 0.008; /* degrees, about 800 m: farther than a bus gets between reports, so it is moved at once */
const FORGET = 4000; /* ms a bus may be in no tile, as when it passes from one to the next, before it is taken off */

interface Glide {
  vehicle: Vehicle;
  from: [number, number];
  since: number;
  lasts: number;
  reported: number;
  missing: number | null;
}

export class Fleet {
  private readonly glides = new Map<string, Glide>();
  private readonly tiles = new Map<string, Set<string>>();

  get size(): number {
    return this.glides.size;
  }

  /* What a tile holds now; `now` in ms. */
  take(topic: string, vehicles: Vehicle[], now: number): void {
    this.tiles.set(topic, new Set(vehicles.map((vehicle) => vehicle.id)));
    for (const vehicle of vehicles) this.move(vehicle, now);
  }

  /* A tile that is not watched any more. */
  drop(topic: string): void {
    this.tiles.delete(topic);
  }

  /* Everything to draw at `now`: each bus with its place. */
  at(now: number): { vehicle: Vehicle; lon: number; lat: number }[] {
    const shown: { vehicle: Vehicle; lon: number; lat: number }[] = [];
    for (const [id, glide] of this.glides) {
      if (this.seen(id)) glide.missing = null;
      else glide.missing ??= now;
      if (glide.missing !== null && now - glide.missing > FORGET) {
        this.glides.delete(id);
        continue;
      }
      const [lon, lat] = place(glide, now);
      shown.push({ vehicle: glide.vehicle, lon, lat });
    }
    return shown;
  }

  private move(vehicle: Vehicle, now: number): void {
    const before = this.glides.get(vehicle.id);
    if (before === undefined) {
      const from: [number, number] = [vehicle.lon, vehicle.lat];
      this.glides.set(vehicle.id, { vehicle, from, since: now, lasts: 1, reported: now, missing: null });
      return;
    }
    if (before.vehicle.lon === vehicle.lon && before.vehicle.lat === vehicle.lat) {
      before.vehicle = vehicle;
      return;
    }
    const from = place(before, now);
    const far = Math.hypot(vehicle.lon - from[0], vehicle.lat - from[1]) > JUMP;
    const lasts = far ? 1 : Math.max(LEAST_GLIDE, Math.min(MOST_GLIDE, now - before.reported));
    this.glides.set(vehicle.id, { vehicle, from, since: now, lasts, reported: now, missing: null });
  }

  private seen(id: string): boolean {
    for (const ids of this.tiles.values()) if (ids.has(id)) return true;
    return false;
  }
}

function place(glide: Glide, now: number): [number, number] {
  const share = Math.max(0, Math.min(1, (now - glide.since) / glide.lasts));
  return [
    glide.from[0] + (glide.vehicle.lon - glide.from[0]) * share,
    glide.from[1] + (glide.vehicle.lat - glide.from[1]) * share,
  ];
}
