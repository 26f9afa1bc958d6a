// Shows the part `data-refreshed` of a page anew while somebody looks: from a stream where the part names one, else by asking every some
// seconds. Without this the page is as it was opened.

const part = document.querySelector("[data-refreshed]");
const dot = document.querySelector("[data-live]");
const EVERY_MS = 5000;

async function refresh() {
  if (document.hidden || part.contains(document.activeElement)) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    part.replaceChildren(...page.querySelector("[data-refreshed]").childNodes);
    say("Live", true);
  } catch {
    say("Reconnecting", false);
  }
}

function listen(address) {
  const source = new EventSource(address);
  source.addEventListener("page", (event) => {
    say("Live", true);
    // Whoever is reading a link there by keyboard keeps it.
    if (part.contains(document.activeElement)) return;
    const page = new DOMParser().parseFromString(JSON.parse(event.data).html, "text/html");
    part.replaceChildren(...page.body.childNodes);
  });
  source.addEventListener("ended", () => {
    source.close();
    say("Signed out", false);
  });
  source.addEventListener("error", () => {
    say("Reconnecting", false);
    // Refused: too many look, or the server is away.
    if (source.readyState === EventSource.CLOSED) setInterval(refresh, EVERY_MS);
  });
}

function say(word, good) {
  if (!dot || dot.textContent === word) return;
  dot.textContent = word;
  dot.classList.toggle("good", good);
  dot.classList.toggle("warn", !good);
}

if (part?.dataset.refreshedFrom) listen(part.dataset.refreshedFrom);
else if (part) setInterval(refresh, EVERY_MS);
