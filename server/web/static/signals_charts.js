/* Drawings of the signals page: ladder, trend, Purdue coordination diagram, split monitor. Unknown is left blank. */
function drawLadder(target, scope, weight, choose) {
  const known = scope.by[weight], box = make("div", "choice");
  for (const name of Object.keys(scope.by)) {
    const button = make("button", "", w(name));
    button.type = "button";
    button.setAttribute("aria-pressed", String(name === weight));
    button.onclick = () => choose(name);
    box.append(button);
  }
  const rows = RUNGS.map((rung) => {
    const row = make("div", "rung"), bar = make("span", "bar"), proved = known.proved[rung], possible = known.possible[rung];
    const perhaps = make("s"), sure = make("b");
    perhaps.style.width = 100 * (possible.share || 0) + "%";
    sure.style.width = 100 * (proved.share || 0) + "%";
    perhaps.style.backgroundColor = sure.style.backgroundColor = COLORS[rung];
    bar.append(perhaps, sure);
    const text = make("span", "figure", percent(proved.share));
    if (possible.share !== proved.share) { text.append(" ", make("small", "", "– " + percent(possible.share))); }
    row.append(make("span", "", w(rung)), bar, text);
    return row;
  });
  target.replaceChildren(box, ...rows);
  if (known.unknown_items) { target.append(make("p", "quiet", `${w(weight)}: ${known.unknown_items} ${w("unknown")}`)); }
}

function drawTrend(svg, series, scopeName) {
  const width = svg.clientWidth || 500, height = svg.clientHeight || 208, left = 38, right = 8, top = 8, bottom = 22;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.replaceChildren();
  const scope = series.scopes.find((one) => one.scope === scopeName), known = scope.by.count, times = series.times.map((one) => Date.parse(one));
  const first = Math.max(0, known.proved.online.findIndex((one) => one !== null && one > 0));
  const begin = times[first], end = times[times.length - 1];
  const x = (time) => left + (width - left - right) * (end > begin ? (time - begin) / (end - begin) : 0);
  const y = (share) => top + (height - top - bottom) * (1 - share);
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    draw("line", { class: "grid", x1: left, x2: width - right, y1: y(share), y2: y(share) }, svg);
    draw("text", { x: left - 6, y: y(share) + 4, "text-anchor": "end" }, svg).textContent = 100 * share + " %";
  }
  draw("line", { class: "star", x1: left, x2: width - right, y1: y(0.6), y2: y(0.6) }, svg);
  draw("text", { x: width - right, y: y(0.6) - 4, "text-anchor": "end" }, svg).textContent = w("star4");
  for (let k = 0; k < 4; k += 1) {
    const time = begin + ((end - begin) * k) / 3, anchor = k === 0 ? "start" : k === 3 ? "end" : "middle";
    draw("text", { x: x(time), y: height - 6, "text-anchor": anchor }, svg).textContent = clock(series.times[nearest(times, time)]);
  }
  for (const rung of ["online", "declared", "adapting"]) {
    draw("path", { class: "line", stroke: COLORS[rung], d: steps(times, known.proved[rung], first, x, y) }, svg);
    const last = known.proved[rung][times.length - 1];
    if (last !== null) { draw("text", { x: left + 4, y: y(last) - 4, style: `fill:${COLORS[rung]}` }, svg).textContent = w(rung); }
  }
}
function steps(times, values, first, x, y) {
  let path = "", before = null;
  for (let k = first; k < times.length; k += 1) {
    if (values[k] === null) { before = null; continue; }
    path += before === null ? `M${x(times[k])} ${y(values[k])}` : `H${x(times[k])}V${y(values[k])}`;
    before = values[k];
  }
  return path;
}
function nearest(times, time) { let best = 0; times.forEach((one, k) => { if (Math.abs(one - time) < Math.abs(times[best] - time)) { best = k; } }); return best; }
function clock(text) { return text.slice(11, 16); }

