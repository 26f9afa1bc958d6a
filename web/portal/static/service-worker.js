// Before this stand, written by the server: FILES, static files under names that change with them, and OFFLINE, a page in each
// language. Pages of an account are never kept: they hold what only its owner may read, and what was true a moment ago.

const CACHE = `files-${FILES.join()}`;
const CHOICE = "choice", LANGUAGE = "/language";

// Pages say in which language they are. A worker for each language would be replaced with every choice of another one.
self.addEventListener("message", (event) => {
  if (!(event.data?.language in OFFLINE)) return;
  event.waitUntil(caches.open(CHOICE).then((cache) => cache.put(LANGUAGE, new Response(event.data.language))));
});

async function offline() {
  const chosen = await (await caches.match(LANGUAGE))?.text();
  const language = [chosen, navigator.language.slice(0, 2)].find((one) => one in OFFLINE) ?? "en";
  return (await caches.match(OFFLINE[language])) ?? Response.error();
}

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll([...FILES, ...Object.values(OFFLINE)]);
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name !== CACHE && name !== CHOICE) await caches.delete(name);
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(offline));
  } else if (FILES.includes(pathname)) {
    event.respondWith(caches.match(pathname).then((kept) => kept ?? fetch(request)));
  }
});

// Each push is shown: a browser that is sent silent ones takes the right away.
self.addEventListener("push", (event) => {
  let notice = {};
  try {
    notice = event.data?.json() ?? {};
  } catch {
    // It is shown all the same.
  }
  const { title = "Screph", body = "", tag, url = "/" } = notice;
  event.waitUntil(self.registration.showNotification(title, { body, tag, icon: ICON, badge: ICON, data: { url } }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const wanted = new URL(event.notification.data?.url ?? "/", location.origin);
  const url = wanted.origin === location.origin ? wanted.href : location.origin;
  event.waitUntil((async () => {
    for (const client of await self.clients.matchAll({ type: "window" })) {
      if (client.url === url) return client.focus();
    }
    return self.clients.openWindow(url);
  })());
});
