/* The stop on a phone: the same arrivals, refreshed every few seconds, cleared when they expire. */
(function () {
  var sheet = document.getElementById("sheet"), list = document.getElementById("lines"), alertBox = document.getElementById("alert");
  var health = document.getElementById("health"), updated = document.getElementById("updated");
  var language = sheet.getAttribute("data-lang"), zh = language === "zh", expired = false;

  function put(parent, name, kind, text) {
    var element = document.createElement(name);
    element.className = kind;
    if (text) { element.appendChild(document.createTextNode(text)); }
    parent.appendChild(element);
    return element;
  }

  function wait(cell, call, line) {
    if (call && call.state === "approaching" && call.minutes !== null) {
      put(cell, "b", "", String(call.minutes));
      cell.appendChild(document.createTextNode(zh ? " 分钟" : " min"));
    } else {
      cell.appendChild(document.createTextNode(Baimai.fitting(line, language)));
    }
  }

  function detail(call, line) {
    var parts = [];
    if (call && call.stops_away) { parts.push(zh ? "还有" + call.stops_away + "站" : call.stops_away === 1 ? "1 stop" : call.stops_away + " stops"); }
    if (call && call.distance_m) { parts.push(call.distance_m < 1000 ? call.distance_m + " m" : (call.distance_m / 1000).toFixed(1) + " km"); }
    if (!parts.length && line.first) {
      parts.push(line.first.slice(11, 16) + " – " + (line.first.slice(0, 10) === line.last.slice(0, 10) ? "" : zh ? "次日" : "next day ") + line.last.slice(11, 16));
    }
    return parts.join(" · ");
  }

  function draw(payload) {
    var i, line, calls, item, badge;
    list.innerHTML = "";
    for (i = 0; i < payload.lines.length; i += 1) {
      line = payload.lines[i];
      if (line.on_board) {
        calls = Baimai.callsOf(payload, line);
        item = put(list, "li", "", "");
        badge = put(item, "span", "badge", line.route.short_name);
        if (line.route.color) { badge.style.background = line.route.color; }
        put(item, "span", "to", line.headsign);
        put(item, "span", "sub", detail(calls[0], line));
        wait(put(item, "span", "first " + Baimai.tone(calls[0], line), ""), calls[0], line);
        put(item, "span", "next", calls[1] ? (zh ? "下一班 " : "next: ") + calls[1].short[language] : "");
      }
    }
    if (!list.firstChild) { put(list, "li", "empty", sheet.getAttribute("data-empty")); }
    alertBox.textContent = Baimai.alerts(payload, language).join(" ");
    updated.textContent = (zh ? "更新于 " : "updated ") + payload.generated_at.slice(11, 19);
  }

  new Baimai.follow({
    url: sheet.getAttribute("data-url"),
    every: Number(sheet.getAttribute("data-every")),
    first: Baimai.embedded("payload"),
    data: draw,
    health: function (state) {
      health.className = "health " + state;
      expired = state === "expired";
      if (expired) {
        list.innerHTML = "";
        put(list, "li", "empty", zh ? "数据已过期，正在重新连接…" : "The data has expired. Reconnecting…");
        alertBox.textContent = "";
        updated.textContent = "";
      }
    }
  });
}());
