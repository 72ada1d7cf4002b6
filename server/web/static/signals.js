/* The signals page: asks the API, listens to `coverage` and to the chosen intersection, draws. Old data fade, and say so. */
const RENEW_MS = 30000, SCOPE = "except_branch_branch";
const page = { weight: "count", rows: [], coverage: null, ranks: new Map(), skew: 0, socket: null, box: null };
const $ = (id) => document.getElementById(id);

async function ask(path) {
  const answer = await fetch(path, { headers: { accept: "application/json" } });
  if (!answer.ok) { throw Object.assign(new Error(path), { status: answer.status }); }
  return answer.json();
}
function stars(count) { return "★".repeat(count); }

function showFacts() {
  const { official, epolice, scopes } = page.coverage, principal = (one) => one.figures.find((row) => row.reading === one.principal);
  const declared = principal(official), scope = scopes.find((one) => one.scope === SCOPE), by = scope.by.count, police = epolice === null ? null : principal(epolice);
  const starred = (one) => (one.star ? stars(one.star) : w("no_star")) + (one.gap ? " · " + fill("gap", { s: stars(one.next_star), n: one.gap }) : "");
  const range = (rung) => by.proved[rung].share === by.possible[rung].share ? percent(by.proved[rung].share)
    : fill("between", { a: percent(by.proved[rung].share), b: percent(by.possible[rung].share) });
  const facts = [
    [w("official"), percent(declared.value), `${declared.numerator}/${declared.denominator} · ${starred(declared)}`],
    [w("shown"), percent(by.proved.adapting.share), `${by.proved.adapting.sum}/${scope.intersections} · ${range("adapting")}`],
    [w("online_now"), percent(by.proved.online.share), `${by.proved.online.sum}/${scope.intersections}`],
    [w("epolice"), police === null ? "–" : percent(police.value), police === null ? w("unknown") : `${police.numerator}/${police.denominator} · ${starred(police)}`]
  ];
  $("facts").replaceChildren(...facts.map(([name, value, more]) => {
    const box = make("div"), held = make("dd", "", value);
    held.append(make("small", "", more));
    box.append(make("dt", "", name), held);
    return box;
  }));
  $("headline").textContent = page.coverage.text[LANG];
  drawLadder($("ladder"), scope, page.weight in scope.by ? page.weight : "count", (name) => { page.weight = name; showFacts(); });
  const rows = [...official.figures, ...(epolice === null ? [] : epolice.figures)].map((one) => [
    [one.indicator, ""], [one.label[LANG], ""], [percent(one.value), "number"], [`${one.numerator}/${one.denominator}`, "number"],
    [one.low === one.high ? "" : `${percent(one.low)}–${percent(one.high)}`, "number wide"], [starred(one), ""]
  ]);
  table($("official"), [["№", ""], [w("reading"), ""], [w("ratio"), "number"], [w("items"), "number"], ["", "number wide"], [w("star"), ""]], rows);
}

