/* Requests of the parking page. A command that was sent is sent again with the same key when the answer is lost: it counts once. */
const guest = document.body.dataset.guest;
export const session = { token: "", place: "" };

export function signIn() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) { history.replaceState(null, "", location.pathname + location.search); }
  session.token = given || sessionStorage.getItem("parking-token") || guest;
  if (session.token) { sessionStorage.setItem("parking-token", session.token); }
  if (session.token && session.token === guest) { sessionStorage.setItem("parking-place", document.body.dataset.place); }
  session.place = sessionStorage.getItem("parking-place") || "";
}
export async function call(method, path, body, headers = {}) {
  const sent = { accept: "application/json", ...headers };
  if (session.token) { sent.authorization = `Bearer ${session.token}`; }
  if (body !== undefined) { sent["content-type"] = "application/json"; }
  const answer = await fetch(path.startsWith("/v1/") ? path : `/v1/parking${path}`, { method, headers: sent, body: body === undefined ? undefined : JSON.stringify(body) });
  const text = await answer.text(), value = text ? JSON.parse(text) : null;
  if (!answer.ok) {
    if (answer.status === 401 && sessionStorage.getItem("parking-token") !== guest) {
      sessionStorage.removeItem("parking-token");
      if (guest) { signIn(); return call(method, path, body, headers); }
    }
    throw Object.assign(new Error(path), value);
  }
  return value;
}
export function get(path, query) { return call("GET", query ? `${path}?${new URLSearchParams(query)}` : path); }
export async function once(path, body, headers = {}) {
  const key = crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random().toString(36).slice(2)}`;
  for (let tries = 0; ; tries += 1) {
    try {
      return await call("POST", path, body, { "idempotency-key": key, ...headers });
    } catch (error) {
      const again = error instanceof TypeError || error.code === "in_flight" || error.status === 503;
      if (!again || tries >= 4) { throw error; }
      await new Promise((wake) => setTimeout(wake, 300 * 2 ** tries));
    }
  }
}
export function change(reservation, name, body = {}) {
  return once(`/reservations/${reservation.id}/${name}`, body, { "if-match": `"${reservation.version}"` });
}
const lots = new Map();
export function keepLots(some) { for (const one of some) { lots.set(one.id, one); } }
export async function lotOf(id) {
  if (!lots.has(id)) { lots.set(id, await get(`/lots/${id}`).catch(() => ({ id, name: "–", lat: null, lon: null }))); }
  return lots.get(id);
}
