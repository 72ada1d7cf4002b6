/* Requests of the parking page. A command that was sent is sent again with the same key when the answer is lost: it counts once. */
const session = { token: "" };

function signIn() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) { history.replaceState(null, "", location.pathname + location.search); }
  const kept = sessionStorage.getItem("parking-token"), guest = document.body.dataset.guest;
  session.token = given || kept || guest;
  if (session.token) { sessionStorage.setItem("parking-token", session.token); }
  if (session.token && session.token === guest) { sessionStorage.setItem("parking-place", document.body.dataset.place); }
}
async function call(method, path, body, headers = {}) {
  const sent = { accept: "application/json", ...headers };
  if (session.token) { sent.authorization = `Bearer ${session.token}`; }
  if (body !== undefined) { sent["content-type"] = "application/json"; }
  const answer = await fetch(`/v1/parking${path}`, { method, headers: sent, body: body === undefined ? undefined : JSON.stringify(body) });
  const text = await answer.text(), value = text ? JSON.parse(text) : null;
  if (!answer.ok) {
    if (answer.status === 401 && sessionStorage.getItem("parking-token") !== document.body.dataset.guest) {
      sessionStorage.removeItem("parking-token");
      if (document.body.dataset.guest) { signIn(); return call(method, path, body, headers); }
    }
    throw Object.assign(new Error(path), value, answer.status === 401 ? { detail: w("sign_in") } : {});
  }
  return value;
}
async function once(path, body, headers = {}) {
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
function change(reservation, name, body = {}) {
  return once(`/reservations/${reservation.id}/${name}`, body, { "if-match": `"${reservation.version}"` });
}
/* What a datetime-local field says, as an instant with the offset of this device. */
function instant(field) { return new Date(field.value).toISOString(); }
