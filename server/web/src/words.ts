/* The few words of the map. What boards say comes from the server in both languages. */

import type { Language } from "./types.ts";

const WORDS = {
  open: { zh: "实时", en: "Live" },
  connecting: { zh: "连接中…", en: "Connecting…" },
  lost: { zh: "连接中断，正在重连", en: "Connection lost, reconnecting" },
  expired: { zh: "数据已过期", en: "The data has expired" },
  noBoard: { zh: "暂无车辆信息", en: "Nothing to board here" },
  board: { zh: "电子站牌", en: "LED board" },
  phone: { zh: "手机页面", en: "Phone page" },
  close: { zh: "关闭", en: "Close" },
  next: { zh: "前方站点", en: "Next stops" },
  noNext: { zh: "暂无前方站点预报", en: "No stops predicted" },
  gone: { zh: "车辆已离线", en: "This vehicle is not reporting" },
  in_service: { zh: "运营中", en: "In service" },
  layover: { zh: "等待发车", en: "Waiting to depart" },
  seen: { zh: "最后定位", en: "last fix" },
  all: { zh: "全部线路", en: "All lines" },
  noGl: { zh: "浏览器不支持 WebGL，无法显示地图。左侧站牌不受影响。", en: "This browser has no WebGL, so the map cannot be drawn. The boards work." },
  noNetwork: { zh: "无法读取线网，请刷新页面。", en: "The network could not be read. Please reload the page." },
} as const;

export type Word = keyof typeof WORDS;

export function word(key: Word, language: Language): string {
  return WORDS[key][language];
}

export function stateWord(state: string, language: Language): string {
  return state === "in_service" || state === "layover" ? word(state, language) : state;
}
