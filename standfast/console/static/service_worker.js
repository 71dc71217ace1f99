// What the installed console does by itself: it says so when the server cannot be reached, and shows
// pages that come as pushes. It stores the files and the one page of SHELL, and never an incident.
// The server puts SHELL, the addresses of those files, and VERSION in front of this.
"use strict";

const CACHE = `standfast-${VERSION}`;
const OFFLINE = "/offline";

// The first parts of the paths of pages. A sign-in and links of others are left to the browser, which
// tells the server which site a request comes from.
const PAGES = new Set([
  "", "my", "my-pages", "incidents", "report", "search", "on-call", "mail", "problems", "reviews", "knowledge",
  "stats", "sessions", "devices",
]);

self.addEventListener("install", (event) => {
  // Without cookies: what is stored is what everybody gets.
  const requests = SHELL.map((path) => new Request(path, { credentials: "omit", cache: "reload" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(requests)));
  self.skipWaiting();
});

self.addEventListener("activate", (event) => {
  const old = caches.keys().then((names) => names.filter((name) => name !== CACHE));
  event.waitUntil(old.then((names) => Promise.all(names.map((name) => caches.delete(name)))));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (PAGES.has(url.pathname.split("/")[1])) {
      event.respondWith(fetch(request).catch(() => stored(OFFLINE)));
    }
  } else if (SHELL.includes(url.pathname + url.search)) {
    event.respondWith(stored(url.pathname + url.search).then((found) => found || fetch(request)));
  }
});

const stored = (path) => caches.open(CACHE).then((cache) => cache.match(path));

const ACKNOWLEDGE = "acknowledge";

self.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data.json();
  } catch {
    // Every push must show something; what it was about is on the page.
  }
  event.waitUntil(show(told));
});

// `tag`: a later message about the same takes the place of the earlier one.
// `opens`: where a tap leads. `answers`: where the button's answer goes; empty for no button.
// `button`: its words.
// `stays` until somebody sees to it. `quiet`: it makes no sound.
function show({ title, body, tag, opens, answers, button, stays, quiet }) {
  return self.registration.showNotification(title || "Standfast", {
    body: body || "There is news about your pages.",
    tag: tag || "standfast",
    renotify: !quiet,
    silent: Boolean(quiet),
    requireInteraction: Boolean(stays),
    icon: ICON,
    badge: BADGE,
    actions: answers ? [{ action: ACKNOWLEDGE, title: button || "Acknowledge" }] : [],
    data: { title, body, tag, opens, answers, stays },
  });
}

self.addEventListener("notificationclick", (event) => {
  const told = event.notification.data || {};
  if (event.action === ACKNOWLEDGE && told.answers) {
    // It is not closed: what comes of it takes its place, and a close may come after that.
    event.waitUntil(acknowledge(told));
    return;
  }
  event.notification.close();
  event.waitUntil(open(told.opens));
});

// A path of our own, whatever a message says.
const here = (path) => {
  const url = new URL(path || "/my-pages", self.location.origin);
  return url.origin === self.location.origin ? url.pathname + url.search : "/my-pages";
};

async function open(path) {
  const address = here(path);
  for (const client of await self.clients.matchAll({ type: "window" })) {
    const { pathname, search } = new URL(client.url);
    if (pathname + search === address) return client.focus();
  }
  return self.clients.openWindow(address);
}

// What became of it is shown in the same place: also when it was not done.
async function acknowledge(told) {
  let words, done = false;
  try {
    const answer = await fetch(here(told.answers), {
      method: "POST",
      body: new URLSearchParams({ action: ACKNOWLEDGE, via: "push" }),
      headers: { Accept: "text/plain" },
      credentials: "omit",
      redirect: "error",
    });
    const isText = (answer.headers.get("Content-Type") || "").startsWith("text/plain");
    words = isText ? (await answer.text()).slice(0, 300) : "";
    done = answer.ok;
  } catch {
    words = "The server could not be reached, so it is not acknowledged yet.";
  }
  words = words || (done ? "You have it." : "It is not acknowledged.");
  if (!done) words = `${words} Tap to see it.`;
  return show({ ...told, body: words, answers: "", stays: !done, quiet: done });
}