function plane() {
  const known = page.rows.filter((one) => one.lat !== null), lats = known.map((one) => one.lat), lons = known.map((one) => one.lon);
  const south = Math.min(...lats), north = Math.max(...lats), west = Math.min(...lons), east = Math.max(...lons);
  const across = Math.cos(((south + north) * Math.PI) / 360);
  const place = (lat, lon) => [(lon - west) * across * 111320, (north - lat) * 111320];
  const [width, height] = place(south, east), pad = 0.06 * Math.max(width, height, 400);
  return { place, box: [-pad, -pad, width + 2 * pad, height + 2 * pad] };
}
async function showMap() {
  const { place, box } = plane(), svg = $("map"), network = await ask("/map/network.json").catch(() => null);
  svg.replaceChildren();
  page.box = page.box || box;
  const streets = draw("g", {}, svg);
  for (const route of network === null ? [] : network.routes) {
    for (const shape of route.shapes) {
      draw("path", { class: "street", d: "M" + shape.map(([lon, lat]) => place(lat, lon).map((one) => one.toFixed(0)).join(" ")).join("L") }, streets);
    }
  }
  page.dots = draw("g", {}, svg);
  page.place = place;
  showDots();
  look();
}
function showDots() {
  if (!page.dots) { return; }
  const size = page.box[2] / Math.max(300, $("map").clientWidth);
  page.dots.replaceChildren();
  for (const one of page.rows) {
    if (one.lat === null) { continue; }
    const [x, y] = page.place(one.lat, one.lon), color = COLORS[one.rung], perhaps = one.possible_rung !== one.rung;
    const dot = draw("circle", {
      class: "dot" + (one.id === detail.id ? " chosen" : ""), cx: x, cy: y, r: size * (one.rung === "listed" ? 6 : 9), tabindex: 0, role: "button",
      fill: color, "fill-opacity": one.verdict === "unknown" ? 0.35 : 1, stroke: perhaps ? COLORS[one.possible_rung] : color
    }, page.dots);
    if (perhaps) { dot.setAttribute("stroke-dasharray", "3 3"); }
    draw("title", {}, dot).textContent = `${one.name || one.id}: ${w(one.rung)}, ${w("v_" + one.verdict)}`;
    dot.onclick = () => openDetail(one.id);
    dot.onkeydown = (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); openDetail(one.id); } };
    const rank = page.ranks.get(one.id);
    if (rank !== undefined) { draw("text", { class: "rank", x, y: y - size * 16, "font-size": size * 12 }, page.dots).textContent = rank; }
  }
}
function look() { $("map").setAttribute("viewBox", page.box.join(" ")); }
function zoom(factor, x = 0.5, y = 0.5) {
  const [left, top, width, height] = page.box;
  page.box = [left + width * x * (1 - factor), top + height * y * (1 - factor), width * factor, height * factor];
  look();
  showDots();
}
function steer() {
  const svg = $("map");
  $("zoom-in").onclick = () => zoom(0.7);
  $("zoom-out").onclick = () => zoom(1 / 0.7);
  svg.addEventListener("wheel", (event) => {
    event.preventDefault();
    const edge = svg.getBoundingClientRect();
    zoom(event.deltaY < 0 ? 0.85 : 1 / 0.85, (event.clientX - edge.left) / edge.width, (event.clientY - edge.top) / edge.height);
  }, { passive: false });
  let from = null;
  svg.addEventListener("pointerdown", (event) => { from = event.target.classList.contains("dot") ? null : [event.clientX, event.clientY]; });
  window.addEventListener("pointerup", () => { from = null; });
  svg.addEventListener("pointermove", (event) => {
    if (from === null || page.box === null) { return; }
    const scale = Math.max(page.box[2] / svg.clientWidth, page.box[3] / svg.clientHeight);
    page.box = [page.box[0] - (event.clientX - from[0]) * scale, page.box[1] - (event.clientY - from[1]) * scale, page.box[2], page.box[3]];
    from = [event.clientX, event.clientY];
    look();
  });
}
function showLegend() {
  const items = RUNGS.map((rung) => {
    const item = make("li", "", w(rung)), mark = make("i");
    mark.style.background = COLORS[rung];
    item.prepend(mark);
    return item;
  });
  const perhaps = make("li", "", w("perhaps"));
  perhaps.prepend(make("i", "ring"));
  $("legend").replaceChildren(...items, perhaps, make("li", "", w("next_rank")));
}

