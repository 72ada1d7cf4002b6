/* Words and colours of the signals page, Chinese and English. */
const LANG = document.body.dataset.lang === "zh" ? "zh" : "en";
const RUNGS = ["listed", "online", "declared", "adapting", "healthy", "effective"];
const COLORS = { listed: "#6b7b88", online: "#5aa0d8", declared: "#e6bd6a", adapting: "#39d0b0", healthy: "#57d97c", effective: "#c4f36b" };
const WORDS = {
  listed: ["在册", "Listed"], online: ["在线", "On line"], declared: ["申报实时", "Declared"], adapting: ["确在响应", "Adapting"],
  healthy: ["状态健康", "Healthy"], effective: ["确有成效", "Effective"],
  v_adapting: ["配时随交通变化：有统计证据", "Its timing follows the traffic: shown"],
  v_not_adapting: ["配时不随交通变化", "Its timing does not follow the traffic"],
  v_unknown: ["尚不能判断", "Cannot be told yet"],
  official: ["实时信号配时比例（申报）", "Real-time timing (declared)"], shown: ["其中证实在响应", "Shown to adapt"],
  online_now: ["在线路口", "On line"], epolice: ["电子警察覆盖率", "E-police coverage"], unknown: ["未知", "unknown"],
  no_star: ["未达星", "no star"], gap: ["距{s}差 {n} 个", "{n} short of {s}"], between: ["{a}–{b}", "{a}–{b}"],
  count: ["按路口数", "By number"], importance: ["按重要度", "By importance"], flow: ["按流量", "By flow"], bus_passengers: ["按公交客流", "By bus passengers"],
  perhaps: ["虚线：可能更高", "dashed: perhaps higher"], next_rank: ["数字：建议次序", "number: order proposed"],
  mode: ["控制方式", "Mode"], plan: ["方案", "Plan"], seen: ["可观测", "Observed"], phase: ["相位", "Phase"], stage: ["阶段", "Stage"], now: ["当前灯态", "Now"],
  silent: ["当前没有收到该信号机的数据", "Nothing is heard from this controller now"],
  evidence: ["证据", "Evidence"], measures: ["最近一刻钟", "Last quarter hour"], diagram: ["普渡协调图（近半小时）", "Purdue coordination diagram (last half hour)"],
  splits: ["绿信比监视（近半小时各次绿灯）", "Split monitor (greens of the last half hour)"],
  aog: ["绿灯到达", "Arrivals on green"], platoon: ["车队比", "Platoon ratio"], delay: ["延误（下界）", "Delay (lower bound)"], failures: ["绿灯不足", "Split failures"],
  cycle: ["周期", "Cycle"], split: ["绿信", "Split"], ends: ["感应/最大/强制", "Gap / max / force"], nothing: ["暂无数据", "No data"],
  gap_out: ["感应结束", "gap-out"], max_out: ["最大绿", "max-out"], force_off: ["强制结束", "force-off"],
  t1: ["同方案内阶段长度变化", "Stage length varies within a plan"], t2: ["绿灯结束跟随车流间隙", "Green ends when the traffic has a gap"],
  t3: ["绿灯份额跟随此前需求", "Share of green follows demand"], t5: ["方案切换偏离时间表", "Plans change off their schedule"],
  heard: ["消息完整", "Messages complete"], alive: ["检测器正常", "Detectors alive"], away: ["脱离自动控制的时间", "Time out of control"],
  yes: ["是", "yes"], no: ["否", "no"], services: ["每阶段绿灯次数", "greens per stage"], undeclared: ["未申报，但确在响应", "Adapts, though it is not declared to"],
  rank: ["次序", "Rank"], where: ["路口", "Intersection"], gain: ["增益", "Gain"], total: ["累计", "Total"], sure: ["入选稳定度", "Kept in resampling"],
  by_flow: ["流量排名", "Flow rank"], by_between: ["介数排名", "Betweenness rank"], assumed: ["按典型增益假定", "gain assumed typical"],
  next_note: ["收益 {b}，可证上界 {u}（最多还差 {g}）；按流量选得 {f}，按介数选得 {c}。单位：{unit}。", "Benefit {b}, proved bound {u} (at most {g} left); choosing by flow gives {f}, by betweenness {c}. Unit: {unit}."],
  by_buses: ["出行取自公交时刻表。", "Trips are the buses of the timetable."],
  trips_per_day: ["受益出行/日", "trips helped a day"], person_seconds_per_day: ["人·秒/日", "person-seconds a day"],
  no_next: ["没有出行数据，无法排序", "Without trips there is no order"], preparing: ["正在计算…", "Reckoning…"],
  no_requests: ["目前没有需要优先的晚点公交", "No late bus needs priority now"], late: ["晚 {n} 秒", "{n} s late"], at_line: ["到达停车线", "at the stop line"],
  reading: ["口径", "Reading"], ratio: ["比例", "Ratio"], items: ["路口", "Items"], star: ["星级", "Star"],
  close: ["关闭", "Close"], arrivals: ["到达", "arrivals"], star4: ["★★★★ 60 %", "★★★★ 60 %"],
  effect: ["与本路口可比日相比的成效", "Effect beside its own comparable days"], worth: ["改善配时的价值", "What better timing is worth"],
  because_no_counts: ["没有车道流量", "no lane counts came"], because_no_stages: ["检测器表未写明进口对应的相位阶段", "the detector list names no stages"],
  because_few_counts: ["车道流量太少", "too few lane counts"],
  because_no_controller: ["名录中没有信号机", "the list names no controller"], because_not_observed: ["可观测时间不足", "too little of the time was observed"],
  because_little_traffic: ["车流太少", "too little traffic"], because_no_advance_detectors: ["没有上游检测器", "no detectors upstream"],
  because_short_window: ["观测时间还短", "the window is still short"], because_inconclusive: ["证据不足以判定", "the evidence decides neither way"],
  because_second_window: ["待下一窗口印证", "the next window has to agree"],
  because_few_services: ["每阶段绿灯次数不足", "too few greens per stage"], because_no_detectors: ["没有可用的检测器", "no usable detectors"]
};
function w(key) { const pair = WORDS[key]; return pair ? pair[LANG === "zh" ? 0 : 1] : key; }
function fill(key, values) { return w(key).replace(/\{(\w+)\}/g, (_, name) => values[name]); }
function percent(share, digits = 1) { return share === null || share === undefined ? "–" : (100 * share).toFixed(digits) + " %"; }
function figure(value, digits) { return value === null || value === undefined ? "–" : value.toFixed(digits); }
function make(tag, className, text) {
  const one = document.createElement(tag);
  if (className) { one.className = className; }
  if (text !== undefined) { one.textContent = text; }
  return one;
}
function draw(tag, attributes, parent) {
  const one = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) { one.setAttribute(name, value); }
  parent.append(one);
  return one;
}
function table(target, heads, rows) {
  const head = make("thead"), body = make("tbody"), line = make("tr");
  for (const [text, className] of heads) { line.append(make("th", className, text)); }
  head.append(line);
  for (const cells of rows) {
    const row = make("tr");
    for (const [value, className] of cells) {
      const cell = make("td", className);
      if (value instanceof Node) { cell.append(value); } else { cell.textContent = value; }
      row.append(cell);
    }
    body.append(row);
  }
  target.replaceChildren(head, body);
}
