/* What a page can do besides links and forms. Everything here is comfort: without it each page still works. */
(function () {
  "use strict";

  document.documentElement.classList.add("scripts"); // shows what only scripts can do

  var PAGES = {
    h: "/", c: "/cases/", b: "/bulletins/", n: "/notices/", d: "/figures/", i: "/intake/", p: "/dispatch/",
    u: "/inbox/", r: "/review/", k: "/callbacks/", s: "/supervision/"
  };
  var pending = 0;

  function typing(node) {
    if (/^(radio|checkbox)$/.test(node.type)) return false; // letters mean nothing there
    return node.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(node.tagName);
  }

  function toggleHelp() {
    var help = document.getElementById("help");
    if (!help) return;
    help.open = !help.open;
    if (help.open) tellKeys(help.querySelector(".keys"));
    if (help.open) help.querySelector("summary").focus();
  }

  // The keys of this page, read off its own controls, before those of every page.
  function tellKeys(list) {
    if (!list || list.querySelector(".own")) return;
    var known = {};
    document.querySelectorAll("main [data-alt], main [data-key]").forEach(function (control) {
      var alt = control.getAttribute("data-alt");
      var key = (alt ? "Alt " : "") + (alt || control.getAttribute("data-key")).toUpperCase();
      var label = control.tagName === "BUTTON" ? control : control.labels && control.labels[0];
      var said = label ? label.textContent.replace(/\s+/g, " ").trim().slice(0, 20) : "";
      if (!said || known[key]) return;
      known[key] = true;
      var row = document.createElement("div");
      row.className = "own";
      row.innerHTML = "<dt><kbd></kbd></dt><dd></dd>";
      row.querySelector("kbd").textContent = key;
      row.querySelector("dd").textContent = said;
      list.insertBefore(row, list.firstChild);
    });
  }

  function search() {
    var fields = document.querySelectorAll("[data-search]");
    var field = fields[fields.length - 1]; // the page's own before the one in the bar
    if (field) { field.focus(); field.select(); }
  }

  // A letter goes to the control that names it; only Enter or the space bar presses a button.
  function keyed(key) {
    if (!/^[0-9a-z]$/.test(key)) return false;
    var control = document.querySelector('[data-key="' + key + '"]');
    if (!control) return false;
    control.focus();
    if (control.type === "radio") control.checked = true;
    return true;
  }

  function step(by) {
    var links = Array.prototype.slice.call(document.querySelectorAll("[data-rows] tbody .number a"));
    var row = document.activeElement.closest ? document.activeElement.closest("tr") : null;
    var at = row ? links.indexOf(row.querySelector(".number a")) : -1;
    var next = links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + by))];
    if (next) next.focus();
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape") return close();
    if (typing(event.target)) return;
    var after = Date.now() - pending < 1200;
    pending = 0;
    if (after && PAGES[event.key]) { window.location.assign(PAGES[event.key]); return; }
    if (keyed(event.key)) { event.preventDefault(); return; }
    switch (event.key) {
      case "/": search(); break;
      case "?": toggleHelp(); break;
      case "g": pending = Date.now(); return;
      case "j": step(1); break;
      case "k": step(-1); break;
      default: return;
    }
    event.preventDefault();
  });

  function close() {
    document.querySelectorAll(".me[open], .further[open]").forEach(function (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
    closePanel();
  }

  // A figure of a bulletin opens in the panel beside it; without scripts it is a page of its own.

  var opener = null;

  function closePanel() {
    var panel = document.querySelector(".sheet .panel");
    if (!panel || !panel.firstChild) return;
    panel.textContent = "";
    panel.parentNode.classList.remove("opened");
    if (opener) { opener.removeAttribute("aria-current"); opener.focus({ preventScroll: true }); opener = null; }
  }

  document.addEventListener("click", function (event) {
    var plain = !event.button && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    var link = event.target.closest("a");
    if (link && plain && link.matches("[data-figures] a[data-figure]") && window.htmx) {
      event.preventDefault();
      if (opener) opener.removeAttribute("aria-current");
      opener = link;
      link.setAttribute("aria-current", "true");
      window.htmx.ajax("GET", link.getAttribute("href"), { target: "#panel", swap: "innerHTML" }).then(function () {
        var panel = document.getElementById("panel");
        panel.parentNode.classList.add("opened");
        panel.focus({ preventScroll: true });
      });
    } else if (link && link.matches(".sheet .panel [data-close]")) {
      event.preventDefault();
      closePanel();
    } else if (link && link.matches("[data-help]")) {
      event.preventDefault();
      toggleHelp();
    }
    document.querySelectorAll(".me[open], .further[open]").forEach(function (menu) {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  // Alt and a letter go to the field that names it, or press the button. Ctrl and Enter press the button of the
  // block they are typed in. A suggestion fills the fields it names.

  document.addEventListener("keydown", function (event) {
    if (event.altKey && !event.ctrlKey && !event.shiftKey && /^(Key|Digit)/.test(event.code)) {
      var named = document.querySelector('[data-alt="' + event.code.slice(-1).toLowerCase() + '"]');
      if (!named || event.repeat) return;
      event.preventDefault();
      named.focus();
      if (named.tagName === "BUTTON") named.click();
      return;
    }
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    var block = event.target.closest("[data-way]");
    if (block) { event.preventDefault(); block.querySelector("button").click(); }
  });
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-adopt]");
    if (!button) return;
    event.preventDefault();
    var given = new URLSearchParams(button.value), whole = given.get("all"); // all at once never overwrites
    given.delete("all");
    given.forEach(function (code, name) {
      var field = button.form.elements[name];
      if (!field.tagName) { // of several inputs the one that says so already, else the first empty one
        var all = Array.prototype.slice.call(field);
        field = all.filter(function (each) { return each.value === code; })[0] || all.filter(function (each) { return !each.value; })[0];
        if (!field) return;
      }
      if (whole && field.value && field.type !== "checkbox") return;
      if (field.type === "checkbox") field.checked = true; else field.value = code;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
  });

  // A standard text goes below what stands in its field already, once, and Ctrl Z takes it out again.

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-insert]");
    var field = button && document.getElementById(button.getAttribute("data-insert"));
    if (!field) return;
    event.preventDefault();
    var words = button.closest("[data-offer]").querySelector("[data-words]").textContent.trim();
    var marks = button.form && button.form.elements.articles; // which article the answer is from
    var mark = button.getAttribute("data-mark");
    if (marks && mark && marks.value.split(" ").indexOf(mark) < 0) marks.value = (marks.value + " " + mark).trim();
    field.focus();
    var here = button.hasAttribute("data-here"); // where the cursor is
    if (!here && field.value.indexOf(words) >= 0) return;
    if (!here && /\S$/.test(field.value)) words = (field.tagName === "TEXTAREA" ? "\n" : " ") + words;
    if (!here) field.setSelectionRange(field.value.length, field.value.length);
    if (document.execCommand("insertText", false, words)) return;
    field.value += words;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });

  // What was unfolded in a part of the page stays so when the part is fetched anew.

  function folds(part) { return Array.prototype.slice.call(part.querySelectorAll("details")); }
  var unfolded = {};
  document.addEventListener("htmx:beforeSwap", function (event) {
    folds(event.detail.target).forEach(function (fold) { unfolded[fold.textContent] = fold.open; });
  });
  document.addEventListener("htmx:afterSwap", function (event) {
    folds(event.detail.target).forEach(function (fold) {
      if (fold.textContent in unfolded) fold.open = unfolded[fold.textContent];
    });
    unfolded = {};
  });

  // One press of a button is one move.

  document.addEventListener("submit", function (event) {
    var buttons = event.target.querySelectorAll("[data-once]");
    window.setTimeout(function () { buttons.forEach(function (button) { button.disabled = true; }); }, 0);
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("[data-once]").forEach(function (button) { button.disabled = false; });
  });

  // A page that stays open asks now and then who else is at its case, unless nobody looks at it.

  function askWhoIsHere() {
    if (document.visibilityState !== "visible" || !window.htmx) return;
    document.querySelectorAll("[data-here]").forEach(function (node) { window.htmx.trigger(node, "here"); });
  }
  window.setInterval(askWhoIsHere, 20000);
  document.addEventListener("visibilitychange", askWhoIsHere);

  // Whoever signed in anew in another tab has a new token; a form that was open before takes it along.

  document.addEventListener("submit", function (event) {
    var token = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie);
    var field = event.target.elements.csrfmiddlewaretoken;
    if (token && field && document.querySelector("[data-signed-out]")) field.value = token[1];
  });

  // The server could not be asked: say so instead of doing nothing.

  ["htmx:sendError", "htmx:responseError"].forEach(function (name) {
    document.addEventListener(name, function (event) {
      if (event.detail.elt.matches("[data-here]")) return; // nobody asked; it is asked again
      var main = document.getElementById("main");
      var said = document.createElement("p");
      said.className = "tell error";
      said.setAttribute("role", "alert");
      said.textContent = event.detail.xhr && event.detail.xhr.status === 403
        ? "页面已过期，请刷新后再试。" : "没有取到内容，请检查网络后刷新再试。";
      main.insertBefore(said, main.firstChild);
    });
  });
})();
