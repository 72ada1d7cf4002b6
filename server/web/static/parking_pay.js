/* Paying: the provider is asked by the server; here one is led to it and waits for what comes of it. */
import { get, once } from "./parking_api.js";
import { link, make, openSheet } from "./parking_dom.js";
import { fill, money } from "./parking_words.js";

const PATIENCE = 40, PAUSE = 500;

export function dueOf(one) { return one.price.amount + one.fees.amount - one.paid.amount + one.refunded.amount; }
/* Until it is paid, or 20 s: what comes later is heard on the WebSocket. */
export async function pay(one) {
  const payment = await once(`/reservations/${one.id}/payments`, {});
  if (payment.link.startsWith("https://")) { openSheet(fill("pay", { m: money(payment.amount) }), make("p", "", null, link(fill("pay", { m: money(payment.amount) }), payment.link))); }
  for (let tries = 0; tries < PATIENCE; tries += 1) {
    await new Promise((wake) => setTimeout(wake, PAUSE));
    const told = await get(`/reservations/${one.id}`);
    if (told.version !== one.version) { return; }
  }
}
