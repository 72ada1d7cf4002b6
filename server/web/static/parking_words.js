/* Words of the parking page, Chinese and English. */
export const LANG = document.body.dataset.lang === "zh" ? "zh" : "en";
const WORDS = {
  waiting: ["排队中", "On the waiting list"], offered: ["已为您留位", "A place is held for you"], hold: ["待确认", "To be confirmed"], confirmed: ["已预约", "Reserved"],
  relocation_offered: ["请确认换位", "Another place offered"], checked_in: ["停车中", "Parked"], overstay: ["已超时", "Overstaying"], completed: ["已完成", "Completed"],
  cancelled: ["已取消", "Cancelled"], expired: ["已失效", "Lapsed"], no_show: ["未到场", "Not used"],
  s_waiting: ["有空位时为您保留，先到先得。", "When a place falls free it is held for whoever came first."], s_offered: ["请在时限内确认，否则轮到下一位。", "Confirm it in time, or the next in line gets it."],
  s_hold: ["请在时限内完成，否则车位将被释放。", "Finish in time, or the place is given up."], s_confirmed: ["车位已为您保留。", "Your place is reserved."],
  s_checked_in: ["请在结束前驶离或延长。", "Leave or extend before the end."], s_overstay: ["已超过预约时间，请尽快驶离。", "Your time is over: please leave soon."],
  s_no_show: ["未按时到达，车位已释放。", "Nobody came in time; the place was given up."], s_expired: ["未在时限内确认。", "It was not confirmed in time."], s_cancelled: ["此预约已取消。", "This reservation was cancelled."],
  s_completed: ["停车已结束。", "Your stay has ended."], s_relocation_offered: ["原车位已被收回，我们为您保留了另一个车位。", "Your place was withdrawn; another one is held for you."],
  r_place_withdrawn: ["车位被收回，已全额退款。", "The place was withdrawn; you were paid back in full."], r_place_still_occupied: ["前车未离开，已全额退款。", "The vehicle before you had not left; you were paid back in full."],
  room: ["您的时段空 {n}", "{n} free for your time"], full: ["该时段已满", "full at that time"], closed: ["该时段不开放", "closed at that time"], full_short: ["满", "full"], closed_short: ["休", "shut"],
  now_free: ["现在空 {n}", "{n} free now"], now_unknown: ["实时空位未知", "live count unknown"], shared_room: ["含共享 {n}", "{n} of them shared"], only_shared: ["共享", "Shared"], of: ["共 {n} 位", "{n} spaces"], opens: ["开放 {t}", "open {t}"],
  away: ["{n} 米", "{n} m"], away_km: ["{n} 公里", "{n} km"], walk_m: ["步行 {n} 分 · {m}", "{n} min walk · {m}"],
  reserve: ["预约", "Reserve"], reserve_pay: ["预约并支付 {m}", "Reserve and pay {m}"], wait: ["排队等候", "Join the waiting list"], close: ["关闭", "Close"], plate: ["车牌", "Number plate"], color: ["颜色", "Colour"],
  blue: ["蓝牌", "blue"], green: ["绿牌（小型新能源）", "green (small, new energy)"], yellow_green: ["黄绿牌（大型新能源）", "yellow-green (large, new energy)"], yellow: ["黄牌", "yellow"], white: ["白牌", "white"], black: ["黑牌", "black"], other: ["其他", "other"],
  total: ["合计", "Total"], nothing_to_pay: ["免费", "Free"], refund: ["{t} 前取消，退 {p}%", "cancelled before {t}: {p}% back"], no_refund: ["此后取消不退款", "cancelled later: nothing back"], no_refund_now: ["现在起取消不退款", "cancelled from now on: nothing back"], free_cancel: ["免费车位，可随时取消", "Free of charge; cancel at any time"],
  overstay_price: ["超时每小时 {m}", "overstaying costs {m} an hour"], confirm: ["确认预约", "Confirm"], pay: ["支付 {m}", "Pay {m}"], pay_more: ["补交 {m}", "Pay the balance of {m}"], paying: ["支付中…", "Paying…"], cancel: ["取消预约", "Cancel it"], leave_list: ["退出排队", "Leave the list"],
  sure: ["现在取消，退款 {m}。", "Cancelled now, {m} goes back."], sure_nothing: ["现在取消，不退款。", "Cancelled now, nothing goes back."], sure_free: ["没有付款，可直接取消。", "Nothing was paid; it can be cancelled."], keep: ["保留", "Keep it"], kept: ["不退 {m}", "{m} is kept"],
  later: ["{t} 起取消，退 {m}", "from {t} on: {m} back"], extend: ["延长", "Extend"], extend_to: ["延长至 {t}，加 {m}", "Until {t} for {m} more"], extend_free: ["延长至 {t}，免费", "Until {t}, free"], extend_by: ["延长多久", "For how much longer"],
  withdraw: ["停止共享", "Stop sharing"], until: ["保留至 {t}", "held until {t}"], left: ["还剩 {t}", "{t} left"], over: ["时限已到", "time is up"], starts_in: ["{t} 后开始", "starts in {t}"], ends_in: ["{t} 后结束", "ends in {t}"],
  none_mine: ["还没有预约。找到车位后，预约会显示在这里。", "No reservations yet. What you reserve appears here."], none_lots: ["附近没有停车场", "No car park nearby"], none_shares: ["还没有共享的车位", "Nothing shared yet"],
  past: ["历史", "Past"], sign_in: ["请从您的应用登录后打开本页", "Open this page from your app, signed in"], lost: ["与服务器的连接已中断，请稍后再试", "No connection to the server; try again in a moment"],
  workdays: ["工作日（含调休上班日）", "working days (make-up days too)"], days_off: ["休息日（含节假日）", "days off (holidays too)"], daily: ["每天", "every day"], inactive: ["已停止", "stopped"], stall: ["{n} 号位", "stall {n}"], place: ["车位 {n}", "space {n}"], some_place: ["任一空位", "any free stall"],
  checking: ["查询中…", "Looking…"], alternatives: ["附近有位：", "Room nearby: "], hour: ["{m}/小时", "{m} an hour"], buffer: ["归还缓冲 {n} 分钟", "{n} min return buffer"], last_day: ["到 {t} 为止", "until {t}"], next_day: ["次日 {t}", "{t} the next day"],
  change_plate: ["更换车牌", "Change the plate"], save: ["保存", "Save"], check_in: ["我已到达", "I have arrived"], check_out: ["我已驶离", "I have left"], details: ["详情", "Details"], directions: ["导航", "Directions"], amap: ["高德", "Amap"], geo: ["手机地图", "Map app"], osm: ["OSM", "OSM"], other_place: ["其他车位…", "another space…"],
  receipt: ["费用", "Receipt"], r_fees: ["超时费", "Overstay fee"], r_paid: ["已付", "Paid"], r_refunded: ["已退款", "Refunded"], r_due: ["待付", "Due"], r_none: ["没有费用", "No charge"], arrived_at: ["到达 {t}", "arrived {t}"], left_at: ["驶离 {t}", "left {t}"],
  queue_first: ["您排在第 1 位", "You are first in line"], queue: ["前面还有 {n} 位", "{n} before you"], accept: ["接受新车位", "Take the new place"], refuse: ["不接受，退款", "Refuse, money back"],
  moved: ["原车位：{a} → 新车位：{b}", "old place: {a} → new place: {b}"], moved_same: ["在同一停车场内，价格不变，不用改路线。", "In the same car park, at the same price; your way stays the same."], moved_away: ["新车位距原车位 {m}。", "The new place is {m} from the old one."], moved_back: ["不接受则退款 {m}", "If you refuse, {m} goes back"],
  forget: ["忘记", "Forget"], forget_plate: ["在本机忘记车牌 {p}", "Forget the plate {p} on this phone"], keyboard: ["其他格式（使馆、临时）", "Other forms (embassy, temporary)"], keypad: ["车牌键盘", "Plate keypad"], back: ["退格", "Delete"], done: ["完成", "Done"], remember: ["在本机记住", "Remember on this phone"],
  now: ["现在", "Now"], in_2h: ["2 小时后", "In 2 h"], tonight: ["今晚", "Tonight"], next_workday: ["下个工作日", "Workday"], tomorrow_work: ["明天上班", "Tomorrow, work"], today: ["今天", "Today"], tomorrow: ["明天", "Tomorrow"], work: ["班", "work"], rest: ["休", "off"], undecreed: ["未公布", "not decreed"],
  days_long: ["{n} 天", "{n} d"], hours_long: ["{n} 小时", "{n} h"], minutes_long: ["{n} 分", "{n} min"], longer: ["停更久", "Longer"], shorter: ["停更短", "Shorter"], leave_at: ["{t} 离开", "leave {t}"],
  here: ["我的位置", "My location"], no_here: ["无法获取位置；请在地图上点选目的地。", "Your location is not available; tap your destination on the map."], tapped: ["地图上的点", "Point on the map"], stop: ["公交站", "Bus stop"], lot: ["停车场", "Car park"], nothing_found: ["没有找到", "Nothing found"], clear: ["清除目的地", "Clear the destination"], destination: ["目的地", "Destination"],
  zoom_in: ["放大", "Zoom in"], zoom_out: ["缩小", "Zoom out"], fit: ["显示全部", "Show all"], forecast: ["未来一小时空位预测", "Free spaces in the next hour"], forecast_says: ["{t} 预计空 {n}（{a}–{b}）", "about {n} free at {t} ({a}–{b})"],
  general: ["普通", "ordinary"], charging: ["充电", "charging"], disabled: ["无障碍", "disabled"], family: ["亲子", "family"], women: ["女士", "women"], bus: ["大巴", "bus"], truck: ["货车", "truck"], motorcycle: ["摩托", "motorcycle"], resident: ["居民", "residents"],
  shared: ["共享车位", "shared space"], reservation: ["预约", "reservation"], mon: ["周一", "Mon"], tue: ["周二", "Tue"], wed: ["周三", "Wed"], thu: ["周四", "Thu"], fri: ["周五", "Fri"], sat: ["周六", "Sat"], sun: ["周日", "Sun"],
  joint: ["、", ", "], publish: ["发布", "Publish"], calendar: ["未来两周", "Next two weeks"], open: ["开放", "open"], not_open: ["不开放", "closed"], cal_unknown: ["{t} 起的假日安排尚未公布，届时再定", "From {t} on the holidays are not decreed yet"], who: ["谁预约了", "Who reserved"], nobody: ["还没有人预约", "Nobody yet"], earned: ["收入（近 30 天）", "Earned (last 30 days)"],
  edit: ["修改", "Change"], skip_day: ["{t} 不共享", "Not shared on {t}"], unskip_day: ["{t} 恢复共享", "Shared again on {t}"], skipped: ["已设为不共享", "set aside"], day_hint: ["点某一天可单独停止或恢复", "Tap a day to stop or resume it alone"], found: ["{n} 个停车场，{m} 个有空位", "{n} car parks, {m} with room"], stop_none: ["没有人预约，可直接停止。", "Nobody has reserved it; you can stop at once."], stop_some: ["{n} 个已有预约会被换位或全额退款。", "{n} reservations will be moved or paid back in full."], e_moved: ["{t}：换到别的车位", "{t}: moved to another place"], e_refunded: ["{t}：取消并退款 {m}", "{t}: cancelled, {m} paid back"], e_stays: ["{t}：不变", "{t}: unchanged"],
  conduct: ["停车信用", "Conduct"], conduct_good: ["没有超时记录", "No overstays on record"], conduct_count: ["{n} 次计入；满 {m} 次将暂停预约", "{n} of them count; {m} suspend reserving"], counts: ["计入", "counts"], appeal_until: ["申诉截止 {t}", "Appeals are taken until {t}"], e_refunds: ["退还给预约者", "Paid back to them"], e_compensation: ["补偿（由您承担）", "Compensation, out of your account"], e_declined: ["若对方不接受换位，再补偿", "Compensation if they decline the other place"], e_share: ["您的分成", "Your share"], plain_place: ["车场车位 {n}", "car park, {n} free"], which: ["哪种车位", "Which space"], compensated: ["并补偿 {m}", "and {m} of compensation"], late_by: ["{t} 超时 {d}", "{t}: {d} late"], barred: ["车牌 {p} 至 {t} 不能预约", "{p} cannot reserve until {t}"], appeal: ["申诉", "Appeal"], appeal_why: ["请说明理由", "Say why"], appeal_plate: ["预约时车牌打错？请填正确车牌（可不填）", "Was the plate mistyped? The right one (optional)"], appeal_send: ["提交申诉", "Send the appeal"], filed: ["申诉处理中", "Appeal under review"], upheld: ["申诉成立，不再计入", "Appeal upheld: it does not count"], rejected: ["申诉未成立", "Appeal rejected"], voided: ["不计入", "does not count"],
  pin: ["{a}，{p}，{r}", "{a}, {p}, {r}"], no_price: ["价格未知", "price unknown"]
};
export function w(key) { const pair = WORDS[key]; return pair ? pair[LANG === "zh" ? 0 : 1] : key; }
export function known(key) { return key in WORDS; }
export function fill(key, values) { return w(key).replace(/\{(\w+)\}/g, (_, name) => values[name]); }
export function money(one) { return one.amount === 0 ? w("nothing_to_pay") : amount(one.amount); }
/* Whole yuan without decimals; a figure, also when it is nothing. */
export function amount(fen) { return "¥" + (fen % 100 === 0 ? fen / 100 : (fen / 100).toFixed(2)); }
export function metres(n) { return n < 1000 ? fill("away", { n: Math.round(n / 10) * 10 }) : fill("away_km", { n: (n / 1000).toFixed(1) }); }
/* A place's own number, without what machines call it: demo-garden.117 is 117, a pool is its kind. */
export function placeName(id) {
  const tail = (id || "").split(/[.:~]/).pop();
  return known(tail) ? w("some_place") : fill("place", { n: tail });
}
