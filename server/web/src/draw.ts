/* The map itself: a dark ground without tiles, the lines side by side where they share a street, stops, and the buses. */

import { type GeoJSONSource, Map as MapLibre, type MapGeoJSONFeature, NavigationControl, ScaleControl, setWorkerUrl } from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import { routeColor } from "./colors.ts";
import { drawImages } from "./images.ts";
import type { Network, Vehicle } from "./types.ts";

export const GROUND = "#0a1017";
const LANES = 5; /* lines that share a street run beside each other in so many lanes */

export interface Shown {
  vehicle: Vehicle;
  lon: number;
  lat: number;
  faint: boolean;
}

export class CityMap {
  readonly map: MapLibre;
  readonly colors = new Map<string, string>();
  private chosen: string | null = null;

  constructor(container: HTMLElement, network: Network) {
    setWorkerUrl(workerUrl);
    network.routes.forEach((route, i) => this.colors.set(route.id, routeColor(route.color, i, GROUND)));
    this.map = new MapLibre({
      container,
      style: { version: 8, sources: {}, layers: [{ id: "ground", type: "background", paint: { "background-color": GROUND } }] },
      bounds: network.bounds,
      fitBoundsOptions: { padding: 46 },
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      maxPitch: 0,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new NavigationControl({ showCompass: false }), "bottom-right");
    this.map.addControl(new ScaleControl({ maxWidth: 110 }), "bottom-right");
    drawImages(this.map);
  }

  /* Everything that does not move. */
  addNetwork(network: Network): void {
    const lines = network.routes.flatMap((route, i) =>
      route.shapes.map((shape) => ({
        type: "Feature" as const,
        properties: { route: route.id, color: this.colors.get(route.id), lane: (i % LANES) - (LANES - 1) / 2 },
        geometry: { type: "LineString" as const, coordinates: shape },
      })),
    );
    const stops = network.stops.map((stop) => ({
      type: "Feature" as const,
      properties: { id: stop.id, name: stop.name, routes: stop.routes.length, lines: stop.routes.map((i) => network.routes[i]?.id) },
      geometry: { type: "Point" as const, coordinates: stop.at },
    }));
    this.map.addSource("lines", { type: "geojson", data: { type: "FeatureCollection", features: lines } });
    this.map.addSource("stops", { type: "geojson", data: { type: "FeatureCollection", features: stops } });
    this.map.addSource("buses", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    this.addLines();
    this.addStops();
    this.addBuses();
  }

  drawBuses(shown: Shown[]): void {
    const features = shown.map(({ vehicle, lon, lat, faint }) => {
      const color = this.colors.get(vehicle.route_id ?? "") ?? "#7d8d9a";
      return {
        type: "Feature" as const,
        properties: {
          id: vehicle.id,
          route: vehicle.route_id,
          body: `body|${color}|${vehicle.bearing === null ? 0 : 1}`,
          number: `number|${vehicle.short_name ?? "?"}|${color}`,
          bearing: vehicle.bearing ?? 0,
          opacity: faint ? 0.35 : 1,
        },
        geometry: { type: "Point" as const, coordinates: [lon, lat] },
      };
    });
    this.map.getSource<GeoJSONSource>("buses")?.setData({ type: "FeatureCollection", features });
  }

  /* Only one line in full colour; null: all of them. */
  choose(route: string | null): void {
    this.chosen = route;
    const mine = (full: number, rest: number): any => (route === null ? full : ["case", ["==", ["get", "route"], route], full, rest]);
    this.map.setPaintProperty("line", "line-opacity", mine(0.9, 0.1));
    this.map.setPaintProperty("line-glow", "line-opacity", mine(0.14, 0.02));
    const buses: any = route === null ? ["get", "opacity"] : ["case", ["==", ["get", "route"], route], ["get", "opacity"], 0.12];
    this.map.setPaintProperty("bus", "icon-opacity", buses);
    this.map.setPaintProperty("bus-number", "icon-opacity", buses);
    const stops: any = route === null ? 1 : ["case", ["in", route, ["get", "lines"]], 1, 0.15];
    this.map.setPaintProperty("stop", "circle-opacity", stops);
    this.map.setPaintProperty("stop", "circle-stroke-opacity", stops);
  }

  get chosenRoute(): string | null {
    return this.chosen;
  }

  /* A ring around what the panel speaks of. */
  mark(kind: "bus" | "stop" | null, id: string): void {
    this.map.setFilter("bus-mark", ["==", ["get", "id"], kind === "bus" ? id : ""]);
    this.map.setFilter("stop-mark", ["==", ["get", "id"], kind === "stop" ? id : ""]);
  }

  /* The bus, or else the stop, nearest to a point of the screen, within a finger's width. */
  under(point: { x: number; y: number }): MapGeoJSONFeature | undefined {
    const box = (reach: number): [[number, number], [number, number]] => [
      [point.x - reach, point.y - reach],
      [point.x + reach, point.y + reach],
    ];
    const [bus] = this.map.queryRenderedFeatures(box(4), { layers: ["bus"] });
    return bus ?? this.map.queryRenderedFeatures(box(9), { layers: ["stop"] })[0];
  }

  private addLines(): void {
    const offset: any = ["interpolate", ["linear"], ["zoom"], 11, ["*", ["get", "lane"], 0.8], 14, ["*", ["get", "lane"], 3.4], 17, ["*", ["get", "lane"], 7]];
    const round = { "line-cap": "round", "line-join": "round" } as const;
    this.map.addLayer({
      id: "line-glow", type: "line", source: "lines", layout: round,
      paint: { "line-color": ["get", "color"], "line-width": 12, "line-blur": 10, "line-opacity": 0.14, "line-offset": offset },
    });
    this.map.addLayer({
      id: "line", type: "line", source: "lines", layout: round,
      paint: {
        "line-color": ["get", "color"], "line-opacity": 0.9, "line-offset": offset,
        "line-width": ["interpolate", ["linear"], ["zoom"], 11, 1, 14, 2.6, 17, 5],
      },
    });
  }

  private addStops(): void {
    this.map.addLayer({
      id: "stop", type: "circle", source: "stops",
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 11, 1.4, 14, ["case", [">", ["get", "routes"], 2], 5, 3.6], 17, 8],
        "circle-color": GROUND, "circle-stroke-color": "#dfe8ee",
        "circle-stroke-width": ["interpolate", ["linear"], ["zoom"], 11, 0.6, 14, 1.5],
      },
    });
    this.map.addLayer({
      id: "stop-mark", type: "circle", source: "stops", filter: ["==", ["get", "id"], ""],
      paint: { "circle-radius": 12, "circle-color": "rgba(0,0,0,0)", "circle-stroke-color": "#39d0b0", "circle-stroke-width": 2.5 },
    });
    this.map.addLayer({
      id: "stop-name", type: "symbol", source: "stops", minzoom: 12.4,
      layout: {
        "icon-image": ["concat", "label|", ["get", "name"]], "icon-anchor": "top", "icon-offset": [0, 5], "icon-padding": 9,
        "symbol-sort-key": ["-", 0, ["get", "routes"]],
      },
    });
  }

  private addBuses(): void {
    this.map.addLayer({
      id: "bus-mark", type: "circle", source: "buses", filter: ["==", ["get", "id"], ""],
      paint: { "circle-radius": 19, "circle-color": "rgba(57,208,176,0.16)", "circle-stroke-color": "#39d0b0", "circle-stroke-width": 2.5 },
    });
    this.map.addLayer({
      id: "bus", type: "symbol", source: "buses",
      layout: {
        "icon-image": ["get", "body"], "icon-rotate": ["get", "bearing"], "icon-rotation-alignment": "map",
        "icon-overlap": "always", "icon-ignore-placement": true,
        "icon-size": ["interpolate", ["linear"], ["zoom"], 11, 0.62, 14, 1],
      },
      paint: { "icon-opacity": ["get", "opacity"] },
    });
    this.map.addLayer({
      id: "bus-number", type: "symbol", source: "buses",
      layout: {
        "icon-image": ["get", "number"], "icon-overlap": "always", "icon-ignore-placement": true,
        "icon-size": ["interpolate", ["linear"], ["zoom"], 11, 0.62, 14, 1],
      },
      paint: { "icon-opacity": ["get", "opacity"] },
    });
  }
}
