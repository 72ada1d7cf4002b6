/* One intersection: its verdict and the evidence, what its lamps show now, diagrams of a phase, the last measures. */
const detail = { id: null, phase: null, since: new Map(), timer: 0 };

function verdictText(one) {
  const because = one.evidence.unknown_because;
  const text = w("v_" + one.verdict);
  if (one.evidence.adapting_undeclared) { return w("undeclared"); }
  return one.verdict === "unknown" && because ? `${text}: ${WORDS["because_" + because] ? w("because_" + because) : because}` : text;
}
function probability(value) {
  if (value === null || value === undefined) { return ["–", "unknown"]; }
  return [value < 0.001 ? "p < 0.001" : `p = ${value.toFixed(3)}`, value < 0.01 ? "yes" : "no"];
}
function truth(value) { return value === null || value === undefined ? ["–", "unknown"] : value ? [w("yes"), "yes"] : [w("no"), "no"]; }

function evidenceRows(e) {
  const spread = e.spread_s === null || e.spread_s === undefined ? "" : ` (σ ${e.spread_s.toFixed(1)} s)`;
  const auc = e.gap_auc === null || e.gap_auc === undefined ? "" : ` (AUC ${e.gap_auc.toFixed(2)})`;
  const follows = e.demand_correlation === null || e.demand_correlation === undefined ? "" : ` (r ${e.demand_correlation.toFixed(2)})`;
  const services = e.services_per_stage === null || e.services_per_stage === undefined ? "–" : e.services_per_stage.toFixed(0);
  return [
    [[w("t1") + spread, ""], truth(e.moves)], [[w("t2") + auc, ""], probability(e.p_micro)], [[w("t3") + follows, ""], probability(e.p_macro)],
    [[w("t5"), ""], probability(e.p_plans)], [[w("heard"), ""], [percent(e.message_share), ""]], [[w("alive"), ""], [percent(e.alive_share), ""]],
    [[w("away"), ""], [percent(e.away_share), ""]], [[w("services"), ""], [services, ""]]
  ];
}
function measureRows(measures) {
  return measures.map((one) => [
    [String(one.phase), "number"], [percent(one.arrivals_on_green.value), "number"], [figure(one.platoon_ratio.value, 2), "number"],
    [one.approach_delay_lower_bound_s.value === null ? "–" : one.approach_delay_lower_bound_s.value.toFixed(1) + " s", "number"],
    [percent(one.split_failures.value), "number"], [one.cycle.mean_s === null ? "–" : one.cycle.mean_s.toFixed(0) + " s", "number"],
    [one.split.mean_s === null ? "–" : one.split.mean_s.toFixed(0) + " s", "number wide"],
    [["gap_out", "max_out", "force_off"].map((name) => percent(one.terminations[name].value, 0).replace(" %", "")).join(" / "), "number wide"]
  ]);
}

function showLamps(data) {
  const box = document.getElementById("lamps");
  if (box === null || data.id !== detail.id) { return; }
  if (!data.heard) { box.replaceChildren(make("span", "quiet", w("silent"))); return; }
  box.replaceChildren(...data.phases.map((one) => {
    const lamp = make("span", "lamp " + one.state), time = make("span");
    time.dataset.since = one.since_ms;
    lamp.append(make("i"), make("span", "", `${w("phase")} ${one.phase}`), time);
    return lamp;
  }));
  if (data.stage !== null && data.phases.length === 0) { box.append(make("span", "lamp", `${w("stage")} ${data.stage.stage ?? data.stage}`)); }
}
function tick(skew) {
  for (const one of document.querySelectorAll("[data-since]")) {
    one.textContent = Math.max(0, Math.round((Date.now() + skew - Number(one.dataset.since)) / 1000)) + " s";
  }
}

async function showDiagrams() {
  const id = detail.id, phase = detail.phase, path = `/v1/signals/intersections/${encodeURIComponent(id)}`;
  const [diagram, splits] = await Promise.all([ask(`${path}/coordination?phase=${phase}`), ask(`${path}/splits?phase=${phase}`)]);
  if (id !== detail.id || phase !== detail.phase) { return; }
  drawPurdue(document.getElementById("purdue"), diagram);
  drawSplits(document.getElementById("split"), splits, phase);
}

