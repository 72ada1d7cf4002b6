/* The cards of the first page: each polls its stop and clears itself when its board expires. */
(function () {
  var boards = document.getElementById("boards"), language = boards.getAttribute("data-lang");
  var every = Number(boards.getAttribute("data-every")), rows = Number(boards.getAttribute("data-rows"));
  var payloads = Baimai.embedded("payload") || [], cards = boards.querySelectorAll("article"), clock = document.getElementById("clock");
  var health = document.getElementById("health"), live = document.getElementById("map") !== null, feed = null, i;

  function put(parent, kind, text) {
    var span = document.createElement("span");
    span.className = kind;
    span.appendChild(document.createTextNode(text));
    parent.appendChild(span);
    return span;
  }

  function rank(payload) {
    return function (a, b) {
      var x = Baimai.callsOf(payload, a)[0], y = Baimai.callsOf(payload, b)[0];
      function wait(call) { return call && call.source === "live" && call.seconds !== null ? call.seconds : 1e9; }
      return wait(x) - wait(y);
    };
  }

  function draw(list, payload) {
    var shown = [], k, line, row, badge, tone;
    list.innerHTML = "";
    for (k = 0; k < payload.lines.length; k += 1) { if (payload.lines[k].on_board) { shown.push(payload.lines[k]); } }
    shown.sort(rank(payload));
    for (k = 0; k < Math.min(rows, shown.length); k += 1) {
      line = shown[k];
      row = document.createElement("div");
      row.className = "line";
      badge = put(row, "badge", line.route.short_name);
      if (line.route.color) { badge.style.background = line.route.color; }
      put(row, "to", line.headsign);
      tone = Baimai.tone(Baimai.callsOf(payload, line)[0], line);
      put(row, "first " + tone, Baimai.fitting(line, language));
      list.appendChild(row);
    }
  }

  function follow(card, first) {
    var list = card.querySelector(".rows");
    return new Baimai.follow({
      url: card.getAttribute("data-url"),
      every: every,
      first: first,
      data: function (payload) { draw(list, payload); },
      health: function (state) {
        card.className = "card " + state;
        if (state === "expired") { list.innerHTML = ""; }
        if (card === cards[0] && !live) { health.className = "health " + state; }
      }
    });
  }

  for (i = 0; i < cards.length; i += 1) {
    if (i === 0) { feed = follow(cards[i], payloads[i]); } else { follow(cards[i], payloads[i]); }
  }
  setInterval(function () {
    var now = feed ? feed.clock() : null;
    clock.textContent = now === null ? "" : Baimai.hhmm(now, true);
  }, 250);
}());
