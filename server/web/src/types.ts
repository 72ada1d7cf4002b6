/* What the server sends, as far as the map uses it. The full description is /openapi.json and /asyncapi.json. */

export type Language = "zh" | "en";
export type Point = [number, number];

export interface NetworkRoute {
  id: string;
  short_name: string;
  long_name: string;
  color: string | null;
  shapes: Point[][];
}

export interface NetworkStop {
  id: string;
  name: string;
  at: Point;
  routes: number[];
}

export interface Network {
  version: string;
  bounds: [number, number, number, number];
  routes: NetworkRoute[];
  stops: NetworkStop[];
}

export interface Vehicle {
  id: string;
  route_id: string | null;
  short_name: string | null;
  direction_id: number | null;
  lat: number;
  lon: number;
  bearing: number | null;
  state: string;
  observed_at: string;
}

export interface VehicleCall {
  stop: { id: string; name: string };
  arrival: string | null;
  departure: string | null;
  source: string;
}

export interface VehicleDetail {
  id: string;
  route: { id: string; short_name: string; color: string | null } | null;
  headsign: string | null;
  speed_mps: number | null;
  state: string;
  observed_at: string;
  calls: VehicleCall[];
}

export interface Call {
  route: { id: string; short_name: string; color: string | null };
  direction_id: number | null;
  headsign: string;
  boarding: boolean;
  state: string | null;
  source: string;
  vehicle_id: string | null;
  text: Record<Language, string>;
  short: Record<Language, string>;
}

export interface LineOfStop {
  route: { id: string; short_name: string; color: string | null };
  direction_id: number | null;
  headsign: string;
  state: string;
  on_board: boolean;
  text: Record<Language, string>;
  short: Record<Language, string>;
}

export interface Arrivals {
  stop: { id: string; name: string };
  generated_at: string;
  expires_at: string;
  arrivals: Call[];
  lines: LineOfStop[];
  alerts: { code: string; text: Record<Language, string> }[];
}

/* One message of the WebSocket. */
export interface Publication {
  topic: string;
  epoch: string;
  seq: number;
  at: string;
  data: unknown;
}
