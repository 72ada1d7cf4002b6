/* The LED board: fills the table, turns pages, scrolls the message, blanks itself. ES3. */
(function () {
  var panel = document.getElementById("panel"), body = document.getElementById("rows");
  var language = panel.getAttribute("data-lang"), fixed = Number(panel.getAttribute("data-rows")), rows = fixed || 4;
  var clock = document.getElementById("clock"), message = document.getElementById("message"), mark = document.getElementById("mark");
  var dots = document.getElementById("dots");
  var words = { late: panel.getAttribute("data-late"), expired: panel.getAttribute("data-expired") };
  var payload = null, page = 0, blank = false, height = 60, shift = 0, feed;

  /* A text too long for its room (in 汉字) is drawn smaller. */
  function cell(row, kind, text, room) {
    var td = document.createElement("td"), length = Baimai.cells(text);
    td.className = kind;
    if (room && length > room) { td.style.fontSize = Math.max(0.5, Math.floor(100 * room / length) / 100) + "em"; }
    td.appendChild(document.createTextNode(text));
    row.appendChild(td);
  }

  function clear() {
    while (body.firstChild) { body.removeChild(body.firstChild); }
  }

  function shownLines() {
    var found = [], i;
    for (i = 0; i < payload.lines.length; i += 1) { if (payload.lines[i].on_board) { found.push(payload.lines[i]); } }
    return found;
  }

  function draw() {
    var lines = payload && !blank ? shownLines() : [], pages, i, row, calls, line;
    if (!fixed && lines.length) { rows = Math.min(6, Math.max(3, lines.length)); }
    pages = Math.max(1, Math.ceil(lines.length / rows));
    page = page % pages;
    clear();
    fill();
    for (i = 0; i < rows; i += 1) {
      row = document.createElement("tr");
      line = lines[page * rows + i];
      if (line) {
        calls = Baimai.callsOf(payload, line);
        cell(row, "route", line.route.short_name, 2.7);
        cell(row, "to", line.headsign, language === "zh" ? 6 : 5);
        cell(row, "first " + Baimai.tone(calls[0], line), Baimai.fitting(line, language));
        cell(row, "next " + (calls[1] ? Baimai.tone(calls[1], null) : ""), calls[1] ? calls[1].short[language] : "");
      } else {
        cell(row, "route", "\u00a0"); cell(row, "to", i === 0 && !blank && payload && !lines.length ? panel.getAttribute("data-empty") : "");
        cell(row, "first", ""); cell(row, "next", "");
      }
      row.style.height = height + "px";
      body.appendChild(row);
      fit(row);
    }
  }

  /* Fonts differ in width: what is still too long for its cell is drawn smaller until it fits. */
  function fit(row) {
    var i, td, size, start;
    for (i = 0; i < row.childNodes.length; i += 1) {
      td = row.childNodes[i];
      if (td.scrollWidth > td.clientWidth) {
        start = td.style.fontSize ? parseFloat(td.style.fontSize) : td.className.indexOf("next") === 0 ? 0.8 : 1;
        for (size = start - 0.04; size > 0.4 && td.scrollWidth > td.clientWidth; size -= 0.04) { td.style.fontSize = size + "em"; }
      }
    }
  }

  function span(line) {
    var first = Baimai.stamp(line.first), last = Baimai.stamp(line.last);
    if (!first || !last) { return ""; }
    return line.route.short_name + " " + line.headsign + "  " + (language === "zh" ? "首班 " : "first ") +
      Baimai.hhmm(first.local) + (language === "zh" ? " 末班 " : " last ") +
      (line.first.slice(0, 10) === line.last.slice(0, 10) ? "" : language === "zh" ? "次日" : "next day ") + Baimai.hhmm(last.local);
  }

  function say() {
    var parts = [], i, lines, text;
    if (payload && !blank) {
      parts = Baimai.alerts(payload, language);
      lines = shownLines();
      for (i = 0; i < lines.length; i += 1) { text = span(lines[i]); if (text) { parts.push(text); } }
    }
    text = parts.join("　　");
    if (message.getAttribute("data-text") !== text) {
      message.setAttribute("data-text", text);
      message.innerHTML = "";
      message.appendChild(document.createTextNode(text));
      shift = 0;
    }
  }

  function scroll() {
    var box = message.parentNode, room = box.offsetWidth, length = message.offsetWidth;
    shift = length > room ? (shift > length ? -room : shift + 2) : 0;
    message.style.left = -shift + "px";
  }

  /* The rows share the height that head and foot leave; the font is as large as height and width allow. */
  function fill() {
    var high = panel.clientHeight, wide = panel.clientWidth;
    var font = Math.floor(Math.max(9, Math.min(high / (rows + 2.6) * 0.66, wide / (language === "zh" ? 25.8 : 26.2))));
    panel.style.fontSize = font + "px";
    height = Math.floor(Math.min((high - font * 3.5) / rows, font * 3));
    dots.style.backgroundSize = Math.max(3, Math.round(font / 12)) + "px " + Math.max(3, Math.round(font / 12)) + "px";
  }

  feed = new Baimai.follow({
    url: panel.getAttribute("data-url"),
    every: Number(panel.getAttribute("data-every")),
    first: Baimai.embedded("payload"),
    data: function (latest) {
      payload = latest;
      blank = false;
      draw();
      say();
    },
    health: function (health) {
      var stale = payload && Baimai.stale(payload);
      blank = health === "expired";
      panel.className = "panel " + language + " " + health + (stale ? " stale" : "");
      mark.innerHTML = "";
      mark.appendChild(document.createTextNode(words[health] || ""));
      draw();
      say();
    }
  });

  draw();
  say();
  setInterval(function () { page += 1; draw(); }, 6000);
  setInterval(scroll, 33);
  setInterval(function () {
    var now = feed.clock();
    clock.innerHTML = now === null || blank ? "&nbsp;" : Baimai.hhmm(now, true);
  }, 250);
  if (window.addEventListener) { window.addEventListener("resize", draw, false); } else { window.attachEvent("onresize", draw); }
}());
