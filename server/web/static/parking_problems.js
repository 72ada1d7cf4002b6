/* What the server refuses, in the reader's language: one sentence each, by the problem's code. */
import { LANG, w } from "./parking_words.js";

const SENTENCES = {
  taken: ["该时段已没有空位。", "No place is free for all of that time."],
  closed: ["该时段车位不开放。", "The place is not open for all of that time."],
  calendar_unknown: ["那一年的工作日安排尚未公布，暂时不能预约。", "The working days of that year are not decreed yet; it cannot be reserved."],
  quote_expired: ["报价已过期，请重新选择。", "The price has expired; please choose again."],
  quote_differs: ["报价与预约不符，请重新选择。", "The price is for another time; please choose again."],
  bad_interval: ["时间不对：结束须晚于开始和现在，且最长 31 天。", "The end must lie after the start and after now, 31 days at most."],
  bad_plate: ["车牌写法不对：请核对省份简称、位数和颜色。", "That is no valid plate: check province, length and colour."],
  bad_window: ["共享的日期或时间填写有误。", "The days or hours of sharing are not valid."],
  plate_busy: ["该车牌在这一时段已有预约。", "This plate has another reservation at that time."],
  too_many_holds: ["您有太多未确认的预约，请先确认或取消。", "You hold too many unconfirmed places; confirm or cancel one first."],
  barred: ["该车牌因多次超时暂时不能预约，可在“我的预约”中申诉。", "This plate may not reserve for now after overstays; you can appeal under My reservations."],
  not_eligible: ["该车位目前只对特定人群开放。", "This place is for others at that time."],
  wrong_state: ["预约状态已变，不能这样操作。", "That cannot be done in its present state."],
  hold_expired: ["保留时间已过，请重新预约。", "The hold has lapsed; please reserve again."],
  stale_version: ["内容刚刚有变化，请再看一下。", "It has just changed; please look again."],
  too_late: ["已经太晚，不能这样操作。", "It is too late for that."],
  too_early: ["还没到可以入场的时间。", "It is too early to come."],
  not_paid: ["需要先付款。", "It has to be paid first."],
  nothing_due: ["没有需要支付的费用。", "There is nothing to pay."],
  unknown_lot: ["这个停车场已不存在。", "This car park is no longer there."],
  unknown_place: ["没有这样的车位，请核对。", "There is no such space; please check it."],
  unknown_reservation: ["没有找到这个预约。", "There is no such reservation of yours."],
  unknown_quote: ["报价已失效，请重新选择。", "The price is no longer known; please choose again."],
  unknown_share: ["没有找到这个共享。", "There is no such shared space of yours."],
  unknown_tariff: ["该停车场的价目缺失，暂时不能预约。", "The price list of this car park is missing; it cannot be reserved."],
  not_ready: ["服务正在启动，请稍候。", "The service is starting; one moment, please."],
  provider_silent: ["支付服务没有回应，请再试一次。", "The payment service did not answer; please try again."],
  no_provider: ["本服务未接入支付。", "No payment service is connected."],
  no_token: null, bad_token: null, no_issuer: null
};

export function explain(error) {
  const said = SENTENCES[error.code];
  if (said === null || error.status === 401) { return w("sign_in"); }
  const others = (error.alternatives || []).map((one) => one.name).filter(Boolean).join(LANG === "zh" ? "、" : ", ");
  if (said) { return said[LANG === "zh" ? 0 : 1] + (others ? ` ${w("alternatives")}${others}${LANG === "zh" ? "。" : "."}` : ""); }
  return (LANG === "en" && error.detail) || w("lost");
}