function phaseChoice(phases) {
  const box = make("div", "choice");
  for (const phase of phases) {
    const button = make("button", "", `${w("phase")} ${phase}`);
    button.type = "button";
    button.setAttribute("aria-pressed", String(phase === detail.phase));
    button.onclick = () => {
      detail.phase = phase;
      for (const other of box.children) { other.setAttribute("aria-pressed", String(other === button)); }
      showDiagrams();
    };
    box.append(button);
  }
  return box;
}

async function showDetail(id) {
  const fresh = detail.id !== id;
  detail.id = id;
  const one = await ask(`/v1/signals/intersections/${encodeURIComponent(id)}`);
  if (detail.id !== id) { return; }
  const phases = [...new Set(one.measures.map((row) => row.phase).concat(one.now.phases.map((row) => row.phase)))].sort((a, b) => a - b);
  if (fresh || !phases.includes(detail.phase)) { detail.phase = phases.length ? phases[0] : null; }
  const section = document.getElementById("detail"), card = make("div", "card"), head = make("div", "detail-head"), close = make("button", "", "×");
  close.type = "button";
  close.setAttribute("aria-label", w("close"));
  close.onclick = () => closeDetail();
  const rung = make("span", "chip", w(one.rung) + (one.possible_rung !== one.rung ? ` – ${w(one.possible_rung)}` : ""));
  rung.style.color = COLORS[one.rung];
  head.append(make("h2", "", one.name || one.id), make("span", "quiet", one.id), rung, close);
  const facts = [[w("mode"), one.mode_name || "–"], [w("plan"), one.plan ?? "–"], [w("seen"), percent(one.observable_share)]];
  card.append(head, make("p", "say", verdictText(one)), make("p", "quiet", facts.map(([name, value]) => `${name} ${value}`).join(" · ")));
  if (one.device_id !== null) { card.append(make("h3", "", w("now")), Object.assign(make("div", "lamps"), { id: "lamps" })); }
  const parts = make("div", "parts"), left = make("div"), right = make("div"), told = make("table"), measured = make("table");
  if (one.device_id !== null) {
    table(told, [[w("evidence"), ""], ["", ""]], evidenceRows(one.evidence));
    left.append(make("h3", "", w("evidence")), told);
  }
  if (one.measures.length) {
    const heads = ["phase", "aog", "platoon", "delay", "failures", "cycle", "split", "ends"];
    table(measured, heads.map((name, k) => [w(name), k > 5 ? "number wide" : "number"]), measureRows(one.measures));
    const box = make("div", "scroll");
    box.append(measured);
    left.append(make("h3", "", w("measures")), box);
  }
  if (detail.phase !== null && one.device_id !== null) {
    right.append(phaseChoice(phases), make("h3", "", w("diagram")), Object.assign(make("canvas"), { id: "purdue" }));
    right.append(make("h3", "", w("splits")), Object.assign(make("canvas"), { id: "split" }), splitLegend());
  }
  parts.append(left, right);
  card.append(parts);
  section.replaceChildren(card);
  section.hidden = false;
  if (fresh) { section.scrollIntoView({ behavior: "smooth", block: "nearest" }); }
  showLamps({ ...one.now, id });
  if (right.children.length) { await showDiagrams(); }
  if (one.device_id !== null) { await showEffect(left, id); }
}
async function showEffect(box, id) {
  const path = `/v1/signals/intersections/${encodeURIComponent(id)}`;
  const [effect, worth] = await Promise.all([ask(`${path}/effect`), ask(`${path}/worth`)]);
  if (id !== detail.id || !box.isConnected) { return; }
  box.append(make("h3", "", w("effect")), ...effect.comparisons.map((each) => make("p", "quiet", each.text[LANG])));
  box.append(make("h3", "", w("worth")), make("p", "quiet", worth.text[LANG]));
}
function splitLegend() {
  const list = make("ul", "legend");
  for (const [name, color] of [["gap_out", "#39d0b0"], ["max_out", "#ff8a7a"], ["force_off", "#5aa0d8"], ["unknown", "#7c8b97"]]) {
    const item = make("li", "", w(name)), mark = make("i");
    mark.style.background = color;
    item.prepend(mark);
    list.append(item);
  }
  return list;
}
