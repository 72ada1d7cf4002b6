/* Polls one JSON address and keeps watch over its age. ES3: runs in the browsers of boards ten years old.
   A payload may be shown from its generated_at to its expires_at, counted on this machine's running time and never by its
   clock, which on a board may be wrong by hours. When nothing newer comes in that time, `expired` is told: blank the screen. */
var Baimai = window.Baimai || {};

Baimai.running = function () {
  return window.performance && performance.now ? performance.now() : new Date().getTime();
};

/* "2026-11-22T21:30:05+08:00" -> {epoch: ms, local: ms of the day in the stamp's own zone} */
Baimai.stamp = function (text) {
  var m = /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)(?:\.\d+)?(Z|([+-])(\d+):(\d+))$/.exec(text || "");
  if (!m) { return null; }
  var offset = m[7] === "Z" ? 0 : (m[8] === "-" ? -1 : 1) * (Number(m[9]) * 60 + Number(m[10])) * 60000;
  var clock = (Number(m[4]) * 3600 + Number(m[5]) * 60 + Number(m[6])) * 1000;
  return { epoch: Date.UTC(+m[1], m[2] - 1, +m[3]) + clock - offset, local: clock };
};

/* options: url, every (ms), first (payload or null), data(payload), health("ok" | "late" | "expired") */
Baimai.follow = function (options) {
  var deadline = 0, newest = null, heard = Baimai.running(), health = "", offsets = [];

  function take(payload) {
    var made = Baimai.stamp(payload.generated_at), ends = Baimai.stamp(payload.expires_at), now = Baimai.running();
    heard = now;
    if (!made || !ends) { return; }
    if (newest === null || made.epoch > newest) {
      newest = made.epoch;
      deadline = now + (ends.epoch - made.epoch);
      offsets.push(made.local - now);
      if (offsets.length > 8) { offsets.shift(); }
    }
    if (now <= deadline) { options.data(payload); }
  }

  function watch() {
    var now = Baimai.running();
    var found = now > deadline ? "expired" : now - heard > 3 * options.every ? "late" : "ok";
    if (found !== health) { health = found; options.health(found); }
  }

  function ask() {
    var request = new XMLHttpRequest();
    request.onreadystatechange = function () {
      if (request.readyState !== 4) { return; }
      if (request.status === 200) {
        var payload = null;
        try { payload = JSON.parse(request.responseText); } catch (broken) { payload = null; }
        if (payload) { take(payload); }
      }
      watch();
    };
    try {
      request.open("GET", options.url, true);
      request.send(null);
    } catch (refused) { watch(); }
  }

  if (options.first) { take(options.first); }
  watch();
  setInterval(ask, options.every);
  setInterval(watch, 500);

  /* ms of the server's local day, or null; the freshest of the last payloads tells best */
  this.clock = function () {
    var best = null, i;
    for (i = 0; i < offsets.length; i += 1) { if (best === null || offsets[i] > best) { best = offsets[i]; } }
    return best === null ? null : (best + Baimai.running()) % 86400000;
  };
};

Baimai.two = function (number) { return number < 10 ? "0" + number : String(number); };

Baimai.hhmm = function (ms, seconds) {
  var s = Math.floor(ms / 1000), text = Baimai.two(Math.floor(s / 3600)) + ":" + Baimai.two(Math.floor(s / 60) % 60);
  return seconds ? text + ":" + Baimai.two(s % 60) : text;
};

/* The payload a page was rendered with. */
Baimai.embedded = function (id) {
  var holder = document.getElementById(id);
  try { return JSON.parse(holder.text || holder.textContent || holder.innerHTML); } catch (none) { return null; }
};

Baimai.sameLine = function (a, b) {
  return a.route.id === b.route.id && a.direction_id === b.direction_id && a.headsign === b.headsign;
};

/* Whether a call does not take place. */
Baimai.off = function (call) {
  return call.state === "cancelled" || call.state === "skipped";
};

/* Whether the board says of itself that its data are not as they should be; a service alert does not. */
Baimai.stale = function (payload) {
  var i;
  for (i = 0; i < payload.alerts.length; i += 1) { if (payload.alerts[i].code !== "service_alert") { return true; } }
  return false;
};

/* What the board says of itself and of service, each with what more there is to say. */
Baimai.alerts = function (payload, language) {
  var texts = [], i, one, more;
  for (i = 0; i < payload.alerts.length; i += 1) {
    one = payload.alerts[i];
    more = one.description && one.description[language];
    texts.push(one.text[language] + (more ? (language === "zh" ? "：" : ": ") + more : ""));
  }
  return texts;
};

/* The calls of a line to show, the one its text speaks of first: a bus on its way, else the first that takes place. */
Baimai.callsOf = function (payload, line) {
  var mine = [], moving = -1, coming = -1, i, call;
  for (i = 0; i < payload.arrivals.length; i += 1) {
    call = payload.arrivals[i];
    if (call.boarding && Baimai.sameLine(call, line)) {
      if (moving < 0 && call.source === "live") { moving = mine.length; }
      if (coming < 0 && !Baimai.off(call)) { coming = mine.length; }
      mine.push(call);
    }
  }
  if (moving < 0) { moving = coming; }
  return moving > 0 ? mine.splice(moving, 1).concat(mine) : mine;
};

/* Length in 汉字: half a cell for ASCII, one for anything else. */
Baimai.cells = function (text) {
  return text.replace(/[^\x00-\x7f]/g, "xx").length / 2;
};

/* The text of a call or line, or its short form where that is too long. */
Baimai.fitting = function (told, language) {
  return Baimai.cells(told.text[language]) <= 9 ? told.text[language] : told.short[language];
};

/* What a text is drawn as: now | soon | wait | plan | none. */
Baimai.tone = function (call, line) {
  if (call && Baimai.off(call)) { return "none"; }
  if (call && (call.state === "at_stop" || call.state === "arriving")) { return "now"; }
  if (call && call.source === "live") { return call.state === "delayed" ? "old" : "soon"; }
  if (line && (line.state === "no_service" || line.state === "after_last" || line.state === "no_data" ||
      line.state === "cancelled" || line.state === "skipped")) { return "none"; }
  return call && call.source === "layover" ? "wait" : "plan";
};

window.Baimai = Baimai;
