/* The live map of the first page: network once, then whatever the WebSocket tells. */

import "maplibre-gl/dist/maplibre-gl.css";
import "./map.css";
import { inkOn } from "./colors.ts";
import { CityMap, type Shown } from "./draw.ts";
import { Fleet } from "./motion.ts";
import { element, Panel } from "./panel.ts";
import { Live } from "./socket.ts";
import { coveringTopics } from "./tiles.ts";
import type { Arrivals, Language, Network, Publication, Vehicle, VehicleDetail } from "./types.ts";
import { word } from "./words.ts";

const OLD = 90_000; /* ms since its fix after which a bus is drawn faint, as boards then call it delayed */
const CUT_OFF = 30_000; /* ms without a connection after which every bus is */

class LiveMap {
  private readonly fleet = new Fleet();
  private readonly live: Live;
  private readonly city: CityMap;
  private readonly panel: Panel;
  private tiles = new Set<string>();
  private topic: string | null = null;
  private old = new Set<string>();
  private lostAt: number | null = null;
  private drawnAt = 0;
  private expiry = 0;

  constructor(container: HTMLElement, network: Network, private readonly language: Language) {
    this.city = new CityMap(container, network);
    const color = (route: string): string => this.city.colors.get(route) ?? "#7d8d9a";
    this.panel = new Panel(byId("panel"), language, color, () => this.leave());
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.live = new Live(`${scheme}://${location.host}/v1/ws`, (health) => this.tell(health));
    this.city.map.on("load", () => {
      this.city.addNetwork(network);
      this.follow();
      requestAnimationFrame((time) => this.frame(time));
      container.dataset.ready = "yes";
    });
    this.city.map.on("moveend", () => this.follow());
    this.city.map.on("click", (event) => this.click(event.point));
    this.city.map.on("mousemove", (event) => {
      if (this.city.map.getLayer("bus")) this.city.map.getCanvas().style.cursor = this.city.under(event.point) ? "pointer" : "";
    });
    setInterval(() => this.watch(), 1000);
    this.legend(network);
    Object.assign(window, { baimai: this.city.map }); /* for the console, and for tests */
  }

  private tell(health: "open" | "connecting" | "lost"): void {
    const shown = byId("health");
    if (health === "open") this.lostAt = null;
    else this.lostAt ??= Date.now();
    const failing = health !== "open" && this.lostAt !== null && Date.now() - this.lostAt > 1500;
    shown.className = `health ${health === "open" ? "ok" : "late"}`;
    shown.textContent = word(health === "open" ? "open" : failing ? "lost" : "connecting", this.language);
  }

  /* Subscribe to the tiles on the screen, and to no others. */
  private follow(): void {
    if (!this.city.map.getSource("buses")) return;
    const bounds = this.city.map.getBounds();
    const box: [number, number, number, number] = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
    const wanted = new Set(coveringTopics(box, this.city.map.getZoom() - 1));
    for (const topic of wanted) {
      if (!this.tiles.has(topic)) this.live.subscribe(topic, (publication) => this.takeTile(topic, publication));
    }
    for (const topic of this.tiles) {
      if (!wanted.has(topic)) {
        this.live.unsubscribe(topic);
        this.fleet.drop(topic);
      }
    }
    this.tiles = wanted;
  }

  private takeTile(topic: string, publication: Publication): void {
    const { vehicles } = publication.data as { vehicles: Vehicle[] };
    const at = Date.parse(publication.at);
    const shown = vehicles.filter((one) => one.route_id !== null && (one.state === "in_service" || one.state === "layover"));
    for (const vehicle of shown) {
      const faint = at - Date.parse(vehicle.observed_at) > OLD || vehicle.state === "layover";
      if (faint) this.old.add(vehicle.id);
      else this.old.delete(vehicle.id);
    }
    this.fleet.take(topic, shown, performance.now());
  }

