// What the pages do beyond HTML: clocks tick, and what changed on the server shows by itself.
// Without it, every page and form works the same; one reloads to see what is new.
"use strict";

(() => {
  const main = document.querySelector("main");
  const MINUTE = 60, HOUR = 3600, DAY = 86400;

  // As wording.left says it: at most two units, seconds only at the very end.
  function left(seconds) {
    if (seconds < 1) return "now";
    if (seconds < 2 * MINUTE) return `${Math.floor(seconds)} s`;
    const parts = [];
    for (const [unit, size] of [["d", DAY], ["h", HOUR], ["min", MINUTE]]) {
      const count = Math.floor(seconds / size);
      seconds -= count * size;
      if (count) parts.push(`${count} ${unit}`);
    }
    return parts.slice(0, 2).join(" ");
  }

  function tick() {
    for (const clock of document.querySelectorAll("[data-until]")) {
      const words = left((Date.parse(clock.dataset.until) - Date.now()) / 1000);
      if (clock.textContent !== words) clock.textContent = words;
    }
  }

  const isEdited = (field) =>
    field.type === "checkbox" || field.type === "radio"
      ? field.checked !== field.defaultChecked
      : field.tagName === "SELECT"
        ? field.selectedIndex !==
          Math.max(0, [...field.options].findIndex((option) => option.defaultSelected))
        : field.type !== "hidden" && field.value !== field.defaultValue;

  const isBusy = (part) =>
    [...part.querySelectorAll("input, select, textarea")].some(isEdited) ||
    (part.contains(document.activeElement) &&
      document.activeElement.matches("input, select, textarea"));

  // Forms keep the key with which this page was loaded: else every part with a form is another one.
  function keepKey(page) {
    const key = document.querySelector('input[name="once"]');
    for (const field of page.querySelectorAll('input[name="once"]')) {
      if (key) field.setAttribute("value", key.getAttribute("value"));
    }
  }

  // Put the new page's parts into this one. What somebody types in, has unfolded or stands on stays.
  function swap(page) {
    keepKey(page);
    for (const part of [...document.querySelectorAll("[data-swap]")]) {
      const fresh = page.getElementById(part.id);
      if (isBusy(part)) continue;
      if (!fresh) {
        part.remove();
        continue;
      }
      for (const details of part.querySelectorAll("details[id]")) {
        const same = fresh.querySelector(`#${CSS.escape(details.id)}`);
        if (same) same.open = details.open;
      }
      if (fresh.isEqualNode(part)) continue;
      const focused = part.contains(document.activeElement) ? document.activeElement : null;
      const scrolled = part.scrollTop;
      const placed = document.importNode(fresh, true);
      part.replaceWith(placed);
      placed.scrollTop = scrolled;
      if (focused) refocus(placed, focused);
    }
    placeNew(page);
  }

  function refocus(part, focused) {
    const links = focused.href && part.querySelector(`[href="${CSS.escape(focused.getAttribute("href"))}"]`);
    const same = focused.id && part.querySelector(`#${CSS.escape(focused.id)}`);
    const summary = focused.matches("summary") && focused.parentElement.id &&
      part.querySelector(`#${CSS.escape(focused.parentElement.id)} > summary`);
    (same || summary || links || part.querySelector("button") || main).focus({ preventScroll: true });
  }

  // Parts that this page does not have yet go behind the one that stands before them there.
  function placeNew(page) {
    for (const fresh of page.querySelectorAll("[data-swap]")) {
      if (document.getElementById(fresh.id)) continue;
      let before = fresh.previousElementSibling;
      while (before && !(before.id && document.getElementById(before.id))) {
        before = before.previousElementSibling;
      }
      const placed = document.importNode(fresh, true);
      if (before) document.getElementById(before.id).after(placed);
      else document.getElementById(fresh.parentElement.id)?.prepend(placed);
    }
  }

  let fetching = false, again = false;

  async function refresh() {
    if (fetching) {
      again = true;
      return;
    }
    fetching = true;
    try {
      const address = new URL(location.href);
      address.searchParams.delete("did");
      const answer = await fetch(address, { headers: { Accept: "text/html" } });
      if (answer.ok && new URL(answer.url).pathname === location.pathname) {
        swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
        tick();
      }
    } catch {
      // The server is away: the stream reconnects by itself, and tells anew.
    } finally {
      fetching = false;
      if (again) {
        again = false;
        setTimeout(refresh, 500);
      }
    }
  }

  function live() {
    let stream = null;
    const open = () => {
      if (stream || document.hidden) return;
      stream = new EventSource(main.dataset.live);
      stream.addEventListener("changed", refresh);
    };
    const close = () => {
      if (stream) stream.close();
      stream = null;
    };
    // A page that nobody looks at asks nothing; browsers also allow few connections to one server.
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) close();
      else {
        open();
        refresh();
      }
    });
    window.addEventListener("pagehide", close);
    window.addEventListener("pageshow", (event) => event.persisted && open());
    open();
  }

  // A second click while the first is on its way is not a second wish.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    const button = event.submitter || form.querySelector("button");
    if (button) button.setAttribute("aria-disabled", "true");
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) {
      delete form.dataset.sent;
      form.querySelector("button").removeAttribute("aria-disabled");
    }
  });

  // What makes the console installable, and shows pushes; there is none where nobody is signed in.
  if ("signedIn" in document.body.dataset && "serviceWorker" in navigator) {
    navigator.serviceWorker.register("/service-worker.js").catch(() => {});
  }

  // Whoever signs out leaves no page on the screen: a browser may go on showing what it was told.
  const signOut = document.querySelector('form[action="/sign-out"]');
  if (signOut && "serviceWorker" in navigator) {
    signOut.addEventListener("submit", () => {
      navigator.serviceWorker.getRegistration()
        .then((worker) => worker.getNotifications())
        .then((shown) => shown.forEach((each) => each.close()))
        .catch(() => {}); // there is no service worker, and nothing is shown
    });
  }

  tick();
  setInterval(tick, 1000);
  if (main.dataset.live) live();
  const refused = document.getElementById("refused");
  if (refused) {
    refused.tabIndex = -1;
    refused.focus();
  }
})();