function sheet(canvas) {
  const scale = window.devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight, pen = canvas.getContext("2d");
  canvas.width = width * scale;
  canvas.height = height * scale;
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  pen.font = "11px system-ui, sans-serif";
  return { pen, left: 34, top: 6, right: width - 6, bottom: height - 20 };
}
function axes(on, begin, end, most, offset) {
  const { pen, left, top, right, bottom } = on;
  pen.strokeStyle = "#22303d";
  pen.fillStyle = "#93a7b6";
  const step = most > 160 ? 60 : most > 60 ? 30 : most > 20 ? 10 : 5;
  for (let value = 0; value <= most; value += step) {
    const y = bottom - ((bottom - top) * value) / most;
    pen.beginPath(); pen.moveTo(left, y); pen.lineTo(right, y); pen.stroke();
    pen.textAlign = "right"; pen.fillText(value + " s", left - 4, y + 4);
  }
  for (let k = 0; k < 4; k += 1) {
    const time = new Date(begin + ((end - begin) * k) / 3 + offset).toISOString();
    pen.textAlign = k === 0 ? "left" : k === 3 ? "right" : "center";
    pen.fillText(time.slice(11, 16), left + ((right - left) * k) / 3, bottom + 15);
  }
}
function offsetOf(text) {
  const match = /([+-])(\d\d):(\d\d)$/.exec(text);
  return match === null ? 0 : (match[1] === "-" ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) * 60000;
}

/* A point is an arrival: when it came, and how long the phase had been red. Between the green and the yellow line it came on green. */
function drawPurdue(canvas, data) {
  const on = sheet(canvas), { pen, left, top, right, bottom } = on, cycles = data.cycles, begin = Date.parse(data.from), end = Date.parse(data.to);
  const lengths = cycles.end_ms.map((one, k) => (one === null ? 0 : (one - cycles.red_start_ms[k]) / 1000));
  const most = Math.max(20, ...lengths, ...data.arrivals.since_red_s.filter((one) => one !== null));
  axes(on, begin, end, most, offsetOf(data.from));
  const x = (time) => left + ((right - left) * (time - begin)) / (end - begin), y = (seconds) => bottom - ((bottom - top) * seconds) / most;
  const marks = [["green_start_ms", "#3ddc84"], ["yellow_start_ms", "#ffd24a"], ["end_ms", "#ff5a4f"]];
  for (const [name, color] of marks) {
    pen.strokeStyle = color;
    pen.lineWidth = 2;
    cycles[name].forEach((one, k) => {
      const red = cycles.red_start_ms[k];
      if (one === null || red === null) { return; }
      const until = cycles.end_ms[k] === null ? one : cycles.end_ms[k];
      pen.beginPath(); pen.moveTo(x(red), y((one - red) / 1000)); pen.lineTo(x(until), y((one - red) / 1000)); pen.stroke();
    });
  }
  const colors = { green: "#8ff0b8", yellow: "#ffe08a", red: "#ff9d95", unknown: "#8a98a4" };
  data.arrivals.time_ms.forEach((time, k) => {
    if (data.arrivals.since_red_s[k] === null) { return; }
    pen.fillStyle = colors[data.arrivals.state[k]];
    pen.beginPath(); pen.arc(x(time), y(data.arrivals.since_red_s[k]), 1.8, 0, 7); pen.fill();
  });
}

/* A bar is one service of the phase: its green, coloured by how it ended; grey where no code tells. */
function drawSplits(canvas, data, phase) {
  const on = sheet(canvas), { pen, left, top, right, bottom } = on, begin = Date.parse(data.from), end = Date.parse(data.to);
  const found = data.phases.find((one) => one.phase === phase);
  const known = found === undefined ? [] : found.green_s.map((green, k) => [found.start_ms[k], green, found.termination[k]]).filter((one) => one[1] !== null);
  const most = Math.max(10, ...known.map((one) => one[1])) * 1.05;
  axes(on, begin, end, most, offsetOf(data.from));
  const colors = { gap_out: "#39d0b0", max_out: "#ff8a7a", force_off: "#5aa0d8", unknown: "#7c8b97" };
  const thick = Math.max(1.5, Math.min(7, (0.7 * (right - left)) / Math.max(1, known.length)));
  for (const [time, green, ended] of known) {
    const x = left + ((right - left) * (time - begin)) / (end - begin);
    if (x < left) { continue; }
    pen.fillStyle = colors[ended] || colors.unknown;
    pen.fillRect(x, bottom - ((bottom - top) * green) / most, thick, ((bottom - top) * green) / most);
  }
}
