/* The parking page: three tabs. */
import { signIn } from "./parking_api.js";
import { onBooked } from "./parking_book.js";
import { at, closeSheet, tell } from "./parking_dom.js";
import { later, startFind } from "./parking_find.js";
import { showMine, startMine } from "./parking_mine.js";
import { showShares, startShare } from "./parking_share.js";

const TABS = ["find", "mine", "share"], SHOWN = { find: () => later(0), mine: showMine, share: showShares };

async function choose(name) {
  tell(null);
  for (const one of TABS) {
    at(one).hidden = one !== name;
    at(`tab-${one}`).setAttribute("aria-selected", String(one === name));
    at(`tab-${one}`).tabIndex = one === name ? 0 : -1;
  }
  history.replaceState(null, "", name === "find" ? location.pathname + location.search : `#${name}`);
  try { await SHOWN[name](); } catch (error) { tell(error); }
}
function start() {
  signIn();
  for (const one of TABS) {
    at(`tab-${one}`).onclick = () => choose(one);
    at(`tab-${one}`).onkeydown = (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) {
        const next = TABS[(TABS.indexOf(one) + step + TABS.length) % TABS.length];
        at(`tab-${next}`).focus();
        choose(next);
      }
    };
  }
  at("sheet").addEventListener("click", (event) => { if (event.target === at("sheet")) { closeSheet(); } });
  onBooked(() => choose("mine"));
  startMine();
  startShare();
  const wanted = TABS.find((one) => location.hash === `#${one}`);
  startFind().catch((error) => tell(error));
  if (wanted && wanted !== "find") { choose(wanted); }
}
start();
