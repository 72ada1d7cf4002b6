/* Words of the parking page, Chinese and English. */
const LANG = document.body.dataset.lang === "zh" ? "zh" : "en";
const WORDS = {
  waiting: ["排队中", "Waiting"], offered: ["已为您留位", "Held for you"], hold: ["待确认", "To be confirmed"], confirmed: ["已预约", "Reserved"],
  relocation_offered: ["为您换位", "Another place offered"], checked_in: ["停车中", "Parked"], overstay: ["已超时", "Overstaying"], completed: ["已完成", "Completed"],
  cancelled: ["已取消", "Cancelled"], expired: ["已失效", "Lapsed"], no_show: ["未到场", "Not used"],
  free: ["空 {n}", "{n} free"], full: ["已满", "full"], closed: ["不开放", "closed"], away: ["{n} 米", "{n} m"], of: ["共 {n} 位", "of {n}"],
  reserve: ["预约", "Reserve"], wait: ["排队等候", "Join the waiting list"], close: ["关闭", "Close"], plate: ["车牌", "Plate"], color: ["颜色", "Colour"],
  blue: ["蓝", "blue"], green: ["绿（小型新能源）", "green (small NEV)"], yellow_green: ["黄绿（大型新能源）", "yellow-green (large NEV)"], yellow: ["黄", "yellow"],
  white: ["白", "white"], black: ["黑", "black"], other: ["其他", "other"],
  total: ["合计", "Total"], nothing_to_pay: ["免费", "Free"], refund: ["{t} 前取消退 {p} %", "cancelled before {t}: {p} % back"], no_refund: ["此后不退", "nothing back after that"],
  overstay_price: ["超时每小时 {m}", "overstay {m} an hour"], confirm: ["确认", "Confirm"], pay: ["支付 {m}", "Pay {m}"], cancel: ["取消预约", "Cancel"],
  sure: ["取消后退款 {m}。确定取消？", "{m} will go back. Cancel it?"], keep: ["保留", "Keep it"], extend: ["延长一小时", "One hour more"], withdraw: ["撤回", "Withdraw"],
  until: ["保留至 {t}", "held until {t}"], none_mine: ["还没有预约", "No reservations yet"], none_lots: ["附近没有停车场", "No car park found"], none_shares: ["还没有共享的车位", "Nothing shared yet"],
  sign_in: ["请从您的应用登录后打开本页", "Open this page from your app, signed in"], lost: ["与服务器的连接已中断", "No connection to the server"], done: ["已预约", "Reserved"],
  workdays: ["工作日", "working days"], days_off: ["休息日", "days off"], daily: ["每天", "every day"], inactive: ["已撤回", "withdrawn"], stall: ["车位 {n}", "stall {n}"],
  checking: ["查询中…", "Looking…"], alternatives: ["附近有位：", "Room nearby: "], hour: ["{m}/小时", "{m} an hour"], buffer: ["缓冲 {n} 分钟", "{n} min buffer"]
};
function w(key) { const pair = WORDS[key]; return pair ? pair[LANG === "zh" ? 0 : 1] : key; }
function fill(key, values) { return w(key).replace(/\{(\w+)\}/g, (_, name) => values[name]); }
function money(one) { return one.amount === 0 ? w("nothing_to_pay") : (LANG === "zh" ? "¥" : "CNY ") + (one.amount / 100).toFixed(2); }
function clock(text) { return `${text.slice(5, 10)} ${text.slice(11, 16)}`; }
function span(from, to) { return from.slice(0, 10) === to.slice(0, 10) ? `${clock(from)}–${to.slice(11, 16)}` : `${clock(from)} – ${clock(to)}`; }
function make(tag, className, text) {
  const one = document.createElement(tag);
  if (className) { one.className = className; }
  if (text !== undefined) { one.textContent = text; }
  return one;
}
function button(className, text, run) {
  const one = make("button", className, text);
  one.type = "button";
  one.onclick = async () => {
    one.disabled = true;
    try { await run(); } catch (error) { tell(error); } finally { one.disabled = false; }
  };
  return one;
}
function tell(error) {
  const note = document.getElementById("note");
  note.textContent = error === null ? "" : error.detail || w("lost");
  note.hidden = error === null;
  if (error !== null) { console.warn(error); note.scrollIntoView({ block: "nearest" }); }
}
