/* The operations page renews itself: it fetches the page again and puts the new live part in place of the old. When that fails
   the old part fades, and after nine times it is gone. */
(function () {
  var live = document.getElementById("live"), every = Number(live.getAttribute("data-every")), failed = 0;

  function renew() {
    fetch(location.href, { headers: { accept: "text/html" } }).then(function (answer) {
      if (!answer.ok) { throw new Error(answer.status); }
      return answer.text();
    }).then(function (text) {
      var fresh = new DOMParser().parseFromString(text, "text/html").getElementById("live");
      var opened = live.querySelector("details[open]") !== null;
      live.replaceWith(fresh);
      live = fresh;
      failed = 0;
      if (opened && live.querySelector("details")) { live.querySelector("details").open = true; }
    }).catch(function () {
      failed += 1;
      live.className = "stale";
      if (failed >= 9) { live.textContent = live.getAttribute("data-lost"); }
    });
  }

  setInterval(renew, every);
}());