async function showNext() {
  let told;
  $("next-note").textContent = w("preparing");
  try { told = await ask("/v1/signals/next?n=10"); } catch (error) { $("next-note").textContent = w("no_next"); return; }
  const heads = [["rank", "number"], ["where", ""], ["gain", "number"], ["total", "number wide"], ["sure", "number"], ["by_flow", "number wide"], ["by_between", "number wide"]];
  table($("next"), heads.map(([name, style]) => [w(name), style]), told.intersections.map((one) => {
    const link = make("button", "link", one.name || one.intersection_id);
    link.type = "button";
    link.onclick = () => openDetail(one.intersection_id);
    return [[String(one.rank), "number"], [link, ""], [one.marginal_benefit.toFixed(1) + (one.gain_assumed ? " *" : ""), "number"], [one.cumulative_benefit.toFixed(1), "number wide"],
      [percent(one.confidence.held, 0), "number"], [one.flow ? String(one.flow.rank) : "–", "number wide"], [one.betweenness ? String(one.betweenness.rank) : "–", "number wide"]];
  }));
  const { flow, betweenness } = told.rankings, assumed = told.intersections.some((one) => one.gain_assumed) ? ` * ${w("assumed")}.` : "", buses = told.trips_source === "bus_timetable" ? " " + w("by_buses") : "";
  $("next-note").textContent = fill("next_note", {
    b: told.benefit.toFixed(1), u: told.bound.toFixed(1), g: percent(told.gap), f: flow.benefit.toFixed(1), c: betweenness ? betweenness.benefit.toFixed(1) : "–", unit: w(told.unit)
  }) + assumed + buses;
  page.ranks = new Map(told.intersections.map((one) => [one.intersection_id, one.rank]));
  showDots();
}
async function showPriority() {
  const told = await ask("/v1/signals/priority-requests"), names = new Map(page.rows.map((one) => [one.id, one.name || one.id]));
  const rows = told.requests.map((one) => {
    const item = make("li"), say = make("span", "", names.get(one.intersection_id) || one.intersection_id);
    say.append(" ", make("span", "quiet", one.text[LANG]));
    item.append(make("span", "", one.vehicle_id), say, make("b", "", one.arrival.likely.slice(11, 19)));
    return item;
  });
  $("priority").replaceChildren(...(rows.length ? rows : [make("li", "none", w("no_requests"))]));
}
async function allRows() {
  const rows = [];
  let cursor = "";
  do {
    const part = await ask(`/v1/signals/intersections?limit=500${cursor && "&cursor=" + encodeURIComponent(cursor)}`);
    rows.push(...part.intersections);
    page.skew = Date.parse(part.generated_at) - Date.now();
    cursor = part.next;
  } while (cursor);
  return rows;
}

function openDetail(id) {
  if (detail.id !== null && detail.id !== id) { say("unsubscribe", detail.id); }
  showDetail(id).then(() => { say("subscribe", id); showDots(); }).catch(fail);
  history.replaceState(null, "", "#" + encodeURIComponent(id));
}
function closeDetail() {
  say("unsubscribe", detail.id);
  detail.id = null;
  $("detail").hidden = true;
  history.replaceState(null, "", location.pathname + location.search);
  showDots();
}
function say(op, id) {
  if (page.socket !== null && page.socket.readyState === WebSocket.OPEN) { page.socket.send(JSON.stringify({ op, topics: [`intersection:${id}`] })); }
}
function listen() {
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/v1/ws`);
  page.socket = socket;
  socket.onopen = () => {
    $("lost").hidden = true;
    socket.send(JSON.stringify({ op: "subscribe", topics: ["coverage"] }));
    if (detail.id !== null) { say("subscribe", detail.id); }
  };
  socket.onmessage = (message) => {
    const told = JSON.parse(message.data);
    if (told.topic === "coverage") { page.coverage = told.data; showFacts(); }
    if (told.topic === `intersection:${detail.id}`) { showLamps(told.data); }
  };
  socket.onclose = () => { $("lost").hidden = false; showLamps({ id: detail.id, heard: false, phases: [], stage: null }); setTimeout(listen, 3000); };
}
function fail(error) { console.error(error); if (error.status !== 404) { $("lost").hidden = false; } }

async function renew() {
  page.rows = await allRows();
  const begin = new Date(Date.now() + page.skew - 24 * 3600000).toISOString();
  page.coverage = await ask(`/v1/signals/coverage?from=${encodeURIComponent(begin)}`);
  showFacts();
  drawTrend($("trend"), page.coverage.series, SCOPE);
  showDots();
  await showPriority();
  $("page").setAttribute("aria-busy", "false");
  if (detail.id !== null) { await showDetail(detail.id); }
}
async function start() {
  showLegend();
  steer();
  await renew();
  await showMap();
  listen();
  const wanted = decodeURIComponent(location.hash.slice(1));
  if (page.rows.some((one) => one.id === wanted)) { openDetail(wanted); }
  setInterval(() => renew().then(() => { $("lost").hidden = page.socket.readyState === WebSocket.OPEN; }).catch(fail), RENEW_MS);
  setInterval(() => tick(page.skew), 500);
  await showNext();
  setInterval(showNext, 10 * RENEW_MS);
}
async function ready() {
  for (;;) {
    try { return await ask("/v1/signals/coverage"); } catch (error) { if (error.status !== 503) { throw error; } }
    await new Promise((done) => setTimeout(done, 2000));
  }
}
ready().then(start).catch(fail);
