// Pages that change while they are open. Without this they show what was true when they were loaded.

const REFRESH_MS = 5_000;
const status = document.getElementById("balance-status");
const dot = document.getElementById("live");
const waits = document.querySelector("[data-waits-seconds]");

let source = null;
let refreshing = null;
let refreshedAt = 0;

function show(state, tone) {
  if (!dot) return;
  dot.hidden = false;
  dot.textContent = dot.dataset[state];
  dot.className = `dot ${tone}`;
}

// Brings whatever part of the page says `data-refreshed` up to date, at most every few seconds.
async function refresh() {
  if (refreshing) return;
  refreshing = setTimeout(async () => {
    refreshedAt = Date.now();
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      // Whoever is signed out meanwhile gets another page.
      if (!answer.ok || answer.redirected) return location.reload();
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of document.querySelectorAll("[data-refreshed]")) {
        const fresh = page.getElementById(part.id);
        if (fresh && fresh.innerHTML !== part.innerHTML) part.replaceChildren(...fresh.childNodes);
        if (fresh) part.dataset.refreshed = fresh.dataset.refreshed;
      }
      document.title = page.title;
      if (waits && document.querySelector("[data-refreshed=done]")) stop();
    } catch {
      // The next change comes, or the stream does again.
    } finally {
      refreshing = null;
    }
  }, Math.max(0, refreshedAt + (waits ? 500 : REFRESH_MS) - Date.now()));
}

function start() {
  if (source) return;
  source = new EventSource("/events");
  source.addEventListener("open", () => show("connected", "good"));
  source.addEventListener("balance", (event) => {
    const { html, is_first } = JSON.parse(event.data);
    // A screen reader reads it out, so only what reads differently is put there: whole minutes.
    if (status && status.innerHTML.trim() !== html) status.innerHTML = html;
    if (waits || !is_first) refresh();
  });
  source.addEventListener("touched", () => { if (waits) refresh(); });
  source.addEventListener("ended", () => location.reload());
  source.addEventListener("stopping", () => show("reconnecting", "warn"));
  source.addEventListener("error", () => {
    show("reconnecting", "warn");
    if (source?.readyState === EventSource.CLOSED) {
      // Refused: five windows are open, or the server is away.
      source = null;
      setTimeout(() => { if (document.visibilityState === "visible") start(); }, 10_000 + 10_000 * Math.random());
    }
  });
}

function stop() {
  source?.close();
  source = null;
}

// A window that nobody sees holds no stream.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") {
    start();
    refresh();
  } else if (!waits) {
    stop();
    show("paused", "");
  }
});
addEventListener("pagehide", stop);

if (document.visibilityState === "visible" || waits) start();

if (waits) {
  // Also without a stream the result is seen; and after a minute the page says that it can take longer.
  const polling = setInterval(() => { if (!source || source.readyState !== EventSource.OPEN) refresh(); }, 2_000);
  setTimeout(() => {
    clearInterval(polling);
    stop();
    if (document.querySelector("[data-refreshed=waiting]")) location.replace(waits.dataset.then);
  }, 1000 * Number(waits.dataset.waitsSeconds));
}
