/* The live connection: topics in, their values out. After a break it comes back by itself, with longer pauses the longer it
   fails, and asks for what it missed with `since`. */

import type { Publication } from "./types.ts";

type Handler = (publication: Publication) => void;
type Health = "connecting" | "open" | "lost";

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15000;
const PING_EVERY = 20000;
const SILENCE = 45000; /* ms without a word, pongs included, after which the connection is given up */

/* Pause before try number `failures`, with jitter so that a thousand readers do not come back in the same instant. */
export function pauseAfter(failures: number, random: number): number {
  return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** Math.min(failures, 10)) * (0.5 + random / 2);
}

export class Live {
  private socket: WebSocket | null = null;
  private readonly handlers = new Map<string, Handler>();
  private readonly places = new Map<string, { epoch: string; seq: number }>();
  private failures = 0;
  private heard = 0;
  private readonly url: string;
  private readonly health: (health: Health) => void;

  constructor(url: string, health: (health: Health) => void) {
    this.url = url;
    this.health = health;
    this.connect();
    setInterval(() => this.watch(), PING_EVERY);
  }

  subscribe(topic: string, handler: Handler): void {
    this.handlers.set(topic, handler);
    this.say({ op: "subscribe", topics: [topic] });
  }

  unsubscribe(topic: string): void {
    this.handlers.delete(topic);
    this.places.delete(topic);
    this.say({ op: "unsubscribe", topics: [topic] });
  }

  private connect(): void {
    this.health("connecting");
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.onopen = () => {
      this.failures = 0;
      this.heard = Date.now();
      this.health("open");
      const topics = [...this.handlers.keys()];
      if (topics.length) this.say({ op: "subscribe", topics, since: Object.fromEntries(this.places) });
    };
    socket.onmessage = (event: MessageEvent<string>) => this.hear(event.data);
    socket.onclose = () => {
      if (this.socket !== socket) return;
      this.socket = null;
      this.health("lost");
      setTimeout(() => this.connect(), pauseAfter(this.failures, Math.random()));
      this.failures += 1;
    };
  }

  private hear(text: string): void {
    this.heard = Date.now();
    const message = JSON.parse(text) as Partial<Publication>;
    if (message.topic === undefined || message.epoch === undefined || message.seq === undefined) return;
    this.places.set(message.topic, { epoch: message.epoch, seq: message.seq });
    this.handlers.get(message.topic)?.(message as Publication);
  }

  private watch(): void {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    if (Date.now() - this.heard > SILENCE) this.socket.close();
    else this.say({ op: "ping" });
  }

  private say(message: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }
}