  /* As many pictures a second as the number of buses allows. */
  private frame(time: number): void {
    const pause = this.fleet.size < 400 ? 50 : this.fleet.size < 2000 ? 200 : 1000;
    if (time - this.drawnAt >= pause) {
      this.drawnAt = time;
      const cut = this.lostAt !== null && Date.now() - this.lostAt > CUT_OFF;
      const shown: Shown[] = this.fleet.at(performance.now()).map((one) => ({ ...one, faint: cut || this.old.has(one.vehicle.id) }));
      this.city.drawBuses(shown);
      const count = String(shown.filter((one) => one.vehicle.state === "in_service").length);
      byId("buses").textContent = count;
      this.city.map.getContainer().dataset.buses = count;
    }
    requestAnimationFrame((next) => this.frame(next));
  }

  private click(point: { x: number; y: number }): void {
    const found = this.city.map.getLayer("bus") ? this.city.under(point) : undefined;
    if (found === undefined) {
      this.panel.close();
      return;
    }
    const id = String(found.properties["id"]);
    if (found.layer.id === "bus") this.openBus(id);
    else this.openStop(id, String(found.properties["name"]));
  }

  openStop(id: string, name: string): void {
    this.leave();
    this.topic = `stop:${id}`;
    this.city.mark("stop", id);
    this.live.subscribe(this.topic, (publication) => {
      const board = publication.data as Arrivals;
      this.expiry = performance.now() + Date.parse(board.expires_at) - Date.parse(publication.at);
      this.panel.showStop(id, name, board);
    });
  }

  private openBus(id: string): void {
    this.leave();
    this.topic = `vehicle:${id}`;
    this.expiry = Infinity;
    this.city.mark("bus", id);
    this.live.subscribe(this.topic, (publication) => this.panel.showBus(publication.data as VehicleDetail | null, id));
  }

  private leave(): void {
    if (this.topic !== null) this.live.unsubscribe(this.topic);
    this.topic = null;
    if (this.city.map.getLayer("bus-mark")) this.city.mark(null, "");
  }

  /* A board that nobody renews any more is taken off. */
  private watch(): void {
    if (this.lostAt !== null) this.tell("lost");
    if (this.topic?.startsWith("stop:") && performance.now() > this.expiry) {
      this.panel.showStop(this.topic.slice(5), byId("panel").querySelector("h2")?.textContent ?? "", null);
    }
  }

  private legend(network: Network): void {
    const legend = byId("legend");
    const buttons = network.routes.map((route) => {
      const color = this.city.colors.get(route.id) as string;
      const button = element("button", "chip", route.short_name, { type: "button", title: route.long_name, "aria-pressed": "false" });
      button.style.background = color;
      button.style.color = inkOn(color);
      button.addEventListener("click", () => {
        const chosen = this.city.chosenRoute === route.id ? null : route.id;
        this.city.choose(chosen);
        for (const other of buttons) other.setAttribute("aria-pressed", String(other === button && chosen !== null));
      });
      return button;
    });
    legend.replaceChildren(...buttons);
  }
}

function byId(id: string): HTMLElement {
  return document.getElementById(id) as HTMLElement;
}

async function start(): Promise<void> {
  const container = byId("map");
  const language = container.dataset.lang === "en" ? "en" : "zh";
  try {
    const answer = await fetch("/map/network.json");
    if (!answer.ok) throw new Error(String(answer.status));
    const map = new LiveMap(container, (await answer.json()) as Network, language);
    for (const link of document.querySelectorAll<HTMLElement>("[data-stop]")) {
      link.addEventListener("click", (event) => {
        if (window.innerWidth <= 900) return;
        event.preventDefault();
        map.openStop(link.dataset.stop as string, link.dataset.name as string);
      });
    }
  } catch (wrong) {
    const gl = document.createElement("canvas").getContext("webgl2") !== null;
    container.append(element("p", "notice", word(gl ? "noNetwork" : "noGl", language)));
    console.error(wrong);
  }
}

void start();
