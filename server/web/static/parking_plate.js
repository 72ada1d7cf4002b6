/* Number plates: a keypad that offers only what a plate can have, the colour guessed from its form, plates remembered on this phone. */
import { labelled, make, option, tell } from "./parking_dom.js";
import { fill, w } from "./parking_words.js";

const PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼", LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ", DIGITS = "1234567890", LAST = "学警港澳挂领";
const COLORS = ["blue", "green", "yellow_green", "yellow", "white", "black", "other"], KEPT = "parking-plates", MOST = 3;

/* O and I are in no serial: whoever writes them means 0 and 1. */
export function normalise(text) {
  const plain = text.normalize("NFKC").toUpperCase().replace(/[\s·•・.\-–—]/g, "");
  return PROVINCES.includes(plain[0] || " ") ? plain.slice(0, 2) + plain.slice(2).replace(/O/g, "0").replace(/I/g, "1") : plain;
}
export function guessColor(text) {
  const last = text[text.length - 1];
  if (text.length === 8 && PROVINCES.includes(text[0])) { return /[A-HJK]$/.test(text) ? "yellow_green" : "green"; }
  return { 警: "white", 港: "black", 澳: "black", 领: "black", 学: "yellow", 挂: "yellow" }[last] || (text && !PROVINCES.includes(text[0]) ? "other" : "blue");
}
export function pretty(text) { return PROVINCES.includes(text[0] || " ") && text.length > 2 ? `${text.slice(0, 2)}·${text.slice(2)}` : text; }
export function remembered() { try { return JSON.parse(localStorage.getItem(KEPT)) || []; } catch { return []; } }
export function remember(plate) { localStorage.setItem(KEPT, JSON.stringify([plate, ...remembered().filter((one) => one.text !== plate.text)].slice(0, MOST))); }
export function forget(text) { localStorage.setItem(KEPT, JSON.stringify(remembered().filter((one) => one.text !== text))); }

/* A form in which a plate is named; `submit(plate)` may raise, `colored(color)` hears of another colour. */
export function plateForm(text, submit, colored = () => {}) {
  const form = make("form", "plateform"), field = make("input"), color = make("select"), keys = make("div", "keys"), kept = make("div", "kept"), send = make("button", "main", text);
  const keep = make("input");
  let chosen = false, own = false;
  Object.assign(field, { id: "plate", required: true, maxLength: 12, autocomplete: "off", inputMode: "none", placeholder: "鲁A·12345", spellcheck: false });
  Object.assign(color, { id: "color" });
  Object.assign(keep, { type: "checkbox", id: "remember", checked: true });
  color.append(...COLORS.map((name) => option(name, w(name))));
  const show = () => {
    if (!chosen) {
      const guess = guessColor(normalise(field.value));
      if (guess !== color.value) { colored((color.value = guess)); }
    }
    if (!keys.hidden) { drawKeys(keys, normalise(field.value), press); }
  };
  const write = (value) => {
    field.value = pretty(value);
    show();
  };
  const press = (sign) => {
    const value = normalise(field.value);
    if (sign === "done") { keys.hidden = true; return send.focus(); }
    write(sign === "back" ? value.slice(0, -1) : (value + sign).slice(0, 8));
    if (normalise(field.value).length === 8) { keys.querySelector("[data-sign=done]")?.focus({ preventScroll: true }); }
    return undefined;
  };
  field.onfocus = () => { if (!own) { keys.hidden = false; show(); } };
  field.oninput = () => { chosen = false; show(); };
  color.onchange = () => {
    chosen = true;
    colored(color.value);
  };
  const other = make("button", "plain", w("keyboard"));
  other.type = "button";
  other.onclick = () => {
    own = !own;
    other.textContent = w(own ? "keypad" : "keyboard");
    field.inputMode = own ? "text" : "none";
    keys.hidden = own;
    field.blur();
    field.focus();
  };
  const showKept = () => {
    kept.replaceChildren(...remembered().map((one) => keptPlate(one, () => { chosen = true; keys.hidden = true; color.value = one.color; field.value = pretty(one.text); colored(one.color); }, showKept)));
    kept.hidden = kept.children.length === 0;
  };
  const check = make("label", "check", null, keep, make("span", "", w("remember")));
  keys.hidden = true;
  form.append(kept, labelled(w("plate"), field), labelled(w("color"), color), keys, other, check, send);
  showKept();
  const first = remembered()[0];
  if (first) {
    field.value = pretty(first.text);
    color.value = first.color;
    chosen = true;
  }
  form.onsubmit = (event) => {
    event.preventDefault();
    sent({ text: normalise(field.value), color: color.value }, keep.checked, send, submit);
  };
  return form;
}
async function sent(plate, keep, send, submit) {
  send.disabled = true;
  try {
    await submit(plate);
    if (keep) { remember(plate); } else { forget(plate.text); }
  } catch (error) { tell(error, send); } finally { send.disabled = false; }
}
function keptPlate(one, take, changed) {
  const chip = make("button", "chip", pretty(one.text)), drop = make("button", "forget", "×");
  chip.type = drop.type = "button";
  chip.onclick = take;
  drop.setAttribute("aria-label", fill("forget_plate", { p: pretty(one.text) }));
  drop.onclick = () => {
    forget(one.text);
    changed();
  };
  return make("span", "keptplate", null, chip, drop);
}
/* First the province, then a letter, then letters and digits; the last sign of seven may say what the vehicle is for. */
function drawKeys(keys, value, press) {
  const rows = value.length === 0 ? [PROVINCES.slice(0, 11), PROVINCES.slice(11, 21), PROVINCES.slice(21)] : value.length === 1 ? [LETTERS.slice(0, 12), LETTERS.slice(12)] : [DIGITS, LETTERS.slice(0, 8), LETTERS.slice(8, 16), LETTERS.slice(16), ...(value.length === 6 ? [LAST] : [])];
  const key = (sign, text = sign, label = "") => {
    const one = make("button", `key${sign === "done" ? " done" : ""}`, text);
    one.type = "button";
    one.dataset.sign = sign;
    if (label) { one.setAttribute("aria-label", label); }
    one.onpointerdown = (event) => event.preventDefault();
    one.onclick = () => press(sign);
    return one;
  };
  keys.setAttribute("role", "group");
  keys.setAttribute("aria-label", w("keypad"));
  keys.replaceChildren(...rows.map((signs) => make("div", "keyrow", null, ...[...signs].map((sign) => key(sign)))), make("div", "keyrow", null, key("back", "⌫", w("back")), key("done", w("done"))));
}
