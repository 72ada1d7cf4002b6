/* What changes, as it changes: one WebSocket for one's reservations and for the car parks in sight. */
import { session } from "./parking_api.js";
import { heard } from "./parking_time.js";

const live = { socket: null, wanted: new Map(), asked: new Set(), seen: new Map() };

/* Calls `run(data)` at every change of a topic; the topics of a name replace those named before. */
export function watch(name, topics, run) {
  for (const [topic, one] of live.wanted) { if (one.name === name) { live.wanted.delete(topic); } }
  for (const topic of topics) { live.wanted.set(topic, { name, run }); }
  if (live.socket === null) { if (live.wanted.size) { listen(); } } else if (live.socket.readyState === WebSocket.OPEN) { subscribe(); }
}
function subscribe() {
  const fresh = [...live.wanted.keys()].filter((one) => !live.asked.has(one)), stale = [...live.asked].filter((one) => !live.wanted.has(one));
  for (const one of fresh) { live.asked.add(one); }
  for (const one of stale) { live.asked.delete(one); }
  if (stale.length) { live.socket.send(JSON.stringify({ op: "unsubscribe", topics: stale })); }
  if (fresh.length) { live.socket.send(JSON.stringify({ op: "subscribe", topics: fresh, token: session.token })); }
}
function listen() {
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/v1/ws`);
  live.socket = socket;
  socket.onopen = subscribe;
  socket.onmessage = (message) => {
    const told = JSON.parse(message.data), one = live.wanted.get(told.topic);
    if (!one || live.seen.get(told.topic) === told.seq) { return; }
    live.seen.set(told.topic, told.seq);
    heard(told.at);
    one.run(told.data);
  };
  socket.onclose = () => {
    live.socket = null;
    live.asked.clear();
    live.seen.clear();
    setTimeout(() => { if (live.socket === null && live.wanted.size) { listen(); } }, 4000);
  };
}
