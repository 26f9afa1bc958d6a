// Shows the part `data-refreshed` of a page anew every some seconds, while somebody looks. Without it the page is as it was opened.

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

function say(word, good) {
  if (!dot || dot.textContent === word) return;
  dot.textContent = word;
  dot.classList.toggle("good", good);
  dot.classList.toggle("warn", !good);
}

if (part) setInterval(refresh, EVERY_MS);
