/* Small parts of the page: elements, buttons that wait for what they do, notes, the sheet. */
import { explain } from "./parking_problems.js";
import { w } from "./parking_words.js";

export function at(id) { return document.getElementById(id); }
export function make(tag, className, text, ...children) {
  const one = document.createElement(tag);
  if (className) { one.className = className; }
  if (text !== undefined && text !== null) { one.textContent = text; }
  one.append(...children.filter(Boolean));
  return one;
}
export function button(className, text, run) {
  const one = make("button", className, text);
  one.type = "button";
  one.onclick = async () => {
    if (one.getAttribute("aria-busy") === "true") { return; }
    one.setAttribute("aria-busy", "true");
    try { await run(one); } catch (error) { tell(error, one); } finally { one.removeAttribute("aria-busy"); }
  };
  return one;
}
/* Says what went wrong: in the sheet when it is open, else on top of the page. null takes it away. */
export function tell(error, near) {
  const sheet = at("sheet"), inside = sheet.open && (!near || sheet.contains(near));
  const note = inside ? sheet.querySelector(".note") || noteAt(near || sheet.querySelector(".body").lastChild) : at("note");
  note.textContent = error === null ? "" : explain(error);
  note.hidden = error === null;
  if (error !== null) {
    console.warn(error);
    note.scrollIntoView({ block: "nearest" });
  }
}
function noteAt(place) {
  const note = make("p", "note wide"), line = place.closest(".tools, .actions") || place;
  note.setAttribute("role", "alert");
  line.before(note);
  return note;
}
export function openSheet(title, ...parts) {
  const sheet = at("sheet"), head = make("div", "head"), name = make("h2", "", title), shut = button("shut", "×", async () => sheet.close());
  shut.setAttribute("aria-label", w("close"));
  name.id = "sheet-title";
  head.append(name, shut);
  sheet.setAttribute("aria-labelledby", "sheet-title");
  sheet.replaceChildren(head, make("div", "body", null, ...parts));
  if (!sheet.open) {
    sheet.showModal();
    sheet.scrollTop = 0;
  }
  return sheet;
}
export function closeSheet() { at("sheet").close(); }
export function row(text, value, className = "price") { return make("p", className, null, make("span", "", text), make("span", "", value)); }
export function labelled(text, field, className = "") { return make("label", className, null, make("span", "", text), field); }
export function option(value, text) { return Object.assign(make("option", "", text), { value }); }
export function link(text, href) {
  const one = make("a", "minor", text);
  one.href = href;
  one.target = "_blank";
  one.rel = "noopener noreferrer";
  return one;
}
