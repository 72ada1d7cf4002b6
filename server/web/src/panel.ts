/* The card over the map: the board of a stop, or where a bus goes next. */

import { inkOn } from "./colors.ts";
import type { Arrivals, Language, LineOfStop, VehicleDetail } from "./types.ts";
import { stateWord, word } from "./words.ts";

type Attributes = Record<string, string>;

export function element(name: string, kind: string, text = "", attributes: Attributes = {}): HTMLElement {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  if (text) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

export function badge(name: string, color: string): HTMLElement {
  const made = element("span", "badge", name);
  made.style.background = color;
  made.style.color = inkOn(color);
  return made;
}

export class Panel {
  private readonly root: HTMLElement;
  private readonly language: Language;
  private readonly color: (route: string) => string;
  private readonly closed: () => void;

  constructor(root: HTMLElement, language: Language, color: (route: string) => string, closed: () => void) {
    this.root = root;
    this.language = language;
    this.color = color;
    this.closed = closed;
  }

  close(): void {
    if (this.root.hidden) return;
    this.root.hidden = true;
    this.root.replaceChildren();
    this.closed();
  }

  showStop(id: string, name: string, board: Arrivals | null): void {
    const lines = board?.lines.filter((line) => line.on_board) ?? [];
    const rows = lines.map((line) => this.lineRow(line, board as Arrivals));
    const empty = board === null ? word("expired", this.language) : word("noBoard", this.language);
    const alerts = (board?.alerts ?? []).map((alert) => element("p", "alert", alert.text[this.language]));
    const links = element("p", "links");
    const path = encodeURIComponent(id);
    links.append(
      element("a", "", word("board", this.language), { href: `/board/${path}?lang=${this.language}` }),
      element("a", "", word("phone", this.language), { href: `/stop/${path}?lang=${this.language}` }),
    );
    this.show(element("h2", "", name), [...alerts, ...(rows.length ? rows : [element("p", "quiet", empty)]), links]);
  }

  showBus(detail: VehicleDetail | null, id: string): void {
    const title = element("h2", "");
    if (detail?.route) title.append(badge(detail.route.short_name, this.color(detail.route.id)));
    title.append(detail?.headsign ?? id);
    if (detail === null) {
      this.show(title, [element("p", "quiet", word("gone", this.language))]);
      return;
    }
    const speed = detail.speed_mps === null ? "" : ` · ${Math.round(detail.speed_mps * 3.6)} km/h`;
    const facts = `${detail.id} · ${stateWord(detail.state, this.language)}${speed} · ${word("seen", this.language)} ${detail.observed_at.slice(11, 19)}`;
    const calls = detail.calls.map((call) => {
      const row = element("div", "call");
      const time = call.arrival ?? call.departure;
      row.append(element("span", "to", call.stop.name), element("span", "first soon", time === null ? "" : time.slice(11, 16)));
      return row;
    });
    const heading = element("h3", "", word("next", this.language));
    const rest = calls.length ? [heading, ...calls] : [element("p", "quiet", word("noNext", this.language))];
    this.show(title, [element("p", "quiet", facts), ...rest]);
  }

  private show(title: HTMLElement, rest: HTMLElement[]): void {
    const close = element("button", "close", "×", { type: "button", "aria-label": word("close", this.language) });
    close.addEventListener("click", () => this.close());
    this.root.replaceChildren(close, title, ...rest);
    this.root.hidden = false;
  }

  private lineRow(line: LineOfStop, board: Arrivals): HTMLElement {
    const row = element("div", "line");
    const seen = board.arrivals.find(
      (call) =>
        call.boarding && call.route.id === line.route.id && call.headsign === line.headsign &&
        call.direction_id === line.direction_id && call.source === "live",
    );
    const now = seen?.state === "at_stop" || seen?.state === "arriving";
    const tone = now ? "now" : seen === undefined ? "plan" : "soon";
    row.append(
      badge(line.route.short_name, this.color(line.route.id)),
      element("span", "to", line.headsign),
      element("span", `first ${tone}`, line.text[this.language]),
    );
    return row;
  }
}
