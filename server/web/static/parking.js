/* The parking page: tabs, my reservations as they change, my shared spaces. */
const names = new Map();

async function lotName(id) {
  if (!names.has(id)) { names.set(id, (found.lots.find((one) => one.id === id) || await call("GET", `/lots/${id}`).catch(() => ({ name: id }))).name); }
  return names.get(id);
}
async function showMine() {
  const list = document.getElementById("reservations"), told = await call("GET", "/reservations?limit=50");
  const rows = await Promise.all(told.reservations.map(reservationRow));
  list.replaceChildren(...(rows.length ? rows : [make("li", "none", w("none_mine"))]));
  watch(told.reservations);
}
async function reservationRow(one) {
  const item = make("li"), actions = make("div", "actions"), parts = [span(one.from, one.to), one.plate.text];
  if (one.stall) { parts.push(fill("stall", { n: one.stall })); }
  if (one.hold_until && ["hold", "offered", "relocation_offered"].includes(one.state)) { parts.push(fill("until", { t: one.hold_until.slice(11, 16) })); }
  parts.push(money(one.price));
  item.append(make("span", "name", await lotName(one.lot_id)), make("span", `state ${one.state}`, w(one.state)), make("span", "more", parts.join(" · ")));
  const due = one.price.amount - one.paid.amount + one.refunded.amount;
  if (["hold", "offered", "relocation_offered"].includes(one.state)) {
    if (due > 0) { actions.append(button("main", fill("pay", { m: money({ amount: due }) }), () => pay(one))); }
    else { actions.append(button("main", w("confirm"), async () => { await change(one, "confirm"); await showMine(); })); }
  }
  if (["confirmed", "checked_in"].includes(one.state)) { actions.append(button("minor", w("extend"), () => extend(one))); }
  if (["waiting", "offered", "hold", "confirmed", "relocation_offered"].includes(one.state)) { actions.append(button("minor", w("cancel"), () => askCancel(one))); }
  if (actions.children.length) { item.append(actions); }
  return item;
}
async function pay(one) {
  await once(`/reservations/${one.id}/payments`, {});
  for (let tries = 0; tries < 10; tries += 1) {
    await new Promise((wake) => setTimeout(wake, 500));
    const now = await call("GET", `/reservations/${one.id}`);
    if (now.state !== one.state) { break; }
  }
  await showMine();
}
async function extend(one) {
  const end = new Date(new Date(one.to).getTime() + 3600000).toISOString();
  await change(one, "extend", { to: end });
  await showMine();
}
async function askCancel(one) {
  const preview = await call("POST", `/reservations/${one.id}/cancellation-preview`, {});
  const yes = button("main", w("cancel"), async () => { await change(one, "cancel"); document.getElementById("sheet").close(); await showMine(); });
  openSheet(make("p", "", fill("sure", { m: money(preview.refund) })), yes);
}

/* Changes come by WebSocket; the page asks again then, and every half minute anyway. */
const live = { socket: null, topics: new Set(), asked: new Set(), seen: new Map(), timer: null };
function watch(reservations) {
  live.topics = new Set(reservations.filter((one) => !["completed", "cancelled", "expired", "no_show"].includes(one.state)).map((one) => `reservation:${one.id}`));
  if (live.socket !== null && live.socket.readyState === WebSocket.OPEN) { subscribe(); } else if (live.socket === null) { listen(); }
}
function subscribe() {
  const fresh = [...live.topics].filter((one) => !live.asked.has(one));
  if (fresh.length === 0) { return; }
  for (const one of fresh) { live.asked.add(one); }
  live.socket.send(JSON.stringify({ op: "subscribe", topics: fresh, token: session.token }));
}
function listen() {
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/v1/ws`);
  live.socket = socket;
  socket.onopen = subscribe;
  socket.onmessage = (message) => {
    const told = JSON.parse(message.data);
    if (!told.topic || live.seen.get(told.topic) === told.seq) { return; }
    live.seen.set(told.topic, told.seq);
    clearTimeout(live.timer);
    live.timer = setTimeout(() => { if (!document.getElementById("mine").hidden) { showMine().catch(tell); } }, 150);
  };
  socket.onclose = () => { live.socket = null; live.asked.clear(); setTimeout(() => { if (live.topics.size) { listen(); } }, 4000); };
}

async function showShares() {
  const told = await call("GET", "/shares"), list = document.getElementById("shares");
  const rows = told.shares.map((one) => {
    const item = make("li"), actions = make("div", "actions");
    const price = one.price_fen_per_hour ? fill("hour", { m: money({ amount: one.price_fen_per_hour }) }) : w("nothing_to_pay");
    item.append(make("span", "name", one.place_id), make("span", one.active ? "state confirmed" : "state cancelled", one.active ? `${one.start}–${one.end}` : w("inactive")));
    item.append(make("span", "more", [w(one.days), price, fill("buffer", { n: Math.round(one.buffer_s / 60) })].join(" · ")));
    if (one.active) {
      actions.append(button("minor", w("withdraw"), async () => { await call("DELETE", `/shares/${one.id}`, undefined, { "if-match": `"${one.version}"` }); await showShares(); }));
      item.append(actions);
    }
    return item;
  });
  list.replaceChildren(...(rows.length ? rows : [make("li", "none", w("none_shares"))]));
}
async function publish(event) {
  event.preventDefault();
  const value = (id) => document.getElementById(id).value, today = new Date(Date.now() + 8 * 3600000).toISOString().slice(0, 10);
  await once("/shares", {
    place_id: value("place"), first_day: today, days: value("days"), start: value("share-from"), end: value("share-to"),
    buffer_s: 60 * Number(value("buffer")), price_fen_per_hour: Math.round(100 * Number(value("price")))
  });
  await showShares();
}

function choose(name) {
  tell(null);
  for (const one of ["find", "mine", "share"]) {
    document.getElementById(one).hidden = one !== name;
    document.getElementById(`tab-${one}`).setAttribute("aria-selected", String(one === name));
  }
  const shown = { find: async () => undefined, mine: showMine, share: showShares };
  shown[name]().catch(tell);
}
function localText(time) { return new Date(time - new Date(time).getTimezoneOffset() * 60000).toISOString().slice(0, 16); }
function start() {
  signIn();
  document.getElementById("place").value = sessionStorage.getItem("parking-place") || "";
  const begin = Math.ceil(Date.now() / 900000) * 900000;
  document.getElementById("from").value = localText(begin);
  document.getElementById("to").value = localText(begin + 2 * 3600000);
  for (const one of ["find", "mine", "share"]) { document.getElementById(`tab-${one}`).onclick = () => choose(one); }
  document.getElementById("search").onsubmit = (event) => { event.preventDefault(); search().catch(tell); };
  document.getElementById("publish").onsubmit = (event) => publish(event).catch(tell);
  setInterval(() => { if (!document.getElementById("mine").hidden) { showMine().catch(tell); } }, 30000);
  search().catch(tell);
}
start();
